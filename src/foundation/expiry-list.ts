import type { Clock, Timer } from './clock.js';
import { outOfCall } from './execution-context.js';
import { LinkedList, type Linked } from './linked-list.js';

/** What is given up when its time is over. */
export interface Expiring<T> extends Linked<T> {
  /** By the clock's `elapsed()`. */
  expiresAt: number;
  expire(now: number): void;
}

/**
 * Gives up what has been in it for too long. As all that is in it has about the same time, it is in the order of its
 * expiry, and one timer serves all. While it is empty that timer is not cancelled, which would cost more than the rest
 * of a call, but left to fire for nothing: it does not keep the process alive. What is given up later than others is
 * found from the end, so that any time may be added.
 */
export class ExpiryList<T extends Expiring<T>> extends LinkedList<T> {
  readonly #clock: Clock;
  readonly #background: boolean;
  #timer: Timer | undefined;
  #firesAt: number;

  /** With `background` what is in it does not keep the process alive either. */
  constructor(clock: Clock, { background = false }: { readonly background?: boolean } = {}) {
    super();
    this.#clock = clock;
    this.#background = background;
    this.#timer = undefined;
    this.#firesAt = 0;
  }

  /** Gives `item` up at `expiresAt`, unless it is removed before. */
  add(item: T, expiresAt: number, now: number): void {
    item.expiresAt = expiresAt;
    let before = this.last;
    while (before !== undefined && before.expiresAt > expiresAt) before = before.previous;
    this.insertAfter(before, item);
    if (this.#timer === undefined || expiresAt < this.#firesAt) this.#schedule(expiresAt, now);
    else if (this.size === 1 && !this.#background) this.#timer.ref();
  }

  override remove(item: T): boolean {
    const removed = super.remove(item);
    if (removed && this.size === 0 && !this.#background) this.#timer?.unref();
    return removed;
  }

  #schedule(at: number, now: number): void {
    this.#timer?.cancel();
    this.#firesAt = at;
    const delay = Math.max(1, Math.ceil(at - now));
    // It serves all calls, and must not run as the one that happened to need it first.
    this.#timer = outOfCall(() => this.#clock.schedule(() => this.#expire(), delay, { background: this.#background }));
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.#clock.elapsed();
    for (let each = this.first; each !== undefined && each.expiresAt <= now; each = this.first) {
      this.remove(each);
      each.expire(now);
    }
    // What has expired may have added something, and scheduled for that alone.
    if (this.first === undefined) return;
    if (this.#timer === undefined || this.first.expiresAt < this.#firesAt) this.#schedule(this.first.expiresAt, now);
  }
}
