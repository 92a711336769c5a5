import {
  isRefusal,
  reasonOf,
  ShuttingDownError,
  type Clock,
  type RefusalError,
  type Timer,
} from '../foundation/index.js';
import { Attempt } from './attempt.js';
import { CallerWatch, type CallerSignals } from './caller-watch.js';
import { problemOf } from './execute-options.js';
import type { AttemptContext, ExecuteOptions, OngoingCall } from './ongoing-call.js';
import type { PipelineMetrics } from './pipeline-metrics.js';
import type { PolicyEventSource } from './policy-events.js';
import type { Policy, Receiver, Running, Stage } from './policy.js';

/** What calls go through that begin between two changes of the policies. */
export interface Chain {
  readonly first: Stage;
  readonly policies: readonly Policy<unknown>[];
  /** How many calls have begun in it and not ended. */
  running: number;
}

/** What is the same for all calls of a pipeline. */
export interface ExecutionServices {
  readonly name: string;
  readonly clock: Clock;
  readonly events: PolicyEventSource;
  readonly metrics: PipelineMetrics;
  readonly callers: CallerSignals;
  /** What calls that begin now go through. */
  chain: Chain;
  /** What calls go on through that began before the policies were changed. */
  readonly outdated: Set<Chain>;
  /** No call begins any more. */
  isShutDown: boolean;
  /** No call may wait any more. */
  isDraining: boolean;
}

/** How long a call may take to end by itself when its caller has left; as the default of timeouts. Milliseconds. */
const abortGrace = 500;

/** One call of a pipeline, whatever number of attempts it takes. */
export class Execution implements OngoingCall, Receiver {
  readonly run: (context: AttemptContext) => unknown;
  readonly options: ExecuteOptions;
  isReplaced: boolean;
  attempts: number;
  abandoned: number;
  isFinal: boolean;
  readonly #services: ExecutionServices;
  #state: 'running' | 'succeeded' | 'failed';
  #outcome: unknown;
  #startedAt: number;
  #chain: Chain | undefined;
  #inner: Running | undefined;
  #watch: CallerWatch | undefined;
  #grace: Timer | undefined;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(services: ExecutionServices, run: (context: AttemptContext) => unknown, options: ExecuteOptions) {
    this.run = run;
    this.options = options;
    this.isReplaced = false;
    this.attempts = 1;
    this.abandoned = 0;
    this.isFinal = false;
    this.#services = services;
    this.#state = 'running';
    this.#outcome = undefined;
    this.#startedAt = 0;
    this.#chain = undefined;
    this.#inner = undefined;
    this.#watch = undefined;
    this.#grace = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }

  get clock(): Clock {
    return this.#services.clock;
  }

  get events(): PolicyEventSource {
    return this.#services.events;
  }

  get pipeline(): string {
    return this.#services.name;
  }

  get isDraining(): boolean {
    return this.#services.isDraining;
  }

  /** The result itself where the call gave it at once; else a promise, and errors always by one. */
  begin(): unknown {
    this.#start();
    if (this.#state === 'succeeded' && !this.isReplaced) return this.#outcome;
    return new Promise((resolve, reject) => {
      if (this.#state === 'succeeded') resolve(this.#outcome);
      else if (this.#state === 'failed') reject(this.#outcome);
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  succeeded(value: unknown, now: number): void {
    const { events, metrics, name } = this.#services;
    const duration = now - this.#startedAt;
    this.#end('succeeded', value);
    metrics.succeeded(duration);
    if (events.success.isHeard) events.success.emit({ pipeline: name, duration, attempts: this.attempts });
    this.#resolve?.(value);
  }

  failed(error: unknown, now: number): void {
    const { events, metrics, name } = this.#services;
    const duration = now - this.#startedAt;
    this.#end('failed', error);
    metrics.failed(duration, isRefusal(error));
    if (events.failure.isHeard) {
      events.failure.emit({ pipeline: name, duration, attempts: this.attempts, reason: reasonOf(error) });
    }
    this.#reject?.(error);
  }

  /** The caller has left, or its time is over. */
  cancel(reason: unknown): void {
    // The call itself may do that before it has returned, and a listener while a policy is at work.
    queueMicrotask(() => this.#leave(reason));
  }

  /** Nobody waits for what does not end although it was told to: a deadline is one for deaf callees too. */
  #leave(reason: unknown): void {
    this.#inner?.cancel(reason, false);
    if (this.#inner === undefined) return;
    this.#grace ??= this.clock.schedule(() => this.#inner?.cancel(reason, true), abortGrace);
  }

  #start(): void {
    const { clock, events, metrics, name, isShutDown } = this.#services;
    const now = clock.elapsed();
    this.#startedAt = now;
    metrics.calls++;
    if (events.call.isHeard) events.call.emit({ pipeline: name });
    const problem = problemOf(name, this.run, this.options);
    if (problem !== undefined) {
      this.failed(problem, now);
      return;
    }
    if (isShutDown) {
      this.#refuse(new ShuttingDownError(name), now);
      return;
    }
    const { signal, deadline } = this.options;
    const deadlineAt = signal === undefined && deadline === undefined ? Infinity : this.#heedCaller(now);
    if (this.#state !== 'running') return;
    // Not earlier: a listener may have changed the policies.
    const { chain } = this.#services;
    chain.running++;
    this.#chain = chain;
    const inner = chain.first.start(new Attempt(this, 1, deadlineAt), this, now);
    if (this.#state === 'running') this.#inner = inner;
  }

  /** Returns the deadline. Where the caller has left already, that is the end of the call. */
  #heedCaller(now: number): number {
    const { clock, callers, name } = this.#services;
    const watch = new CallerWatch(this, this.options, name, now);
    const left = watch.begin(callers, clock, now);
    if (left === undefined) this.#watch = watch;
    else if (isRefusal(left.reason)) this.#refuse(left.reason, now);
    else this.failed(left.reason, now);
    return watch.deadlineAt;
  }

  /** No policy has seen the call, so the pipeline tells of it itself. */
  #refuse(error: RefusalError, now: number): void {
    const { events, name } = this.#services;
    events.refused(name, error, false);
    this.failed(error, now);
  }

  #end(state: 'succeeded' | 'failed', outcome: unknown): void {
    this.#state = state;
    this.#outcome = outcome;
    this.#inner = undefined;
    this.#watch?.end();
    this.#grace?.cancel();
    const chain = this.#chain;
    if (chain !== undefined && --chain.running === 0) this.#services.outdated.delete(chain);
  }
}
