import { isRefusal } from '../foundation/index.js';
import type { PipelineMetrics } from './pipeline-metrics.js';
import type { Receiver } from './policy.js';

/** Counts how that ends which a policy does nothing else with. */
export class CountingReceiver implements Receiver {
  readonly #counts: PipelineMetrics;
  readonly #to: Receiver;
  readonly #startedAt: number;

  constructor(counts: PipelineMetrics, to: Receiver, startedAt: number) {
    this.#counts = counts;
    this.#to = to;
    this.#startedAt = startedAt;
  }

  succeeded(value: unknown, now: number): void {
    this.#counts.succeeded(now - this.#startedAt);
    this.#to.succeeded(value, now);
  }

  failed(error: unknown, now: number): void {
    this.#counts.failed(now - this.#startedAt, isRefusal(error));
    this.#to.failed(error, now);
  }
}
