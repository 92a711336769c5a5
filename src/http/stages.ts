import type { CallContext, CallTarget } from '../foundation/index.js';
import type { HttpContext } from './http-context.js';
import type { ParameterSource } from './route-description.js';

/** The rest of the call behind a middleware. Synchronous where all of it is, so that no promise is made for nothing. */
export type Next = () => void | Promise<void>;

/**
 * Stands around everything, as an onion does: what is before `next()` runs on the way in, what is behind it on the way out,
 * when the value of the handler is there and not sent yet, so that headers can still be set. A middleware that does not call `next()`
 * answers by itself (`ctx.send`, `ctx.redirect`); one that does neither is a mistake, which is answered by a 500 and logged with its name.
 * Errors of all that is inside come out of `next()`.
 *
 * ```ts
 * class Timing implements Middleware {
 *   async use(ctx: HttpContext, next: Next) {
 *     const start = performance.now();
 *     await next();
 *     ctx.set('server-timing', `app;dur=${performance.now() - start}`);
 *   }
 * }
 * ```
 */
export interface Middleware {
  use(ctx: HttpContext, next: Next): void | Promise<void>;
}

/** A {@link Middleware} without a class. */
export type MiddlewareFunction = (ctx: HttpContext, next: Next) => void | Promise<void>;

/** Says whether a call may go on: `true` lets it, `false` is a 403, an error is that error, anything else a mistake. */
export interface Guard<C extends CallContext = CallContext> {
  canActivate(ctx: C): boolean | Promise<boolean>;
}

/** A {@link Guard} without a class. */
export type GuardFunction = (ctx: HttpContext) => boolean | Promise<boolean>;

/**
 * Stands around the handler: sees its value and may replace it. `next()` reads the parameters and calls the handler; it gives the
 * value itself where all of that is synchronous, else a promise. To call it again runs the handler again.
 */
export interface Interceptor<C extends CallContext = CallContext> {
  intercept(ctx: C, next: () => unknown): unknown;
}

/** An {@link Interceptor} without a class. */
export type InterceptorFunction = (ctx: HttpContext, next: () => unknown) => unknown;

/** The parameter whose value a {@link Pipe} gets. */
export interface PipeArgument {
  readonly source: ParameterSource;
  /** Its name in the path, query, headers or cookies; undefined where the whole of the source is meant. */
  readonly name: string | undefined;
  /** Counted from 0. */
  readonly index: number;
  /** The declared type, as the compiler wrote it; undefined where it wrote none. */
  readonly type: unknown;
  readonly target: CallTarget;
}

/** Makes of the value of one parameter, converted and validated, what the handler gets. What it throws is the answer. */
export interface Pipe<In = unknown, Out = unknown> {
  transform(value: In, argument: PipeArgument): Out | Promise<Out>;
}

/** A {@link Pipe} without a class. */
// oxlint-disable-next-line typescript/no-explicit-any -- what comes in is typed by whoever writes the pipe
export type PipeFunction = (value: any, argument: PipeArgument) => unknown;

/**
 * Answers errors of the types that `@Catch` names, all of them without it. What `catch` returns is sent as a handler's value is, with the
 * status of the error (500 for what is no HttpError) unless `ctx.status` chooses another. `undefined` hands the error on to the
 * next filter, as does throwing, which replaces it.
 */
export interface ExceptionFilter<C extends CallContext = CallContext> {
  // oxlint-disable-next-line typescript/no-explicit-any -- typed by whoever writes the filter, as @Catch says
  catch(error: any, ctx: C): unknown;
}

/** An {@link ExceptionFilter} without a class: it gets every error. */
// oxlint-disable-next-line typescript/no-explicit-any -- what is thrown may be anything
export type ExceptionFilterFunction = (error: any, ctx: HttpContext) => unknown;
