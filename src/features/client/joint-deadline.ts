import { callersDeadlinePassed, Deadline, longestDelay, type Clock, type Timer } from '../../foundation/index.js';
import type { CurrentDeadline } from './current-deadline.js';

/**
 * The deadline that a caller gives, and that of the current call, as one: it passes with whichever is first, and has the word of both.
 * Milliseconds that are given are counted from now.
 */
export class JointDeadline extends Deadline {
  readonly #given: Deadline | undefined;
  /** By the clock's `elapsed()`; Infinity where a deadline is given that counts by itself. */
  readonly #endsAt: number;
  readonly #current: CurrentDeadline;
  readonly #clock: Clock;
  readonly #client: string;
  #abort: AbortController | undefined;
  /** Those that are listened to. */
  #heard: readonly AbortSignal[];
  #timer: Timer | undefined;

  constructor(given: Deadline | number, current: CurrentDeadline, clock: Clock, client: string) {
    super();
    this.#given = typeof given === 'object' ? given : undefined;
    this.#endsAt = typeof given === 'number' ? clock.elapsed() + given : Infinity;
    this.#current = current;
    this.#clock = clock;
    this.#client = client;
    this.#abort = undefined;
    this.#heard = [];
    this.#timer = undefined;
  }

  get remaining(): number {
    return Math.min(this.#given?.remaining ?? this.#left, this.#current.remaining);
  }

  /** Listens to those of both, until {@link end}. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      this.#listen(this.#abort);
    }
    return this.#abort.signal;
  }

  /** The call of the client is over. */
  end(): void {
    this.#timer?.cancel();
    for (const signal of this.#heard) signal.removeEventListener('abort', this.#hear);
    this.#current.end();
  }

  get #left(): number {
    return Math.max(0, this.#endsAt - this.#clock.elapsed());
  }

  #listen(abort: AbortController): void {
    const { signal: ofCurrent } = this.#current;
    const signals = this.#given === undefined ? [ofCurrent] : [this.#given.signal, ofCurrent];
    const passed = signals.find(({ aborted }) => aborted);
    if (passed !== undefined) return abort.abort(passed.reason);
    this.#heard = signals;
    for (const signal of signals) signal.addEventListener('abort', this.#hear, { once: true });
    const left = this.#left;
    if (left <= longestDelay)
      this.#timer = this.#clock.schedule(() => abort.abort(callersDeadlinePassed(this.#client)), left);
  }

  readonly #hear = (): void => {
    const passed = this.#heard.find(({ aborted }) => aborted);
    this.#abort?.abort(passed?.reason);
  };
}
