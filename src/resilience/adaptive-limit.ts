import type { ConcurrencyLimit } from './concurrency-limit.js';

/** Bounds of a limit that finds itself. */
export interface AdaptiveLimitOptions {
  /** Where it begins. @default 20 */
  readonly initialLimit?: number;
  /** It never goes below. 1 or more. @default 1 */
  readonly minLimit?: number;
  /** It never goes above. @default 200 */
  readonly maxLimit?: number;
}

export type ResolvedAdaptiveLimit = Required<AdaptiveLimitOptions>;

/** A window decides once it holds as many calls, and no sooner than that. */
const minSamples = 10;
const minWindow = 100;
/** How much slower than its long mean the callee may be before the limit shrinks. */
const tolerance = 1.5;
/** How fast the long mean follows: over about this number of windows. */
const longWindows = 60;
/** How much of the way to the new limit one window goes. */
const smoothing = 0.2;
/** More than this share of failures in a window is overload, whatever the durations say. */
const tolerableDrops = 0.1;

/**
 * A limit by the gradient of latency, after Netflix's concurrency-limits: as long as calls take what they always took it
 * grows by the root of itself, which lets a small queue form at the callee; when they take longer, or fail, it shrinks in
 * that proportion. Calls that did not need the limit do not move it.
 */
export class AdaptiveLimit implements ConcurrencyLimit {
  readonly #options: ResolvedAdaptiveLimit;
  #limit: number;
  #longMean = 0;
  #windows = 0;
  #windowStart = 0;
  #samples = 0;
  #sum = 0;
  #drops = 0;
  #peak = 0;

  constructor(options: ResolvedAdaptiveLimit) {
    this.#options = options;
    this.#limit = options.initialLimit;
  }

  get current(): number {
    return Math.floor(this.#limit);
  }

  ended(duration: number, running: number, dropped: boolean, now: number): void {
    if (this.#samples === 0 && this.#drops === 0) this.#windowStart = now - duration;
    if (running > this.#peak) this.#peak = running;
    if (dropped) this.#drops++;
    else {
      this.#samples++;
      this.#sum += duration;
    }
    if (this.#samples + this.#drops >= minSamples && now - this.#windowStart >= minWindow) this.#decide();
  }

  #decide(): void {
    const mean = this.#samples === 0 ? 0 : this.#sum / this.#samples;
    const dropShare = this.#drops / (this.#samples + this.#drops);
    const wasUsed = this.#peak * 2 >= this.#limit;
    this.#samples = this.#sum = this.#drops = this.#peak = 0;
    if (dropShare > tolerableDrops) {
      this.#moveTo(this.#limit * (1 - dropShare / 2));
      return;
    }
    const gradient = this.#gradientOf(mean);
    if (wasUsed) this.#moveTo(this.#limit * gradient + Math.sqrt(this.#limit));
  }

  #gradientOf(mean: number): number {
    this.#windows++;
    const weight = 1 / Math.min(this.#windows, longWindows);
    this.#longMean += (mean - this.#longMean) * weight;
    // After a slow time the long mean would take long to come down, and meanwhile hide that calls queue.
    if (this.#longMean > 2 * mean) this.#longMean *= 0.95;
    return Math.max(0.5, Math.min(1, (tolerance * this.#longMean) / Math.max(mean, Number.EPSILON)));
  }

  #moveTo(limit: number): void {
    const { minLimit, maxLimit } = this.#options;
    const next = this.#limit + (limit - this.#limit) * smoothing;
    this.#limit = Math.max(minLimit, Math.min(maxLimit, next));
  }
}
