import createRouter from 'find-my-way';
import {
  BadRequestError,
  httpMethods,
  MethodNotAllowedError,
  NotFoundError,
  UriTooLongError,
  type BodyKind,
  type ContextServices,
  type HttpContext,
  type HttpError,
  type HttpMethod,
  type Route,
  type RouteEntry,
  type RouteHandler,
  type RouteMatch,
  type RouteTable,
  type StageDescription,
  type VersioningOptions,
} from '../http/index.js';
import { compileBare } from './compile-route.js';
import { pathShape } from './path-syntax.js';
import { versionedHandler } from './version-entry.js';

export interface RouteTableOptions {
  readonly services: ContextServices;
  readonly versioning: VersioningOptions | undefined;
  readonly trailingSlash: 'ignore' | 'strict';
  /** Makes a handler of what answers without a route; what it throws is answered. @default compiled without stages */
  readonly bare?: (call: (ctx: HttpContext) => void) => RouteHandler;
}

/** A route under the pattern by which it is found. */
export interface PlacedRoute {
  readonly pattern: string;
  readonly route: Route;
}

/** RFC 9110 sets no limit; a longer segment is nearly always an attack on whatever parses it. */
const maxParamLength = 500;

/** Puts compiled routes into one table. Routes of one method and path become one entry; HEAD follows GET. */
export function createRouteTable(placed: readonly PlacedRoute[], options: RouteTableOptions): RouteTable {
  const ignoreTrailingSlash = options.trailingSlash === 'ignore';
  const { bare = (call: (ctx: HttpContext) => void) => compileBare(call, []) } = options;
  const router = createRouter({
    caseSensitive: true,
    ignoreTrailingSlash,
    maxParamLength,
    // Typed as a record by the library; the raw text is handed on and parsed when somebody asks.
    querystringParser: ((raw: string) => raw) as unknown as (raw: string) => Record<string, string>,
    onBadUrl: answerInstead(bare(refuseBy(badPath))),
    onMaxParamLength: answerInstead(bare(refuseBy(pathTooLong))),
  });
  const written = entriesOf(placed, options.versioning, bare);
  const entries = withHead(written);
  // Where nobody has a HEAD of his own, the router need not know each route to GET twice.
  const isHeadGet = !written.some(({ method }) => method === 'HEAD');
  for (const entry of isHeadGet ? written : entries)
    router.on(entry.method, entry.pattern, entry.handler as never, entry.route);
  const own = new Set(entries.map(({ handler }) => handler));
  const find = (method: string, target: string): RouteMatch | null =>
    router.find(
      (isHeadGet && method === 'HEAD' ? 'GET' : method) as HttpMethod,
      target,
    ) as unknown as RouteMatch | null;
  return {
    entries,
    services: options.services,
    ignoreTrailingSlash,
    maxParamLength,
    find,
    unmatched: bare((ctx) => {
      if (ctx.url === '*' && ctx.method === 'OPTIONS') answerOptions(ctx, entries);
      else answerUnmatched(ctx, find, own);
    }),
  };
}

/** The library calls such a function with the path and what the handler was called with: our context. */
function answerInstead(handler: RouteHandler): (path: string, ...rest: unknown[]) => void {
  return (_path, ctx) => handler(ctx as HttpContext);
}

function refuseBy(error: () => HttpError): () => never {
  return () => {
    throw error();
  };
}

function entriesOf(
  placed: readonly PlacedRoute[],
  versioning: VersioningOptions | undefined,
  bare: NonNullable<RouteTableOptions['bare']>,
): RouteEntry[] {
  const groups = Map.groupBy(placed, ({ pattern, route }) => `${route.description.method} ${pathShape(pattern)}`);
  return [...groups.values()].map((group) => {
    const [first] = group as [PlacedRoute, ...PlacedRoute[]];
    const routes = group.map(({ route }) => route);
    const isSingle =
      versioning === undefined ||
      versioning.type === 'uri' ||
      (routes.length === 1 && first.route.description.version === undefined);
    return {
      method: first.route.description.method,
      pattern: first.pattern,
      handler: isSingle ? first.route.handler : versionedHandler(routes, versioning, bare),
      route: isSingle ? first.route : undefined,
      body: bodyOf(routes),
      bodyComesLate: routes.some(({ description }) => description.stages.some(standsAroundBody)),
    };
  });
}

function standsAroundBody({ kind }: StageDescription): boolean {
  return kind !== 'pipe';
}

function bodyOf(routes: readonly Route[]): readonly BodyKind[] | undefined {
  const kinds = new Set(routes.flatMap((route) => route.description.body ?? []));
  return kinds.size === 0 ? undefined : [...kinds];
}

function withHead(entries: readonly RouteEntry[]): RouteEntry[] {
  const own = new Set(entries.filter(({ method }) => method === 'HEAD').map(({ pattern }) => pathShape(pattern)));
  const derived = entries
    .filter(({ method, pattern }) => method === 'GET' && !own.has(pathShape(pattern)))
    .map((entry): RouteEntry => ({ ...entry, method: 'HEAD' }));
  return [...entries, ...derived];
}

/** RFC 9110 9.3.7: `OPTIONS *` asks about the server and not about a path. */
function answerOptions(ctx: HttpContext, entries: readonly RouteEntry[]): void {
  const known = new Set(entries.map(({ method }) => method));
  ctx.set('allow', allowOf(httpMethods.filter((method) => known.has(method)))).status(204);
}

function allowOf(methods: readonly HttpMethod[]): string {
  return [...new Set([...methods, 'OPTIONS'])].join(', ');
}

/**
 * RFC 9110 15.5.6: 405 names what is allowed. A target that is refused, which is found under a handler that is not one of
 * the entries' own, is refused whatever its method.
 */
function answerUnmatched(ctx: HttpContext, find: RouteTable['find'], own: ReadonlySet<RouteHandler>): void {
  const matches = httpMethods
    .map((method) => ({ method, match: find(method, ctx.url) }))
    .filter(({ match }) => match !== null);
  if (matches.some(({ match }) => match !== null && !own.has(match.handler)))
    throw isDecodable(ctx.path) ? pathTooLong() : badPath();
  if (matches.length === 0) {
    // A router without a single route does not look at the path.
    const isBad = ctx.path.includes('%') && !isDecodable(ctx.path);
    throw isBad ? badPath() : new NotFoundError(`There is nothing at ${ctx.path.slice(0, 200)}.`);
  }
  const allow = allowOf(matches.map(({ method }) => method));
  if (ctx.method !== 'OPTIONS')
    throw new MethodNotAllowedError(`${ctx.method} is not allowed here, only ${allow}.`, { headers: { allow } });
  ctx.set('allow', allow).status(204);
}

function pathTooLong(): UriTooLongError {
  return new UriTooLongError(`A parameter of the path is longer than ${maxParamLength} characters.`);
}

function badPath(): BadRequestError {
  return new BadRequestError('The path is not validly percent-encoded.');
}

function isDecodable(path: string): boolean {
  try {
    decodeURI(path);
    return true;
  } catch {
    return false;
  }
}
