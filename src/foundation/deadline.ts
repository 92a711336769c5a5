import type { Clock, Timer } from './clock.js';

/** A point in time, and the signal that tells of it. */
export interface Deadline {
  /** What is left. Milliseconds, never below 0. */
  readonly remaining: number;
  readonly expired: boolean;
  /** Aborts with a TimeoutError once nothing is left. */
  readonly signal: AbortSignal;
}

/** Resolves when a signal aborts, at once where it has. */
export function passed(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A deadline that its owner may move. It holds a timer until {@link end}. */
export class MovableDeadline implements Deadline {
  readonly #clock: Clock;
  readonly #what: string;
  readonly #start: number;
  readonly #abort = new AbortController();
  #at: number;
  #timer: Timer | undefined;
  #hasEnded = false;

  /** `delay` milliseconds from now. `what` has run out of time, as the reason of the signal says it. */
  constructor(clock: Clock, delay: number, what: string) {
    this.#clock = clock;
    this.#what = what;
    this.#start = clock.elapsed();
    this.#at = this.#start + delay;
    this.#arm();
  }

  get remaining(): number {
    return this.#abort.signal.aborted ? 0 : Math.max(0, this.#at - this.#clock.elapsed());
  }

  get expired(): boolean {
    return this.remaining === 0;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Moves it to `delay` milliseconds after its beginning; one that has passed stays so. */
  moveTo(delay: number): void {
    this.#at = this.#start + delay;
    this.#arm();
  }

  /** Lets it pass in `delay` milliseconds from now, where it would not earlier. */
  shorten(delay: number): void {
    this.#at = Math.min(this.#at, this.#clock.elapsed() + delay);
    this.#arm();
  }

  /** Lets it pass now, for a reason of its own. */
  cancel(reason: Error): void {
    this.end();
    this.#abort.abort(reason);
  }

  /** Lets go of the timer; the signal does not abort any more, wherever it is moved. */
  end(): void {
    this.#hasEnded = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#hasEnded || this.#abort.signal.aborted) return;
    const left = this.#at - this.#clock.elapsed();
    const expire = (): void =>
      this.#abort.abort(new DOMException(`${this.#what} has run out of time.`, 'TimeoutError'));
    if (left <= 0) expire();
    else this.#timer = this.#clock.schedule(expire, left);
  }
}
