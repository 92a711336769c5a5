import type { ErrorFacts } from './error-catalogue.js';
import { BowlineError } from './errors.js';

const brand = Symbol.for('bowline:refusal');

/** The codes of refusals. */
export type RefusalCode =
  | 'BOW_CIRCUIT_OPEN'
  | 'BOW_BULKHEAD_FULL'
  | 'BOW_RATE_LIMITED'
  | 'BOW_DEADLINE_EXCEEDED'
  | 'BOW_SHUTTING_DOWN';

/**
 * A call that nobody has tried, or whose caller ran out of time: it says nothing about the health of what was to be
 * called. So no circuit breaker counts it, and no retry repeats it against the same target; elsewhere it may be tried
 * again, {@link retryAfter} milliseconds from now here too. It carries no stack, since it is made where load is highest.
 */
export abstract class RefusalError<C extends RefusalCode = RefusalCode> extends BowlineError<C> {
  override readonly name: string = 'RefusalError';
  /** Which policy, pipeline or route refused. */
  readonly policy: string;
  /** When it is worth to ask again. Milliseconds from the refusal on; undefined where nobody can tell. */
  readonly retryAfter: number | undefined;

  constructor(code: C, facts: ErrorFacts<C> & { readonly policy: string }, retryAfter?: number) {
    const restore = withoutStack();
    super(code, facts);
    restore();
    this.policy = facts.policy;
    this.retryAfter = retryAfter;
  }

  /** Recognises a refusal of any loaded copy of this package. */
  get [brand](): true {
    return true;
  }
}

/** True for a {@link RefusalError} of every loaded copy of this package. */
export function isRefusal(value: unknown): value is RefusalError {
  try {
    return typeof value === 'object' && value !== null && brand in value;
  } catch {
    // A proxy may refuse to be asked; it is none of ours then.
    return false;
  }
}

/** A circuit breaker does not let calls through. */
export class BrokenCircuitError extends RefusalError<'BOW_CIRCUIT_OPEN'> {
  override readonly name = 'BrokenCircuitError';
  readonly state: 'open' | 'halfOpen' | 'isolated';

  constructor(policy: string, state: 'open' | 'halfOpen' | 'isolated', retryAfter: number) {
    super(
      'BOW_CIRCUIT_OPEN',
      { policy, state, retryAfter: Math.ceil(retryAfter) },
      state === 'isolated' ? undefined : retryAfter,
    );
    this.state = state;
  }
}

/** A bulkhead has no place left, or none became free in time. */
export class BulkheadRejectedError extends RefusalError<'BOW_BULKHEAD_FULL'> {
  override readonly name = 'BulkheadRejectedError';
  readonly state: 'full' | 'queueTimeout';

  constructor(policy: string, state: 'full' | 'queueTimeout', reason: string, retryAfter?: number) {
    super('BOW_BULKHEAD_FULL', { policy, reason }, retryAfter);
    this.state = state;
  }
}

/** More calls came than a rate limit allows. */
export class RateLimitedError extends RefusalError<'BOW_RATE_LIMITED'> {
  override readonly name = 'RateLimitedError';
  /** Calls per {@link window}; NaN, as that is, where another process refused and did not say. */
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;

  constructor(policy: string, limit: number, window: number, retryAfter: number) {
    super('BOW_RATE_LIMITED', { policy, limit, window, retryAfter: Math.ceil(retryAfter) }, retryAfter);
    this.limit = limit;
    this.window = window;
  }
}

/** The time that the caller gave is over, or does not suffice for what would have to be done. */
export class DeadlineExceededError extends RefusalError<'BOW_DEADLINE_EXCEEDED'> {
  override readonly name = 'DeadlineExceededError';

  constructor(policy: string, reason: string) {
    super('BOW_DEADLINE_EXCEEDED', { policy, reason });
  }
}

/** No new call begins and none is waited for: what would have made it is being shut down. */
export class ShuttingDownError extends RefusalError<'BOW_SHUTTING_DOWN'> {
  override readonly name = 'ShuttingDownError';

  constructor(policy: string, retryAfter?: number) {
    super('BOW_SHUTTING_DOWN', { policy }, retryAfter);
  }
}

/**
 * A call took longer than a timeout policy allows. Not a refusal: it was tried and did not answer, which circuit
 * breakers count and retries repeat. It carries no stack.
 */
export class TimedOutError extends BowlineError<'BOW_TIMED_OUT'> {
  override readonly name = 'TimedOutError';
  readonly policy: string;
  /** Milliseconds. */
  readonly timeout: number;

  constructor(policy: string, timeout: number) {
    const restore = withoutStack();
    super('BOW_TIMED_OUT', { policy, timeout });
    restore();
    this.policy = policy;
    this.timeout = timeout;
  }
}

/** Errors made until the function is called have no stack: to write one costs more than the refusal itself. */
function withoutStack(): () => void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = stackTraceLimit;
  };
}
