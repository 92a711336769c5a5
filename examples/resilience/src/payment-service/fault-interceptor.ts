import { Injectable, type HttpContext, type Interceptor } from 'bowline';
import { Faults } from './faults.js';

/** Stands in front of everything that the payment service does. */
@Injectable()
export class FaultInterceptor implements Interceptor<HttpContext> {
  constructor(private readonly faults: Faults) {}

  async intercept(ctx: HttpContext, next: () => unknown): Promise<unknown> {
    await this.faults.suffer(ctx.signal, () => void ctx.node.request.socket.destroy());
    return next();
  }
}
