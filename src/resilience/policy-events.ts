import { EventSource, type EventLine, type RefusalError } from '../foundation/index.js';
import type { CircuitState } from './circuit-breaker-engine.js';

/** What pipelines tell of their calls; on the channels `bowline:policy:<event>` too. Durations in milliseconds. */
export interface PolicyEvents {
  /** Somebody called. */
  readonly call: { readonly pipeline: string };
  readonly success: { readonly pipeline: string; readonly duration: number; readonly attempts: number };
  /** It failed for good, or was refused. */
  readonly failure: {
    readonly pipeline: string;
    readonly duration: number;
    readonly attempts: number;
    readonly reason: string;
  };
  /** Another attempt follows after `delay`; `attempt` is the number of the one that failed. */
  readonly retry: {
    readonly pipeline: string;
    readonly policy: string;
    readonly attempt: number;
    readonly delay: number;
    readonly reason: string;
    /** Whether it was only noted, as the policy observes. */
    readonly observed: boolean;
  };
  readonly timeout: {
    readonly pipeline: string;
    readonly policy: string;
    readonly timeout: number;
    readonly observed: boolean;
  };
  /** An attempt was told to end and did not, or could not hear it: nobody waits for it any longer, and it may go on. */
  readonly abandoned: {
    readonly pipeline: string;
    /** What is called, where that is known: `Payments.pay`. */
    readonly callee: string | undefined;
    readonly attempt: number;
    /** Whether it has asked for its signal. */
    readonly asked: boolean;
    /** The code of the error that ended it, as BOW_TIMED_OUT; undefined where its caller left, or another attempt was faster. */
    readonly code: string | undefined;
    readonly reason: string;
  };
  readonly refused: {
    readonly pipeline: string;
    /** The pipeline itself where it is shut down, or the deadline had passed before the call. */
    readonly policy: string;
    /** The code of the refusal. */
    readonly code: string;
    readonly retryAfter: number | undefined;
    readonly observed: boolean;
  };
  readonly stateChange: {
    readonly pipeline: string;
    readonly policy: string;
    readonly from: CircuitState;
    readonly to: CircuitState;
  };
}

export type PolicyEvent = keyof PolicyEvents;

const names = ['call', 'success', 'failure', 'retry', 'timeout', 'abandoned', 'refused', 'stateChange'] as const;

/** The events of one pipeline. */
export class PolicyEventSource extends EventSource<PolicyEvents> {
  readonly call: EventLine<PolicyEvents['call']>;
  readonly success: EventLine<PolicyEvents['success']>;
  readonly failure: EventLine<PolicyEvents['failure']>;

  /** The name of the pipeline. */
  readonly pipeline: string;

  constructor(pipeline: string, onError: (error: unknown) => void) {
    super(names, 'policy:', onError);
    this.pipeline = pipeline;
    this.call = this.line('call');
    this.success = this.line('success');
    this.failure = this.line('failure');
  }

  /** `tell` is called only where somebody hears. */
  emit<N extends PolicyEvent>(name: N, tell: () => PolicyEvents[N]): void {
    const line = this.line(name);
    if (line.isHeard) line.emit(tell());
  }

  /** A policy, or the pipeline itself, has refused a call; `observed` where it would have, had it not observed only. */
  refused(policy: string, error: Pick<RefusalError, 'code' | 'retryAfter'>, observed: boolean): void {
    const { code, retryAfter } = error;
    this.emit('refused', () => ({ pipeline: this.pipeline, policy, code, retryAfter, observed }));
  }
}
