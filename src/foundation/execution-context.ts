import { AsyncLocalStorage } from 'node:async_hooks';
import type { ClassType } from './class-type.js';
import type { Deadline } from './deadline.js';
import { BowlineError } from './errors.js';

declare const valueOf: unique symbol;

/** Names a typed value that one stage of a call puts and a later one reads. */
export type ContextKey<T> = symbol & { readonly [valueOf]?: T };

/** Which symbols are keys. */
const known = new WeakSet<symbol>();

/** Makes a key; two calls with the same name give two keys. */
export function contextKey<T>(name: string): ContextKey<T> {
  const key = Symbol(name);
  known.add(key);
  return key as ContextKey<T>;
}

/** Whether it was made by {@link contextKey}. */
export function isContextKey(value: unknown): value is ContextKey<unknown> {
  return typeof value === 'symbol' && known.has(value);
}

/** The class and method that answer a call. */
export interface CallTarget {
  readonly controller: ClassType;
  readonly method: string;
}

/** One call on whatever transport: what code that must not know HTTP may use. */
export abstract class CallContext {
  /** The transport: `http` for now. */
  abstract readonly kind: string;
  /** Unique for the life of the process; taken from a trusted caller where there is one. */
  abstract readonly id: string;
  /** Aborts when the caller has left before the answer was finished, or the call's time is over. */
  abstract readonly signal: AbortSignal;
  /** How long the caller waits; undefined where nobody said. Hand it to what the call waits for. */
  abstract readonly deadline: Deadline | undefined;
  /** Undefined while no route has been found. */
  abstract readonly target: CallTarget | undefined;

  /** The same, or what has led to it where it has ended: timers that were left running still carry it. */
  get underWay(): CallContext | undefined {
    return this;
  }

  #values: Map<symbol, unknown> | undefined;

  /** Keeps `value` for the rest of the call; putting twice keeps the later one. */
  put<T>(key: ContextKey<T>, value: T): void {
    (this.#values ??= new Map()).set(key, value);
  }

  /** The value that was put. Throws BOW_CONTEXT_KEY_MISSING where nobody put one. */
  read<T>(key: ContextKey<T>): T {
    if (this.#values === undefined || !this.#values.has(key)) {
      throw new BowlineError('BOW_CONTEXT_KEY_MISSING', { key: key.description ?? '(unnamed key)', id: this.id });
    }
    return this.#values.get(key) as T;
  }

  /** Whether {@link read} would find a value. */
  has(key: ContextKey<unknown>): boolean {
    return this.#values?.has(key) ?? false;
  }
}

const calls = new AsyncLocalStorage<CallContext>();

/** The call that the calling code works for; undefined outside of calls, and where none is kept. */
export function currentCall(): CallContext | undefined {
  return calls.getStore()?.underWay;
}

/** The same function with the call of the moment as the current one, whoever runs it; as it is where there is none. */
export function inCall<F extends (...args: never[]) => unknown>(run: F): F {
  return calls.getStore() === undefined ? run : AsyncLocalStorage.bind(run);
}

/** Runs `start` for no call, as what it starts is for several. */
export function outOfCall<R>(start: () => R): R {
  return calls.getStore() === undefined ? start() : calls.exit(start);
}

/** Runs `handler` with the call as the current one for it and for all that it starts. */
export function runInCall<C extends CallContext, R>(call: C, handler: (call: C) => R): R {
  return calls.run(call, handler, call);
}
