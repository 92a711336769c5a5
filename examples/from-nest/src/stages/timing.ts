import type { HttpContext } from 'bowline';

export async function timing(ctx: HttpContext, next: () => unknown) {
  const start = performance.now();
  const value = await next();
  ctx.set('x-response-time', `${(performance.now() - start).toFixed(1)}ms`);
  return value;
}
