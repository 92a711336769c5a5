import type { ServiceIdentifier } from 'inversify';
import { resolverOf, type LoadedContainer } from '../container/index.js';
import { reasonOf, runInCall, type BootReport, type ClassType } from '../foundation/index.js';
import {
  createContextServices,
  ErrorFormat,
  NodeContext,
  refuse,
  ServiceUnavailableError,
  type ContextServices,
  type MountedProvider,
  type ResolvedServerOptions,
  type Route,
  type RouteDescription,
  type RouteHandler,
  type StaticFolder,
} from '../http/index.js';
import {
  compileBare,
  compileRoute,
  createRouteTable,
  isMadePerCall,
  piped,
  staticRoutes,
  toldBy,
  underDeadline,
  type ControllerSource,
  type PlacedDefinition,
  type PlannedStage,
  type RouteDefinition,
} from '../routing/index.js';
import { createHttpServer, type HttpServer } from '../server/index.js';
import { MessageSource } from '../validation/index.js';
import type { ApplicationParts } from './application-parts.js';
import type { Management } from './management/management.js';

/** One server with the provider that answers on it. */
export interface RunningServer {
  readonly server: HttpServer;
  readonly mounted: MountedProvider;
  readonly services: ContextServices;
}

/** Mounts a provider on every server. What a native framework refuses is one problem among others. */
export async function mountServers(
  parts: ApplicationParts,
  folders: readonly StaticFolder[],
  management: Management,
  report: BootReport,
): Promise<ReadonlyMap<string, RunningServer>> {
  const running = new Map<string, RunningServer>();
  for (const options of parts.options.servers.values()) {
    try {
      running.set(options.name, await mount(parts, folders, management, options));
    } catch (error) {
      const provider = parts.providers.get(options.name)?.name ?? options.name;
      if (!report.addThrown(error)) report.add('BOW_NATIVE_INSTANCE', { provider, reason: reasonOf(error) }, error);
    }
  }
  return running;
}

async function mount(
  parts: ApplicationParts,
  folders: readonly StaticFolder[],
  management: Management,
  options: ResolvedServerOptions,
): Promise<RunningServer> {
  const { clock, events, generateId, loaded, log, plainOf, plan, providers } = parts;
  const errorFormat = loaded.container.get(ErrorFormat);
  const services = createContextServices(options, { errorFormat, log, clock, generateId, plainOf });
  const own = plan.placed.get(options.name) ?? [];
  const sources = new Map(
    parts.controllers.map((bound) => [bound.controller, resolverOf(bound.binding) as ControllerSource] as const),
  );
  const messages = await messagesOf(loaded);
  const routes = own.map((entry) => toRoute(entry, sources, { ...parts, messages, services }));
  const bareStages = plan.stagesOf(options.name);
  const bareScopes = bareStages.some(isMadePerCall) ? parts.scopes : undefined;
  const keepBare = plan.currentContextOf(options.name) === undefined ? asItIs : inOwnCall;
  const folded = staticRoutes(folders, options, own, bareStages, bareScopes).map(({ pattern, route }) => ({
    pattern,
    route: { ...route, handler: bounded(keepBare(route.handler), route.description, services) },
  }));
  const fixed = [...management.routesOn(options.name), ...folded];
  const table = createRouteTable([...routes, ...fixed], {
    services,
    bare: (call) => keepBare(compileBare(call, bareStages, bareScopes)),
    versioning: options.versioning,
    trailingSlash: options.trailingSlash,
  });
  const provider = providers.get(options.name);
  if (provider === undefined) throw new Error(`Boot chose no provider for the server '${options.name}'.`);
  const mounted = await provider.mount(table, options);
  const hookTimeout = parts.options.timeouts.hook;
  const server = createHttpServer(options, { clock, log, errorFormat, events, hookTimeout });
  const hasDeadlines = [...routes, ...folded].some(({ route }) => route.description.deadline !== undefined);
  server.use(mounted, {
    handlers: services.handlerTimeouts,
    listener: services.deadlines.inFrontOf(mounted.listener, hasDeadlines),
    refuse: refusalOf(services),
  });
  return { server, mounted, services };
}

/** Answers that the application is about to end, and that the client should go elsewhere. */
export function refusalOf(services: ContextServices): MountedProvider['listener'] {
  return (request, response) => {
    response.shouldKeepAlive = false;
    const error = new ServiceUnavailableError('The application is closing.', {
      headers: { 'retry-after': '1' },
      // Clients of ours know by it that nobody has tried.
      details: { code: 'BOW_SHUTTING_DOWN' },
    });
    refuse(new NodeContext(request, response, services, undefined, {}), error);
  };
}

interface RouteSurroundings {
  readonly services: ContextServices;
  /** Undefined where none is bound, so that nobody is asked. */
  readonly messages: MessageSource | undefined;
}

async function messagesOf(loaded: LoadedContainer): Promise<MessageSource | undefined> {
  const [binding] = loaded.bindingsOf(MessageSource as ServiceIdentifier<MessageSource>);
  return binding === undefined ? undefined : ((await binding.resolve()) as MessageSource);
}

function toRoute(
  { pattern, definition }: PlacedDefinition,
  sources: ReadonlyMap<ClassType, ControllerSource>,
  { marks, messages, scopes, services }: Pick<ApplicationParts, 'marks' | 'scopes'> & RouteSurroundings,
): { pattern: string; route: Route } {
  const { description, controller, asynchronous, files, stages, write } = definition;
  const { handler: method, body } = description;
  const source = sources.get(controller);
  if (source === undefined) throw new Error(`Boot resolved no controller for ${description.controller}.`);
  const compiled = compileRoute({
    method,
    controller: source,
    readers: pipedReaders(definition, messages),
    asynchronous,
    stages,
    scopes: source.kind === 'each' || allStages(definition).some(isMadePerCall) ? scopes : undefined,
    // Files and streams are read by who takes them.
    body: files !== undefined || body?.includes('stream') === true ? undefined : body,
    write,
    mark: {
      last: marks.last,
      index: marks.add(`${description.method} ${description.path} (${description.controller}.${description.handler})`),
    },
  });
  const handler = files === undefined ? compiled : files.around(compiled);
  const keep = description.currentContext === undefined ? asItIs : inOwnCall;
  const kept = keep(handler);
  return {
    pattern,
    route: { description, target: { controller, method }, handler: bounded(kept, description, services) },
  };
}

function bounded(handler: RouteHandler, description: RouteDescription, { deadlines }: ContextServices): RouteHandler {
  return deadlines.isFor(description) ? underDeadline(handler) : handler;
}

function asItIs(handler: RouteHandler): RouteHandler {
  return handler;
}

/** With its context as the current one. */
function inOwnCall(handler: RouteHandler): RouteHandler {
  return (ctx) => runInCall(ctx, handler);
}

function pipedReaders(
  { readers, pipes }: RouteDefinition,
  messages: MessageSource | undefined,
): RouteDefinition['readers'] {
  return readers.map((read, index) => {
    const own = pipes.get(index);
    const reader = own === undefined ? read : piped(read, own.stages, own.argument);
    return messages === undefined ? reader : toldBy(messages, reader);
  });
}

function allStages({ stages, pipes }: RouteDefinition): readonly PlannedStage[] {
  return [...stages, ...[...pipes.values()].flatMap((own) => own.stages)];
}
