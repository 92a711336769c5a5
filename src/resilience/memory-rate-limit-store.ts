import { RateLimitStore, type RateLimitDecision, type RateLimitRule } from './rate-limit-store.js';

const atOnce: RateLimitDecision = { allowed: true, delay: 0 };

/** Counts in this process, exactly. */
export class MemoryRateLimitStore extends RateLimitStore {
  readonly #buckets = new Map<string, Bucket>();
  readonly #logs = new Map<string, CallLog>();

  override take(key: string, rule: RateLimitRule, now: number): RateLimitDecision {
    const counter = rule.algorithm === 'sliding-window' ? this.#logOf(key, rule) : this.#bucketOf(key);
    const delay = counter.delayOf(rule, now);
    if (delay > rule.maxWait) return { allowed: false, delay };
    counter.take(rule, now + delay);
    return delay === 0 ? atOnce : { allowed: true, delay };
  }

  #bucketOf(key: string): Bucket {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, (bucket = new Bucket()));
    return bucket;
  }

  #logOf(key: string, { limit }: RateLimitRule): CallLog {
    let log = this.#logs.get(key);
    // Another limit is another log: it begins anew.
    if (log?.limit !== limit) this.#logs.set(key, (log = new CallLog(limit)));
    return log;
  }
}

/**
 * Both buckets by the generic cell rate algorithm (ITU-T I.371): one number, when the bucket would be empty again. A leaky
 * bucket is one in which nothing can be saved up.
 */
class Bucket {
  #emptyAt = -Infinity;

  delayOf({ algorithm, limit, window, burst }: RateLimitRule, now: number): number {
    const saved = algorithm === 'leaky-bucket' ? 0 : ((burst - 1) * window) / limit;
    return Math.max(0, this.#emptyAt - saved - now);
  }

  take({ limit, window }: RateLimitRule, at: number): void {
    this.#emptyAt = Math.max(this.#emptyAt, at) + window / limit;
  }
}

/** When the last `limit` calls began: as many as one has to know. */
class CallLog {
  readonly limit: number;
  readonly #times: Float64Array;
  #next = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.#times = new Float64Array(limit).fill(-Infinity);
  }

  delayOf({ window }: RateLimitRule, now: number): number {
    return Math.max(0, (this.#times[this.#next] ?? -Infinity) + window - now);
  }

  take(_rule: RateLimitRule, at: number): void {
    this.#times[this.#next] = at;
    this.#next = (this.#next + 1) % this.limit;
  }
}
