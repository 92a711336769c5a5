import { BadRequestError, HttpContext, Injectable } from 'bowline';

/** Was: scope REQUEST with @Inject(REQUEST). */
@Injectable({ scope: 'request' })
export class Tenant {
  readonly id: string;

  constructor(ctx: HttpContext) {
    const id = ctx.header('x-tenant');
    if (id === undefined) throw new BadRequestError('X-Tenant header is required');
    this.id = id;
  }
}
