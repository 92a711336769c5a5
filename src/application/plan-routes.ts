import type { ServiceIdentifier } from 'inversify';
import { checkGraph, type GraphBinding, type LoadedContainer } from '../container/index.js';
import { errorSentence, type BootReport } from '../foundation/index.js';
import type { PlainOf, Uploads } from '../http/index.js';
import {
  collectRoutes,
  placeRoutes,
  reportIdleExcludes,
  type PlacedDefinition,
  type RouteDefinition,
  type StagePlanning,
} from '../routing/index.js';
import { ClassValidation, MessageSource, ResponseSerialisers } from '../validation/index.js';
import type { ResolvedApplicationOptions } from './application-options.js';
import type { StageBindings } from './bind-stages.js';
import type { BoundController } from './collect-controllers.js';
import { describeBuiltBeforeGuard } from './explain/built-before-guard.js';
import { keepContext, rootsOf } from './keep-context.js';
import { planGlobals } from './plan-globals.js';
import { RoutePlan } from './route-plan.js';

export interface RoutePlanning {
  readonly loaded: LoadedContainer;
  readonly bindings: StageBindings;
  readonly options: ResolvedApplicationOptions;
  readonly controllers: readonly BoundController[];
  readonly uploads: Uploads;
  readonly plainOf: PlainOf | undefined;
  readonly report: BootReport;
}

/** Reads the routes of all controllers with what stands around them, and checks all that they need. */
export async function planRoutes(parts: RoutePlanning): Promise<RoutePlan> {
  const { loaded, bindings, options, controllers, plainOf, report, uploads } = parts;
  const { servers, context } = options;
  const globals = planGlobals(loaded, [...servers.keys()], report);
  const planning: StagePlanning = {
    report,
    transport: 'http',
    globalsOf: (server) => globals.get(server) ?? [],
    bindingOf: (use) => bindings.bindingOf(loaded, use),
  };
  const validation = new ClassValidation(report, options.validation, { warnsOfUnknown: options.isDevelopment });
  const serialisers = new ResponseSerialisers(report, { ...options.responses, plainOf });
  const collection = { report, planning, validation, serialisers, uploads, servers, excluded: new Set<string>() };
  const collected: RouteDefinition[] = [];
  for (const bound of controllers) collected.push(...(await collectRoutes(bound, collection)));
  const messages = loaded.bindingsOf(MessageSource as ServiceIdentifier);
  checkGraph(loaded, [...graphRoots(controllers, collected), ...messages], report);
  if (options.requireGuard) reportUnguarded(collected, report);
  reportIdleExcludes(collection);
  if (options.strict) for (const field of validation.unchecked) report.add('BOW_NESTED_UNCHECKED', field);
  const warnings = options.strict
    ? []
    : validation.unchecked.map((field) => errorSentence('BOW_NESTED_UNCHECKED', field));
  const hasPipelines = Object.keys(options.policies).length > 0;
  const definitions = describeBuiltBeforeGuard(
    keepContext(collected, controllers, loaded, context, hasPipelines),
    loaded,
  );
  const placed = new Map<string, readonly PlacedDefinition[]>();
  for (const server of servers.values()) {
    const own = definitions.filter(({ description }) => description.server === server.name);
    placed.set(server.name, placeRoutes(own, server, report));
  }
  return new RoutePlan({ loaded, bindings, planning, context, placed, warnings });
}

function graphRoots(controllers: readonly BoundController[], definitions: readonly RouteDefinition[]): GraphBinding[] {
  const bindings = controllers.map(({ binding }) => binding);
  return [...new Set([...bindings, ...definitions.flatMap((each) => rootsOf(each, undefined))])];
}

/** What `@All` made is one mistake. */
function reportUnguarded(definitions: readonly RouteDefinition[], report: BootReport): void {
  for (const { description, fromAll } of definitions) {
    if (description.stages.some(({ kind }) => kind === 'guard')) continue;
    const { method, path, controller, handler } = description;
    report.add('BOW_ROUTE_UNGUARDED', {
      route: `${fromAll ? 'ALL' : method} ${path}`,
      handler: `${controller}.${handler}`,
    });
  }
}
