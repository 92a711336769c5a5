import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, preParsingHookHandler } from 'fastify';
import { fail, HttpError, isHttpError, type Route, type RouteEntry, type RouteTable } from '../../http/index.js';
import { FastifyContext } from './fastify-context.js';

const kContext = Symbol('context');
const kContentType = Symbol('content type');

interface Incoming extends IncomingMessage {
  /** The context that was made for the body, before the handler is reached. */
  [kContext]?: FastifyContext;
  /** What the client sent, while Fastify sees {@link anyType} in its place. */
  [kContentType]?: { readonly value: string | undefined };
}

/** A type that Fastify lets pass: whether a body is taken is for our reader to say, and for nobody where none is asked for. */
const anyType = 'application/octet-stream';

const methodsWithBody: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const noParams: Readonly<Record<string, string>> = Object.freeze({});

/** Puts every entry of the table into a scope as a native route, and what nobody answers to the table. */
export function addRoutes(scope: FastifyInstance, table: RouteTable): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', parse);
  for (const entry of table.entries) addRoute(scope, table, entry);
  addNotFound(scope, table);
}

/** Reads the body before `preValidation` and `preHandler` hooks, where the route takes one; else leaves it unread. */
function parse(request: FastifyRequest, payload: IncomingMessage, done: (error: null, body?: unknown) => void): void {
  showContentType(request.raw);
  const context = (request.raw as Incoming)[kContext];
  if (context?.accepted === undefined) done(null, undefined);
  else context.parse(payload, context.accepted, (value) => done(null, value));
}

function addRoute(scope: FastifyInstance, table: RouteTable, entry: RouteEntry): void {
  const { method, pattern: url, handler: run, route, body } = entry;
  const contextOf = (request: FastifyRequest, reply: FastifyReply): FastifyContext =>
    new FastifyContext(request, reply, table.services, route, request.params as Readonly<Record<string, string>>, body);
  const errorHandler = errorHandlerOf(table, route);
  if (!methodsWithBody.includes(method)) {
    const handler = (request: FastifyRequest, reply: FastifyReply): void => {
      void run(contextOf(request, reply));
    };
    scope.route({ method, url, exposeHeadRoute: false, errorHandler, handler });
    return;
  }
  const preParsing: preParsingHookHandler = (request, reply, payload, done) => {
    (request.raw as Incoming)[kContext] = contextOf(request, reply);
    hideContentType(request.raw);
    done(null, payload);
  };
  const handler = (request: FastifyRequest, reply: FastifyReply): void => {
    void run((request.raw as Incoming)[kContext] ?? contextOf(request, reply));
  };
  scope.route({ method, url, exposeHeadRoute: false, errorHandler, preParsing, handler });
}

/** 404, 405 and OPTIONS. An own not-found handler of the instance, which Fastify lets nobody replace, wins. */
function addNotFound(scope: FastifyInstance, table: RouteTable): void {
  const preParsing: preParsingHookHandler = (request, _reply, payload, done) => {
    hideContentType(request.raw);
    done(null, payload);
  };
  const options = { preParsing, errorHandler: errorHandlerOf(table, undefined) };
  try {
    scope.setNotFoundHandler(options as object, (request, reply) => {
      showContentType(request.raw);
      void table.unmatched(new FastifyContext(request, reply, table.services, undefined, noParams));
    });
  } catch {
    // There is one already.
  }
}

function errorHandlerOf(
  table: RouteTable,
  route: Route | undefined,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    showContentType(request.raw);
    // A context of its own, since the one of the request has answered already where an `onSend` hook throws.
    const context = new FastifyContext(
      request,
      reply,
      table.services,
      route,
      (request.params ?? noParams) as Readonly<Record<string, string>>,
    );
    fail(context, toAnswer(error));
  };
}

/** Plugins throw errors that carry the status of a refusal, such as 401 or 429. */
function toAnswer(error: unknown): unknown {
  if (isHttpError(error) || !(error instanceof Error)) return error;
  const { statusCode } = error as { statusCode?: unknown };
  const isRefusal =
    typeof statusCode === 'number' && Number.isInteger(statusCode) && statusCode >= 400 && statusCode < 500;
  return isRefusal ? new HttpError(statusCode, error.message, { cause: error }) : error;
}

/** Fastify refuses a malformed Content-Type also where nobody reads the body, and a body without one. */
function hideContentType(raw: Incoming): void {
  raw[kContentType] = { value: raw.headers['content-type'] };
  raw.headers['content-type'] = anyType;
}

function showContentType(raw: Incoming): void {
  const hidden = raw[kContentType];
  if (hidden === undefined) return;
  delete raw[kContentType];
  if (hidden.value === undefined) delete raw.headers['content-type'];
  else raw.headers['content-type'] = hidden.value;
}
