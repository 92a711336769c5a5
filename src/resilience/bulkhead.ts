import {
  BulkheadRejectedError,
  DeadlineExceededError,
  ExpiryList,
  isRefusal,
  ShuttingDownError,
  type Expiring,
  type RefusalError,
} from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import {
  bulkheadRules,
  makeLimit,
  resolveBulkheadOptions,
  type BulkheadOptions,
  type ResolvedBulkheadOptions,
} from './bulkhead-options.js';
import { FastestCall } from './fastest-call.js';
import { ObservedBulkhead, type ObservedBulkheadHost, type ObservedRefusal } from './observed-bulkhead.js';
import { hasKey, makeKeyed, type KeyedPolicy, type KeyOptions } from './keyed-policy.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import { Places, type Guest, type Stay } from './places.js';
import type { PolicyEventSource } from './policy-events.js';
import { Policy, type PolicyEnvironment, type Receiver, type Running, type Stage } from './policy.js';

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
export function bulkhead(options: BulkheadOptions & KeyOptions): KeyedPolicy<BulkheadPolicy>;
export function bulkhead(options?: BulkheadOptions): BulkheadPolicy;
export function bulkhead(options: BulkheadOptions = {}): BulkheadPolicy | KeyedPolicy<BulkheadPolicy> {
  const make = (own: BulkheadOptions): BulkheadPolicy => new BulkheadPolicy(own);
  return hasKey(options) ? makeKeyed('bulkhead', options, bulkheadRules, make) : make(options);
}

/**
 * Lets no more calls run at a time than its limit, so that a slow callee cannot take all that the process has. Others wait
 * in the order in which they came, or are refused with a {@link BulkheadRejectedError}; who cannot be served in time any
 * longer is dropped from the queue with a {@link DeadlineExceededError}.
 */
export class BulkheadPolicy extends Policy {
  readonly kind = 'bulkhead';
  options: ResolvedBulkheadOptions;
  readonly counts = new PipelineMetrics();
  observedRefusals = 0;
  readonly #places: Places;
  readonly #observedPlaces: Places;
  readonly #observed: ObservedBulkhead;
  #queue: ExpiryList<BulkheadRun> | undefined;
  #isServing = false;

  constructor(options: BulkheadOptions) {
    const resolved = resolveBulkheadOptions(options);
    super('bulkhead', options);
    this.options = resolved;
    const limit = makeLimit(resolved);
    const fastest = new FastestCall();
    this.#places = new Places(limit, fastest, resolved.priorities);
    // Both learn from what they see, so that who begins to enforce has learned already.
    this.#observedPlaces = new Places(limit, fastest, resolved.priorities);
    this.#observed = new ObservedBulkhead(this.#hostOf(this.#observedPlaces));
  }

  get metrics(): BulkheadMetrics {
    const { running, limit } = this.#places;
    if (this.#queue !== undefined) this.#observed.catchUp(this.environment.clock.elapsed());
    const { observedRefusals } = this;
    return { ...this.counts.snapshot(), running, queued: this.#queue?.size ?? 0, limit, observedRefusals };
  }

  override attach(environment: PolicyEnvironment, pipeline: string | undefined, events: PolicyEventSource): boolean {
    const fits = super.attach(environment, pipeline, events);
    this.#queue ??= new ExpiryList(this.environment.clock);
    return fits;
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    this.counts.calls++;
    if (!this.enforces) return this.#observed.start(attempt, to, now, next);
    const queue = this.#queue as ExpiryList<BulkheadRun>;
    const run = new BulkheadRun(this, attempt, to, next);
    if (this.#places.areOpenTo(run, queue)) return run.begin(now);
    if (attempt.call.isDraining && this.options.maxQueue > 0) {
      this.refuse(run, new ShuttingDownError(this.name), now);
      return undefined;
    }
    if (queue.size < this.options.maxQueue) {
      queue.add(run, now + this.options.queueTimeout, now);
      return run;
    }
    this.refuse(run, this.#full(), now);
    return undefined;
  }

  entered(guest: Guest): void {
    this.#places.take(guest);
  }

  left(guest: Guest, stay: Stay, now: number): void {
    this.#places.learn(stay, now);
    this.#places.free(guest);
    this.#serve(now);
  }

  /** False where it does not wait. */
  unqueue(run: BulkheadRun): boolean {
    return this.#queue?.remove(run) === true;
  }

  /** Ends a call that has not begun. */
  refuse(run: BulkheadRun, error: RefusalError, now: number): void {
    this.counts.refused++;
    run.attempt.call.events.refused(this.name, error, false);
    run.refused(error, now);
  }

  expired(run: BulkheadRun, now: number): void {
    this.refuse(run, this.#queueTimedOut(), now);
  }

  override shutDown(): void {
    for (const each of this.#queue?.toArray() ?? []) {
      if (!each.attempt.call.isDraining || !this.unqueue(each)) continue;
      this.refuse(each, new ShuttingDownError(this.name), this.environment.clock.elapsed());
    }
  }

  /** A limit that finds itself goes on from where it is. */
  override adopt(other: this): void {
    super.adopt(other);
    this.options = other.options;
    const limit = makeLimit(other.options, this.#places.limit);
    for (const places of [this.#places, this.#observedPlaces]) places.change(limit, other.options.priorities);
    if (this.#queue !== undefined) this.#serve(this.environment.clock.elapsed());
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    return { ...this.options };
  }

  /** Begins who waits, as far as there is room. What ends at once comes back here, and finds it at work. */
  #serve(now: number): void {
    const queue = this.#queue;
    if (queue === undefined || queue.size === 0 || this.#isServing) return;
    this.#isServing = true;
    for (let each = this.#places.next(queue); each !== undefined; each = this.#places.next(queue)) {
      queue.remove(each);
      if (this.#places.suffices(each.attempt.deadlineAt, now)) each.begin(now);
      else this.refuse(each, this.#tooLate(), now);
    }
    this.#isServing = false;
  }

  #hostOf(places: Places): ObservedBulkheadHost {
    return {
      places,
      queue: () => this.options,
      onBegin: (guest) => this.#places.take(guest),
      onEnd: (guest, { duration, error }) => {
        if (error === undefined) this.counts.succeeded(duration);
        else this.counts.failed(duration, isRefusal(error.reason));
        this.#places.free(guest);
        this.#serve(this.environment.clock.elapsed());
      },
      onRefused: (attempt, refusal) => {
        this.observedRefusals++;
        attempt.call.events.refused(this.name, this.#errorOf(refusal), true);
      },
    };
  }

  #errorOf(refusal: ObservedRefusal): RefusalError {
    switch (refusal) {
      case 'full':
        return this.#full();
      case 'queueTimeout':
        return this.#queueTimedOut();
      case 'deadline':
        return this.#tooLate();
    }
  }

  #full(): BulkheadRejectedError {
    const { running, limit } = this.#places;
    const queued = this.#queue?.size ?? 0;
    const waiting = this.options.maxQueue === 0 ? '' : ` and ${queued} wait`;
    return new BulkheadRejectedError(this.name, 'full', `${running} of ${limit} run${waiting}`);
  }

  #queueTimedOut(): BulkheadRejectedError {
    const reason = `no place became free within ${this.options.queueTimeout} ms (${this.#places.running} run)`;
    return new BulkheadRejectedError(this.name, 'queueTimeout', reason);
  }

  #tooLate(): DeadlineExceededError {
    return new DeadlineExceededError(this.name, 'a place became free too late for its deadline');
  }
}

class BulkheadRun implements Receiver, Running, Guest, Expiring<BulkheadRun> {
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

  get priority(): string | undefined {
    return this.attempt.call.options.priority;
  }

  begin(now: number): Running | undefined {
    this.#startedAt = now;
    this.#policy.entered(this);
    this.#inner = this.#stage.start(this.attempt, this, now);
    return this.#inner === undefined ? undefined : this;
  }

  succeeded(value: unknown, now: number): void {
    const duration = now - this.#startedAt;
    this.#policy.counts.succeeded(duration);
    this.#policy.left(this, { duration, error: undefined }, now);
    this.#to.succeeded(value, now);
  }

  failed(error: unknown, now: number): void {
    const duration = now - this.#startedAt;
    this.#policy.counts.failed(duration, isRefusal(error));
    this.#policy.left(this, { duration, error: { reason: error } }, now);
    this.#to.failed(error, now);
  }

  refused(error: unknown, now: number): void {
    this.#to.failed(error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    if (!this.#policy.unqueue(this)) {
      this.#inner?.cancel(reason, force);
      return;
    }
    this.#policy.counts.neverBegun(isRefusal(reason));
    this.refused(reason, this.attempt.call.clock.elapsed());
  }

  expire(now: number): void {
    this.#policy.expired(this, now);
  }
}
