import { types } from 'node:util';
import { AttemptCall, currentCall, nameOf, runInCall } from '../foundation/index.js';
import type { AttemptContext, ExecuteOptions, PolicedMethod, ResiliencePipeline } from '../resilience/index.js';

/** A method with what it goes through. */
export interface SurroundedMethod extends PolicedMethod {
  /** The outermost first. */
  readonly through: readonly ResiliencePipeline<unknown>[];
  /** Which parameters get the signal of the attempt. */
  readonly signals: readonly number[];
}

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A method that goes through its pipelines, and is called as the original is. */
export function surroundMethod(original: Method, policed: SurroundedMethod): Method {
  const { method, through, isOfClass } = policed;
  const whole = through.reduceRight((inner, pipeline) => behind(pipeline, inner, policed), original);
  const value: Method = isOfClass ? unlessWithin(whole, original) : whole;
  Object.defineProperty(value, 'name', { value: method });
  Object.defineProperty(value, 'length', { value: original.length });
  return value;
}

/**
 * A policy of a class is around what others call. What the instance calls of itself meanwhile is a part of that call, private methods
 * included: around each of them once more it would multiply attempts, and wait for a place that the call itself has.
 */
function unlessWithin(whole: Method, original: Method): Method {
  return function (...args) {
    for (let call = currentCall(); call instanceof AttemptCall; call = call.outer)
      if (call.instance === this) return original.apply(this, args);
    return whole.apply(this, args);
  };
}

function behind(pipeline: ResiliencePipeline<unknown>, original: Method, policed: SurroundedMethod): Method {
  const { type, method, signals, calls, isOfClass } = policed;
  const target = { controller: type, method };
  const callee = `${nameOf(type)}.${method}`;
  const { idempotent = true, priority } = calls;
  const own: ExecuteOptions = { callee, idempotent, ...(typeof priority === 'string' ? { priority } : {}) };
  const isSame = typeof priority !== 'function';
  const [first] = signals;
  const execute = (self: unknown, args: unknown[], atOnce: ThrownAtOnce | undefined): unknown => {
    const outer = currentCall();
    const given = first === undefined ? undefined : args[first];
    const run = (context: AttemptContext): unknown => {
      // What must not be done twice must not be by a retry further out either.
      if (!idempotent && outer instanceof AttemptCall) outer.noRetry();
      if (first !== undefined) for (const index of signals) args[index] = context.signal;
      const call = new AttemptCall(context, outer, target, self);
      const start = (): unknown => original.apply(self, args);
      return runInCall(call, atOnce === undefined ? start : () => atOnce.watch(context, start));
    };
    if (outer === undefined && given === undefined && isSame && !pipeline.readsArguments)
      return pipeline.execute(run, own);
    // Whose signal and deadline count: both that of the caller and that of the request or attempt of the moment.
    const signal = given instanceof AbortSignal ? eitherOf(given, outer?.signal) : outer?.signal;
    const options = { callee, idempotent, signal, deadline: outer?.deadline, args };
    try {
      return pipeline.execute(run, { ...options, priority: isSame ? priority : priority({ args }) });
    } catch (error) {
      return Promise.reject(error);
    }
  };
  // The compiler knows methods that give no promise, but not those that are private.
  if (!isOfClass || types.isAsyncFunction(original)) {
    return function (...args) {
      return execute(this, args, undefined);
    };
  }
  return function (...args) {
    const atOnce = new ThrownAtOnce();
    const result = execute(this, args, atOnce);
    atOnce.rethrow(result);
    return result;
  };
}

/** What a method without a promise throws is thrown to its caller, who waits for none. */
class ThrownAtOnce {
  #thrown: { readonly error: unknown } | undefined;
  #isOver = false;

  watch(context: AttemptContext, start: () => unknown): unknown {
    try {
      return start();
    } catch (error) {
      if (!this.#isOver) {
        this.#thrown = { error };
        context.noRetry();
      }
      throw error;
    }
  }

  /** Once the call has returned. */
  rethrow(result: unknown): void {
    this.#isOver = true;
    if (this.#thrown === undefined) return;
    // The same error, which is heard here.
    if (result instanceof Promise) result.catch(() => undefined);
    throw this.#thrown.error;
  }
}

function eitherOf(given: AbortSignal, outer: AbortSignal | undefined): AbortSignal {
  return outer === undefined || outer === given ? given : AbortSignal.any([given, outer]);
}
