/**
 * - `token-bucket`: up to `burst` calls at once; permission for more comes back evenly.
 * - `leaky-bucket`: calls are spread evenly, each waits for its turn.
 * - `sliding-window`: no `window`, wherever it begins, holds more than `limit` calls.
 */
export type RateLimitAlgorithm = 'token-bucket' | 'leaky-bucket' | 'sliding-window';

/** What is allowed. Durations in milliseconds. */
export interface RateLimitRule {
  readonly algorithm: RateLimitAlgorithm;
  /** Calls per `window`. */
  readonly limit: number;
  readonly window: number;
  /** Of a token bucket. */
  readonly burst: number;
  /** A call may be told to wait so long; a longer wait is a refusal. */
  readonly maxWait: number;
}

export interface RateLimitDecision {
  readonly allowed: boolean;
  /** What the call has to wait before it begins, or before it is worth to ask again. Milliseconds. */
  readonly delay: number;
}

/**
 * Where calls are counted. One that is shared by many processes has its own time; `now` is that of this process's clock,
 * in milliseconds, and only differences have a meaning.
 */
export abstract class RateLimitStore {
  /** Asks for one call of `key`; what is allowed is counted. It must not change anything where it refuses. */
  abstract take(key: string, rule: RateLimitRule, now: number): RateLimitDecision | Promise<RateLimitDecision>;
}
