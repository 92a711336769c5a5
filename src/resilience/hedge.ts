import {
  booleanOption,
  durationOption,
  ExpiryList,
  integerOption,
  isRefusal,
  type Expiring,
  type OptionRules,
} from '../foundation/index.js';
import { Attempt } from './attempt.js';
import { CountingReceiver } from './counting-receiver.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import type { PolicyEventSource } from './policy-events.js';
import { requirePolicyOptions, type PolicyOptions } from './policy-options.js';
import { Policy, type PolicyEnvironment, type Receiver, type Running, type Stage } from './policy.js';
import { budgetOption, describeBudget, resolveBudget, type BudgetOption, type RetryBudget } from './retry-budget.js';

/** When further attempts are begun beside one that is slow. */
export interface HedgeOptions extends PolicyOptions {
  /** How long to wait for an attempt before another is begun: about what 95 % of calls take. Milliseconds, 1 or more. @default 100 */
  readonly delay?: number;
  /** The first included. 2 to 10. @default 2 */
  readonly maxAttempts?: number;
  /** How many further attempts all calls together may begin; `false` for no such limit. @default { ratio: 0.2, minRetries: 10 } */
  readonly budget?: BudgetOption;
  /** Whether calls that say `idempotent: false` are hedged too. @default false */
  readonly hedgeNonIdempotent?: boolean;
}

export interface HedgeMetrics extends CallMetrics {
  /** How many further attempts were begun. */
  readonly hedges: number;
  /** How many of these gave the result. */
  readonly wins: number;
  /** How many would have been begun, had it not observed only. */
  readonly observedHedges: number;
}

export const hedgeRules: OptionRules = {
  delay: durationOption(1),
  maxAttempts: integerOption(2, 10),
  budget: budgetOption,
  hedgeNonIdempotent: booleanOption,
};

interface ResolvedHedgeOptions {
  readonly delay: number;
  readonly maxAttempts: number;
  readonly budget: RetryBudget | undefined;
  readonly hedgeNonIdempotent: boolean;
}

/** Begins another attempt beside one that is slow. Throws a BootError for wrong options. */
export function hedge(options: HedgeOptions = {}): HedgePolicy {
  return new HedgePolicy(options);
}

/**
 * Begins another attempt where one takes long, and gives what comes first; the others are aborted. A failure is given
 * only when no attempt is left that could still succeed; to try again after one is what `retry` does.
 */
export class HedgePolicy extends Policy {
  readonly kind = 'hedge';
  options: ResolvedHedgeOptions;
  readonly counts = new PipelineMetrics();
  hedges = 0;
  wins = 0;
  observedHedges = 0;
  #slow: ExpiryList<HedgeRun> | undefined;

  constructor(options: HedgeOptions) {
    requirePolicyOptions('hedge', options, hedgeRules);
    super('hedge', options);
    this.options = {
      delay: options.delay ?? 100,
      maxAttempts: options.maxAttempts ?? 2,
      budget: resolveBudget(options.budget),
      hedgeNonIdempotent: options.hedgeNonIdempotent ?? false,
    };
  }

  get metrics(): HedgeMetrics {
    const { hedges, wins, observedHedges } = this;
    return { ...this.counts.snapshot(), hedges, wins, observedHedges };
  }

  override attach(environment: PolicyEnvironment, pipeline: string | undefined, events: PolicyEventSource): boolean {
    const fits = super.attach(environment, pipeline, events);
    this.#slow ??= new ExpiryList(this.environment.clock);
    return fits;
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    this.counts.calls++;
    this.options.budget?.deposit(now);
    if (attempt.call.options.idempotent === false && !this.options.hedgeNonIdempotent) {
      return next.start(attempt, new CountingReceiver(this.counts, to, now), now);
    }
    return new HedgeRun(this, this.#slow as ExpiryList<HedgeRun>, attempt, to, now, next).begin(now);
  }

  override adopt(other: this): void {
    super.adopt(other);
    const { budget } = this.options;
    if (budget !== undefined) other.options.budget?.goOnFrom(budget);
    this.options = other.options;
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    const { budget, ...options } = this.options;
    return {
      ...options,
      budget: describeBudget(budget),
    };
  }
}

class HedgeRun implements Running, Expiring<HedgeRun> {
  expiresAt: number;
  previous: HedgeRun | undefined;
  next: HedgeRun | undefined;
  isLinked: boolean;
  readonly #policy: HedgePolicy;
  readonly #slow: ExpiryList<HedgeRun>;
  readonly #attempt: Attempt;
  readonly #deadlineAt: number;
  readonly #to: Receiver;
  readonly #stage: Stage;
  readonly #startedAt: number;
  readonly #enforces: boolean;
  readonly #branches = new Set<Branch>();
  #begun = 0;
  #hasEnded = false;

  constructor(
    policy: HedgePolicy,
    slow: ExpiryList<HedgeRun>,
    attempt: Attempt,
    to: Receiver,
    now: number,
    stage: Stage,
  ) {
    this.expiresAt = 0;
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.#policy = policy;
    this.#slow = slow;
    this.#attempt = attempt;
    this.#deadlineAt = attempt.deadlineAt;
    this.#to = to;
    this.#stage = stage;
    this.#startedAt = now;
    this.#enforces = policy.enforces;
  }

  begin(now: number): Running | undefined {
    this.#branch(this.#attempt, now);
    return this.#hasEnded ? undefined : this;
  }

  expire(now: number): void {
    const policy = this.#policy;
    const { budget, hedgeNonIdempotent } = policy.options;
    if ((this.#attempt.call.isFinal && !hedgeNonIdempotent) || budget?.withdraw(now) === false) return;
    if (!this.#enforces) {
      policy.observedHedges++;
      this.#begun++;
      this.#expectNext(now);
      return;
    }
    policy.hedges++;
    const { call } = this.#attempt;
    this.#branch(new Attempt(call, ++call.attempts, this.#deadlineAt), now);
  }

  succeeded(branch: Branch, value: unknown, now: number): void {
    this.#branches.delete(branch);
    if (this.#hasEnded) return;
    this.#end();
    this.#policy.counts.succeeded(now - this.#startedAt);
    if (branch.number > 1) this.#policy.wins++;
    this.#abortOthers();
    this.#to.succeeded(value, now);
  }

  failed(branch: Branch, error: unknown, now: number): void {
    this.#branches.delete(branch);
    if (this.#hasEnded || this.#branches.size > 0) return;
    this.#end();
    this.#policy.counts.failed(now - this.#startedAt, isRefusal(error));
    this.#to.failed(error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    this.#slow.remove(this);
    for (const branch of Array.from(this.#branches)) branch.cancel(reason, force);
  }

  #branch(attempt: Attempt, now: number): void {
    const branch = new Branch(this, ++this.#begun);
    this.#branches.add(branch);
    branch.begin(this.#stage, attempt, now);
    if (!this.#hasEnded) this.#expectNext(now);
  }

  #expectNext(now: number): void {
    const { delay, maxAttempts } = this.#policy.options;
    if (this.#begun < maxAttempts) this.#slow.add(this, now + delay, now);
  }

  #abortOthers(): void {
    if (this.#branches.size === 0) return;
    const reason = new DOMException('Another attempt was faster.', 'AbortError');
    for (const branch of Array.from(this.#branches)) branch.cancel(reason, true);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#slow.remove(this);
  }
}

/** One attempt of several that run beside each other. */
class Branch implements Receiver, Running {
  readonly number: number;
  readonly #hedge: HedgeRun;
  #inner: Running | undefined;

  constructor(run: HedgeRun, number: number) {
    this.number = number;
    this.#hedge = run;
    this.#inner = undefined;
  }

  begin(stage: Stage, attempt: Attempt, now: number): void {
    this.#inner = stage.start(attempt, this, now);
  }

  succeeded(value: unknown, now: number): void {
    this.#hedge.succeeded(this, value, now);
  }

  failed(error: unknown, now: number): void {
    this.#hedge.failed(this, error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    this.#inner?.cancel(reason, force);
  }
}
