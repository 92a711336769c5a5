import { customOption, integerOption, nestedOption, type OptionRule, type OptionRules } from '../foundation/index.js';
import { eitherOption, ratioOption } from './policy-options.js';

/** How many retries there may be, whatever single calls would like: attempts alone turn an outage into a storm. */
export interface RetryBudgetOptions {
  /** The share of the calls of the last ten seconds that may be tried again. 0 to 1. @default 0.2 */
  readonly ratio?: number;
  /** How many there may be in ten seconds at least, so that rare calls are tried again too. 0 or more. @default 10 */
  readonly minRetries?: number;
}

export const budgetRules: OptionRules = { ratio: ratioOption(0), minRetries: integerOption(0) };

const bucketDuration = 1_000;
const bucketCount = 10;

/** Counts calls and retries of the last ten seconds. Times in milliseconds of a clock that never goes back. */
export class RetryBudget {
  readonly ratio: number;
  readonly minRetries: number;
  /** Whether one policy alone draws from it, which has made it. */
  readonly #isOwn: boolean;
  readonly #calls = Array.from({ length: bucketCount }, () => 0);
  readonly #retries = Array.from({ length: bucketCount }, () => 0);
  #second = 0;
  #callSum = 0;
  #retrySum = 0;

  constructor(options: RetryBudgetOptions = {}, isOwn = false) {
    this.#isOwn = isOwn;
    this.ratio = options.ratio ?? 0.2;
    this.minRetries = options.minRetries ?? 10;
  }

  /** Counts what another has counted as well, which it takes the place of. What policies share counts for all of them, and is left alone. */
  goOnFrom(other: RetryBudget): void {
    if (!this.#isOwn || !other.#isOwn || other === this) return;
    this.#second = other.#second;
    this.#callSum = other.#callSum;
    this.#retrySum = other.#retrySum;
    other.#calls.forEach((count, index) => (this.#calls[index] = count));
    other.#retries.forEach((count, index) => (this.#retries[index] = count));
  }

  /** A call begins. */
  deposit(now: number): void {
    const index = this.#bucketAt(now);
    this.#calls[index] = (this.#calls[index] ?? 0) + 1;
    this.#callSum++;
  }

  /** Whether one more retry may be made; it is counted as made then. */
  withdraw(now: number): boolean {
    const index = this.#bucketAt(now);
    if (this.#retrySum + 1 > this.#allowed) return false;
    this.#retries[index] = (this.#retries[index] ?? 0) + 1;
    this.#retrySum++;
    return true;
  }

  /** How many more retries may be made now. */
  left(now: number): number {
    this.#bucketAt(now);
    return Math.max(0, Math.floor(this.#allowed - this.#retrySum));
  }

  get #allowed(): number {
    return Math.max(this.minRetries, this.ratio * this.#callSum);
  }

  #bucketAt(now: number): number {
    const second = Math.floor(now / bucketDuration);
    if (second > this.#second) this.#empty(second);
    return second % bucketCount;
  }

  #empty(second: number): void {
    const passed = Math.min(bucketCount, second - this.#second);
    for (let each = 1; each <= passed; each++) {
      const index = (this.#second + each) % bucketCount;
      this.#callSum -= this.#calls[index] ?? 0;
      this.#retrySum -= this.#retries[index] ?? 0;
      this.#calls[index] = 0;
      this.#retries[index] = 0;
    }
    this.#second = second;
  }
}

/** What a policy takes for its budget. */
export type BudgetOption = RetryBudgetOptions | RetryBudget | false;

export const budgetOption: OptionRule = eitherOption(
  customOption('false', (value) => value === false),
  customOption('a budget of retryBudget()', (value) => value instanceof RetryBudget),
  nestedOption(budgetRules),
);

/** Undefined for no limit. */
export function resolveBudget(budget: BudgetOption = {}): RetryBudget | undefined {
  if (budget instanceof RetryBudget) return budget;
  return budget === false ? undefined : new RetryBudget(budget, true);
}

export function describeBudget(budget: RetryBudget | undefined): Required<RetryBudgetOptions> | false {
  return budget === undefined ? false : { ratio: budget.ratio, minRetries: budget.minRetries };
}
