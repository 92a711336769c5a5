import { DeadlineExceededError, TimedOutError, type Linked, type LinkedList } from '../foundation/index.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import type { FastestCall } from './fastest-call.js';
import { PriorityCounts, type PriorityShares } from './priority-shares.js';

/** Who wants a place. */
export interface Guest {
  readonly priority: string | undefined;
}

/** How a call ended; `error` is undefined where it succeeded. Milliseconds. */
export interface Stay {
  readonly duration: number;
  readonly error: { readonly reason: unknown } | undefined;
}

/** The places of a bulkhead: who has one, who may have one, and who of those who wait is next. */
export class Places {
  running = 0;
  #limit: ConcurrencyLimit;
  readonly #fastest: FastestCall;
  #priorities: PriorityCounts | undefined;

  constructor(limit: ConcurrencyLimit, fastest: FastestCall, shares: PriorityShares) {
    this.#limit = limit;
    this.#fastest = fastest;
    this.#priorities = countsOf(shares);
  }

  /** Goes on with another limit, and other shares. */
  change(limit: ConcurrencyLimit, shares: PriorityShares): void {
    this.#limit = limit;
    this.#priorities = countsOf(shares, this.#priorities);
  }

  get limit(): number {
    return this.#limit.current;
  }

  /** Whether a place taken now is of use to who has to be done by then. */
  suffices(deadlineAt: number, now: number): boolean {
    return now + this.#fastest.duration < deadlineAt;
  }

  take(guest: Guest): void {
    this.running++;
    this.#priorities?.count(guest.priority, 1);
  }

  free(guest: Guest): void {
    this.running--;
    this.#priorities?.count(guest.priority, -1);
  }

  /** The limit learns from how a call ended. To be told before its place is free. */
  learn({ duration, error }: Stay, now: number): void {
    if (error === undefined) this.#fastest.seen(duration);
    // How fast something fails says nothing of load; that it does not answer does.
    if (error === undefined || isUnanswered(error.reason)) {
      this.#limit.ended(duration, this.running, error !== undefined, now);
    }
  }

  /** Whether who comes now may begin, beside those in the queue. */
  areOpenTo<G extends Guest & Linked<G>>(guest: Guest, queue: LinkedList<G>): boolean {
    if (!this.#admits(guest)) return false;
    return queue.size === 0 || (this.#priorities !== undefined && !this.#isAnyAhead(guest, queue));
  }

  /** Who is next; undefined while there is no place for any. */
  next<G extends Guest & Linked<G>>(queue: LinkedList<G>): G | undefined {
    for (let each = queue.first; each !== undefined; each = each.next) {
      if (this.#admits(each)) return each;
      // Without shares nobody further back has more right than the first.
      if (this.#priorities === undefined) return undefined;
    }
    return undefined;
  }

  #admits({ priority }: Guest): boolean {
    const limit = this.#limit.current;
    if (this.#priorities === undefined) return this.running < limit;
    return this.#priorities.admits(priority, this.running, limit);
  }

  /** Whether somebody waits who has come before and has no less right to the place. */
  #isAnyAhead<G extends Guest & Linked<G>>({ priority }: Guest, queue: LinkedList<G>): boolean {
    for (let each = queue.first; each !== undefined; each = each.next) {
      if (each.priority === priority || this.#admits(each)) return true;
    }
    return false;
  }
}

function countsOf(shares: PriorityShares, before?: PriorityCounts): PriorityCounts | undefined {
  return Object.keys(shares).length === 0 ? undefined : new PriorityCounts(shares, before);
}

function isUnanswered(reason: unknown): boolean {
  try {
    return reason instanceof TimedOutError || reason instanceof DeadlineExceededError;
  } catch {
    // A proxy may refuse to be asked.
    return false;
  }
}
