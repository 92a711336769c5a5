import { BowlineError, customOption, describeValue, isRefusal, type OptionRules } from '../foundation/index.js';
import { Attempt } from './attempt.js';
import { makeCall } from './call-stage.js';
import { nameOfFunction } from './describe-options.js';
import type { AttemptContext } from './ongoing-call.js';
import {
  isNoAbort,
  outcomeFilterOption,
  resolveOutcomeFilter,
  type OutcomeFilter,
  type ResolvedOutcomeFilter,
} from './outcome-filter.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import { functionOption, requirePolicyOptions, type PolicyOptions } from './policy-options.js';
import { Policy, type Receiver, type Running, type Stage } from './policy.js';

/** What is given in place of a failure: a value, or what a function makes of the error and the arguments of the call (`context.args`). */
export type FallbackOptions<F> = PolicyOptions & {
  /** Which errors, and which results, are replaced. @default every error, refusals included, but an abort */
  readonly handle?: OutcomeFilter;
} & (
    | { readonly value: F; readonly run?: never }
    | { readonly run: (error: unknown, context: AttemptContext) => F | Promise<F>; readonly value?: never }
  );

export interface FallbackMetrics extends CallMetrics {
  /** How often something was given in place of a failure. */
  readonly fallbacks: number;
  /** How often something would have been given, had it not observed only. */
  readonly observedFallbacks: number;
}

export const fallbackRules: OptionRules = {
  value: customOption('any value', () => true),
  run: functionOption,
  handle: outcomeFilterOption,
};

/** Gives something in place of a failure. Throws a BootError for wrong options. */
export function fallback<F>(options: FallbackOptions<F>): FallbackPolicy<F> {
  return new FallbackPolicy(options);
}

/**
 * Gives a value in place of an error, or what a function makes of it. What that function throws is the error of the call
 * then. Nothing is given to a caller that has left.
 */
export class FallbackPolicy<F> extends Policy<F> {
  readonly kind = 'fallback';
  filter: ResolvedOutcomeFilter;
  readonly counts = new PipelineMetrics();
  fallbacks = 0;
  observedFallbacks = 0;
  #options: FallbackOptions<F>;

  constructor(options: FallbackOptions<F>) {
    requireFallbackOptions(options);
    super('fallback', options);
    this.filter = resolveOutcomeFilter(options.handle, isNoAbort);
    this.#options = options;
  }

  override get readsArguments(): boolean {
    return this.#options.run !== undefined;
  }

  get metrics(): FallbackMetrics {
    const { fallbacks, observedFallbacks } = this;
    return { ...this.counts.snapshot(), fallbacks, observedFallbacks };
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    this.counts.calls++;
    return new FallbackRun(this, attempt, to, now).begin(next, now);
  }

  /** What is given in place of `error`. May throw, and be a promise. */
  replace(error: unknown, context: AttemptContext): unknown {
    const { run, value } = this.#options;
    return run === undefined ? value : run(error, context);
  }

  override adopt(other: this): void {
    super.adopt(other);
    this.filter = other.filter;
    this.#options = other.#options;
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    const { run, value } = this.#options;
    const given = run === undefined ? { value: describeValue(value) } : { run: nameOfFunction(run) };
    return { ...given, handle: this.filter.described };
  }
}

function requireFallbackOptions(options: FallbackOptions<unknown>): void {
  requirePolicyOptions('fallback', options, fallbackRules);
  if (Object.hasOwn(options, 'value') !== (options.run !== undefined)) return;
  const got = options.run === undefined ? 'neither value nor run' : 'both value and run';
  throw new BowlineError('BOW_OPTION_INVALID', {
    option: 'fallback(...)',
    got: `given ${got}`,
    expected: 'given one of the two',
  });
}

class FallbackRun implements Receiver, Running {
  readonly #policy: FallbackPolicy<unknown>;
  readonly #attempt: Attempt;
  readonly #to: Receiver;
  readonly #startedAt: number;
  readonly #deadlineAt: number;
  readonly #enforces: boolean;
  #inner: Running | undefined;
  #isCancelled: boolean;

  constructor(policy: FallbackPolicy<unknown>, attempt: Attempt, to: Receiver, now: number) {
    this.#policy = policy;
    this.#attempt = attempt;
    this.#to = to;
    this.#startedAt = now;
    this.#deadlineAt = attempt.deadlineAt;
    this.#enforces = policy.enforces;
    this.#inner = undefined;
    this.#isCancelled = false;
  }

  begin(next: Stage, now: number): Running | undefined {
    const inner = next.start(this.#attempt, this, now);
    // Where it has ended at once, something that takes time may have been begun in its place.
    if (inner !== undefined) this.#inner = inner;
    return this.#inner === undefined ? undefined : this;
  }

  succeeded(value: unknown, now: number): void {
    this.#inner = undefined;
    const policy = this.#policy;
    policy.counts.succeeded(now - this.#startedAt);
    if (policy.filter.result?.(value) === true && this.#replaces()) this.#replace(undefined);
    else this.#to.succeeded(value, now);
  }

  failed(error: unknown, now: number): void {
    this.#inner = undefined;
    const policy = this.#policy;
    policy.counts.failed(now - this.#startedAt, isRefusal(error));
    if (policy.filter.error(error) && this.#replaces()) this.#replace(error);
    else this.#to.failed(error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    this.#isCancelled = true;
    this.#inner?.cancel(reason, force);
  }

  #replaces(): boolean {
    if (this.#isCancelled) return false;
    if (this.#enforces) return true;
    this.#policy.observedFallbacks++;
    return false;
  }

  #replace(error: unknown): void {
    const { call } = this.#attempt;
    this.#policy.fallbacks++;
    call.isReplaced = true;
    const attempt = new Attempt(call, call.attempts, this.#deadlineAt);
    const replace = (context: AttemptContext): unknown => this.#policy.replace(error, context);
    this.#inner = makeCall(replace, attempt, this.#to, call.clock);
  }
}
