import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { BootReport } from '../../foundation/index.js';
import {
  fail,
  ForbiddenError,
  type HttpContext,
  type ResolvedServerOptions,
  type RouteHandler,
  type StageDescription,
  type StaticFolder,
} from '../../http/index.js';
import { reportTaken, staticRoutes, type PlacedDefinition, type PlacedRoute } from '../../routing/index.js';
import type { ManagementGuard, ResolvedManagement } from './management-options.js';
import { Probes, type ProbeAnswer } from './probes.js';

/** The routes to the probes for one server; to `/health` too where there is somebody who guards it. */
export function managementRoutes(server: string, probes: Probes, guard: ManagementGuard | undefined): PlacedRoute[] {
  return [
    toRoute(
      server,
      'livez',
      probe(() => probes.livez()),
    ),
    toRoute(
      server,
      'readyz',
      probe(() => probes.readyz()),
    ),
    toRoute(
      server,
      'startupz',
      probe(() => probes.startupz()),
    ),
    ...(guard === undefined ? [] : [toRoute(server, 'health', health(probes, guard), [describeGuard(guard)])]),
  ];
}

/** Reports controllers and folders of a server that stand where the probes are to be mounted. */
export function checkMounted(
  { mountOn, guard }: Pick<ResolvedManagement, 'mountOn' | 'guard'>,
  servers: ReadonlyMap<string, ResolvedServerOptions>,
  placed: ReadonlyMap<string, readonly PlacedDefinition[]>,
  folders: readonly StaticFolder[],
  report: BootReport,
): void {
  const server = mountOn === undefined ? undefined : servers.get(mountOn);
  if (server === undefined) return;
  const own = placed.get(server.name) ?? [];
  const others = [
    ...own.map(({ pattern, definition }) => ({ pattern, description: definition.description })),
    ...staticRoutes(folders, server, own).map(({ pattern, route }) => ({ pattern, ...route })),
  ];
  const names: readonly MountedName[] = [
    'livez',
    'readyz',
    'startupz',
    ...(guard === undefined ? [] : ['health' as const]),
  ];
  const paths = names.map((name) => `/${name}`);
  reportTaken(paths, others, server, `the option management (mountOn: '${server.name}')`, report);
}

type MountedName = 'livez' | 'readyz' | 'startupz' | 'health';

function describeGuard({ name }: ManagementGuard): StageDescription {
  return {
    kind: 'guard',
    name: name === '' || name === 'guard' ? '(function)' : name,
    level: 'route',
    from: origin,
    scope: 'singleton',
    perRequest: false,
  };
}

const origin = 'the option management';

function toRoute(
  server: string,
  name: MountedName,
  handler: RouteHandler,
  stages: readonly StageDescription[] = [],
): PlacedRoute {
  const path = `/${name}`;
  const description = {
    server,
    method: 'GET',
    path,
    controller: Probes.name,
    module: origin,
    scope: 'singleton',
    timeout: 0,
    handler: name,
    parameters: [],
    stages,
    answersItself: false,
  } as const;
  return { pattern: path, route: { description, target: { controller: Probes, method: name }, handler } };
}

function probe(ask: () => Promise<ProbeAnswer>): RouteHandler {
  return async (ctx) => {
    try {
      const { isWell, text } = await ask();
      answer(ctx, isWell, 'text/plain; charset=utf-8', text);
    } catch (error) {
      fail(ctx, error);
    }
  };
}

function health(probes: Probes, guard: ManagementGuard): RouteHandler {
  return async (ctx) => {
    try {
      // Not typed by everybody who writes a guard, and what is merely truthy is a mistake.
      const admits: unknown = await guard(ctx);
      if (admits !== true) throw new ForbiddenError('The health of this application is not for everybody.');
      const report = await probes.health();
      answer(ctx, report.ready, 'application/json; charset=utf-8', JSON.stringify(report));
    } catch (error) {
      fail(ctx, error);
    }
  };
}

function answer(ctx: HttpContext, isWell: boolean, contentType: string, body: string): void {
  ctx.set('cache-control', 'no-store').answer(isWell ? 200 : 503, contentType, body);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Admits whoever connects from this machine. By the socket itself: what headers say is said by whoever sends them. */
export function loopbackGuard(ctx: HttpContext): boolean {
  const { socket }: IncomingMessage = ctx.native.request;
  const { remoteAddress = '' } = socket;
  const family = isIP(remoteAddress);
  return family !== 0 && loopback.check(remoteAddress, family === 4 ? 'ipv4' : 'ipv6');
}
