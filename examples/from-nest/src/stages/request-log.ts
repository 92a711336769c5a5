import { Injectable, Logger, type HttpContext, type Interceptor } from 'bowline';

@Injectable()
export class RequestLog implements Interceptor {
  constructor(private readonly log: Logger) {}

  async intercept(ctx: HttpContext, next: () => unknown) {
    const line = `${ctx.method} ${ctx.url} by ${ctx.route?.controller}.${ctx.route?.handler}`;
    try {
      const value = await next();
      this.log.debug(line);
      return value;
    } catch (error) {
      this.log.debug(`${line}: ${String(error)}`);
      throw error;
    }
  }
}
