import type { Server } from 'node:http';
import type { Phase, RouteActivity, ServerHealth } from '../lifecycle/index.js';
import type { Connections } from './connections.js';
import { routeOf } from './departure.js';

/** What a server is doing, whoever has made it. */
export function healthOf(
  { name, phase }: { readonly name: string; readonly phase: Phase },
  server: Server,
  connections: Connections,
): ServerHealth {
  return {
    name,
    phase,
    listening: server.listening,
    connections: connections.count(),
    inFlight: connections.inFlight,
    routes: routeActivity(connections),
  };
}

/** The requests in flight by route. */
function routeActivity(connections: Connections): readonly RouteActivity[] {
  const routes = new Map<string, { -readonly [K in keyof RouteActivity]: RouteActivity[K] }>();
  for (const response of connections.responses()) {
    const { method, route } = routeOf(response);
    const key = `${method} ${route}`;
    const known = routes.get(key) ?? { method, route, inFlight: 0 };
    known.inFlight++;
    routes.set(key, known);
  }
  return [...routes.values()];
}
