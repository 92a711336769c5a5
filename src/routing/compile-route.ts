import {
  fail,
  reply,
  replyWithStatus,
  type BodyKind,
  type HttpContext,
  type Replied,
  type RouteHandler,
} from '../http/index.js';

/** Reads one argument of a handler. */
export type ArgumentReader = (ctx: HttpContext) => unknown;

/** Sends what a handler returned. May throw. */
export type ReplyWriter = (ctx: HttpContext, value: unknown) => Replied;

/** Where the controller of a route comes from: built once, or for each request. */
export type ControllerSource =
  | { readonly kind: 'instance'; readonly instance: object }
  | { readonly kind: 'each'; resolve(): object | Promise<object> };

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
  /** Where its index is written when it is entered, for whoever watches a loop that is stuck. @default nowhere */
  readonly mark?: { readonly last: Int32Array; readonly index: number };
}

type Call = (ctx: HttpContext) => unknown;
type Method = (...args: readonly unknown[]) => unknown;

/**
 * Makes one plain function of a route. What is absent costs nothing: a synchronous handler is answered synchronously, and
 * only the reading of arguments is specialised by their count.
 */
export function compileRoute(parts: RouteParts): RouteHandler {
  const { write, mark = { last: new Int32Array(1), index: 0 } } = parts;
  const { index, last } = mark;
  const call = compileCall(parts);
  return (ctx) => {
    last[0] = index;
    let value: unknown;
    try {
      value = call(ctx);
      if (!isThenable(value)) {
        const replied = write(ctx, value);
        // A stream, whose first piece may take its time.
        return replied === undefined ? undefined : ctx.services.handlerTimeouts.until(ctx, replied);
      }
    } catch (error) {
      fail(ctx, error);
      return undefined;
    }
    return ctx.services.handlerTimeouts.until(ctx, settle(ctx, value, write));
  };
}

async function settle(ctx: HttpContext, pending: PromiseLike<unknown>, write: ReplyWriter): Promise<void> {
  try {
    await write(ctx, await pending);
  } catch (error) {
    fail(ctx, error);
  }
}

function compileCall(parts: RouteParts): Call {
  const { controller, method } = parts;
  if (controller.kind === 'instance') {
    const { instance } = controller;
    const bound = methodOf(instance, method);
    return parts.asynchronous ? callWithPending(instance, bound, parts) : callWith(instance, bound, parts.readers);
  }
  return (ctx) => {
    const instance = controller.resolve();
    return isThenable(instance)
      ? instance.then((built) => callOnce(built as object, method, parts, ctx))
      : callOnce(instance, method, parts, ctx);
  };
}

function callOnce(instance: object, method: string, parts: RouteParts, ctx: HttpContext): unknown {
  const bound = methodOf(instance, method);
  if (parts.asynchronous) return callWithPending(instance, bound, parts)(ctx);
  return bound.apply(
    instance,
    parts.readers.map((read) => read(ctx)),
  );
}

function methodOf(instance: object, name: string): Method {
  return (instance as Readonly<Record<string, Method>>)[name] as Method;
}

function callWith(instance: object, method: Method, readers: readonly ArgumentReader[]): Call {
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

/** One argument after the other: of several that wait at once, all but one that fails would fail unheard. */
function callWithPending(instance: object, method: Method, { readers, body }: RouteParts): Call {
  return async (ctx) => {
    if (body !== undefined) await ctx.body(body);
    const values: unknown[] = [];
    for (const read of readers) {
      const value = read(ctx);
      values.push(isThenable(value) ? await value : value);
    }
    return method.apply(instance, values);
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** What the decorators of a method say of its answer. */
export interface ReplyRules {
  readonly status: number | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly redirect: { readonly location: string; readonly status: number } | undefined;
}

/** The writer for a route, with nothing in it that its decorators did not ask for. */
export function replyWriter(rules: ReplyRules): ReplyWriter {
  const { status, headers, redirect } = rules;
  const write: ReplyWriter =
    redirect === undefined
      ? status === undefined
        ? reply
        : (ctx, value) => replyWithStatus(ctx, value, status)
      : (ctx, value) => redirectTo(ctx, value, redirect.location, redirect.status);
  if (headers.length === 0) return write;
  return (ctx, value) => {
    for (const [name, text] of headers) {
      if (ctx.outgoing?.[name.toLowerCase()] === undefined) ctx.set(name, text);
    }
    return write(ctx, value);
  };
}

function redirectTo(ctx: HttpContext, value: unknown, location: string, status: number): void {
  const chosen = value as { readonly url?: unknown; readonly statusCode?: unknown } | null | undefined;
  const url = typeof chosen?.url === 'string' ? chosen.url : location;
  ctx.redirect(url, typeof chosen?.statusCode === 'number' ? chosen.statusCode : status);
}
