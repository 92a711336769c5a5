import type { ResolvedBackoff } from './backoff.js';

/**
 * - `closed`: calls pass.
 * - `open`: calls are refused.
 * - `halfOpen`: some calls pass, to find out whether it can close.
 * - `isolated`: calls are refused until somebody closes it by hand.
 */
export type CircuitState = 'closed' | 'open' | 'halfOpen' | 'isolated';

/** How a call ended, for the circuit. What is ignored says nothing about the health of the callee. */
export type CircuitOutcome = 'success' | 'failure' | 'ignored';

/** The calls that a circuit decides by at the moment: those of its window, and while it is half open those that try. */
export interface SeenCalls {
  readonly calls: number;
  readonly failures: number;
  /** How many took `slowCallDuration` at least. */
  readonly slow: number;
}

/** What an engine can do beyond opening, trying and closing. */
export interface EngineCapabilities {
  /** `window: { calls }`: a ratio of the last calls, however long ago. */
  readonly countWindow: boolean;
  /** `slowCallDuration`. */
  readonly slowCalls: boolean;
  /** `permittedCallsInHalfOpen` above 1. */
  readonly halfOpenPermits: boolean;
  /** Only what has ended counts, and what was ignored does not. */
  readonly exactRatio: boolean;
  /** It never sets a timer. */
  readonly timerless: boolean;
}

/** What an engine has to go by. Durations in milliseconds. */
export interface EngineOptions {
  readonly failureRatio: number;
  readonly minimumCalls: number;
  readonly window: number | { readonly calls: number };
  readonly slowCallDuration: number | undefined;
  readonly slowCallRatio: number;
  readonly openDuration: ResolvedBackoff;
  readonly permittedCallsInHalfOpen: number;
}

/** What an engine needs of the policy that it works for. */
export interface EngineHost {
  readonly options: EngineOptions;
  onStateChange(from: CircuitState, to: CircuitState): void;
  /** How long to stay open, `times` times in a row without having been closed. */
  openDuration(times: number): number;
}

/**
 * Decides for each call whether it may be made, by how those before it ended. `now` is the time of the pipeline's clock.
 * A ticket is what a call gets that may be made, and belongs to the state that gave it: given back when another state has
 * come, it counts for nothing. No method may throw: a call would not end by it.
 */
export abstract class CircuitBreakerEngine<Ticket extends object = object> {
  abstract readonly name: string;
  abstract readonly capabilities: EngineCapabilities;

  /** Undefined where the call is refused. */
  abstract enter(now: number): Ticket | undefined;
  /** A call has ended after `duration`. One that is ignored gives its permit in the half-open state back. */
  abstract leave(ticket: Ticket, outcome: CircuitOutcome, duration: number, now: number): void;

  abstract state(now: number): CircuitState;
  /** How long calls will be refused. Milliseconds; Infinity while isolated. */
  abstract retryAfter(now: number): number;

  /** What it decides by; undefined where it does not tell, and where no call can change its state. */
  seen(_now: number): SeenCalls | undefined {
    return undefined;
  }

  /** Refuses all calls until {@link close} or {@link reset}. */
  abstract isolate(now: number): void;
  /** Lets calls pass, and begins to count anew. */
  abstract close(now: number): void;
  /** Begins to count anew, by another window, in the state that it has. */
  abstract forget(now: number): void;
  /** Forgets all that it has seen, as if it had just been made. */
  abstract reset(now: number): void;
}
