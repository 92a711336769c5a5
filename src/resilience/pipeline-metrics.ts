import { LatencyHistogram, type LatencySnapshot } from './latency-histogram.js';

/** What a pipeline, or a policy, has seen since it was made. While no call runs, `calls` is the sum of the other three. */
export interface CallMetrics {
  readonly calls: number;
  readonly successes: number;
  /** Refusals not included. */
  readonly failures: number;
  readonly refused: number;
  /** Of all that began and ended, refusals not included. */
  readonly latency: LatencySnapshot;
}

export class PipelineMetrics {
  calls = 0;
  successes = 0;
  failures = 0;
  refused = 0;
  readonly #latency = new LatencyHistogram();

  succeeded(duration: number): void {
    this.successes++;
    this.#latency.record(duration);
  }

  failed(duration: number, isRefused: boolean): void {
    if (isRefused) {
      this.refused++;
      return;
    }
    this.failures++;
    this.#latency.record(duration);
  }

  /** Its caller left while it waited, or it was let wait no longer. */
  neverBegun(isRefused: boolean): void {
    if (isRefused) this.refused++;
    else this.failures++;
  }

  /** How many have begun and not ended. */
  get running(): number {
    return this.calls - this.successes - this.failures - this.refused;
  }

  snapshot(): CallMetrics {
    const { calls, successes, failures, refused } = this;
    return { calls, successes, failures, refused, latency: this.#latency.snapshot() };
  }
}
