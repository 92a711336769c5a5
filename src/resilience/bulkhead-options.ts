import {
  customOption,
  durationOption,
  integerOption,
  nestedOption,
  oneOfOption,
  BootReport,
  type OptionRules,
} from '../foundation/index.js';
import { AdaptiveLimit, type AdaptiveLimitOptions, type ResolvedAdaptiveLimit } from './adaptive-limit.js';
import { FixedLimit, type ConcurrencyLimit } from './concurrency-limit.js';
import { eitherOption, requirePolicyOptions, type PolicyOptions } from './policy-options.js';
import type { PriorityShares } from './priority-shares.js';

/** How many calls run at a time, and who waits. Durations in milliseconds. */
export interface BulkheadOptions extends PolicyOptions {
  /**
   * How many run at a time. `'adaptive'`, or its bounds, lets it be found by how long calls take. 1 or more. @default 10
   */
  readonly maxConcurrent?: number | 'adaptive' | AdaptiveLimitOptions;
  /** How many may wait for a place, in the order in which they came; more are refused. 0 or more. @default 0 */
  readonly maxQueue?: number;
  /** How long one waits at most. 1 or more. @default 1_000 */
  readonly queueTimeout?: number;
  /**
   * Shares of the places that are kept for calls of a priority: `{ checkout: 0.5, search: 0.2 }` with `priority: 'checkout'`
   * given to `execute`. What is left is for all. Each above 0, at most 1 together. @default none
   */
  readonly priorities?: PriorityShares;
}

export interface ResolvedBulkheadOptions {
  readonly maxConcurrent: number | ResolvedAdaptiveLimit;
  readonly maxQueue: number;
  readonly queueTimeout: number;
  readonly priorities: PriorityShares;
}

export const bulkheadRules: OptionRules = {
  maxConcurrent: eitherOption(
    integerOption(1),
    oneOfOption('adaptive'),
    nestedOption({ initialLimit: integerOption(1), minLimit: integerOption(1), maxLimit: integerOption(1) }),
  ),
  maxQueue: integerOption(0),
  queueTimeout: durationOption(1),
  priorities: customOption('an object of shares above 0, at most 1 together', areShares),
};

/** Throws a BootError for wrong options. */
export function resolveBulkheadOptions(options: BulkheadOptions): ResolvedBulkheadOptions {
  requirePolicyOptions('bulkhead', options, bulkheadRules);
  return {
    maxConcurrent: resolveLimit(options.maxConcurrent ?? 10),
    maxQueue: options.maxQueue ?? 0,
    queueTimeout: options.queueTimeout ?? 1_000,
    priorities: { ...options.priorities },
  };
}

/** `current` is where a limit that finds itself goes on from. */
export function makeLimit({ maxConcurrent }: ResolvedBulkheadOptions, current?: number): ConcurrencyLimit {
  if (typeof maxConcurrent === 'number') return new FixedLimit(maxConcurrent);
  const { minLimit, maxLimit, initialLimit } = maxConcurrent;
  const initial = Math.min(maxLimit, Math.max(minLimit, current ?? initialLimit));
  return new AdaptiveLimit({ minLimit, maxLimit, initialLimit: initial });
}

function resolveLimit(given: number | 'adaptive' | AdaptiveLimitOptions): number | ResolvedAdaptiveLimit {
  if (typeof given === 'number') return given;
  const { minLimit = 1, maxLimit = Math.max(200, minLimit), initialLimit } = given === 'adaptive' ? {} : given;
  const resolved = { minLimit, maxLimit, initialLimit: initialLimit ?? Math.min(maxLimit, Math.max(minLimit, 20)) };
  if (minLimit <= resolved.initialLimit && resolved.initialLimit <= maxLimit) return resolved;
  const report = new BootReport();
  report.add('BOW_OPTION_INVALID', {
    option: 'bulkhead.maxConcurrent',
    got: `from ${minLimit} to ${maxLimit}, beginning at ${resolved.initialLimit}`,
    expected: 'minLimit, initialLimit and maxLimit in this order of size',
  });
  report.throwIfAny('bulkhead(...) cannot be made');
  return resolved;
}

function areShares(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const shares: unknown[] = Object.values(value);
  const sum = shares.reduce<number>((whole, each) => whole + (typeof each === 'number' && each > 0 ? each : NaN), 0);
  return sum <= 1 + 1e-9;
}
