import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpProvider, NodeContext, type MountedProvider, type RouteTable } from '../../http/index.js';

const noParams: Readonly<Record<string, string>> = Object.freeze({});

/** Serves routes on Node's own HTTP server with nothing in between. The default where no provider is bound. */
export class NodeProvider extends HttpProvider {
  readonly name = 'node';
  readonly capabilities = { fastEmptyRequests: true, upgrade: false };

  mount(table: RouteTable): Promise<MountedProvider> {
    const { services } = table;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const match = table.find(request.method ?? 'GET', request.url ?? '/');
      // A route handler never rejects.
      if (match === null) void table.unmatched(new NodeContext(request, response, services, undefined, noParams));
      else
        void match.handler(new NodeContext(request, response, services, match.store, match.params, match.searchParams));
    };
    return Promise.resolve({ listener, native: undefined, close: () => Promise.resolve() });
  }
}
