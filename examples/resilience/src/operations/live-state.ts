import { Injectable, PolicyRegistry } from 'bowline';
import type { CallMetrics, PolicyDescription } from 'bowline/resilience';
import { faultKinds, Faults, type FaultKind } from '../payment-service/faults.js';
import { Ledger } from '../payment-service/ledger.js';
import { Load, type LoadFigures } from './load.js';
import { PolicyLog, type LogLine } from './policy-log.js';

/** One policy with its options, and what it has seen and is now. */
export interface PolicyState extends PolicyDescription {
  readonly metrics: object;
}

export interface PipelineState {
  readonly name: string;
  readonly metrics: CallMetrics;
  /** From the outermost to the innermost. */
  readonly policies: readonly PolicyState[];
}

/** Everything that the page shows. Counters are sums since the start: whoever wants a rate takes the difference of two. */
export interface LiveState {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The same: another process counts from the beginning. */
  readonly startedAt: number;
  readonly pipelines: readonly PipelineState[];
  readonly fault: FaultKind;
  readonly faultKinds: Readonly<Record<FaultKind, string>>;
  readonly ledger: { readonly charges: number; readonly repeated: number };
  readonly load: LoadFigures;
  readonly log: readonly LogLine[];
}

@Injectable()
export class LiveStates {
  readonly #startedAt = Date.now();

  constructor(
    private readonly policies: PolicyRegistry,
    private readonly faults: Faults,
    private readonly ledger: Ledger,
    private readonly load: Load,
    private readonly log: PolicyLog,
  ) {}

  now(): LiveState {
    return {
      time: Date.now(),
      startedAt: this.#startedAt,
      pipelines: this.policies.names.map((name) => this.#pipeline(name)),
      fault: this.faults.kind,
      faultKinds,
      ledger: this.ledger.figures,
      load: this.load.figures,
      log: this.log.lines,
    };
  }

  #pipeline(name: string): PipelineState {
    const { metrics, policies } = this.policies.get(name);
    return { name, metrics, policies: policies.map((policy) => ({ ...policy.toJSON(), metrics: policy.metrics })) };
  }
}
