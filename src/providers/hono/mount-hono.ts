import { getRequestListener, RequestError, type HttpBindings } from '@hono/node-server';
import { Hono, type Context, type ErrorHandler, type Handler } from 'hono';
import {
  answerOfNative,
  BadRequestError,
  fail,
  formatSafely,
  InternalServerError,
  NodeContext,
  type MountedProvider,
  type RouteTable,
} from '../../http/index.js';
import { alreadySent, HonoContext, type HonoMounting, type NodeHono } from './hono-context.js';
import { insertRoutes, middlewareBehind } from './route-order.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a user's instance has whatever types it was made with
type AnyHono = Hono<any, any, any>;

export interface HonoMountOptions {
  readonly mount: 'first' | 'last' | undefined;
  readonly overrideGlobalObjects: boolean;
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

/** Puts the routes of a table into an application, or into a new one. All that needs Hono's code is behind this file. */
export function mountHono(given: AnyHono | undefined, table: RouteTable, options: HonoMountOptions): MountedProvider {
  const app: AnyHono = given ?? new Hono();
  const mounting = { services: table.services, isOwn: given === undefined };
  const answerRest = restAnswerer(table, mounting);
  const own = {
    dispatchOrNext: dispatcher(table, mounting, (_c, next) => next()),
    dispatchOrRest: dispatcher(table, mounting, answerRest),
    answerRest,
  };
  if (options.mount === undefined) tellBehind(table, app);
  insertRoutes(app, own, options.mount ?? 'first');
  keepDotSegments(app);
  takeErrors(app, mounting);
  const serve = getRequestListener(fetchOf(app), {
    hostname: 'localhost',
    overrideGlobalObjects: options.overrideGlobalObjects,
    // It would close the connection half a second after an answer whose request is still on its way. What to do with such
    // bodies is the server's to say, for all providers alike.
    autoCleanupIncoming: false,
    errorHandler: (error) => answerError(table, error),
  });
  const listener: MountedProvider['listener'] = (request, response) => {
    // Not a URL, and no path that middleware could guard.
    if (request.url === '*')
      void table.unmatched(new NodeContext(request, response, table.services, undefined, noParams));
    else void serve(request, response);
  };
  return { listener, native: app, close: () => Promise.resolve() };
}

/** A guard among it would be missed when it is too late. */
function tellBehind({ entries, services }: RouteTable, app: AnyHono): void {
  const middleware = middlewareBehind(
    app,
    entries.map(({ pattern }) => pattern),
  );
  if (middleware.length === 0) return;
  services.log.warn(
    "Native middleware stands behind the first native route and does not run for Bowline's routes. Register it earlier, put them behind everything by mount: 'last', or write mount: 'first' if this is meant",
    { provider: 'hono', middleware },
  );
}

/** What a URL reads as dot segments, the backslash included. */
const dotSegment = /\\|\/(?:\.|%2e)/i;

/**
 * The URL of a Request has its dot segments resolved, and our router takes them as they are: a guard of the application on
 * `/files/*` would let `/files/../x` pass to our route. So native routes are found by the path as it was sent, too.
 */
function keepDotSegments(app: AnyHono): void {
  const getPath = app.getPath;
  // One of the user's own may look at more than the URL.
  if (![new Hono(), new Hono({ strict: false })].some((other) => other.getPath === getPath)) return;
  const asSent: AnyHono['getPath'] = (request, options) => {
    const target = (options?.env as Partial<HttpBindings> | undefined)?.incoming?.url;
    if (target === undefined || !dotSegment.test(target)) return getPath(request, options);
    // Only its `url` is read, as text.
    return getPath({ url: target.startsWith('/') ? `http://localhost${target}` : target } as Request, options);
  };
  Object.assign(app, { getPath: asSent });
}

/** Our routes, and `otherwise` for what is not one of them. */
function dispatcher(table: RouteTable, mounting: HonoMounting, otherwise: Handler<NodeHono>): Handler<NodeHono> {
  return (c, next) => {
    const { incoming } = c.env;
    const match = table.find(incoming.method ?? 'GET', incoming.url ?? '/');
    if (match === null) return otherwise(c, next) as Promise<Response>;
    const { store, params, searchParams, handler } = match;
    const context = new HonoContext(c, mounting, store, params, searchParams);
    // Hono takes a Response as well as a promise of one, and only the former is sent without a turn of the loop.
    return context.replyAfter(handler(context)) as Promise<Response>;
  };
}

/** Answers what neither a route nor native code has. A not-found handler of the application's own wins. */
function restAnswerer(
  table: RouteTable,
  mounting: HonoMounting,
): (c: Context<NodeHono>) => Response | Promise<Response> {
  let notFound: 'unknown' | 'default' | 'own' = mounting.isOwn ? 'default' : 'unknown';
  const answer = (c: Context<NodeHono>): Response | Promise<Response> => {
    const context = new HonoContext(c, mounting, undefined, noParams);
    return context.replyAfter(table.unmatched(context));
  };
  return (c) => {
    if (notFound === 'default') return answer(c);
    const native = c.notFound();
    if (notFound === 'own') return native;
    // Hono does not show its handler; what it says the first time tells whose it is.
    return Promise.resolve(native).then(async (response) => {
      const isDefault = response.status === 404 && (await response.clone().text()) === '404 Not Found';
      notFound = isDefault ? 'default' : 'own';
      return isDefault ? answer(c) : response;
    });
  };
}

/** Answers errors as all errors are, where the application has no `onError` of its own. */
function takeErrors(app: AnyHono, mounting: HonoMounting): void {
  // Hono does not declare them for others, and has no other way to ask.
  const [own, usual] = [app, new Hono()].map(
    (each) => (each as unknown as { errorHandler: ErrorHandler }).errorHandler,
  );
  if (own === undefined || own !== usual) return;
  app.onError((error, c) => {
    // A Response that was thrown is an answer like one that was returned.
    if ((error as { readonly res?: unknown }).res !== undefined) return own(error, c);
    // What had been answered before would give the headers of its body to this one.
    c.res = undefined;
    const context = new HonoContext(c as Context<NodeHono>, mounting, undefined, noParams);
    fail(context, answerOfNative(error, true));
    return context.replyAfter(undefined);
  });
}

type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>;

/** Hono answers HEAD with the headers of GET, and would send them once more after a handler has answered by itself. */
function fetchOf(app: AnyHono): Parameters<typeof getRequestListener>[0] {
  const run = app.fetch as Fetch;
  const fetch: Fetch = (request, env) => {
    const reply = run(request, env);
    if (env.incoming.method !== 'HEAD') return reply;
    return Promise.resolve(reply).then((response) => (env.outgoing.headersSent ? alreadySent : response));
  };
  return fetch as Parameters<typeof getRequestListener>[0];
}

/** A request that no Request can be made of, or an error that the application has let through. */
function answerError({ services }: RouteTable, thrown: unknown): Response {
  const isRequest = thrown instanceof RequestError;
  const error = isRequest
    ? new BadRequestError('The target or the Host of the request is not valid.')
    : new InternalServerError(undefined, { cause: thrown });
  if (!isRequest) services.log.error('Native code failed, and no handler of Hono took its error', { error: thrown });
  const { contentType, body } = formatSafely(services.errorFormat, error, { server: services.server }, (reason) => {
    services.log.error('The bound ErrorFormat threw; the default one answered', { error: reason });
  });
  return new Response(body, { status: error.status, headers: { 'content-type': contentType } });
}
