import type { Clock, Deadline } from '../foundation/index.js';
import type { PolicyEventSource } from './policy-events.js';

/** How one call is made. */
export interface ExecuteOptions {
  /** The caller's own: when it aborts, so does the signal of the running attempt, waiting ends, and nothing is tried again. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the caller waits at most, retries included: what is left of it, or milliseconds from now. What has passed
   * already is a refusal.
   */
  readonly deadline?: Deadline | number | undefined;
  /** One of the names that a bulkhead keeps a share for. */
  readonly priority?: string | undefined;
  /** What `key` functions of policies see of the call; wrapped functions and decorated methods say it themselves. @default none */
  readonly args?: readonly unknown[] | undefined;
  /** What is called, as events name it; decorated methods say it themselves, as `Payments.pay`. @default nothing */
  readonly callee?: string;
  /** False where trying twice may do harm, as with most POST requests: then it is neither retried nor hedged. @default true */
  readonly idempotent?: boolean;
}

/** What a call knows of the attempt that it is. */
export interface AttemptContext {
  /** 1 for the first, one more for each further one, be it a retry or a hedge. */
  readonly attempt: number;
  /**
   * Aborts when nobody wants the attempt's result any longer: its time is over, the caller has left, or another attempt
   * was faster. It belongs to this attempt alone. Hand it to whatever the call waits for: a call that has asked for it
   * is given half a second to end by itself, or what the timeout says that ends it; any other is left alone at once.
   */
  readonly signal: AbortSignal;
  /** How much time is left, by the caller's deadline and by all timeouts around the attempt; undefined without any. */
  readonly deadline: Deadline | undefined;
  /** The arguments of the method or wrapped function where a policy reads them, or what `args` of `execute` says; else none. */
  readonly args: readonly unknown[];
  /**
   * From now on no other attempt of the call begins, neither a retry nor a hedge: this one has begun what may do harm when it
   * is done twice. `HttpClient` says so of a POST that it sends. Policies that are told `retryNonIdempotent` or
   * `hedgeNonIdempotent` go on all the same.
   */
  noRetry(): void;
  /** Whether the call has ended: what it has left running works for nobody any more. One that was abandoned goes on. */
  readonly isOver: boolean;
}

/** What policies know of the call that passes them, whatever number of attempts it takes. */
export interface OngoingCall {
  /** What is called, once for each attempt. */
  readonly run: (context: AttemptContext) => unknown;
  /** The name of the pipeline. */
  readonly pipeline: string;
  readonly clock: Clock;
  readonly events: PolicyEventSource;
  readonly options: ExecuteOptions;
  /** Whether nobody may wait any longer. */
  readonly isDraining: boolean;
  /** How many attempts have begun. */
  attempts: number;
  /** How many of them nobody waits for any longer, though they have not ended. */
  abandoned: number;
  /** Whether one of them has said {@link AttemptContext.noRetry}. */
  isFinal: boolean;
  /** Whether the result is not the call's own, so that who asked for a promise has to get one. */
  isReplaced: boolean;
}
