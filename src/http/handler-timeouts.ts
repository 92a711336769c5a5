import { ExpiryList, type Clock, type Expiring } from '../foundation/index.js';

/** A handler that has not answered yet. */
export interface UnansweredCall {
  /** Whether it waits for its body, or has taken of it since it was asked last: such time does not count. */
  isReceiving(): boolean;
  /** Answers in its place, that it took longer than `timeout` milliseconds. */
  expire(timeout: number): void;
}

/** Knows which handlers of one server have not ended, and ends calls that nobody answers. */
export class HandlerTimeouts {
  /** Milliseconds; 0 ends none. */
  readonly timeout: number;
  readonly #clock: Clock;
  readonly #unanswered: ExpiryList<Entry>;
  #running: number;
  readonly #onIdle: (() => void)[];

  constructor(clock: Clock, timeout: number) {
    this.timeout = timeout;
    this.#clock = clock;
    this.#unanswered = new ExpiryList(clock, { background: true });
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
        this.#unanswered.remove(entry);
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
    return () => this.#unanswered.remove(entry);
  }

  #enter(call: UnansweredCall, onExpired: () => void): Entry {
    const entry = new Entry(call, onExpired, this);
    this.enter(entry);
    return entry;
  }

  /** Gives an entry its time, once more where it has been spent on its body. */
  enter(entry: Entry): void {
    if (this.timeout === 0) {
      this.#unanswered.append(entry);
    } else {
      const now = this.#clock.elapsed();
      this.#unanswered.add(entry, now + this.timeout, now);
    }
  }

  /** Lets go of a call that somebody else has answered, as if it had expired. */
  release(call: UnansweredCall): void {
    for (let entry = this.#unanswered.first; entry !== undefined; entry = entry.next) {
      if (entry.call !== call) continue;
      this.#unanswered.remove(entry);
      entry.onExpired();
      return;
    }
  }
}

class Entry implements Expiring<Entry> {
  readonly call: UnansweredCall;
  readonly onExpired: () => void;
  readonly #owner: HandlerTimeouts;
  expiresAt: number;
  previous: Entry | undefined;
  next: Entry | undefined;
  isLinked: boolean;

  constructor(call: UnansweredCall, onExpired: () => void, owner: HandlerTimeouts) {
    this.call = call;
    this.onExpired = onExpired;
    this.#owner = owner;
    this.expiresAt = Infinity;
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
  }

  expire(): void {
    if (this.call.isReceiving()) {
      this.#owner.enter(this);
      return;
    }
    this.call.expire(this.#owner.timeout);
    this.onExpired();
  }
}

function ignore(): void {}
