import { booleanOption, isPlainOptions, nestedOption, type OptionRule, type OptionRules } from '../foundation/index.js';
import { bulkheadRules, type BulkheadOptions } from './bulkhead-options.js';
import { bulkhead } from './bulkhead.js';
import {
  chaos,
  chaosRules,
  type ChaosAbortOptions,
  type ChaosFaultOptions,
  type ChaosLatencyOptions,
  type ChaosOutcomeOptions,
} from './chaos.js';
import { circuitBreakerRules, type CircuitBreakerOptions } from './circuit-breaker-options.js';
import { circuitBreaker } from './circuit-breaker.js';
import { fallback, fallbackRules, type FallbackOptions } from './fallback.js';
import { hedge, hedgeRules, type HedgeOptions } from './hedge.js';
import { keyRules, type KeyOptions } from './keyed-policy.js';
import { eitherOption, policyRules } from './policy-options.js';
import type { Policy } from './policy.js';
import { rateLimit, rateLimitRules, type RateLimitOptions } from './rate-limit.js';
import { retryRules, type RetryOptions } from './retry-options.js';
import { retry } from './retry.js';
import { attemptTimeout, timeout, timeoutRules, type TimeoutOptions } from './timeout.js';

/** One pipeline as plain options, so that it can be written down, merged and changed. A number of a timeout is its milliseconds. */
export interface PipelineDefinition {
  readonly fallback?: FallbackOptions<unknown>;
  readonly rateLimit?: RateLimitOptions & Partial<KeyOptions>;
  readonly bulkhead?: BulkheadOptions & Partial<KeyOptions>;
  readonly timeout?: number | TimeoutOptions;
  readonly retry?: RetryOptions & Partial<KeyOptions>;
  readonly hedge?: HedgeOptions;
  readonly circuitBreaker?: CircuitBreakerOptions & Partial<KeyOptions>;
  readonly attemptTimeout?: number | TimeoutOptions;
  /** Refused in production unless `allowInProduction` says otherwise. */
  readonly chaosLatency?: ChaosLatencyOptions;
  readonly chaosFault?: ChaosFaultOptions;
  readonly chaosOutcome?: ChaosOutcomeOptions;
  readonly chaosAbort?: ChaosAbortOptions;
}

/** The members of a definition. */
export type DefinedKind = keyof PipelineDefinition;

/** One policy of a definition, as options alone. */
export type KindOptions = Readonly<Record<string, unknown>>;

interface Kind {
  readonly rules: OptionRules;
  make(options: KindOptions): Policy<unknown>;
}

/** In the usual order, the outermost first. */
const kinds: Readonly<Record<DefinedKind, Kind>> = {
  fallback: { rules: fallbackRules, make: (options) => fallback(options as never) },
  rateLimit: { rules: { ...rateLimitRules, ...keyRules }, make: rateLimit },
  bulkhead: { rules: { ...bulkheadRules, ...keyRules }, make: bulkhead },
  timeout: { rules: timeoutRules, make: timeout },
  retry: { rules: { ...retryRules, ...keyRules }, make: retry },
  hedge: { rules: hedgeRules, make: hedge },
  circuitBreaker: { rules: { ...circuitBreakerRules, ...keyRules }, make: circuitBreaker },
  attemptTimeout: { rules: timeoutRules, make: attemptTimeout },
  chaosLatency: { rules: chaosRules.latency, make: chaos.latency },
  chaosFault: { rules: chaosRules.fault, make: chaos.fault },
  chaosOutcome: { rules: chaosRules.outcome, make: (options) => chaos.outcome(options as never) },
  chaosAbort: { rules: chaosRules.abort, make: chaos.abort },
};

export const definedKinds = Object.keys(kinds) as readonly DefinedKind[];

/** What a definition may hold, for whoever checks one that a user wrote. */
export const definitionRules: OptionRules = Object.fromEntries(
  definedKinds.map((kind): [string, OptionRule] => {
    const members = nestedOption({ ...policyRules, ...kinds[kind].rules });
    // Of an instance of a class nobody could tell which of its members are meant.
    const nested = { ...members, expected: 'a plain object', accepts: isPlainOptions };
    const isTimeout = kind === 'timeout' || kind === 'attemptTimeout';
    return [kind, isTimeout ? eitherOption(timeoutRules['timeout'] ?? booleanOption, nested) : nested];
  }),
);

/** The options of one kind, whatever short form they were given in, without those that are undefined: these count as not given. */
export function optionsOf(kind: DefinedKind, given: unknown): KindOptions {
  if ((kind === 'timeout' || kind === 'attemptTimeout') && typeof given === 'number') return { timeout: given };
  if (!isPlainOptions(given)) return {};
  const { run } = given as { readonly run?: unknown };
  // A fallback may give undefined.
  const isMeant = (option: string): boolean => kind === 'fallback' && option === 'value' && run === undefined;
  return Object.fromEntries(Object.entries(given).filter(([option, value]) => value !== undefined || isMeant(option)));
}

/** Throws a BootError for options that do not fit together. */
export function makePolicy(kind: DefinedKind, options: KindOptions): Policy<unknown> {
  return kinds[kind].make(options);
}
