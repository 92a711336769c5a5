import type { RequestScope, RequestScopes } from '../container/index.js';
import { isThenable } from '../foundation/index.js';
import {
  reply,
  replyWithStatus,
  type BodyKind,
  type HttpContext,
  type Replied,
  type RouteHandler,
  type ToText,
} from '../http/index.js';
import type { PlannedStage } from './plan-stages.js';
import {
  answeredByStage,
  around,
  errorAnswer,
  requireTime,
  type ArgumentReader,
  type Call,
  type ErrorAnswer,
} from './run-stages.js';

/** Sends what a handler returned. May throw. */
export type ReplyWriter = (ctx: HttpContext, value: unknown) => Replied;

/** Where the controller of a route comes from: built once, or for each request. */
export type ControllerSource =
  | { readonly kind: 'instance'; readonly instance: object }
  | { readonly kind: 'each'; resolve(scope: RequestScope): object | Promise<object> };

/** What one route is made of once everything has been looked up. */
export interface RouteParts {
  readonly method: string;
  readonly controller: ControllerSource;
  readonly readers: readonly ArgumentReader[];
  /** Whether a reader may return a promise. */
  readonly asynchronous: boolean;
  /** What is read before any argument, so that a bad body is refused first on every provider. */
  readonly body: readonly BodyKind[] | undefined;
  readonly write: ReplyWriter;
  /** Middleware, guards, interceptors and filters; the pipes are in the readers. @default none */
  readonly stages?: readonly PlannedStage[];
  /** Where anything of the route is made for each request. @default nothing is */
  readonly scopes?: RequestScopes | undefined;
  /** Where its index is written when it is entered, for whoever watches a loop that is stuck. @default nowhere */
  readonly mark?: { readonly last: Int32Array; readonly index: number };
}

type Method = (...args: readonly unknown[]) => unknown;

/**
 * Makes one plain function of a route. What is absent costs nothing: a synchronous handler is answered synchronously, and
 * only the reading of arguments is specialised by their count.
 */
export function compileRoute(parts: RouteParts): RouteHandler {
  const { mark = { last: new Int32Array(1), index: 0 }, scopes, stages = [] } = parts;
  const { index, last } = mark;
  const inner = around('guard', stages, around('interceptor', stages, compileCall(parts)));
  const run = around('middleware', stages, inner);
  const answering: Answering = {
    write: mayAnswer(stages) ? unlessAnswered(parts.write) : parts.write,
    answerError: errorAnswer(stages),
  };
  return (ctx) => {
    last[0] = index;
    const scope = scopes === undefined ? undefined : scopes.open(ctx);
    let value: unknown;
    try {
      value = run(ctx, scope);
      if (!isThenable(value)) {
        const replied = answering.write(ctx, value);
        // A stream, whose first piece may take its time.
        if (replied !== undefined) return whenReplied(ctx, replied, scope);
        scope?.release();
        return undefined;
      }
    } catch (error) {
      const replied = answering.answerError(ctx, error, scope);
      if (replied !== undefined) return whenReplied(ctx, replied, scope);
      scope?.release();
      return undefined;
    }
    return ctx.services.handlerTimeouts.until(ctx, settle(ctx, value, answering, scope));
  };
}

/** Makes one function of the stages of a server, for what it answers without a route of a controller. */
export function compileBare(
  call: (ctx: HttpContext) => unknown,
  stages: readonly PlannedStage[],
  scopes?: RequestScopes,
): RouteHandler {
  return compileRoute({
    method: 'call',
    controller: { kind: 'instance', instance: { call } },
    readers: [(ctx) => ctx],
    asynchronous: false,
    body: undefined,
    write: (ctx, value) => (ctx.answered ? ctx.sending : reply(ctx, value)),
    stages: stages.filter(({ description: { kind } }) => kind === 'middleware' || kind === 'filter'),
    scopes,
  });
}

interface Answering {
  readonly write: ReplyWriter;
  readonly answerError: ErrorAnswer;
}

function mayAnswer(stages: readonly PlannedStage[]): boolean {
  return stages.some(({ description: { kind } }) => kind === 'middleware' || kind === 'guard');
}

function unlessAnswered(write: ReplyWriter): ReplyWriter {
  return (ctx, value) => (value === answeredByStage ? ctx.sending : write(ctx, value));
}

function whenReplied(ctx: HttpContext, replied: Promise<void>, scope: RequestScope | undefined): Promise<void> {
  const settled = scope === undefined ? replied : replied.then(() => scope.release());
  return ctx.services.handlerTimeouts.until(ctx, settled);
}

async function settle(
  ctx: HttpContext,
  pending: PromiseLike<unknown>,
  { write, answerError }: Answering,
  scope: RequestScope | undefined,
): Promise<void> {
  try {
    const replied = write(ctx, await pending);
    if (replied !== undefined) await replied;
  } catch (error) {
    const replied = answerError(ctx, error, scope);
    if (replied !== undefined) await replied;
  }
  scope?.release();
}

function compileCall(parts: RouteParts): Call {
  const { controller, method } = parts;
  if (controller.kind === 'instance') return compileCallOn(controller.instance, parts);
  // Arguments first: a request whose body is refused makes no controller, and nothing that one needs.
  return withArguments(parts, (values, scope, ctx) => callMade(controller, method, values, scope, ctx));
}

/** Reads the body, then the arguments, and hands them on. */
function withArguments(
  { body, readers }: RouteParts,
  call: (values: unknown[], scope: RequestScope | undefined, ctx: HttpContext) => unknown,
): Call {
  if (body !== undefined) {
    return (ctx, scope) =>
      ctx.withBody(body, (value) =>
        whenRead(readAll(readers, ctx, scope, value), (values) => call(values, scope, ctx)),
      );
  }
  return (ctx, scope) => whenRead(readAll(readers, ctx, scope), (values) => call(values, scope, ctx));
}

function whenRead(values: unknown[] | Promise<unknown[]>, call: (values: unknown[]) => unknown): unknown {
  return values instanceof Promise ? values.then(call) : call(values);
}

function callMade(
  controller: Extract<ControllerSource, { readonly kind: 'each' }>,
  method: string,
  values: unknown[],
  scope: RequestScope | undefined,
  ctx: HttpContext,
): unknown {
  // A route whose controller is made for each request has a scope.
  const instance = controller.resolve(scope as RequestScope);
  if (!isThenable(instance)) return methodOf(instance, method).apply(instance, values);
  return instance.then((made) => {
    requireTime(ctx);
    return methodOf(made as object, method).apply(made, values);
  });
}

function compileCallOn(instance: object, parts: RouteParts): Call {
  const method = methodOf(instance, parts.method);
  const { readers } = parts;
  if (parts.body !== undefined || parts.asynchronous)
    return withArguments(parts, (values) => method.apply(instance, values));
  const [a, b, c] = readers;
  if (a === undefined) return () => method.call(instance);
  if (b === undefined) return (ctx) => method.call(instance, a(ctx));
  if (c === undefined) return (ctx) => method.call(instance, a(ctx), b(ctx));
  if (readers.length === 3) return (ctx) => method.call(instance, a(ctx), b(ctx), c(ctx));
  return (ctx) =>
    method.apply(
      instance,
      readers.map((read) => read(ctx)),
    );
}

function methodOf(instance: object, name: string): Method {
  return (instance as Readonly<Record<string, Method>>)[name] as Method;
}

/** One argument after the other: of several that wait at once, all but one that fails would fail unheard. */
function readAll(
  readers: readonly ArgumentReader[],
  ctx: HttpContext,
  scope: RequestScope | undefined,
  body?: unknown,
  values: unknown[] = [],
): unknown[] | Promise<unknown[]> {
  while (values.length < readers.length) {
    const value = readers[values.length]?.(ctx, scope, body);
    if (isThenable(value))
      return Promise.resolve(value).then((settled) => {
        requireTime(ctx);
        return readAll(readers, ctx, scope, body, [...values, settled]);
      });
    values.push(value);
  }
  return values;
}

/** What the decorators of a method say of its answer. */
export interface ReplyRules {
  readonly status: number | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly redirect: { readonly location: string; readonly status: number } | undefined;
  /** Makes JSON of what is returned. @default `JSON.stringify` */
  readonly toText?: ToText | undefined;
}

/** The writer for a route, with nothing in it that its decorators did not ask for. */
export function replyWriter(rules: ReplyRules): ReplyWriter {
  const { status, headers, redirect, toText } = rules;
  const write: ReplyWriter =
    redirect === undefined
      ? status === undefined
        ? replyBy(toText)
        : (ctx, value) => replyWithStatus(ctx, value, status, toText)
      : (ctx, value) => redirectTo(ctx, value, redirect.location, redirect.status);
  if (headers.length === 0) return write;
  return (ctx, value) => {
    for (const [name, text] of headers) {
      if (ctx.outgoing?.[name.toLowerCase()] === undefined) ctx.set(name, text);
    }
    return write(ctx, value);
  };
}

function replyBy(toText: ToText | undefined): ReplyWriter {
  return toText === undefined ? reply : (ctx, value) => reply(ctx, value, toText);
}

function redirectTo(ctx: HttpContext, value: unknown, location: string, status: number): void {
  const chosen = value as { readonly url?: unknown; readonly statusCode?: unknown } | null | undefined;
  const url = typeof chosen?.url === 'string' ? chosen.url : location;
  ctx.redirect(url, typeof chosen?.statusCode === 'number' ? chosen.statusCode : status);
}
