import createRouter from 'find-my-way';
import { onTestFinished } from 'vitest';
import { SystemClock, type Logger } from '../../src/foundation/index.js';
import {
  BadRequestError,
  createContextServices,
  fail,
  MethodNotAllowedError,
  NotFoundError,
  problemFormat,
  reply,
  UriTooLongError,
  type BodyKind,
  type HttpContext,
  type HttpMethod,
  type HttpProvider,
  type Route,
  type RouteEntry,
  type RouteHandler,
  type RouteMatch,
  type RouteTable,
} from '../../src/http/index.js';
import type { HttpServer } from '../../src/server/index.js';
import { makeServer, serverOptions, silent } from '../server/server-fixture.js';

export interface TestRoute {
  readonly body?: readonly BodyKind[];
  readonly answersItself?: boolean;
  readonly handle: (ctx: HttpContext) => unknown;
}

/** A table by hand: `{ 'GET /users/:id': { handle } }`. HEAD follows GET. */
export function tableOf(
  routes: Readonly<Record<string, TestRoute | TestRoute['handle']>>,
  log: Logger = silent,
): RouteTable {
  let ids = 0;
  const router = createRouter({
    ignoreTrailingSlash: true,
    maxParamLength: 500,
    querystringParser: ((raw: string) => raw) as never,
    onBadUrl: ((_path: string, ctx: HttpContext) =>
      fail(ctx, new BadRequestError('The path is not validly percent-encoded.'))) as never,
    onMaxParamLength: ((_path: string, ctx: HttpContext) => fail(ctx, new UriTooLongError())) as never,
  });
  const entries: RouteEntry[] = Object.entries(routes).flatMap(([key, given]) => {
    const [method = '', pattern = ''] = key.split(' ');
    const route = typeof given === 'function' ? { handle: given } : given;
    const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];
    return methods.map((each) => toEntry(each as HttpMethod, pattern, route));
  });
  for (const { method, pattern, handler, route } of entries) router.on(method, pattern, handler as never, route);
  const find = (method: string, target: string): RouteMatch | null =>
    router.find(method as never, target) as unknown as RouteMatch | null;
  return {
    entries,
    services: createContextServices(serverOptions(), {
      errorFormat: problemFormat,
      log,
      generateId: () => String(++ids),
      clock: new SystemClock(),
    }),
    ignoreTrailingSlash: true,
    maxParamLength: 500,
    find,
    unmatched: (ctx) => {
      const found = (['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const)
        .map((method) => ({ method, match: find(method, ctx.url) }))
        .filter(({ match }) => match !== null);
      const odd = found.find(({ match }) => match?.store === null);
      if (odd?.match != null) return odd.match.handler(ctx);
      const allow = [...found.map(({ method }) => method), 'OPTIONS'].join(', ');
      if (found.length === 0) fail(ctx, new NotFoundError('There is nothing here.'));
      else if (ctx.method === 'OPTIONS') ctx.set('allow', allow).answer(204, undefined, undefined);
      else fail(ctx, new MethodNotAllowedError(undefined, { headers: { allow } }));
      return undefined;
    },
  };
}

function toEntry(method: HttpMethod, pattern: string, { handle, body, answersItself = false }: TestRoute): RouteEntry {
  const handler: RouteHandler = (ctx) => {
    try {
      const value = handle(ctx);
      if (value instanceof Promise) {
        return value
          .then((each: unknown) => {
            return answersItself ? undefined : reply(ctx, each);
          })
          .catch((error: unknown) => fail(ctx, error));
      }
      if (!answersItself) return reply(ctx, value);
    } catch (error) {
      fail(ctx, error);
    }
    return undefined;
  };
  const route: Route = {
    description: {
      server: 'main',
      method,
      path: pattern,
      controller: 'Test',
      handler: 'test',
      parameters: [],
      stages: [],
      module: 'a module',
      scope: 'singleton',
      timeout: 0,
      answersItself,
      ...(body === undefined ? {} : { body }),
    },
    target: { controller: Object, method: 'test' },
    handler,
  };
  return { method, pattern, handler, route, body, bodyComesLate: false };
}

/** A provider at work on a listening server, both closed when the test ends. */
export async function serve(provider: HttpProvider, table: RouteTable): Promise<HttpServer> {
  const options = serverOptions({ drainIdleTimeout: 50 });
  await provider.prepare(table);
  const mounted = await provider.mount(table, options);
  const server = makeServer(mounted.listener, { drainIdleTimeout: 50 });
  server.use(mounted);
  await server.listen();
  onTestFinished(async () => {
    await server.gracefulStop();
    await mounted.close();
  });
  return server;
}

/** A logger that keeps its lines. */
export function recordingLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`);
  const log: Logger = {
    trace: keep('trace'),
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => log,
  };
  return { log, lines };
}
