import { types } from 'node:util';
import {
  AttemptCall,
  currentCall,
  Deadline,
  isThenable,
  nameOf,
  runInCall,
  type CallContext,
  type CallTarget,
  type ClassType,
  type RunningAttempt,
} from '../foundation/index.js';
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
  const { method, through, type, hasClassPipeline } = policed;
  const target = { controller: type, method };
  const value = through.reduceRight((inner, pipeline, index) => {
    const whole = behind(pipeline, inner, policed, target);
    const isOfClass = hasClassPipeline && index === through.length - 1;
    return isOfClass ? unlessWithin(whole, inner, through.length > 1 ? target : undefined) : whole;
  }, original);
  return named(value, original, method);
}

/** A method that the lifecycle calls, whose calls of its own instance are a part of it. */
export function surroundHook(original: Method, type: ClassType, method: string): Method {
  const target = { controller: type, method };
  const value: Method = function (...args) {
    const running = new LifecycleAttempt(currentCall());
    const result = runInCall(new AttemptCall(running, currentCall(), target, this), () => original.apply(this, args));
    if (isThenable(result)) return Promise.resolve(result).finally(() => (running.isOver = true));
    running.isOver = true;
    return result;
  };
  return named(value, original, method);
}

function named(value: Method, original: Method, name: string): Method {
  Object.defineProperty(value, 'name', { value: name });
  Object.defineProperty(value, 'length', { value: original.length });
  return value;
}

/** What a hook is for the calls of its instance: something under way, which no policy ends. */
class LifecycleAttempt implements RunningAttempt {
  readonly attempt = 1;
  isOver = false;
  readonly #outer: CallContext | undefined;
  #signal: AbortSignal | undefined;

  constructor(outer: CallContext | undefined) {
    this.#outer = outer;
    this.#signal = undefined;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= this.#outer?.signal ?? new AbortController().signal);
  }

  get deadline(): Deadline | undefined {
    return this.#outer?.deadline;
  }

  noRetry(): void {}
}

/**
 * A policy of a class is around what others call. What the instance calls of itself meanwhile is a part of that call, private methods
 * included: around each of them once more it would multiply attempts, and wait for a place that the call itself has.
 */
function unlessWithin(whole: Method, inner: Method, own: CallTarget | undefined): Method {
  return function (...args) {
    let call = currentCall();
    // Of a pipeline of the method's own, which leads to this one.
    if (own !== undefined && call instanceof AttemptCall && call.target === own) call = call.outer;
    for (; call instanceof AttemptCall; call = call.outer)
      if (call.instance === this && !call.isOver) return inner.apply(this, args);
    return whole.apply(this, args);
  };
}

function behind(
  pipeline: ResiliencePipeline<unknown>,
  original: Method,
  policed: SurroundedMethod,
  target: CallTarget,
): Method {
  const { type, method, signals, calls, isOfClass } = policed;
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
    const options = { callee, idempotent, ...callerOf(given, outer), args };
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
  let isSynchronous = false;
  return function (...args) {
    if (isSynchronous) return original.apply(this, args);
    const atOnce = new ThrownAtOnce();
    const result = execute(this, args, atOnce);
    atOnce.rethrow(result);
    isSynchronous = !isThenable(result);
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

type Caller = Pick<ExecuteOptions, 'signal' | 'deadline'>;

/** A signal that the caller hands over counts beside that of the request or attempt of the moment. */
function callerOf(given: unknown, outer: CallContext | undefined): Caller {
  if (!(given instanceof AbortSignal)) return { signal: outer?.signal, deadline: outer?.deadline };
  const isOther = outer !== undefined && outer.signal !== given;
  return { signal: given, deadline: isOther ? new OuterDeadline(outer) : outer?.deadline };
}

/** That of a call, with its signal: one of both together would live as long as the longer one does. */
class OuterDeadline extends Deadline {
  readonly #call: CallContext;

  constructor(call: CallContext) {
    super();
    this.#call = call;
  }

  get remaining(): number {
    return this.#call.deadline?.remaining ?? Infinity;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}
