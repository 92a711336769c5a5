import { isDeepStrictEqual } from 'node:util';
import { BrokenCircuitError, isRefusal, TimedOutError } from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import { backoffDelay } from './backoff.js';
import type {
  CircuitBreakerEngine,
  CircuitOutcome,
  CircuitState,
  EngineHost,
  SeenCalls,
} from './circuit-breaker-engine.js';
import {
  circuitBreakerRules,
  resolveCircuitBreakerOptions,
  type CircuitBreakerOptions,
  type ResolvedCircuitBreakerOptions,
} from './circuit-breaker-options.js';
import { CountingReceiver } from './counting-receiver.js';
import { OpossumEngine } from './opossum-engine.js';
import { hasKey, makeKeyed, type KeyedPolicy, type KeyOptions } from './keyed-policy.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import type { PolicyEventSource } from './policy-events.js';
import { Policy, type PolicyEnvironment, type Receiver, type Running, type Stage } from './policy.js';
import { RingEngine } from './ring-engine.js';

export interface CircuitBreakerMetrics extends CallMetrics {
  readonly state: CircuitState;
  /** How long calls will still be refused: 0 unless it is open, undefined while it is isolated. Milliseconds. */
  readonly retryAfter: number | undefined;
  /** What it decides by; undefined while it is open or isolated, and where its engine does not tell. */
  readonly seen: SeenCalls | undefined;
  /** How often it has opened. */
  readonly opened: number;
  /** How many calls it would have refused, had it not observed only. */
  readonly observedRefusals: number;
}

/** Refuses calls to what fails, until it works again. Throws a BootError for wrong options. */
export function circuitBreaker(options: CircuitBreakerOptions & KeyOptions): KeyedPolicy<CircuitBreakerPolicy>;
export function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreakerPolicy;
export function circuitBreaker(
  options: CircuitBreakerOptions = {},
): CircuitBreakerPolicy | KeyedPolicy<CircuitBreakerPolicy> {
  const make = (own: CircuitBreakerOptions): CircuitBreakerPolicy => new CircuitBreakerPolicy(own);
  return hasKey(options) ? makeKeyed('circuitBreaker', options, circuitBreakerRules, make) : make(options);
}

/**
 * Refuses calls with a {@link BrokenCircuitError} while too many of them fail or are slow, so that neither callers wait
 * for what does not work nor the callee gets calls that it cannot serve. Refusals count for nothing; a call whose caller
 * has left neither, but as a slow one where it had taken so long.
 */
export class CircuitBreakerPolicy extends Policy implements EngineHost {
  readonly kind = 'circuitBreaker';
  options: ResolvedCircuitBreakerOptions;
  readonly counts = new PipelineMetrics();
  opened = 0;
  observedRefusals = 0;
  #engine: CircuitBreakerEngine | undefined;
  #heardBy: readonly PolicyEventSource[] = [];
  /** How long it was to stay open the last time, which some back-offs grow from. */
  #openedFor = 0;
  #calledAt = 0;

  constructor(options: CircuitBreakerOptions) {
    const resolved = resolveCircuitBreakerOptions(options);
    super('circuitBreaker', options);
    this.options = resolved;
  }

  /** `halfOpen` as soon as the next call would be let through to try; `closed` while it belongs to no pipeline. */
  get state(): CircuitState {
    if (this.#heardBy.length === 0) return 'closed';
    return this.engine.state(this.#now);
  }

  /** How long nobody has called; 0 while a call runs. Milliseconds. */
  get quietFor(): number {
    return this.counts.running > 0 ? 0 : this.elapsed - this.#calledAt;
  }

  /** Refuses every call from now on, until {@link close} or {@link reset} is called. Throws while it belongs to no pipeline. */
  isolate(): void {
    this.engine.isolate(this.#now);
  }

  /** Lets calls pass, whatever was seen before. */
  close(): void {
    this.engine.close(this.#now);
  }

  /** Makes the circuit as it was when it was new; counters of its metrics go on. */
  reset(): void {
    this.engine.reset(this.#now);
  }

  get metrics(): CircuitBreakerMetrics {
    const { state, opened, observedRefusals } = this;
    return { ...this.counts.snapshot(), state, ...this.#look(state), opened, observedRefusals };
  }

  /** What decides. There is none before the policy belongs to a pipeline. */
  get engine(): CircuitBreakerEngine {
    return (this.#engine ??= this.#makeEngine());
  }

  override attach(environment: PolicyEnvironment, pipeline: string | undefined, events: PolicyEventSource): boolean {
    this.#heardBy = [...this.#heardBy, events];
    return super.attach(environment, pipeline, events);
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    const { engine, counts } = this;
    counts.calls++;
    this.#calledAt = now;
    const ticket = engine.enter(now);
    if (ticket !== undefined) return new CircuitBreakerRun(this, ticket, attempt, to, now).begin(next);
    if (this.enforces) {
      this.#refuse(attempt, to, now);
      return undefined;
    }
    this.observedRefusals++;
    this.#tellRefusal(attempt, engine.retryAfter(now));
    // Had it been refused, its engine would not have seen its end.
    return next.start(attempt, new CountingReceiver(counts, to, now), now);
  }

  /** How `error` counts, with which a call has ended that nobody had cancelled for another reason. */
  outcomeOf(error: unknown): CircuitOutcome {
    if (isRefusal(error)) return 'ignored';
    return this.options.handle.error(error) ? 'failure' : 'success';
  }

  /** For its engine: how long to stay open, `times` times in a row without having been closed. Milliseconds. */
  openDuration(times: number): number {
    const previous = times === 1 ? 0 : this.#openedFor;
    this.#openedFor = backoffDelay(this.options.openDuration, times, previous, this.environment.random);
    return this.#openedFor;
  }

  /** For its engine: it has another state. */
  onStateChange(from: CircuitState, to: CircuitState): void {
    if (to === 'open') this.opened++;
    for (const events of this.#heardBy) {
      events.emit('stateChange', () => ({ pipeline: events.pipeline, policy: this.name, from, to }));
    }
  }

  /** Where another engine, or another window, is to decide, it begins anew. */
  override adopt(other: this): void {
    super.adopt(other);
    const before = this.options;
    this.options = other.options;
    if (before.engine !== other.options.engine) this.#engine = undefined;
    else if (!isDeepStrictEqual(before.window, other.options.window)) this.#engine?.forget(this.#now);
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    const { handle, engine, ...options } = this.options;
    return {
      ...options,
      handle: handle.described,
      engine: typeof engine === 'string' ? engine : 'a function',
    };
  }

  #look(state: CircuitState): Pick<CircuitBreakerMetrics, 'retryAfter' | 'seen'> {
    if (this.#heardBy.length === 0) return { retryAfter: 0, seen: undefined };
    const { engine } = this;
    const now = this.#now;
    const retryAfter = state === 'open' ? engine.retryAfter(now) : 0;
    return { retryAfter: state === 'isolated' ? undefined : retryAfter, seen: engine.seen(now) };
  }

  get #now(): number {
    return this.environment.clock.elapsed();
  }

  #makeEngine(): CircuitBreakerEngine {
    const { engine } = this.options;
    if (engine === 'opossum') return new OpossumEngine(this, this.#now);
    return engine === 'ring' ? new RingEngine(this) : engine(this, this.#now);
  }

  #refuse(attempt: Attempt, to: Receiver, now: number): void {
    const state = this.engine.state(now);
    const retryAfter = this.engine.retryAfter(now);
    this.counts.refused++;
    this.#tellRefusal(attempt, retryAfter);
    to.failed(new BrokenCircuitError(this.name, state === 'closed' ? 'open' : state, retryAfter), now);
  }

  #tellRefusal({ call }: Attempt, retryAfter: number): void {
    const told = { code: 'BOW_CIRCUIT_OPEN', retryAfter: retryAfter === Infinity ? undefined : retryAfter } as const;
    call.events.refused(this.name, told, !this.enforces);
  }
}

class CircuitBreakerRun implements Receiver, Running {
  readonly #policy: CircuitBreakerPolicy;
  readonly #ticket: object;
  readonly #attempt: Attempt;
  readonly #to: Receiver;
  readonly #startedAt: number;
  #inner: Running | undefined;
  #cancelled: { readonly reason: unknown } | undefined;

  constructor(policy: CircuitBreakerPolicy, ticket: object, attempt: Attempt, to: Receiver, now: number) {
    this.#policy = policy;
    this.#ticket = ticket;
    this.#attempt = attempt;
    this.#to = to;
    this.#startedAt = now;
    this.#inner = undefined;
    this.#cancelled = undefined;
  }

  begin(next: Stage): Running | undefined {
    this.#inner = next.start(this.#attempt, this, this.#startedAt);
    return this.#inner === undefined ? undefined : this;
  }

  succeeded(value: unknown, now: number): void {
    const { engine, options, counts } = this.#policy;
    const duration = now - this.#startedAt;
    const failed = options.handle.result?.(value) === true;
    if (failed) counts.failed(duration, false);
    else counts.succeeded(duration);
    engine.leave(this.#ticket, failed ? 'failure' : 'success', duration, now);
    this.#to.succeeded(value, now);
  }

  failed(error: unknown, now: number): void {
    const policy = this.#policy;
    const duration = now - this.#startedAt;
    const isRefused = isRefusal(error);
    policy.counts.failed(duration, isRefused);
    // Who waited to be refused has not met a slow callee.
    const seen = isRefused && this.#cancelled === undefined ? 0 : duration;
    policy.engine.leave(this.#ticket, this.#outcomeOf(error), seen, now);
    this.#to.failed(error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    this.#cancelled ??= { reason };
    this.#inner?.cancel(reason, force);
  }

  /** Who was told to end because it took too long has failed; for any other reason, it was not its fault. */
  #outcomeOf(error: unknown): CircuitOutcome {
    if (this.#cancelled === undefined) return this.#policy.outcomeOf(error);
    return this.#cancelled.reason instanceof TimedOutError ? 'failure' : 'ignored';
  }
}
