import type { HttpProvider, RouteDescription } from '../../http/index.js';
import type { Phase } from '../../lifecycle/index.js';
import { NodeProvider } from '../../providers/node/index.js';
import type { ApplicationParts } from '../application-parts.js';
import { explainRoutes } from './explain-routes.js';
import { explainServer } from './explain-servers.js';
import { explainServices, explainStopOrder } from './explain-services.js';
import { Explanation } from './explanation.js';

/** What an application knows of itself at this moment. */
export interface ExplainedApplication {
  readonly parts: Pick<ApplicationParts, 'loaded' | 'options' | 'plan' | 'policies' | 'providers'>;
  readonly state: Phase;
  /** Whether its services were built. */
  readonly isBuilt: boolean;
  readonly routes: readonly RouteDescription[];
  /** Where a server listens; undefined while it does not. */
  urlOf(server: string): string | undefined;
}

/** Explains an application. Builds nothing and changes nothing. */
export function explain({ parts, state, isBuilt, routes, urlOf }: ExplainedApplication): Explanation {
  const { loaded, options, plan, policies, providers } = parts;
  const own = [...options.servers.values()].map((server) =>
    explainServer({
      options: server,
      provider: providers.get(server.name) ?? nodeProvider,
      url: urlOf(server.name),
      stages: plan.stagesOf(server.name).map(({ description }) => description),
    }),
  );
  const management = options.management?.server;
  return new Explanation({
    name: options.name,
    state,
    servers: [
      ...own,
      ...(management === undefined
        ? []
        : [explainServer({ options: management, provider: nodeProvider, url: urlOf(management.name), stages: [] })]),
    ],
    routes: explainRoutes(routes),
    pipelines: policies.explain(),
    services: explainServices(loaded),
    stopOrder: explainStopOrder(loaded, isBuilt),
  });
}

const nodeProvider: Pick<HttpProvider, 'name'> = new NodeProvider();
