import {
  customOption,
  DeadlineExceededError,
  durationOption,
  integerOption,
  isRefusal,
  isThenable,
  LinkedList,
  oneOfOption,
  RateLimitedError,
  ShuttingDownError,
  type Clock,
  type Linked,
  type OptionRules,
  type RefusalError,
  type Timer,
} from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import { MemoryRateLimitStore } from './memory-rate-limit-store.js';
import { hasKey, makeKeyed, type KeyedPolicy, type KeyOptions } from './keyed-policy.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import { requirePolicyOptions, type PolicyOptions } from './policy-options.js';
import { Policy, type Receiver, type Running, type Stage } from './policy.js';
import {
  RateLimitStore,
  type RateLimitAlgorithm,
  type RateLimitDecision,
  type RateLimitRule,
} from './rate-limit-store.js';

/** How many calls there may be in what time. Durations in milliseconds. */
export interface RateLimitOptions extends PolicyOptions {
  /** Calls per `window`. 1 to 100_000. @default 100 */
  readonly limit?: number;
  /** 1 or more. @default 1_000 */
  readonly window?: number;
  /** @default 'token-bucket' */
  readonly algorithm?: RateLimitAlgorithm;
  /** How many a token bucket lets pass at once after a quiet time. 1 or more. @default `limit` */
  readonly burst?: number;
  /** Who could begin after such a wait waits; others are refused. @default `window` for a leaky bucket, else 0 */
  readonly maxWait?: number;
  /** Where calls are counted, under the policy's name. @default in this process, for this policy alone */
  readonly store?: RateLimitStore;
  /** How long the store may take to answer; then it has failed. 1 or more. @default 250 */
  readonly storeTimeout?: number;
  /** What happens to calls while the store fails. @default 'allow' */
  readonly onStoreFailure?: 'allow' | 'refuse';
}

export interface RateLimitMetrics extends CallMetrics {
  /** How many had to wait for their turn. */
  readonly delayed: number;
  /** How often the store failed, or did not answer in time. */
  readonly storeFailures: number;
  /** How many calls it would have refused, had it not observed only. */
  readonly observedRefusals: number;
}

interface ResolvedRateLimitOptions extends RateLimitRule {
  readonly store: RateLimitStore;
  readonly storeTimeout: number;
  readonly onStoreFailure: 'allow' | 'refuse';
}

export const rateLimitRules: OptionRules = {
  limit: integerOption(1, 100_000),
  window: durationOption(1),
  algorithm: oneOfOption('token-bucket', 'leaky-bucket', 'sliding-window'),
  burst: integerOption(1),
  maxWait: durationOption(),
  store: customOption('a RateLimitStore', (value) => typeof (value as RateLimitStore | null)?.take === 'function'),
  storeTimeout: durationOption(1),
  onStoreFailure: oneOfOption('allow', 'refuse'),
};

/** Limits how many calls there are in a given time. Throws a BootError for wrong options. */
export function rateLimit(options: RateLimitOptions & KeyOptions): KeyedPolicy<RateLimitPolicy>;
export function rateLimit(options?: RateLimitOptions): RateLimitPolicy;
export function rateLimit(options: RateLimitOptions = {}): RateLimitPolicy | KeyedPolicy<RateLimitPolicy> {
  const make = (own: RateLimitOptions): RateLimitPolicy => new RateLimitPolicy(own);
  return hasKey(options) ? makeKeyed('rateLimit', options, rateLimitRules, make) : make(options);
}

/** Refuses calls with a {@link RateLimitedError}, or lets them wait, where there are too many in a given time. */
export class RateLimitPolicy extends Policy {
  readonly kind = 'rateLimit';
  options: ResolvedRateLimitOptions;
  /** Whether it counts for itself alone, in a store that nobody has given. */
  #countsAlone: boolean;
  /** Its durations are those of waiting. */
  readonly counts = new PipelineMetrics();
  readonly waiting = new LinkedList<RateLimitRun>();
  delayed = 0;
  storeFailures = 0;
  observedRefusals = 0;

  constructor(options: RateLimitOptions) {
    requirePolicyOptions('rateLimit', options, rateLimitRules);
    super('rateLimit', options);
    this.#countsAlone = options.store === undefined;
    const { limit = 100, window = 1_000, algorithm = 'token-bucket' } = options;
    this.options = {
      limit,
      window,
      algorithm,
      burst: options.burst ?? limit,
      maxWait: options.maxWait ?? (algorithm === 'leaky-bucket' ? window : 0),
      store: options.store ?? new MemoryRateLimitStore(),
      storeTimeout: options.storeTimeout ?? 250,
      onStoreFailure: options.onStoreFailure ?? 'allow',
    };
  }

  /** `latency` is how long those that were let through had waited. */
  get metrics(): RateLimitMetrics {
    const { delayed, storeFailures, observedRefusals } = this;
    return { ...this.counts.snapshot(), delayed, storeFailures, observedRefusals };
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    this.counts.calls++;
    const decision = this.#ask(attempt, now);
    const isImmediate = !isThenable(decision) && decision.allowed && decision.delay === 0;
    if (isImmediate || !this.enforces) {
      if (!isImmediate) this.#observe(decision, attempt, now);
      this.counts.succeeded(0);
      return next.start(attempt, to, now);
    }
    const run = new RateLimitRun(this, attempt, to, now, next);
    return isThenable(decision) ? run.await(decision) : run.follow(decision, now);
  }

  /** Why a call may not begin of which the store has decided. */
  refusalOf({ allowed, delay }: RateLimitDecision, { deadlineAt }: Attempt, now: number): RefusalError | undefined {
    const { limit, window, maxWait } = this.options;
    const isInTime = delay === 0 || now + delay < deadlineAt;
    if (allowed && isInTime) return undefined;
    if (isInTime || delay > maxWait) return new RateLimitedError(this.name, limit, window, delay);
    return new DeadlineExceededError(this.name, 'its turn comes after its deadline');
  }

  /** Calls `decide` once: with what the store says, or where it fails or is late, with what is decided in its place. */
  hearStore(
    decision: PromiseLike<RateLimitDecision>,
    clock: Clock,
    decide: (decided: RateLimitDecision) => void,
  ): Waiting {
    let isDecided = false;
    const once = (heard: unknown): void => {
      if (isDecided) return;
      isDecided = true;
      timer.cancel();
      decide(isDecision(heard) ? heard : this.#storeFailed());
    };
    const timer = clock.schedule(() => once(undefined), this.options.storeTimeout);
    // By a promise of Node's own, which calls back once and later, whatever the store's does.
    void Promise.resolve(decision).then(once, () => once(undefined));
    const cancel = (): void => {
      isDecided = true;
      timer.cancel();
    };
    return { cancel };
  }

  override shutDown(): void {
    for (const each of this.waiting.toArray()) {
      if (each.isDraining) each.giveUp();
    }
  }

  /** What was counted by this policy alone goes on: a change must not let a limit pass twice. */
  override adopt(other: this): void {
    super.adopt(other);
    const goesOn = this.#countsAlone && other.#countsAlone;
    this.options = goesOn ? { ...other.options, store: this.options.store } : other.options;
    this.#countsAlone = other.#countsAlone;
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    const { store, ...options } = this.options;
    return { ...options, store: store.constructor.name };
  }

  #ask({ deadlineAt }: Attempt, now: number): RateLimitDecision | PromiseLike<RateLimitDecision> {
    const { options } = this;
    // Nobody takes a turn that comes after his deadline, and another one can have it.
    const left = Math.max(0, deadlineAt - now);
    const rule = left < options.maxWait ? { ...options, maxWait: left } : options;
    try {
      const decision = options.store.take(this.name, rule, now);
      if (isThenable(decision) || isDecision(decision)) return decision;
    } catch {
      // The same as a wrong answer.
    }
    return this.#storeFailed();
  }

  /** What is decided in place of the store. */
  #storeFailed(): RateLimitDecision {
    this.storeFailures++;
    return { allowed: this.options.onStoreFailure === 'allow', delay: 0 };
  }

  /** The call goes on meanwhile. */
  #observe(decision: RateLimitDecision | PromiseLike<RateLimitDecision>, attempt: Attempt, now: number): void {
    const note = (decided: RateLimitDecision): void => {
      const refusal = this.refusalOf(decided, attempt, now);
      if (refusal === undefined) return;
      this.observedRefusals++;
      attempt.call.events.refused(this.name, refusal, true);
    };
    if (isThenable(decision)) this.hearStore(decision, attempt.call.clock, note);
    else note(decision);
  }
}

/** Stores are written by others: what is no decision is a failure, and none by chance. */
function isDecision(given: unknown): given is RateLimitDecision {
  if (typeof given !== 'object' || given === null) return false;
  const { allowed, delay } = given as Partial<Record<keyof RateLimitDecision, unknown>>;
  return typeof allowed === 'boolean' && Number.isFinite(delay) && (delay as number) >= 0;
}

type Waiting = Pick<Timer, 'cancel'>;

/** A call that is not let through at once. */
class RateLimitRun implements Running, Linked<RateLimitRun> {
  previous: RateLimitRun | undefined;
  next: RateLimitRun | undefined;
  isLinked: boolean;
  readonly #policy: RateLimitPolicy;
  readonly #attempt: Attempt;
  readonly #to: Receiver;
  readonly #stage: Stage;
  readonly #startedAt: number;
  #timer: Waiting | undefined;
  #inner: Running | undefined;

  constructor(policy: RateLimitPolicy, attempt: Attempt, to: Receiver, now: number, stage: Stage) {
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.#policy = policy;
    this.#attempt = attempt;
    this.#to = to;
    this.#stage = stage;
    this.#startedAt = now;
    this.#timer = undefined;
    this.#inner = undefined;
  }

  /** Waits for the store, so long as it may take. */
  await(decision: PromiseLike<RateLimitDecision>): Running {
    const policy = this.#policy;
    policy.waiting.append(this);
    this.#timer = policy.hearStore(decision, this.#attempt.call.clock, (decided) => {
      this.#stopWaiting();
      this.follow(decided, this.#now);
    });
    return this;
  }

  follow(decision: RateLimitDecision, now: number): Running | undefined {
    const policy = this.#policy;
    const refusal = policy.refusalOf(decision, this.#attempt, now);
    if (refusal !== undefined) return this.#refuse(refusal, now);
    if (decision.delay === 0) return this.#pass(now);
    if (this.isDraining) return this.#refuse(new ShuttingDownError(policy.name), now);
    policy.delayed++;
    policy.waiting.append(this);
    this.#timer = this.#attempt.call.clock.schedule(() => {
      this.#stopWaiting();
      this.#pass(this.#now);
    }, decision.delay);
    return this;
  }

  get isDraining(): boolean {
    return this.#attempt.call.isDraining;
  }

  cancel(reason: unknown, force = false): void {
    if (!this.#stopWaiting()) {
      this.#inner?.cancel(reason, force);
      return;
    }
    this.#policy.counts.neverBegun(isRefusal(reason));
    this.#to.failed(reason, this.#now);
  }

  /** Its pipeline is being shut down. */
  giveUp(): void {
    if (this.#stopWaiting()) this.#refuse(new ShuttingDownError(this.#policy.name), this.#now);
  }

  #refuse(refusal: RefusalError, now: number): undefined {
    const policy = this.#policy;
    policy.counts.refused++;
    this.#attempt.call.events.refused(policy.name, refusal, false);
    this.#to.failed(refusal, now);
  }

  #pass(now: number): Running | undefined {
    this.#policy.counts.succeeded(now - this.#startedAt);
    this.#inner = this.#stage.start(this.#attempt, this.#to, now);
    return this.#inner === undefined ? undefined : this;
  }

  #stopWaiting(): boolean {
    this.#timer?.cancel();
    this.#timer = undefined;
    return this.#policy.waiting.remove(this);
  }

  get #now(): number {
    return this.#attempt.call.clock.elapsed();
  }
}
