import { isRefusal, LinkedList, reasonOf, type Linked, type Timer } from '../foundation/index.js';
import { Attempt } from './attempt.js';
import { backoffDelay } from './backoff.js';
import { FastestCall } from './fastest-call.js';
import { hasKey, makeKeyed, type KeyedPolicy, type KeyOptions } from './keyed-policy.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import { requirePolicyOptions } from './policy-options.js';
import { Policy, type Receiver, type Running, type Stage } from './policy.js';
import { retryAfterOf } from './retry-after.js';
import { budgetRules, describeBudget, RetryBudget, type RetryBudgetOptions } from './retry-budget.js';
import { resolveRetryOptions, retryRules, type ResolvedRetryOptions, type RetryOptions } from './retry-options.js';

export interface RetryMetrics extends CallMetrics {
  readonly retries: number;
  /** How many were not tried again since the budget was used up. */
  readonly budgetExhausted: number;
  /** How many more retries the budget allows now; undefined where there is none. */
  readonly budgetLeft: number | undefined;
  /** How many were not tried again since the time left could not suffice. */
  readonly outOfTime: number;
  /** How many it would have tried again, had it not observed only. */
  readonly observedRetries: number;
  /** How many wait for their next attempt. */
  readonly waiting: number;
}

/** Tries a call again that has failed. Throws a BootError for wrong options. */
export function retry(options: RetryOptions & KeyOptions): KeyedPolicy<RetryPolicy>;
export function retry(options?: RetryOptions): RetryPolicy;
export function retry(options: RetryOptions = {}): RetryPolicy | KeyedPolicy<RetryPolicy> {
  const make = (own: RetryOptions): RetryPolicy => new RetryPolicy(own);
  return hasKey(options) ? makeKeyed('retry', options, retryRules, make) : make(options);
}

/** A budget that several retry policies draw from. Throws a BootError for wrong options. */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  requirePolicyOptions('retryBudget', options, budgetRules);
  return new RetryBudget(options);
}

/** Tries a call again that has failed, as long as that can help and does not harm. */
export class RetryPolicy extends Policy {
  readonly kind = 'retry';
  options: ResolvedRetryOptions;
  readonly counts = new PipelineMetrics();
  readonly waiting = new LinkedList<RetryRun>();
  readonly fastest = new FastestCall();
  retries = 0;
  budgetExhausted = 0;
  outOfTime = 0;
  observedRetries = 0;

  constructor(options: RetryOptions) {
    requirePolicyOptions('retry', options, retryRules);
    super('retry', options);
    this.options = resolveRetryOptions(options);
  }

  get metrics(): RetryMetrics {
    const { retries, budgetExhausted, outOfTime, observedRetries, waiting } = this;
    return {
      ...this.counts.snapshot(),
      retries,
      budgetExhausted,
      budgetLeft: this.options.budget?.left(this.elapsed),
      outOfTime,
      observedRetries,
      waiting: waiting.size,
    };
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    this.counts.calls++;
    this.options.budget?.deposit(now);
    return new RetryRun(this, attempt, to, now, next).begin(now);
  }

  /** How long to wait before another attempt, where there is to be one. */
  delayFor(run: RetryRun, ended: Ended, now: number): number | undefined {
    const { maxAttempts, budget, maxRetryAfter, backoff } = this.options;
    if (run.attempts >= maxAttempts) return undefined;
    const { clock, random } = this.environment;
    const asked = retryAfterOf('error' in ended ? ended.error : ended.value, clock.now()) ?? 0;
    if (asked > maxRetryAfter) return undefined;
    const delay = Math.max(asked, backoffDelay(backoff, run.attempts, run.delay, random));
    if (now + delay + this.fastest.duration >= run.deadlineAt) {
      this.outOfTime++;
      return undefined;
    }
    if (budget?.withdraw(now) === false) {
      this.budgetExhausted++;
      return undefined;
    }
    return delay;
  }

  /** Whether another attempt could help at all, and does no harm. */
  mayRepeat({ call }: Attempt): boolean {
    return (call.options.idempotent !== false && !call.isFinal) || this.options.retryNonIdempotent;
  }

  isRetriedError(error: unknown): boolean {
    if (isRefusal(error) && !this.options.retryRefusals) return false;
    return this.options.retryOn.error(error);
  }

  override shutDown(): void {
    for (const each of this.waiting.toArray()) if (each.isDraining) each.giveUp();
  }

  override adopt(other: this): void {
    super.adopt(other);
    const { budget } = this.options;
    if (budget !== undefined) other.options.budget?.goOnFrom(budget);
    this.options = other.options;
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    const { budget, retryOn, ...options } = this.options;
    return {
      ...options,
      retryOn: retryOn.described,
      budget: describeBudget(budget),
    };
  }
}

/** How the last attempt ended. */
type Ended = { readonly error: unknown } | { readonly value: unknown };

class RetryRun implements Receiver, Running, Linked<RetryRun> {
  attempts: number;
  /** What was waited for the last time. */
  delay: number;
  readonly deadlineAt: number;
  previous: RetryRun | undefined;
  next: RetryRun | undefined;
  isLinked: boolean;
  readonly #policy: RetryPolicy;
  readonly #to: Receiver;
  readonly #stage: Stage;
  readonly #startedAt: number;
  readonly #enforces: boolean;
  #attempt: Attempt;
  #attemptStartedAt: number;
  #inner: Running | undefined;
  #isCancelled: boolean;
  #timer: Timer | undefined;
  #ended: Ended | undefined;

  constructor(policy: RetryPolicy, attempt: Attempt, to: Receiver, now: number, stage: Stage) {
    this.attempts = 1;
    this.delay = 0;
    this.deadlineAt = attempt.deadlineAt;
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.#policy = policy;
    this.#to = to;
    this.#stage = stage;
    this.#startedAt = now;
    this.#enforces = policy.enforces;
    this.#attempt = attempt;
    this.#attemptStartedAt = now;
    this.#inner = undefined;
    this.#isCancelled = false;
    this.#timer = undefined;
    this.#ended = undefined;
  }

  /** Undefined where all has ended at once. */
  begin(now: number): Running | undefined {
    this.#inner = this.#stage.start(this.#attempt, this, now);
    return this.#inner === undefined && this.#timer === undefined ? undefined : this;
  }

  succeeded(value: unknown, now: number): void {
    this.#inner = undefined;
    const policy = this.#policy;
    const { retryOn } = policy.options;
    if (retryOn.result?.(value) === true) {
      if (!this.#repeats({ value }, now)) this.#succeed(value, now);
      return;
    }
    policy.fastest.seen(now - this.#attemptStartedAt);
    this.#succeed(value, now);
  }

  failed(error: unknown, now: number): void {
    this.#inner = undefined;
    if (!this.#policy.isRetriedError(error) || !this.#repeats({ error }, now)) this.#fail(error, now);
  }

  get isDraining(): boolean {
    return this.#attempt.call.isDraining;
  }

  cancel(reason: unknown, force: boolean): void {
    this.#isCancelled = true;
    if (this.#stopWaiting()) this.#fail(reason, this.#attempt.call.clock.elapsed());
    else this.#inner?.cancel(reason, force);
  }

  /** Makes no further attempt: how the last one ended is the end. */
  giveUp(): void {
    if (!this.#stopWaiting() || this.#ended === undefined) return;
    const now = this.#attempt.call.clock.elapsed();
    if ('error' in this.#ended) this.#fail(this.#ended.error, now);
    else this.#succeed(this.#ended.value, now);
  }

  #repeats(ended: Ended, now: number): boolean {
    const policy = this.#policy;
    if (this.#isCancelled || this.isDraining || !policy.mayRepeat(this.#attempt)) return false;
    const delay = policy.delayFor(this, ended, now);
    if (delay === undefined) return false;
    if (this.#enforces) {
      policy.retries++;
      this.#ended = ended;
      this.#wait(delay);
    } else {
      policy.observedRetries++;
    }
    // At last: a listener may end what waits.
    this.#tell(ended, delay);
    return this.#enforces;
  }

  #tell(ended: Ended, delay: number): void {
    const { call } = this.#attempt;
    call.events.emit('retry', () => ({
      pipeline: call.pipeline,
      policy: this.#policy.name,
      attempt: this.attempts,
      delay,
      reason: 'error' in ended ? reasonOf(ended.error) : 'the result',
      observed: !this.#enforces,
    }));
  }

  #wait(delay: number): void {
    this.delay = delay;
    this.#policy.waiting.append(this);
    this.#timer = this.#attempt.call.clock.schedule(() => this.#again(), delay);
  }

  #again(): void {
    this.#stopWaiting();
    this.attempts++;
    const { call } = this.#attempt;
    const now = call.clock.elapsed();
    this.#attemptStartedAt = now;
    this.#attempt = new Attempt(call, ++call.attempts, this.deadlineAt);
    this.#inner = this.#stage.start(this.#attempt, this, now);
  }

  #stopWaiting(): boolean {
    this.#timer?.cancel();
    this.#timer = undefined;
    return this.#policy.waiting.remove(this);
  }

  #succeed(value: unknown, now: number): void {
    this.#policy.counts.succeeded(now - this.#startedAt);
    this.#to.succeeded(value, now);
  }

  #fail(error: unknown, now: number): void {
    this.#policy.counts.failed(now - this.#startedAt, isRefusal(error));
    this.#to.failed(error, now);
  }
}
