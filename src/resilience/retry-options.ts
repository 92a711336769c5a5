import { booleanOption, durationOption, integerOption, type OptionRules } from '../foundation/index.js';
import { backoffOption, resolveBackoff, type Backoff, type ResolvedBackoff } from './backoff.js';
import {
  isNoAbort,
  outcomeFilterOption,
  resolveOutcomeFilter,
  type OutcomeFilter,
  type ResolvedOutcomeFilter,
} from './outcome-filter.js';
import type { PolicyOptions } from './policy-options.js';
import { budgetOption, resolveBudget, type BudgetOption, type RetryBudget } from './retry-budget.js';

/** When and how often a call is tried again. Durations in milliseconds. */
export interface RetryOptions extends PolicyOptions {
  /** The first included. 1 to 100. @default 3 */
  readonly maxAttempts?: number;
  /** How long to wait in between. @default exponential from 100, with jitter */
  readonly backoff?: Backoff;
  /**
   * Which errors, and which results, are worth another attempt. It is never asked of what no attempt can mend: a caller
   * that has left, a call that is not idempotent, and a refusal. @default every error but an abort
   */
  readonly retryOn?: OutcomeFilter;
  /** How many retries all calls together may make; `false` for no such limit. One made by `retryBudget` may be shared. @default { ratio: 0.2, minRetries: 10 } */
  readonly budget?: BudgetOption;
  /** Whether `retryOn` is asked of refusals too. Only where another attempt reaches another target. @default false */
  readonly retryRefusals?: boolean;
  /** Whether calls that say `idempotent: false` are tried again too. @default false */
  readonly retryNonIdempotent?: boolean;
  /** An error or answer that asks to be left alone for longer (`Retry-After`) is not tried again. @default 30_000 */
  readonly maxRetryAfter?: number;
}

export interface ResolvedRetryOptions {
  readonly maxAttempts: number;
  readonly backoff: ResolvedBackoff;
  readonly retryOn: ResolvedOutcomeFilter;
  readonly budget: RetryBudget | undefined;
  readonly retryRefusals: boolean;
  readonly retryNonIdempotent: boolean;
  readonly maxRetryAfter: number;
}

export const retryRules: OptionRules = {
  maxAttempts: integerOption(1, 100),
  backoff: backoffOption,
  retryOn: outcomeFilterOption,
  budget: budgetOption,
  retryRefusals: booleanOption,
  retryNonIdempotent: booleanOption,
  maxRetryAfter: durationOption(),
};

export function resolveRetryOptions(options: RetryOptions): ResolvedRetryOptions {
  return {
    maxAttempts: options.maxAttempts ?? 3,
    backoff: resolveBackoff(options.backoff ?? 'exponential', 100),
    retryOn: resolveOutcomeFilter(options.retryOn, isNoAbort),
    budget: resolveBudget(options.budget),
    retryRefusals: options.retryRefusals ?? false,
    retryNonIdempotent: options.retryNonIdempotent ?? false,
    maxRetryAfter: options.maxRetryAfter ?? 30_000,
  };
}
