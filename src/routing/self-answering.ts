import type { ReplyWriter } from './compile-route.js';

/** The writer of a route whose handler answers on the native response itself: a client waits no longer for it than for others. */
export const selfAnsweringWriter: ReplyWriter = (ctx) => {
  if (ctx.answered) return ctx.sending;
  ctx.onClose(ctx.services.handlerTimeouts.begin(ctx));
  return undefined;
};
