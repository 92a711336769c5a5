import type { Phase } from '../../lifecycle/index.js';
import { policyLines } from '../../resilience/index.js';
import type { ExplainedPipeline } from '../application-policies.js';
import type { RouteExplanation } from './explain-routes.js';
import type { ServerExplanation } from './explain-servers.js';
import type { ServiceExplanation, StopStep } from './explain-services.js';
import { routeLines, routeTexts } from './route-text.js';
import { serverLines } from './server-text.js';
import { serviceLines, stopLines } from './service-text.js';
import { counted } from './text-layout.js';

/** Something that is made for a request that nobody has let pass yet. */
export interface BuiltBeforeGuard {
  readonly route: string;
  readonly server: string;
  readonly built: readonly string[];
}

export interface ExplanationParts {
  readonly name: string;
  readonly state: Phase;
  readonly servers: readonly ServerExplanation[];
  readonly routes: readonly RouteExplanation[];
  readonly pipelines: readonly ExplainedPipeline[];
  readonly services: readonly ServiceExplanation[];
  readonly stopOrder: readonly StopStep[];
}

/**
 * What an application is made of, what runs in which order, and who put it there, at the moment at which it was asked for. As JSON it
 * is data; as a string it is a text for people.
 */
export class Explanation {
  readonly name: string;
  readonly state: Phase;
  readonly servers: readonly ServerExplanation[];
  /** Those of controllers, of static folders and of the management server. */
  readonly routes: readonly RouteExplanation[];
  /** The routes that no guard covers, by method and path. */
  readonly unguarded: readonly string[];
  readonly builtBeforeGuard: readonly BuiltBeforeGuard[];
  /** Every pipeline of policies, with the methods that go through it and where each option comes from. */
  readonly pipelines: readonly ExplainedPipeline[];
  /** Every binding of the container. */
  readonly services: readonly ServiceExplanation[];
  /**
   * In which order a stop closes services: dependents first, constants behind all others, the logger and the clock last. Before the start as it is declared,
   * after it as it was seen.
   */
  readonly stopOrder: readonly StopStep[];

  constructor({ name, state, servers, routes, pipelines, services, stopOrder }: ExplanationParts) {
    this.name = name;
    this.state = state;
    this.servers = servers;
    this.routes = routes;
    this.unguarded = routes.filter(({ guarded }) => !guarded).map(({ route }) => route);
    this.builtBeforeGuard = routes.flatMap(({ route, server, builtBeforeGuard: built }) =>
      built === undefined ? [] : [{ route, server, built }],
    );
    this.pipelines = pipelines;
    this.services = services;
    this.stopOrder = stopOrder;
  }

  /** The whole text. */
  toString(): string {
    const { routes, servers, services } = this;
    const unguarded = routes.filter(({ guarded }) => !guarded);
    const early = routes.filter(({ builtBeforeGuard }) => builtBeforeGuard !== undefined);
    const counts = [
      counted(servers.length, 'server'),
      counted(routes.length, 'route'),
      counted(services.length, 'binding'),
    ];
    return [
      `${this.name} is ${this.state}: ${counts.join(', ')}`,
      section('Servers (* is not the default)', servers.flatMap(serverLines)),
      ...(routes.length === 0 ? [] : [`Routes\n\n${routeTexts(routes).join('\n\n')}`]),
      section(
        'Routes that no guard covers',
        routeLines(unguarded, ({ controller, handler }) => `${controller}.${handler}`),
      ),
      section(
        'Made for each request before the last guard has let it pass',
        routeLines(early, ({ builtBeforeGuard = [] }) => builtBeforeGuard.join(', ')),
      ),
      section('Policies', this.pipelines.flatMap(pipelineLines)),
      section('Container', serviceLines(services)),
      section('Order of closing (what has nothing to close in brackets)', stopLines(this.stopOrder)),
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  }
}

/** The name of a pipeline, who goes through it, and its policies. */
function pipelineLines(pipeline: ExplainedPipeline): readonly string[] {
  const { name, methods } = pipeline;
  return [methods.length === 0 ? name : `${name}: ${methods.join(', ')}`, ...policyLines(pipeline)];
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines].join('\n');
}
