/** What is read of Express' layers; `stack` and these members have been the same since version 4. */
interface Layer {
  readonly handle: ((...args: never[]) => unknown) & { readonly stack?: readonly Layer[] };
  readonly name?: string;
  readonly route?: unknown;
  /** Whether a path is one that it runs for. */
  match?(path: string): boolean;
}

/** Whether a middleware has been placed, in the router or in one below it. */
export function hasMiddleware(router: unknown, middleware: unknown): boolean {
  return stackOf(router).some(({ handle }) => handle === middleware || hasMiddleware(handle, middleware));
}

/** Moves the middleware, which was added last: before the first native route or the last error handlers, or nowhere. */
export function placeMiddleware(router: unknown, middleware: unknown, mount: 'first' | 'last'): void {
  const stack = stackOf(router) as Layer[];
  const layer = stack.at(-1);
  if (mount === 'last' || layer === undefined || layer.handle !== middleware) return;
  stack.pop();
  const firstRoute = stack.findIndex(leadsToRoute);
  stack.splice(firstRoute === -1 ? beforeErrorHandlers(stack) : firstRoute, 0, layer);
}

/**
 * The native middleware between native routes, by name, that would run for one of `paths`: it does not run for ours, which
 * stand before the first of those.
 */
export function middlewareBehind(router: unknown, middleware: unknown, paths: readonly string[]): readonly string[] {
  const stack = stackOf(router);
  const behind = stack.slice(stack.findIndex(({ handle }) => handle === middleware) + 1);
  return behind
    .slice(0, behind.findLastIndex(leadsToRoute) + 1)
    .filter((layer) => !leadsToRoute(layer) && layer.handle.length < 4)
    .filter((layer) => paths.some((path) => layer.match?.(path) !== false))
    .map(({ name = '' }) => name);
}

function beforeErrorHandlers(stack: readonly Layer[]): number {
  return stack.findLastIndex(({ handle }) => handle.length !== 4) + 1;
}

/** A route, or a router or application that has some. */
function leadsToRoute(layer: Layer): boolean {
  return layer.route !== undefined || layer.name === 'mounted_app' || stackOf(layer.handle).some(leadsToRoute);
}

function stackOf(router: unknown): readonly Layer[] {
  return (router as { readonly stack?: readonly Layer[] }).stack ?? [];
}
