/** A distribution of durations in milliseconds. */
export interface LatencySnapshot {
  readonly count: number;
  readonly sum: number;
  /** How many took at most `upTo` milliseconds and longer than the bucket before says; empty ones are left out. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
}

/** In buckets, milliseconds: what is faster is in the first one. */
const perMillisecond = 16;
/** Two for each doubling, up to 131 s; the last one holds whatever took longer. */
const bucketCount = 43;

/** Counts durations in buckets, two for each doubling, from 1/16 ms to 131 s. */
export class LatencyHistogram {
  #counts: number[] | undefined;
  #sum = 0;

  /** Milliseconds. */
  record(duration: number): void {
    this.#sum += duration;
    const counts = (this.#counts ??= Array.from({ length: bucketCount }, () => 0));
    const index = bucketOf(duration);
    counts[index] = (counts[index] ?? 0) + 1;
  }

  /** The upper end of the bucket that holds this share of all; 0 where there are none. */
  quantile(share: number): number {
    let left = share * this.#total;
    if (this.#counts === undefined) return 0;
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0 && count > 0) return upperEnd(index);
    }
    return 0;
  }

  get #total(): number {
    return (this.#counts ?? []).reduce((total, count) => total + count, 0);
  }

  snapshot(): LatencySnapshot {
    const buckets = (this.#counts ?? [])
      .map((count, index) => ({ upTo: upperEnd(index), count }))
      .filter(({ count }) => count > 0);
    return { count: this.#total, sum: this.#sum, buckets };
  }
}

function bucketOf(duration: number): number {
  const below = Math.min(Math.ceil(duration * perMillisecond) - 1, 0x7f_ff_ff_ff);
  if (below < 2) return Math.max(0, below);
  const octave = 31 - Math.clz32(below);
  return Math.min(bucketCount - 1, 2 * octave + ((below >> (octave - 1)) & 1));
}

function upperEnd(index: number): number {
  if (index === bucketCount - 1) return Infinity;
  if (index < 2) return (index + 1) / perMillisecond;
  const octave = 2 ** (index >> 1);
  return (octave * (index % 2 === 0 ? 1.5 : 2)) / perMillisecond;
}
