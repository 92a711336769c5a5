import {
  AttemptCall,
  currentOrigin,
  Deadline,
  callersDeadlinePassed,
  longestDelay,
  type CallContext,
  type Clock,
  type Timer,
} from '../../foundation/index.js';

/**
 * What the current call says of when a call of a client ends: its time, and where it is the attempt of a policy, the word of the policy
 * that gives it up. That whoever is behind it leaves is not among it: what was begun for him, as a payment, may better be finished.
 */
export class CurrentDeadline extends Deadline {
  readonly #call: CallContext;
  /** The request or job behind all policies. */
  readonly #origin: CallContext | undefined;
  readonly #clock: Clock;
  readonly #client: string;
  #abort: AbortController | undefined;
  #timer: Timer | undefined;

  constructor(call: CallContext, clock: Clock, client: string) {
    super();
    this.#call = call;
    this.#origin = currentOrigin();
    this.#clock = clock;
    this.#client = client;
    this.#abort = undefined;
    this.#timer = undefined;
  }

  get remaining(): number {
    return this.#call.deadline?.remaining ?? Infinity;
  }

  /** Listens to that of the call, until {@link end}. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#signal.aborted) this.#hear();
      else this.#signal.addEventListener('abort', this.#hear, { once: true });
    }
    return this.#abort.signal;
  }

  /** The call of the client is over. */
  end(): void {
    this.#timer?.cancel();
    if (this.#abort !== undefined) this.#signal.removeEventListener('abort', this.#hear);
  }

  get #signal(): AbortSignal {
    const { deadline, signal } = this.#call;
    return this.#call instanceof AttemptCall ? signal : (deadline?.signal ?? signal);
  }

  readonly #hear = (): void => {
    const { reason } = this.#signal as { readonly reason: unknown };
    if (this.expired || !this.#isLeaving(reason)) this.#abort?.abort(reason);
    else this.#endInTime();
  };

  /** Policies hand on the reason of the signal that they were given. */
  #isLeaving(reason: unknown): boolean {
    const signal = this.#origin?.signal;
    return signal?.aborted === true && signal.reason === reason;
  }

  /** The signal that would have told is used up. */
  #endInTime(): void {
    const late = callersDeadlinePassed(this.#client);
    const { remaining } = this;
    if (remaining <= longestDelay) this.#timer = this.#clock.schedule(() => this.#abort?.abort(late), remaining);
  }
}

/** Undefined where the call says nothing of it. */
export function currentDeadline(
  call: CallContext | undefined,
  clock: Clock,
  client: string,
): CurrentDeadline | undefined {
  const isLimited = call !== undefined && (call instanceof AttemptCall || call.deadline !== undefined);
  return isLimited ? new CurrentDeadline(call, clock, client) : undefined;
}
