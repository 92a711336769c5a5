import { integerOption, requireOptions } from '../foundation/index.js';
import { RateLimitStore, type RateLimitDecision, type RateLimitRule } from './rate-limit-store.js';

const atOnce: RateLimitDecision = { allowed: true, delay: 0 };

export interface MemoryRateLimitStoreOptions {
  /** How many keys are counted; the one that has not been used for longest is forgotten first. 1 or more. @default 10_000 */
  readonly maxKeys?: number;
}

/** Counts in this process, exactly. A policy has one of its own where no store is given. */
export class MemoryRateLimitStore extends RateLimitStore {
  readonly #buckets = new Map<string, Bucket>();
  readonly #logs = new Map<string, CallLog>();
  readonly #maxKeys: number;

  /** Throws a BootError for wrong options. */
  constructor(options: MemoryRateLimitStoreOptions = {}) {
    super();
    requireOptions('MemoryRateLimitStore', options, { maxKeys: integerOption(1) });
    this.#maxKeys = options.maxKeys ?? 10_000;
  }

  override take(key: string, rule: RateLimitRule, now: number): RateLimitDecision {
    const isLogged = rule.algorithm === 'sliding-window';
    const counter = isLogged ? this.#counterOf(this.#logs, key, CallLog) : this.#counterOf(this.#buckets, key, Bucket);
    const delay = counter.delayOf(rule, now);
    if (delay > rule.maxWait) return { allowed: false, delay };
    counter.take(rule, now + delay);
    return delay === 0 ? atOnce : { allowed: true, delay };
  }

  /** Keys are in the order of their last use. */
  #counterOf<C>(counters: Map<string, C>, key: string, Counter: new () => C): C {
    const known = counters.get(key);
    if (known !== undefined && counters.size === 1) return known;
    const counter = known ?? new Counter();
    counters.delete(key);
    counters.set(key, counter);
    const [oldest] = counters.size > this.#maxKeys ? counters.keys() : [];
    if (oldest !== undefined) counters.delete(oldest);
    return counter;
  }
}

/**
 * Both buckets by the generic cell rate algorithm (ITU-T I.371): one number, when the bucket would be empty again. A leaky
 * bucket is one in which nothing can be saved up.
 */
class Bucket {
  #emptyAt = -Infinity;
  /** How long one call takes to leak. */
  #interval = 0;

  delayOf({ algorithm, limit, window, burst }: RateLimitRule, now: number): number {
    const interval = window / limit;
    if (interval !== this.#interval) this.#leakBy(interval, now);
    const saved = algorithm === 'leaky-bucket' ? 0 : (burst - 1) * interval;
    return Math.max(0, this.#emptyAt - saved - now);
  }

  /** After {@link delayOf} for the same rule. */
  take(_rule: RateLimitRule, at: number): void {
    this.#emptyAt = Math.max(this.#emptyAt, at) + this.#interval;
  }

  /** The rule has changed: the calls in the bucket stay, and leak as fast as it says now. */
  #leakBy(interval: number, now: number): void {
    if (this.#emptyAt > now) this.#emptyAt = now + ((this.#emptyAt - now) / this.#interval) * interval;
    this.#interval = interval;
  }
}

/** When the last calls began: as many as the highest limit that was ever asked for. */
class CallLog {
  #times = new Float64Array();
  #next = 0;

  delayOf({ limit, window }: RateLimitRule, now: number): number {
    if (limit > this.#times.length) this.#growTo(limit);
    const { length } = this.#times;
    return Math.max(0, (this.#times[(this.#next + length - limit) % length] ?? -Infinity) + window - now);
  }

  /** After {@link delayOf} for the same rule. */
  take(_rule: RateLimitRule, at: number): void {
    this.#times[this.#next] = at;
    this.#next = (this.#next + 1) % this.#times.length;
  }

  #growTo(length: number): void {
    const known = this.#times;
    const times = new Float64Array(length).fill(-Infinity);
    // The oldest is the next to be written over.
    times.set(known.subarray(this.#next), length - known.length);
    times.set(known.subarray(0, this.#next), length - this.#next);
    this.#times = times;
    this.#next = 0;
  }
}
