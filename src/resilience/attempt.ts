import { Deadline, noteAttempt, type Clock } from '../foundation/index.js';
import type { AttemptContext, OngoingCall } from './ongoing-call.js';

const noArguments: readonly unknown[] = [];

export class Attempt implements AttemptContext {
  readonly attempt: number;
  /** The call that it is an attempt of. */
  readonly call: OngoingCall;
  /** By the clock's `elapsed()`; Infinity without a deadline. */
  deadlineAt: number;
  /** Whether the call itself has ended. One that was abandoned goes on. */
  isOver: boolean;
  #controller: AbortController | undefined;
  #abort: { readonly reason: unknown } | undefined;

  constructor(call: OngoingCall, attempt: number, deadlineAt: number) {
    this.call = call;
    this.attempt = attempt;
    this.deadlineAt = deadlineAt;
    this.isOver = false;
    this.#controller = undefined;
    this.#abort = undefined;
  }

  /** Most calls do not ask for it, so it is made for those that do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      noteAttempt(this.#controller.signal, this);
      if (this.#abort !== undefined) this.#controller.abort(this.#abort.reason);
    }
    return this.#controller.signal;
  }

  get deadline(): Deadline | undefined {
    if (this.deadlineAt === Infinity) return undefined;
    return new AttemptDeadline(this, this.call.clock);
  }

  get args(): readonly unknown[] {
    return this.call.options.args ?? noArguments;
  }

  noRetry(): void {
    this.call.isFinal = true;
  }

  /** Whether the call can have heard that it is to end. */
  get isListening(): boolean {
    return this.#controller !== undefined;
  }

  /** The first reason counts. */
  abort(reason: unknown): void {
    if (this.#abort !== undefined) return;
    this.#abort = { reason };
    this.#controller?.abort(reason);
  }
}

class AttemptDeadline extends Deadline {
  readonly #attempt: Attempt;
  readonly #clock: Clock;

  constructor(attempt: Attempt, clock: Clock) {
    super();
    this.#attempt = attempt;
    this.#clock = clock;
  }

  get remaining(): number {
    return Math.max(0, this.#attempt.deadlineAt - this.#clock.elapsed());
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
}
