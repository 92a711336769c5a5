/** How the calls ended that count for the state of a circuit. */
export interface CallWindow {
  readonly total: number;
  readonly failures: number;
  readonly slow: number;
  /** A call has ended. `now` in milliseconds of a clock that never goes back. */
  add(failed: boolean, slow: boolean, now: number): void;
  /** Leaves out what has become too old by now, as {@link add} does. */
  forget(now: number): void;
}

const bucketCount = 10;
/** What a bucket counts, side by side in one array: there may be a breaker for each of many keys. */
const width = 3;
const failuresAt = 1;
const slowAt = 2;

/** Counts the calls of the last `duration` milliseconds, to a tenth of it. */
export class TimeWindow implements CallWindow {
  total = 0;
  failures = 0;
  slow = 0;
  readonly #bucketDuration: number;
  readonly #counts = Array.from({ length: bucketCount * width }, () => 0);
  #period: number;

  constructor(duration: number, now: number) {
    this.#bucketDuration = duration / bucketCount;
    this.#period = Math.floor(now / this.#bucketDuration);
  }

  add(failed: boolean, slow: boolean, now: number): void {
    this.forget(now);
    const bucket = (this.#period % bucketCount) * width;
    this.total++;
    this.#count(bucket);
    if (failed) {
      this.failures++;
      this.#count(bucket + failuresAt);
    }
    if (slow) {
      this.slow++;
      this.#count(bucket + slowAt);
    }
  }

  #count(index: number): void {
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  forget(now: number): void {
    const period = Math.floor(now / this.#bucketDuration);
    if (period <= this.#period) return;
    const counts = this.#counts;
    const passed = Math.min(bucketCount, period - this.#period);
    for (let each = 1; each <= passed; each++) {
      const bucket = ((this.#period + each) % bucketCount) * width;
      this.total -= counts[bucket] ?? 0;
      this.failures -= counts[bucket + failuresAt] ?? 0;
      this.slow -= counts[bucket + slowAt] ?? 0;
      counts.fill(0, bucket, bucket + width);
    }
    this.#period = period;
  }
}

const failedBit = 1;
const slowBit = 2;

/** Counts the last calls, however long ago they were. */
export class CountWindow implements CallWindow {
  total = 0;
  failures = 0;
  slow = 0;
  readonly #ends: Uint8Array;
  #next = 0;

  constructor(calls: number) {
    this.#ends = new Uint8Array(calls);
  }

  add(failed: boolean, slow: boolean): void {
    const ends = this.#ends;
    const forgotten = ends[this.#next] ?? 0;
    if (this.total < ends.length) this.total++;
    this.failures += Number(failed) - (forgotten & failedBit);
    this.slow += Number(slow) - ((forgotten & slowBit) >> 1);
    ends[this.#next] = (failed ? failedBit : 0) | (slow ? slowBit : 0);
    this.#next = (this.#next + 1) % ends.length;
  }

  /** Nothing is too old for it. */
  forget(): void {}
}
