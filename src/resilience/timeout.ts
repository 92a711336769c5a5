import {
  durationOption,
  ExpiryList,
  isRefusal,
  TimedOutError,
  type Expiring,
  type OptionRules,
  type Timer,
} from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import type { PolicyEventSource } from './policy-events.js';
import { requirePolicyOptions, type PolicyOptions } from './policy-options.js';
import { Policy, type PolicyEnvironment, type Receiver, type Running, type Stage } from './policy.js';

/** How long a call may take. Milliseconds. */
export interface TimeoutOptions extends PolicyOptions {
  /** From its begin; waiting in front of the policy does not count. 1 or more. @default 10_000, for each attempt 2_000 */
  readonly timeout?: number;
  /**
   * How long a call that has asked for its signal may take to end after the signal has aborted; then nobody waits for it
   * any longer. 0 abandons every call at once; one that has not asked for its signal always is. What an abandoned call
   * gives is ignored, but it may go on. @default 500
   */
  readonly abortGrace?: number;
}

export interface TimeoutMetrics extends CallMetrics {
  /** How many were given up. */
  readonly timeouts: number;
  /** How many of those did not end by themselves in time, or had not asked for their signal and could not. */
  readonly abandoned: number;
  /** How many it would have given up, had it not observed only. */
  readonly observedTimeouts: number;
}

export const timeoutRules: OptionRules = { timeout: durationOption(1), abortGrace: durationOption() };

/** Limits how long the whole call takes, retries and waiting for them included. Throws a BootError for wrong options. */
export function timeout(options: TimeoutOptions = {}): TimeoutPolicy {
  return new TimeoutPolicy('timeout', options, 10_000);
}

/** Limits how long each attempt takes. Throws a BootError for wrong options. */
export function attemptTimeout(options: TimeoutOptions = {}): TimeoutPolicy {
  return new TimeoutPolicy('attemptTimeout', options, 2_000);
}

/** Ends a call with a {@link TimedOutError} that takes too long: first it aborts its signal, then it waits no longer. */
export class TimeoutPolicy extends Policy {
  readonly kind: 'timeout' | 'attemptTimeout';
  options: Required<Pick<TimeoutOptions, 'timeout' | 'abortGrace'>>;
  readonly counts = new PipelineMetrics();
  timeouts = 0;
  abandoned = 0;
  observedTimeouts = 0;
  #running: ExpiryList<TimeoutRun> | undefined;

  constructor(kind: 'timeout' | 'attemptTimeout', options: TimeoutOptions, defaultTimeout: number) {
    requirePolicyOptions(kind, options, timeoutRules);
    super(kind, options);
    this.kind = kind;
    this.options = { timeout: options.timeout ?? defaultTimeout, abortGrace: options.abortGrace ?? 500 };
  }

  get metrics(): TimeoutMetrics {
    const { timeouts, abandoned, observedTimeouts } = this;
    return { ...this.counts.snapshot(), timeouts, abandoned, observedTimeouts };
  }

  override attach(environment: PolicyEnvironment, pipeline: string | undefined, events: PolicyEventSource): boolean {
    const fits = super.attach(environment, pipeline, events);
    this.#running ??= new ExpiryList(this.environment.clock);
    return fits;
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    const running = this.#running as ExpiryList<TimeoutRun>;
    const run = new TimeoutRun(this, running, attempt, to, now);
    const expiresAt = now + this.options.timeout;
    this.counts.calls++;
    running.add(run, expiresAt, now);
    if (this.enforces && expiresAt < attempt.deadlineAt) attempt.deadlineAt = expiresAt;
    return run.begin(next, now);
  }

  override adopt(other: this): void {
    super.adopt(other);
    this.options = other.options;
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    return this.options;
  }
}

/** What a call makes of the reason of its signal has that as its cause: who follows causes must come to an end. */
function isCausedBy(error: unknown, reason: TimedOutError): boolean {
  let each = error;
  try {
    for (let depth = 0; depth < 10 && each instanceof Error; depth++) {
      if (each === reason) return true;
      each = each.cause;
    }
  } catch {
    // It fails by being looked at, and would do so again.
    return true;
  }
  return false;
}

class TimeoutRun implements Receiver, Running, Expiring<TimeoutRun> {
  expiresAt: number;
  previous: TimeoutRun | undefined;
  next: TimeoutRun | undefined;
  isLinked: boolean;
  readonly #policy: TimeoutPolicy;
  readonly #running: ExpiryList<TimeoutRun>;
  readonly #attempt: Attempt;
  readonly #to: Receiver;
  readonly #startedAt: number;
  readonly #enforces: boolean;
  #inner: Running | undefined;
  #timedOut: TimedOutError | undefined;
  #grace: Timer | undefined;

  constructor(
    policy: TimeoutPolicy,
    running: ExpiryList<TimeoutRun>,
    attempt: Attempt,
    to: Receiver,
    startedAt: number,
  ) {
    this.expiresAt = 0;
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.#policy = policy;
    this.#running = running;
    this.#attempt = attempt;
    this.#to = to;
    this.#startedAt = startedAt;
    this.#enforces = policy.enforces;
    this.#inner = undefined;
    this.#timedOut = undefined;
    this.#grace = undefined;
  }

  begin(next: Stage, now: number): Running | undefined {
    this.#inner = next.start(this.#attempt, this, now);
    return this.#inner === undefined ? undefined : this;
  }

  succeeded(value: unknown, now: number): void {
    this.#end();
    this.#policy.counts.succeeded(now - this.#startedAt);
    this.#to.succeeded(value, now);
  }

  failed(error: unknown, now: number): void {
    this.#end();
    const timedOut = this.#timedOut;
    this.#policy.counts.failed(now - this.#startedAt, timedOut === undefined && isRefusal(error));
    if (timedOut !== undefined && !isCausedBy(error, timedOut)) timedOut.cause = error;
    this.#to.failed(timedOut ?? error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    this.#inner?.cancel(reason, force);
  }

  expire(): void {
    const policy = this.#policy;
    const { timeout, abortGrace } = policy.options;
    const { call } = this.#attempt;
    const { name } = policy;
    const observed = !this.#enforces;
    call.events.emit('timeout', () => ({ pipeline: call.pipeline, policy: name, timeout, observed }));
    if (observed) {
      policy.observedTimeouts++;
      return;
    }
    policy.timeouts++;
    this.#timedOut = new TimedOutError(name, timeout);
    this.#cancel(this.#timedOut, abortGrace === 0);
    if (this.#inner !== undefined)
      this.#grace = call.clock.schedule(() => this.#cancel(this.#timedOut, true), abortGrace);
  }

  #cancel(reason: unknown, force: boolean): void {
    const { call } = this.#attempt;
    const before = call.abandoned;
    this.#inner?.cancel(reason, force);
    if (call.abandoned > before) this.#policy.abandoned++;
  }

  #end(): void {
    this.#running.remove(this);
    this.#inner = undefined;
    this.#grace?.cancel();
  }
}
