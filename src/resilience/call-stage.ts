import { isRefusal, isThenable, reasonOf, TimedOutError, type Clock } from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import type { AttemptContext } from './ongoing-call.js';
import type { Receiver, Running, Stage } from './policy.js';

/** Whoever replaces it may do with it what a promise does not. */
const nativeThen = Promise.prototype.then;

/** The end of every pipeline: the call itself. */
export class CallStage implements Stage {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(attempt: Attempt, to: Receiver): Running | undefined {
    return makeCall(attempt.call.run, attempt, to, this.#clock);
  }
}

/** Calls `run` for the attempt, and tells `to` how that ends: at once, or when its promise is settled. */
export function makeCall(
  run: (context: AttemptContext) => unknown,
  attempt: Attempt,
  to: Receiver,
  clock: Clock,
): Running | undefined {
  let promise: Promise<unknown> | undefined;
  let value: unknown;
  try {
    value = run(attempt);
    // To ask whether it is a promise may run code of the user's, and throw.
    if (value instanceof Promise && value.then === nativeThen) promise = value;
    // What is one by its shape only may call back whenever it likes, or throw.
    else if (isThenable(value)) promise = new Promise((resolve) => resolve(value));
  } catch (error) {
    attempt.isOver = true;
    to.failed(error, clock.elapsed());
    return undefined;
  }
  if (promise === undefined) {
    attempt.isOver = true;
    to.succeeded(value, clock.elapsed());
    return undefined;
  }
  const call = new CallRun(attempt, to, clock);
  promise.then(
    (result: unknown) => call.succeeded(result),
    (error: unknown) => {
      attempt.isOver = true;
      call.failed(error);
    },
  );
  return call;
}

class CallRun implements Running {
  readonly #attempt: Attempt;
  readonly #to: Receiver;
  readonly #clock: Clock;
  #hasEnded: boolean;

  constructor(attempt: Attempt, to: Receiver, clock: Clock) {
    this.#attempt = attempt;
    this.#to = to;
    this.#clock = clock;
    this.#hasEnded = false;
  }

  succeeded(value: unknown): void {
    this.#attempt.isOver = true;
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#to.succeeded(value, this.#clock.elapsed());
  }

  failed(error: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#to.failed(error, this.#clock.elapsed());
  }

  cancel(reason: unknown, force: boolean): void {
    const attempt = this.#attempt;
    attempt.abort(reason);
    // Who has never asked for the signal cannot know of it, so nobody waits for that.
    if (this.#hasEnded || (!force && attempt.isListening)) return;
    tellAbandoned(attempt, reason);
    this.failed(reason);
  }
}

function tellAbandoned({ call, attempt, isListening: asked }: Attempt, reason: unknown): void {
  const { pipeline, options } = call;
  call.abandoned++;
  call.events.emit('abandoned', () => ({
    pipeline,
    callee: options.callee,
    attempt,
    asked,
    code: isRefusal(reason) || reason instanceof TimedOutError ? reason.code : undefined,
    reason: reasonOf(reason),
  }));
}
