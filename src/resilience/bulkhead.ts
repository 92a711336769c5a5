import {
  BulkheadRejectedError,
  DeadlineExceededError,
  ExpiryList,
  isRefusal,
  ShuttingDownError,
  TimedOutError,
  type Expiring,
  type RefusalError,
} from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import {
  makeLimit,
  resolveBulkheadOptions,
  type BulkheadOptions,
  type ResolvedBulkheadOptions,
} from './bulkhead-options.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import { FastestCall } from './fastest-call.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import type { PolicyEventSource } from './policy-events.js';
import { Policy, type PolicyEnvironment, type Receiver, type Running, type Stage } from './policy.js';
import { PriorityCounts } from './priority-shares.js';

export interface BulkheadMetrics extends CallMetrics {
  /** How many run now. */
  readonly running: number;
  /** How many wait now. */
  readonly queued: number;
  /** How many may run at a time now. */
  readonly limit: number;
  /** How many calls it would have refused, had it not observed only. */
  readonly observedRefusals: number;
}

/** Limits how many calls run at a time. Throws a BootError for wrong options. */
export function bulkhead(options: BulkheadOptions = {}): BulkheadPolicy {
  return new BulkheadPolicy(options);
}

/**
 * Lets no more calls run at a time than its limit, so that a slow callee cannot take all that the process has. Others wait
 * in the order in which they came, or are refused with a {@link BulkheadRejectedError}; who cannot be served in time any
 * longer is dropped from the queue with a {@link DeadlineExceededError}.
 */
export class BulkheadPolicy extends Policy {
  readonly kind = 'bulkhead';
  readonly options: ResolvedBulkheadOptions;
  readonly counts = new PipelineMetrics();
  observedRefusals = 0;
  readonly #limit: ConcurrencyLimit;
  readonly #priorities: PriorityCounts | undefined;
  readonly #fastest = new FastestCall();
  #queue: ExpiryList<BulkheadRun> | undefined;
  #running = 0;
  #isServing = false;

  constructor(options: BulkheadOptions) {
    const resolved = resolveBulkheadOptions(options);
    super('bulkhead', options);
    this.options = resolved;
    this.#limit = makeLimit(resolved);
    const { priorities } = resolved;
    this.#priorities = Object.keys(priorities).length === 0 ? undefined : new PriorityCounts(priorities);
  }

  get metrics(): BulkheadMetrics {
    const running = this.#running;
    const limit = this.#limit.current;
    const { observedRefusals } = this;
    return { ...this.counts.snapshot(), running, queued: this.#queue?.size ?? 0, limit, observedRefusals };
  }

  override attach(environment: PolicyEnvironment, pipeline: string | undefined, events: PolicyEventSource): boolean {
    const fits = super.attach(environment, pipeline, events);
    this.#queue ??= new ExpiryList(this.environment.clock);
    return fits;
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    const queue = this.#queue as ExpiryList<BulkheadRun>;
    this.counts.calls++;
    const run = new BulkheadRun(this, attempt, to, next);
    if (queue.size === 0 && this.#admits(attempt)) return run.begin(now);
    if (this.#priorities !== undefined && this.#admits(attempt) && !this.#isAhead(attempt)) return run.begin(now);
    if (!this.enforces) return this.#observe(run, attempt, now);
    if (queue.size < this.options.maxQueue) {
      queue.add(run, now + this.options.queueTimeout, now);
      return run;
    }
    this.refuse(run, this.#full(), now);
    return undefined;
  }

  entered(attempt: Attempt): void {
    this.#running++;
    this.#priorities?.count(attempt.call.options.priority, 1);
  }

  /** `error` is undefined where the call succeeded. */
  left(attempt: Attempt, duration: number, error: { readonly reason: unknown } | undefined, now: number): void {
    if (error === undefined) this.#fastest.seen(duration);
    // How fast something fails says nothing of load; that it does not answer does.
    if (error === undefined || error.reason instanceof TimedOutError) {
      this.#limit.ended(duration, this.#running, error !== undefined, now);
    }
    this.#running--;
    this.#priorities?.count(attempt.call.options.priority, -1);
    this.#serve(now);
  }

  /** False where it does not wait. */
  unqueue(run: BulkheadRun): boolean {
    return this.#queue?.remove(run) === true;
  }

  /** Ends a call that has not begun. */
  refuse(run: BulkheadRun, error: RefusalError, now: number): void {
    this.counts.refused++;
    this.#tellRefusal(run.attempt, error);
    run.refused(error, now);
  }

  expired(run: BulkheadRun, now: number): void {
    const reason = `no place became free within ${this.options.queueTimeout} ms (${this.#running} run)`;
    this.refuse(run, new BulkheadRejectedError(this.name, 'queueTimeout', reason), now);
  }

  override shutDown(): void {
    for (const each of this.#queue?.toArray() ?? []) {
      if (!each.attempt.call.isShutDown || !this.unqueue(each)) continue;
      this.refuse(each, new ShuttingDownError(this.name), this.environment.clock.elapsed());
    }
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    return { ...this.options };
  }

  #admits(attempt: Attempt): boolean {
    const limit = this.#limit.current;
    if (this.#priorities === undefined) return this.#running < limit;
    return this.#priorities.admits(attempt.call.options.priority, this.#running, limit);
  }

  /** Whether somebody waits who has come before and has no less right to the place. */
  #isAhead(attempt: Attempt): boolean {
    const { priority } = attempt.call.options;
    for (let each = this.#queue?.first; each !== undefined; each = each.next) {
      if (each.attempt.call.options.priority === priority || this.#admits(each.attempt)) return true;
    }
    return false;
  }

  /** Begins who waits, as far as there is room. What ends at once comes back here, and finds it at work. */
  #serve(now: number): void {
    const queue = this.#queue;
    if (queue === undefined || queue.size === 0 || this.#isServing) return;
    this.#isServing = true;
    for (let each = this.#firstAdmitted(); each !== undefined; each = this.#firstAdmitted()) {
      queue.remove(each);
      if (now + this.#fastest.duration >= each.attempt.deadlineAt) {
        this.refuse(each, new DeadlineExceededError(this.name, 'a place became free too late for its deadline'), now);
      } else {
        each.begin(now);
      }
    }
    this.#isServing = false;
  }

  #firstAdmitted(): BulkheadRun | undefined {
    for (let each = this.#queue?.first; each !== undefined; each = each.next) {
      if (this.#admits(each.attempt)) return each;
      // Without shares nobody further back has more right than the first.
      if (this.#priorities === undefined) return undefined;
    }
    return undefined;
  }

  #observe(run: BulkheadRun, attempt: Attempt, now: number): Running | undefined {
    if (this.#running < this.#limit.current + this.options.maxQueue) return run.begin(now);
    this.observedRefusals++;
    this.#tellRefusal(attempt, this.#full());
    // Had it been refused, it would not have taken a place.
    return run.pass(now);
  }

  #full(): BulkheadRejectedError {
    const queued = this.#queue?.size ?? 0;
    const waiting = this.options.maxQueue === 0 ? '' : ` and ${queued} wait`;
    return new BulkheadRejectedError(this.name, 'full', `${this.#running} of ${this.#limit.current} run${waiting}`);
  }

  #tellRefusal({ call }: Attempt, error: RefusalError): void {
    const { name, enforces } = this;
    call.events.emit('refused', () => ({
      pipeline: call.pipeline,
      policy: name,
      code: error.code,
      retryAfter: error.retryAfter,
      observed: !enforces,
    }));
  }
}

class BulkheadRun implements Receiver, Running, Expiring<BulkheadRun> {
  readonly attempt: Attempt;
  expiresAt: number;
  previous: BulkheadRun | undefined;
  next: BulkheadRun | undefined;
  isLinked: boolean;
  readonly #policy: BulkheadPolicy;
  readonly #to: Receiver;
  readonly #stage: Stage;
  #startedAt: number;
  #inner: Running | undefined;

  constructor(policy: BulkheadPolicy, attempt: Attempt, to: Receiver, stage: Stage) {
    this.attempt = attempt;
    this.expiresAt = 0;
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.#policy = policy;
    this.#to = to;
    this.#stage = stage;
    this.#startedAt = 0;
    this.#inner = undefined;
  }

  begin(now: number): Running | undefined {
    this.#startedAt = now;
    this.#policy.entered(this.attempt);
    this.#inner = this.#stage.start(this.attempt, this, now);
    return this.#inner === undefined ? undefined : this;
  }

  /** Takes no place. */
  pass(now: number): Running | undefined {
    return this.#stage.start(this.attempt, this.#to, now);
  }

  succeeded(value: unknown, now: number): void {
    const duration = now - this.#startedAt;
    this.#policy.counts.succeeded(duration);
    this.#policy.left(this.attempt, duration, undefined, now);
    this.#to.succeeded(value, now);
  }

  failed(error: unknown, now: number): void {
    const duration = now - this.#startedAt;
    this.#policy.counts.failed(duration, isRefusal(error));
    this.#policy.left(this.attempt, duration, { reason: error }, now);
    this.#to.failed(error, now);
  }

  refused(error: unknown, now: number): void {
    this.#to.failed(error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    if (this.#policy.unqueue(this)) this.refused(reason, this.attempt.call.clock.elapsed());
    else this.#inner?.cancel(reason, force);
  }

  expire(now: number): void {
    this.#policy.expired(this, now);
  }
}
