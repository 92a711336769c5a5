import { BadRequestError, Injectable, NotFoundError, type Guard, type HttpContext } from 'bowline';
import { CurrentTenant } from './tenant.js';
import { TenantDirectory } from './tenant-directory.js';

/**
 * Finds the tenant of a request. It needs nothing that is made for requests, so it runs before any of that is: who names no tenant of
 * ours costs no connection.
 */
@Injectable()
export class TenantGuard implements Guard {
  constructor(private readonly tenants: TenantDirectory) {}

  async canActivate(ctx: HttpContext): Promise<boolean> {
    const id = ctx.header('x-tenant');
    if (id === undefined) throw new BadRequestError('Say which tenant it is for: X-Tenant: north.');
    const tenant = await this.tenants.find(id);
    if (tenant === undefined) throw new NotFoundError('There is no such tenant.');
    ctx.put(CurrentTenant, tenant);
    return true;
  }
}
