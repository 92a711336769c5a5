import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, preParsingHookHandler } from 'fastify';
import {
  answerOfNative,
  fail,
  type HttpMethod,
  type RouteEntry,
  type RouteHandler,
  type RouteTable,
} from '../../http/index.js';
import { FastifyContext, type FastifyRouting } from './fastify-context.js';

const kContext = Symbol('context');
const kContentType = Symbol('content type');

interface Incoming extends IncomingMessage {
  /** The context that was made for the body, before the handler is reached. */
  [kContext]?: FastifyContext;
  /** What the client sent, while Fastify sees {@link anyType} in its place. */
  [kContentType]?: { readonly value: string | undefined } | undefined;
}

/** A type that Fastify lets pass: whether a body is taken is for our reader to say, and for nobody where none is asked for. */
const anyType = 'application/octet-stream';

const methodsWithBody: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Puts every entry of the table into a scope as a native route, and what nobody answers to the table. `isOwn` tells that
 * the instance is one that Bowline made.
 */
export function addRoutes(scope: FastifyInstance, table: RouteTable, isOwn: boolean): void {
  if (isOwn) leaveBodies(scope);
  else takeBodies(scope);
  for (const { entry, withHead } of withoutHead(table.entries)) {
    const { route, body: accepted = [], bodyComesLate } = entry;
    addRoute(scope, entry, withHead, {
      services: table.services,
      route,
      parsed: accepted.includes('stream') ? [] : accepted.filter((kind) => kind !== 'multipart'),
      takesFiles: accepted.includes('multipart'),
      bodyComesLate,
      isOwn,
    });
  }
  addNotFound(scope, table, {
    services: table.services,
    route: undefined,
    parsed: [],
    takesFiles: false,
    bodyComesLate: false,
    isOwn,
  });
}

/**
 * Where no plugin looks at it, a body is read when the stages in front of it have let the request pass, as with every other
 * provider. To lead it through Fastify's parsing, hooks and resource of its own takes a tenth of a small request.
 */
function leaveBodies(scope: FastifyInstance): void {
  // No route can have the last one yet, but Fastify would look at its body before it says that there is none.
  for (const method of [...methodsWithBody, 'QUERY'])
    scope.addHttpMethod(method, { hasBody: false, overrideExisting: true });
}

function takeBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  // Named beside all others, since Fastify finds what is named at once.
  for (const type of ['application/json', anyType, '*']) scope.addContentTypeParser(type, parse);
}

interface NativeEntry {
  readonly entry: RouteEntry;
  /** It answers HEAD as well. */
  readonly withHead: boolean;
}

/** HEAD that follows GET is one route with it: each native route is a context, hooks and a plugin that is waited for. */
function withoutHead(entries: readonly RouteEntry[]): NativeEntry[] {
  const handlersOf = (verb: HttpMethod): ReadonlyMap<string, RouteHandler> =>
    new Map(entries.filter(({ method }) => method === verb).map(({ pattern, handler }) => [pattern, handler]));
  const [gets, heads] = [handlersOf('GET'), handlersOf('HEAD')];
  return entries
    .filter(({ method, pattern, handler }) => method !== 'HEAD' || gets.get(pattern) !== handler)
    .map((entry) => ({ entry, withHead: entry.method === 'GET' && heads.get(entry.pattern) === entry.handler }));
}

/** Reads the body before `preValidation` and `preHandler` hooks, where the route takes one; else leaves it unread. */
function parse(request: FastifyRequest, payload: IncomingMessage, done: (error: null, body?: unknown) => void): void {
  showContentType(request.raw);
  const context = (request.raw as Incoming)[kContext];
  if (context === undefined) done(null, undefined);
  else context.parse(payload, (value) => done(null, value));
}

function addRoute(scope: FastifyInstance, entry: RouteEntry, withHead: boolean, routing: FastifyRouting): void {
  const { method, pattern: url, handler: run } = entry;
  const errorHandler = errorHandlerOf(routing);
  if (routing.isOwn || !methodsWithBody.includes(method)) {
    const handler = (request: FastifyRequest, reply: FastifyReply): void => {
      void run(new FastifyContext(request, reply, routing));
    };
    scope.route({ method: withHead ? [method, 'HEAD'] : method, url, exposeHeadRoute: false, errorHandler, handler });
    return;
  }
  const preParsing: preParsingHookHandler = (request, reply, payload, done) => {
    (request.raw as Incoming)[kContext] = new FastifyContext(request, reply, routing);
    hideContentType(request.raw);
    done(null, payload);
  };
  const handler = (request: FastifyRequest, reply: FastifyReply): void => {
    void run((request.raw as Incoming)[kContext] ?? new FastifyContext(request, reply, routing));
  };
  scope.route({ method, url, exposeHeadRoute: false, errorHandler, preParsing, handler });
}

/** 404, 405 and OPTIONS. An own not-found handler of the instance, which Fastify lets nobody replace, wins. */
function addNotFound(scope: FastifyInstance, table: RouteTable, routing: FastifyRouting): void {
  const preParsing: preParsingHookHandler = (request, _reply, payload, done) => {
    hideContentType(request.raw);
    done(null, payload);
  };
  const options = { preParsing, errorHandler: errorHandlerOf(routing) };
  try {
    scope.setNotFoundHandler(options as object, (request, reply) => {
      showContentType(request.raw);
      void table.unmatched(new FastifyContext(request, reply, routing));
    });
  } catch {
    // There is one already.
  }
}

function errorHandlerOf(
  routing: FastifyRouting,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    showContentType(request.raw);
    // A context of its own, since the one of the request has answered already where an `onSend` hook throws.
    fail(new FastifyContext(request, reply, routing), answerOfNative(error, true));
  };
}

/** Fastify refuses a malformed Content-Type also where nobody reads the body, and a body without one. */
function hideContentType(raw: Incoming): void {
  // As nearly all are, and as it passes.
  if (raw.headers['content-type'] === 'application/json') return;
  raw[kContentType] = { value: raw.headers['content-type'] };
  raw.headers['content-type'] = anyType;
}

function showContentType(raw: Incoming): void {
  const hidden = raw[kContentType];
  if (hidden === undefined) return;
  // To delete it would make a slow object of the request.
  raw[kContentType] = undefined;
  if (hidden.value === undefined) delete raw.headers['content-type'];
  else raw.headers['content-type'] = hidden.value;
}
