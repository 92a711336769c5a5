import { BadGatewayError, Controller, Ctx, Get, HttpContext, Signal } from 'bowline';
import { Upstream } from './upstream.js';

@Controller('/upstream')
export class UpstreamController {
  constructor(private readonly upstream: Upstream) {}

  /**
   * Status, headers and body of another service, passed on as they come. When the client leaves, the signal ends the
   * exchange behind it as well.
   */
  @Get('/*')
  async pass(@Ctx() ctx: HttpContext, @Signal() signal: AbortSignal): Promise<Response> {
    try {
      return await this.upstream.get(ctx.url.slice('/upstream'.length), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw new BadGatewayError('The service behind this one does not answer.', { cause: error });
    }
  }
}
