import type { Deadline } from '../../foundation/index.js';
import type { ExecuteOptions } from '../../resilience/index.js';

interface CallFacts {
  readonly signal: AbortSignal;
  readonly deadline: Deadline | number | undefined;
  readonly priority: string | undefined;
  readonly isIdempotent: boolean;
  /** Whether its body is gone once it was sent. */
  readonly isStream: boolean;
}

/**
 * What a pipeline knows of one call of a client, and what its attempts have done so far. A call that is not idempotent becomes
 * so for the moment in which no byte of it was ever sent and nothing of it is under way: no connection was there.
 */
export class ClientCall implements ExecuteOptions {
  readonly signal: AbortSignal;
  readonly deadline?: Deadline | number;
  readonly priority?: string;
  /** Whether it does no harm to make it twice, though a stream cannot be sent so. */
  readonly isIdempotent: boolean;
  readonly #isStream: boolean;
  #attempts: number;
  #running: number;
  #wasSent: boolean;
  /** Whether a policy was told that an unsent call may be tried again. */
  #isLetAgain: boolean;
  #lastFailure: unknown;

  constructor({ signal, deadline, priority, isIdempotent, isStream }: CallFacts) {
    this.signal = signal;
    if (deadline !== undefined) this.deadline = deadline;
    if (priority !== undefined) this.priority = priority;
    this.isIdempotent = isIdempotent;
    this.#isStream = isStream;
    this.#attempts = 0;
    this.#running = 0;
    this.#wasSent = false;
    this.#isLetAgain = false;
    this.#lastFailure = undefined;
  }

  get idempotent(): boolean {
    if (this.isIdempotent && !this.#isStream) return true;
    this.#isLetAgain = this.#attempts > 0 && this.#running === 0 && !this.#wasSent && !this.#isStream;
    return this.#isLetAgain;
  }

  /** Throws where what must be sent once would be sent twice, as where a hedge takes an unsent call for an idempotent one. */
  beginAttempt(): void {
    const isTwice = this.#isStream ? this.#attempts > 0 : this.#isLetAgain && (this.#running > 0 || this.#wasSent);
    if (isTwice) throw this.#lastFailure ?? new DOMException('This request is sent once.', 'AbortError');
    this.#attempts++;
    this.#running++;
  }

  sent(): void {
    this.#wasSent = true;
  }

  attemptEnded(): void {
    this.#running--;
  }

  attemptFailed(error: unknown): void {
    this.#lastFailure = error;
  }
}
