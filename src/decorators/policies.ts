import {
  appendMetadata,
  booleanOption,
  BootReport,
  checkOptions,
  customOption,
  describeValue,
  isPlainOptions,
  type OptionRules,
} from '../foundation/index.js';
import {
  policyKey,
  type BulkheadOptions,
  type CircuitBreakerOptions,
  type DefinedKind,
  type FallbackOptions,
  type KeyOptions,
  type RateLimitOptions,
  type RetryOptions,
  type TimeoutOptions,
  type UsePolicyOptions,
} from '../resilience/index.js';
import { isUsedWithoutCall, placementOf, recordMisuse, type Placement } from './misuse.js';

/** Methods of a class that give no promise: a policy may have to wait, and could not give what they do. */
type Synchronous<I> = {
  [K in keyof I]: I[K] extends (...args: never[]) => infer R ? (R extends PromiseLike<unknown> ? never : K) : never;
}[keyof I];

/** What a class has to fit for a policy: nothing, where all its methods give promises. */
type GivesPromises<I> = [Synchronous<I>] extends [never]
  ? unknown
  : { readonly 'a policy cannot surround methods that give no promise': Synchronous<I> };

/** Puts a policy around a method that gives a promise, or around all methods of a class. */
export interface PolicyDecorator {
  <M extends (...args: never[]) => PromiseLike<unknown>>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void;
  <C extends abstract new (...args: never[]) => object>(type: C & GivesPromises<InstanceType<C>>): void;
}

/**
 * Leads calls through the pipeline of that name, whose options stand under `policies` of `createApplication`. On a class it
 * is for all methods that others can call; one on a method counts for that method. `options` say what its policies
 * cannot know of a call.
 */
export function UsePolicy(pipeline: string, options?: UsePolicyOptions): PolicyDecorator {
  return policyDecorator('@UsePolicy', undefined, options === undefined ? [pipeline] : [pipeline, options]);
}

/** Adds a circuit breaker to the pipeline of that name, or to one of the method's, or the class's, own. */
export function CircuitBreaker(
  pipeline: string,
  options?: CircuitBreakerOptions & Partial<KeyOptions>,
): PolicyDecorator;
export function CircuitBreaker(options?: CircuitBreakerOptions & Partial<KeyOptions>): PolicyDecorator;
export function CircuitBreaker(...args: readonly unknown[]): PolicyDecorator {
  return policyDecorator('@CircuitBreaker', 'circuitBreaker', args);
}

/** Adds retries, within a budget; see {@link CircuitBreaker} for whose pipeline it is. */
export function Retry(pipeline: string, options?: RetryOptions & Partial<KeyOptions>): PolicyDecorator;
export function Retry(options?: RetryOptions & Partial<KeyOptions>): PolicyDecorator;
export function Retry(...args: readonly unknown[]): PolicyDecorator {
  return policyDecorator('@Retry', 'retry', args);
}

/** Adds a limit for calls at a time; see {@link CircuitBreaker} for whose pipeline it is. */
export function Bulkhead(pipeline: string, options?: BulkheadOptions & Partial<KeyOptions>): PolicyDecorator;
export function Bulkhead(options?: BulkheadOptions & Partial<KeyOptions>): PolicyDecorator;
export function Bulkhead(...args: readonly unknown[]): PolicyDecorator {
  return policyDecorator('@Bulkhead', 'bulkhead', args);
}

/** Adds a limit for the time of a whole call, retries included; a number is milliseconds. A route's own limit is `@Deadline`. */
export function Timeout(pipeline: string, options?: number | TimeoutOptions): PolicyDecorator;
export function Timeout(options?: number | TimeoutOptions): PolicyDecorator;
export function Timeout(...args: readonly unknown[]): PolicyDecorator {
  return policyDecorator('@Timeout', 'timeout', args);
}

/** Adds a limit for calls in a given time; see {@link CircuitBreaker} for whose pipeline it is. */
export function RateLimit(pipeline: string, options?: RateLimitOptions & Partial<KeyOptions>): PolicyDecorator;
export function RateLimit(options?: RateLimitOptions & Partial<KeyOptions>): PolicyDecorator;
export function RateLimit(...args: readonly unknown[]): PolicyDecorator {
  return policyDecorator('@RateLimit', 'rateLimit', args);
}

/** Adds what is given in place of an error; see {@link CircuitBreaker} for whose pipeline it is. */
export function Fallback<F>(pipeline: string, options: FallbackOptions<F>): PolicyDecorator;
export function Fallback<F>(options: FallbackOptions<F>): PolicyDecorator;
export function Fallback(...args: readonly unknown[]): PolicyDecorator {
  return policyDecorator('@Fallback', 'fallback', args);
}

const usePolicyRules: OptionRules = {
  idempotent: booleanOption,
  priority: customOption('a name, or a function', (value) => typeof value === 'string' || typeof value === 'function'),
};

function policyDecorator(decorator: string, kind: DefinedKind | undefined, args: readonly unknown[]): PolicyDecorator {
  if (isUsedWithoutCall(decorator, args)) return (() => {}) as unknown as PolicyDecorator;
  const [pipeline, given = {}] = typeof args[0] === 'string' ? args : [undefined, ...args];
  const decorate = (target: object, key?: string | symbol, descriptor?: unknown): void => {
    const placement = placementOf(target, key, descriptor);
    const problem = problemOf(placement, kind, pipeline, given);
    if (problem !== undefined) recordMisuse(decorator, placement, problem);
    else {
      appendMetadata(policyKey, placement.target, {
        decorator,
        pipeline: pipeline as string | undefined,
        adds: kind === undefined ? undefined : { kind, options: given },
        calls: kind === undefined ? given : undefined,
        method: placement.on === 'method' ? placement.property : undefined,
      });
    }
  };
  return decorate as PolicyDecorator;
}

function problemOf(
  placement: Placement,
  kind: DefinedKind | undefined,
  pipeline: unknown,
  given: unknown,
): string | undefined {
  if (placement.on !== 'method' && placement.on !== 'class') return 'belongs on a method, or on a class';
  if (pipeline === '') return 'names a pipeline without a name';
  if (kind === undefined) {
    if (typeof pipeline !== 'string') return `has ${describeValue(pipeline)}; it takes the name of a pipeline`;
    const report = new BootReport();
    checkOptions(report, '@UsePolicy', given as object, usePolicyRules);
    return report.problems[0] === undefined ? undefined : `has wrong options: ${report.problems[0].message}`;
  }
  if (isPlainOptions(given) || (kind === 'timeout' && typeof given === 'number')) return undefined;
  return `has ${describeValue(given)}; it takes options${kind === 'timeout' ? ', or milliseconds' : ''}`;
}
