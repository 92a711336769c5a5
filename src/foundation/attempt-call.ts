import { randomUUID } from 'node:crypto';
import type { Deadline } from './deadline.js';
import { CallContext, currentCall, type CallTarget, type ContextKey } from './execution-context.js';

/** What an attempt of a call tells of itself. */
export interface RunningAttempt {
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly deadline: Deadline | undefined;
  noRetry(): void;
  /** Whether what it is an attempt of has ended; one that was abandoned goes on. */
  readonly isOver: boolean;
}

const kAttempt = Symbol('attempt');

interface AttemptSignal extends AbortSignal {
  [kAttempt]?: RunningAttempt;
}

/** Says whose signal it is. */
export function noteAttempt(signal: AbortSignal, attempt: RunningAttempt): void {
  (signal as AttemptSignal)[kAttempt] = attempt;
}

/** Whether it is the signal of an attempt. */
export function isOfAttempt(signal: AbortSignal): boolean {
  return (signal as AttemptSignal)[kAttempt] !== undefined;
}

/**
 * Says of what has the signal, and of the call of the moment, that no other attempt is to follow, where they are attempts. Every attempt
 * further out would repeat it as well.
 */
export function forbidRetries(signal: AbortSignal | undefined, call: CallContext | undefined): void {
  (signal as AttemptSignal | undefined)?.[kAttempt]?.noRetry();
  if (call instanceof AttemptCall) call.noRetry();
}

/**
 * The call of the moment as one attempt of a method sees it that policies surround: with the attempt's own signal and
 * number, and with the values under context keys of the call that it belongs to.
 */
export class AttemptCall extends CallContext {
  /** The call that the attempt belongs to: a request, a job, or the attempt of a method further out. */
  readonly outer: CallContext | undefined;
  readonly target: CallTarget | undefined;
  /** The object whose method it is. */
  readonly instance: unknown;
  readonly #running: RunningAttempt;
  #id: string | undefined;

  constructor(running: RunningAttempt, outer: CallContext | undefined, target: CallTarget, instance?: unknown) {
    super();
    this.instance = instance;
    this.#running = running;
    this.outer = outer;
    this.target = target;
    this.#id = undefined;
  }

  /** Whether the method has ended: what it has left running works for nobody any more. */
  get isOver(): boolean {
    return this.#running.isOver;
  }

  override get underWay(): CallContext | undefined {
    return this.isOver ? this.outer?.underWay : this;
  }

  get kind(): string {
    return this.outer?.kind ?? 'job';
  }

  get id(): string {
    return this.outer?.id ?? (this.#id ??= randomUUID());
  }

  get signal(): AbortSignal {
    return this.#running.signal;
  }

  get deadline(): Deadline | undefined {
    return this.#running.deadline;
  }

  /** 1 for the first, one more for each further one. */
  get attempt(): number {
    return this.#running.attempt;
  }

  /**
   * From now on no other attempt begins, neither of this method nor of one further out that has led here: what has been begun
   * may do harm when it is done twice. Retries that are told `retryNonIdempotent` go on all the same.
   */
  noRetry(): void {
    this.#running.noRetry();
    for (let call = this.outer; call instanceof AttemptCall; call = call.outer) call.#running.noRetry();
  }

  override put<T>(key: ContextKey<T>, value: T): void {
    if (this.outer === undefined) super.put(key, value);
    else this.outer.put(key, value);
  }

  override read<T>(key: ContextKey<T>): T {
    return this.outer === undefined ? super.read(key) : this.outer.read(key);
  }

  override has(key: ContextKey<unknown>): boolean {
    return this.outer === undefined ? super.has(key) : this.outer.has(key);
  }
}

/** The request or job that the calling code works for, whatever policies are in between. */
export function currentOrigin(): CallContext | undefined {
  let call = currentCall();
  while (call instanceof AttemptCall) call = call.outer;
  return call;
}
