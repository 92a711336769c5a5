import {
  BootReport,
  customOption,
  durationOption,
  integerOption,
  nestedOption,
  type OptionRules,
} from '../foundation/index.js';
import { backoffOption, resolveBackoff, type Backoff } from './backoff.js';
import type { CircuitBreakerEngine, EngineHost, EngineOptions } from './circuit-breaker-engine.js';
import {
  isNoAbort,
  outcomeFilterOption,
  resolveOutcomeFilter,
  type OutcomeFilter,
  type ResolvedOutcomeFilter,
} from './outcome-filter.js';
import {
  eitherOption,
  functionOption,
  positiveRatioOption,
  requirePolicyOptions,
  type PolicyOptions,
} from './policy-options.js';

/** Makes the engine of one circuit breaker; `now` is the time of the pipeline's clock. */
export type EngineFactory = (host: EngineHost, now: number) => CircuitBreakerEngine;

/** When a circuit opens, and how it closes again. Durations in milliseconds. */
export interface CircuitBreakerOptions extends PolicyOptions {
  /** It opens when this share of the calls in the window failed. Above 0, up to 1. @default 0.5 */
  readonly failureRatio?: number;
  /** It does not open before so many calls of the window have ended. 1 or more. @default 10, or all of a smaller window */
  readonly minimumCalls?: number;
  /** Which calls count: those of the last so many milliseconds, or the last `calls`. @default 10_000 */
  readonly window?: number | { readonly calls: number };
  /** A call that takes so long is slow, however it ends. @default none is */
  readonly slowCallDuration?: number;
  /** It opens when this share of the calls in the window was slow. Above 0, up to 1. @default 0.5 */
  readonly slowCallRatio?: number;
  /** How long it stays open; a back-off makes it longer each time that it opens again without having closed. @default 5_000 */
  readonly openDuration?: Backoff;
  /**
   * How many calls are let through to find out whether it can close; `failureRatio` and `slowCallRatio` decide over these.
   * 1 or more. @default 3, with opossum 1
   */
  readonly permittedCallsInHalfOpen?: number;
  /** Which errors, and which results, are failures of the callee; other errors count as success. @default every error but an abort */
  readonly handle?: OutcomeFilter;
  /**
   * What decides: `ring` is ours, `opossum` the library of that name, which can do neither slow calls nor a window of calls
   * nor more than one trial. Or a function that makes one. @default 'ring'
   */
  readonly engine?: 'ring' | 'opossum' | EngineFactory;
}

export interface ResolvedCircuitBreakerOptions extends EngineOptions {
  readonly handle: ResolvedOutcomeFilter;
  readonly engine: 'ring' | 'opossum' | EngineFactory;
}

export const circuitBreakerRules: OptionRules = {
  failureRatio: positiveRatioOption,
  minimumCalls: integerOption(1),
  window: eitherOption(durationOption(10), nestedOption({ calls: integerOption(1, 100_000) })),
  slowCallDuration: durationOption(1),
  slowCallRatio: positiveRatioOption,
  openDuration: backoffOption,
  permittedCallsInHalfOpen: integerOption(1, 10_000),
  handle: outcomeFilterOption,
  engine: eitherOption(
    customOption("'ring', 'opossum'", (value) => value === 'ring' || value === 'opossum'),
    functionOption,
  ),
};

/** Throws a BootError for wrong options. */
export function resolveCircuitBreakerOptions(options: CircuitBreakerOptions): ResolvedCircuitBreakerOptions {
  requirePolicyOptions('circuitBreaker', options, circuitBreakerRules);
  const { window = 10_000 } = options;
  const atMost = typeof window === 'number' ? Number.MAX_SAFE_INTEGER : window.calls;
  const minimumCalls = options.minimumCalls ?? Math.min(10, atMost);
  if (minimumCalls > atMost) refuseMinimum(minimumCalls, atMost);
  const permits = options.engine === 'opossum' ? 1 : 3;
  if (options.engine === 'opossum') refuseBeyondOpossum(options);
  return {
    failureRatio: options.failureRatio ?? 0.5,
    minimumCalls,
    window,
    slowCallDuration: options.slowCallDuration,
    slowCallRatio: options.slowCallRatio ?? 0.5,
    openDuration: resolveBackoff(options.openDuration ?? 5_000, 5_000),
    permittedCallsInHalfOpen: options.permittedCallsInHalfOpen ?? permits,
    handle: resolveOutcomeFilter(options.handle, isNoAbort),
    engine: options.engine ?? 'ring',
  };
}

/** What it cannot do is said, and not left out. */
function refuseBeyondOpossum({ window, slowCallDuration, permittedCallsInHalfOpen = 1 }: CircuitBreakerOptions): void {
  const report = new BootReport();
  const refuse = (option: string, got: string, expected: string): void => {
    report.add('BOW_OPTION_INVALID', {
      option: `circuitBreaker.${option}`,
      got,
      expected: `${expected} with the engine 'opossum', or the engine 'ring'`,
    });
  };
  if (typeof window === 'object') refuse('window', `the last ${window.calls} calls`, 'a number of milliseconds');
  if (slowCallDuration !== undefined) refuse('slowCallDuration', String(slowCallDuration), 'left out');
  if (permittedCallsInHalfOpen > 1) refuse('permittedCallsInHalfOpen', String(permittedCallsInHalfOpen), '1');
  report.throwIfAny('circuitBreaker(...) cannot be made');
}

/** The window would never hold enough calls, and the circuit never open. */
function refuseMinimum(minimumCalls: number, calls: number): never {
  const report = new BootReport();
  report.add('BOW_OPTION_INVALID', {
    option: 'circuitBreaker.minimumCalls',
    got: String(minimumCalls),
    expected: `at most ${calls}, the calls of the window, or the circuit would never open`,
  });
  report.throwIfAny('circuitBreaker(...) cannot be made');
  throw new TypeError('unreachable');
}
