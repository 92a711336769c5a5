import { ForbiddenError, Injectable, Reflector, type Guard, type HttpContext } from 'bowline';
import { CurrentUser } from './current-user.js';
import { Roles } from './roles.js';

@Injectable()
export class RolesGuard implements Guard {
  constructor(private readonly reflector: Reflector) {}

  canActivate(ctx: HttpContext): boolean {
    const roles = this.reflector.get(Roles, ctx.target);
    if (roles === undefined || roles.includes(ctx.read(CurrentUser).role)) return true;
    // `return false` would say 'Forbidden'; clients of the old service may look for its words.
    throw new ForbiddenError('Forbidden resource');
  }
}
