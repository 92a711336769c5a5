import { fail, lateAt, type HttpContext, type RouteHandler } from '../http/index.js';

/**
 * Lets requests end by their deadlines. One with nothing left is refused before anything is done for it, and one that is
 * answered at once is not watched.
 */
export function underDeadline(handler: RouteHandler): RouteHandler {
  return (ctx) => {
    const { deadline } = ctx;
    if (deadline?.expired === true) return refuse(ctx);
    const handled = handler(ctx);
    if (deadline !== undefined && (handled !== undefined || !ctx.answered)) ctx.enforceDeadline();
    return handled;
  };
}

/** Nothing where its deadline has answered already, while native code read its body. */
function refuse(ctx: HttpContext): void {
  if (!ctx.answered) fail(ctx, lateAt(ctx.route, 0));
}
