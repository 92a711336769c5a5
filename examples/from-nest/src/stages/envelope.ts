import { Injectable, Reflector, type HttpContext, type Interceptor } from 'bowline';

/** Leaves what the handler returns as it is. */
export const Raw = Reflector.createDecorator<void>();

@Injectable()
export class Envelope implements Interceptor {
  constructor(private readonly reflector: Reflector) {}

  async intercept(ctx: HttpContext, next: () => unknown) {
    const data = await next();
    return data === undefined || this.reflector.has(Raw, ctx.target) ? data : { data };
  }
}
