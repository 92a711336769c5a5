import type { HttpContext, Middleware, Next } from 'bowline';

export class RequestId implements Middleware {
  use(ctx: HttpContext, next: Next) {
    ctx.set('x-request-id', ctx.id);
    return next();
  }
}
