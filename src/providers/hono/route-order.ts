import type { Handler, Hono, MiddlewareHandler } from 'hono';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import type { RouterRoute } from 'hono/types';
import type { NodeHono } from './hono-context.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a user's instance has whatever types it was made with
type AnyHono = Hono<any, any, any>;

/**
 * Puts our routes before the first native route, or behind the last, and the answer to what is left at the end. Hono
 * only appends, and its router takes nothing more once it has matched; so its routes are read into a new router.
 */
export function insertRoutes(
  app: AnyHono,
  dispatch: MiddlewareHandler<NodeHono>,
  answerRest: Handler<NodeHono>,
  mount: 'first' | 'last',
): void {
  const routes = [...app.routes];
  const firstRoute = mount === 'last' ? -1 : routes.findIndex(isNativeRoute);
  if (firstRoute === -1) {
    routes.push(everywhere((c, next) => dispatch(c, () => Promise.resolve(answerRest(c, next) as never))));
  } else {
    routes.splice(firstRoute, 0, everywhere(dispatch as Handler));
    routes.push(everywhere(answerRest as Handler));
  }
  const router = new SmartRouter<[Handler, RouterRoute]>({ routers: [new RegExpRouter(), new TrieRouter()] });
  for (const route of routes) router.add(route.method, route.path, [route.handler, route]);
  app.router = router;
  app.routes = routes;
}

function everywhere(handler: Handler): RouterRoute {
  return { basePath: '/', path: '/*', method: 'ALL', handler };
}

/** Middleware is a route for all methods whose function takes `next`; Hono's own tools tell it in the same way. */
function isNativeRoute({ method, handler }: RouterRoute): boolean {
  return method !== 'ALL' || handler.length < 2;
}
