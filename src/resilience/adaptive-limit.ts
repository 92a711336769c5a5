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

/** A window decides once it holds as many calls, and as many as run at a time, so that slow ones are among them. */
const minSamples = 10;
const minSamplesDrained = 5;
/** Milliseconds. */
const minWindow = 100;
/** So many times as slow as an idle callee is one at which more than half of the calls wait. */
const tolerance = 2.25;
/** How much of what the callee can do at a time is asked of it while it is measured: little enough that nothing waits there. */
const drainShare = 0.8;
/** A limit keeps at least this share of itself at once, should the measure be wrong. */
const minKept = 1 / 3;
/** It was not drained where the callee still does this share of what it did before. */
const stillBusy = 0.9;
/** More than this share of calls without an answer in time is overload, whatever the durations say. */
const tolerableDrops = 0.1;

/** What the callee did while calls waited there. */
interface Crowd {
  readonly limit: number;
  readonly latency: number;
}

/**
 * A limit by how much longer calls take than by an idle callee. It grows while it is used and they do not take much longer;
 * when they do, it drains: for one round of calls it lets so few run that none has to wait at the callee, measures how long
 * these take, and goes on from where, by Little's law, the callee is just busy. As that is measured anew each time, a
 * callee that becomes slow by itself is not taken for a crowded one, nor a standing crowd for the normal. Calls that do
 * not need the limit do not move it.
 */
export class AdaptiveLimit implements ConcurrencyLimit {
  readonly #options: ResolvedAdaptiveLimit;
  #limit: number;
  /** How long calls take that do not wait. */
  #idleLatency: number | undefined;
  /** How it was before it drained, while it does. */
  #crowded: Crowd | undefined;
  #windowStart: number;
  #count: number;
  #sum: number;
  #drops: number;
  #peak: number;

  constructor(options: ResolvedAdaptiveLimit) {
    this.#options = options;
    this.#limit = options.initialLimit;
    this.#idleLatency = undefined;
    this.#crowded = undefined;
    this.#windowStart = -Infinity;
    this.#count = this.#sum = this.#drops = this.#peak = 0;
  }

  get current(): number {
    return Math.floor(this.#limit);
  }

  ended(duration: number, running: number, dropped: boolean, now: number): void {
    // What began under another limit tells of that.
    if (now - duration < this.#windowStart) return;
    this.#count++;
    this.#sum += duration;
    if (dropped) this.#drops++;
    if (running > this.#peak) this.#peak = running;
    const isDrained = this.#crowded !== undefined;
    if (this.#count < Math.max(isDrained ? minSamplesDrained : minSamples, this.current)) return;
    if (isDrained || now - Math.max(0, this.#windowStart) >= minWindow) this.#decide(now);
  }

  #decide(now: number): void {
    const latency = this.#sum / this.#count;
    const isFailing = this.#drops / this.#count > tolerableDrops;
    const isUsed = this.#peak >= this.current;
    this.#windowStart = now;
    this.#count = this.#sum = this.#drops = this.#peak = 0;
    const crowded = this.#crowded;
    if (crowded !== undefined && !isFailing && !this.#isStillBusy(latency, crowded)) this.#settle(latency, crowded);
    else if (crowded !== undefined || isFailing || (isUsed && this.#isCrowded(latency))) this.#drain(latency);
    else this.#grow(latency, isUsed);
  }

  #isCrowded(latency: number): boolean {
    return this.#idleLatency !== undefined && latency > tolerance * this.#idleLatency;
  }

  /** Where it does no less with fewer calls, there are enough that some wait. */
  #isStillBusy(latency: number, crowded: Crowd): boolean {
    if (this.#limit === this.#options.minLimit) return false;
    return this.#limit / latency > stillBusy * (crowded.limit / crowded.latency);
  }

  #drain(latency: number): void {
    const idle = this.#crowded === undefined ? (this.#idleLatency ?? latency) : latency;
    this.#crowded = { limit: this.#limit, latency };
    this.#moveTo(this.#limit * Math.max(minKept, Math.min(drainShare, (drainShare * idle) / latency)));
  }

  /** What was measured while it drained is what a call takes; what ran before in that time is what the callee can do. */
  #settle(latency: number, crowded: Crowd): void {
    this.#idleLatency = latency;
    this.#crowded = undefined;
    const busy = Math.max(this.#limit, crowded.limit * Math.min(1, latency / crowded.latency));
    this.#moveTo(busy + Math.sqrt(busy));
  }

  #grow(latency: number, isUsed: boolean): void {
    const idle = (this.#idleLatency ??= latency);
    if (latency < idle) this.#idleLatency = (idle + latency) / 2;
    else if (!isUsed) this.#idleLatency = idle + (latency - idle) / 10;
    if (isUsed) this.#moveTo(this.#limit + Math.sqrt(this.#limit));
  }

  #moveTo(limit: number): void {
    const { minLimit, maxLimit } = this.#options;
    this.#limit = Math.max(minLimit, Math.min(maxLimit, limit));
  }
}
