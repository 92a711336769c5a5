import type { HttpContext } from '../http/index.js';
import type { ReplyWriter } from './compile-route.js';

/**
 * The writer of a route whose handler answers on the native response itself. A handler that forgets to is reported after
 * `timeout`, naming the route, since the client waits until then without anyone knowing why.
 */
export function selfAnsweringWriter(timeout: number): ReplyWriter {
  return (ctx) => {
    if (ctx.answered || timeout === 0) return;
    const timer = ctx.services.clock.schedule(() => reportSilence(ctx, timeout), timeout, { background: true });
    ctx.onClose(() => timer.cancel());
  };
}

function reportSilence(ctx: HttpContext, timeout: number): void {
  if (ctx.answered) return;
  ctx.services.log.warn(
    `A handler with @Res has not answered for ${timeout} ms; answer on it, or say { passthrough: true }`,
    ctx.describe(),
  );
}
