import type { Clock, Timer } from '../foundation/index.js';

/** A handler that has not answered yet. */
export interface UnansweredCall {
  /** Whether it waits for its body, or has taken of it since it was asked last: such time does not count. */
  isReceiving(): boolean;
  /** Answers in its place, that it took longer than `timeout` milliseconds. */
  expire(timeout: number): void;
}

interface Entry {
  readonly call: UnansweredCall;
  readonly onExpired: () => void;
  deadline: number;
  previous: Entry | undefined;
  next: Entry | undefined;
}

/**
 * Knows which handlers of one server have not ended, and ends calls that nobody answers. The time-out is the same for all, so the order in which they came is the
 * order in which they expire: one list and one timer serve them.
 */
export class HandlerTimeouts {
  readonly #clock: Clock;
  readonly #timeout: number;
  #first: Entry | undefined;
  #last: Entry | undefined;
  #timer: Timer | undefined;
  #running: number;
  readonly #onIdle: (() => void)[];

  /** `timeout` in milliseconds; 0 ends none. */
  constructor(clock: Clock, timeout: number) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#first = undefined;
    this.#last = undefined;
    this.#timer = undefined;
    this.#running = 0;
    this.#onIdle = [];
  }

  /** Handlers that have not ended, though their call may have expired or their client left. */
  get running(): number {
    return this.#running;
  }

  /** Resolves once none is running. */
  whenIdle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  /** Resolves with `settled`, or when the call has expired. `settled` must not reject. */
  until(call: UnansweredCall, settled: Promise<void>): Promise<void> {
    this.#running++;
    return new Promise((resolve) => {
      const entry = this.#enter(call, resolve);
      void settled.then(() => {
        this.#remove(entry);
        resolve();
        this.letGo();
      });
    });
  }

  /** Counts as running until {@link letGo}. */
  hold(): void {
    this.#running++;
  }

  letGo(): void {
    if (--this.#running === 0 && this.#onIdle.length > 0) this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Expires the call when its time has passed, unless the function that is returned was called before. */
  begin(call: UnansweredCall, onExpired: () => void = ignore): () => void {
    const entry = this.#enter(call, onExpired);
    return () => this.#remove(entry);
  }

  #enter(call: UnansweredCall, onExpired: () => void): Entry {
    const entry: Entry = { call, onExpired, deadline: 0, previous: undefined, next: undefined };
    this.#append(entry);
    return entry;
  }

  /** Lets go of a call that somebody else has answered, as if it had expired. */
  release(call: UnansweredCall): void {
    for (let entry = this.#first; entry !== undefined; entry = entry.next) {
      if (entry.call !== call) continue;
      this.#remove(entry);
      entry.onExpired();
      return;
    }
  }

  #append(entry: Entry): void {
    entry.deadline = this.#timeout === 0 ? Infinity : this.#clock.elapsed() + this.#timeout;
    entry.previous = this.#last;
    entry.next = undefined;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    if (this.#timer === undefined && this.#timeout > 0) this.#timer = this.#schedule(this.#timeout);
  }

  #remove(entry: Entry): void {
    const { previous, next } = entry;
    // It has been removed already.
    if (previous === undefined && this.#first !== entry) return;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
  }

  /** The timer is left to fire where its call has been answered: to cancel and set one for each call would cost more. */
  #expire(): void {
    this.#timer = undefined;
    const now = this.#clock.elapsed();
    for (let entry = this.#first; entry !== undefined && entry.deadline <= now; entry = this.#first) {
      this.#remove(entry);
      if (entry.call.isReceiving()) {
        this.#append(entry);
        continue;
      }
      entry.call.expire(this.#timeout);
      entry.onExpired();
    }
    const first = this.#first;
    if (first !== undefined && this.#timer === undefined) this.#timer = this.#schedule(first.deadline - now);
  }

  #schedule(delay: number): Timer {
    return this.#clock.schedule(() => this.#expire(), Math.max(1, delay), { background: true });
  }
}

function ignore(): void {}
