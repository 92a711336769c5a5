import type { Handler, Hono } from 'hono';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import type { RouterRoute } from 'hono/types';
import type { NodeHono } from './hono-context.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a user's instance has whatever types it was made with
type AnyHono = Hono<any, any, any>;

/** Our routes, and what answers a request that they do not: `next`, or the answer to what everybody has left. */
export interface OwnHandlers {
  readonly dispatchOrNext: Handler<NodeHono>;
  readonly dispatchOrRest: Handler<NodeHono>;
  readonly answerRest: Handler<NodeHono>;
}

/**
 * Puts our routes before the first native route, or behind the last, and the answer to what is left at the end. Hono
 * only appends, and its router takes nothing more once it has matched; so its routes are read into a new router.
 */
export function insertRoutes(app: AnyHono, own: OwnHandlers, mount: 'first' | 'last'): void {
  const routes = [...app.routes];
  const firstRoute = mount === 'last' ? -1 : routes.findIndex(isNativeRoute);
  if (firstRoute === -1) {
    // One handler and not two: only a request that meets a single one is answered without a turn of the loop.
    routes.push(everywhere(own.dispatchOrRest));
  } else {
    routes.splice(firstRoute, 0, everywhere(own.dispatchOrNext));
    routes.push(everywhere(own.answerRest));
  }
  const router = new SmartRouter<[Handler, RouterRoute]>({ routers: [new RegExpRouter(), new TrieRouter()] });
  for (const route of routes) router.add(route.method, route.path, [route.handler, route]);
  app.router = router;
  app.routes = routes;
}

function everywhere(handler: Handler<NodeHono>): RouterRoute {
  return { basePath: '/', path: '/*', method: 'ALL', handler };
}

/**
 * The paths of native middleware between native routes that may run for one of `patterns`: it does not run for ours, which
 * stand before the first of those.
 */
export function middlewareBehind(app: AnyHono, patterns: readonly string[]): readonly string[] {
  const between = app.routes.slice(app.routes.findIndex(isNativeRoute), app.routes.findLastIndex(isNativeRoute) + 1);
  return between
    .filter((route) => !isNativeRoute(route))
    .map(({ path }) => path)
    .filter((path) => patterns.some((pattern) => mayMeet(path, pattern)));
}

/** Whether two patterns agree up to the first parameter of either. */
function mayMeet(one: string, other: string): boolean {
  const [first, second] = [literalOf(one), literalOf(other)];
  return first.startsWith(second) || second.startsWith(first);
}

function literalOf(pattern: string): string {
  return pattern.replace(/\/?[:*].*/, '');
}

/** Middleware is a route for all methods whose function takes `next`; Hono's own tools tell it in the same way. */
function isNativeRoute({ method, handler }: RouterRoute): boolean {
  return method !== 'ALL' || handler.length < 2;
}
