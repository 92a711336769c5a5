import { SystemClock, type Clock, type Timer } from './clock.js';
import { durationOption, requireOption } from './options-check.js';
import { DeadlineExceededError } from './refusals.js';

/** A point in time, and the signal that tells of it. */
export abstract class Deadline {
  /** What is left. Milliseconds, never below 0. */
  abstract readonly remaining: number;
  /** Aborts once nothing is left, or as soon as whoever set the deadline does not wait any longer. Its reason tells which. */
  abstract readonly signal: AbortSignal;

  get expired(): boolean {
    return this.remaining === 0;
  }

  /**
   * What becomes of `promise`, or a rejection with the reason of {@link signal} where that aborts first, at once where it has.
   * For what takes no signal: it goes on, and nobody hears how it ends, not even that it failed.
   *
   * ```ts
   * const { rows } = await ctx.deadline.race(pool.query('select * from orders'));
   * ```
   */
  race<T>(promise: PromiseLike<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      // It has to be the reason as it is, which need not be an Error.
      const abandon = (): void => reject(signal.reason as Error);
      const settled = (): void => signal.removeEventListener('abort', abandon);
      promise.then(
        (value) => {
          settled();
          resolve(value);
        },
        (error: unknown) => {
          settled();
          reject(error as Error);
        },
      );
      if (signal.aborted) abandon();
      else signal.addEventListener('abort', abandon, { once: true });
    });
  }
}

/** What {@link deadlineAfter} is told. */
export interface DeadlineAfterOptions {
  /** What measures the time. @default the system's */
  readonly clock?: Clock;
  /** What has a deadline, as the reason of its signal says it. @default 'The work' */
  readonly name?: string;
}

/**
 * A deadline of one's own, as for a job: it passes `milliseconds` from now, its signal then aborts with a
 * {@link DeadlineExceededError}. It has a timer, which does not keep the process alive; to dispose of it lets go of that,
 * and the signal does not abort any more. Throws BOW_OPTION_INVALID for what is no whole number from 0 to 2_147_483_647.
 *
 * ```ts
 * using deadline = deadlineAfter(5_000);
 * await payments.execute(({ signal }) => fetch(url, { signal }), { deadline });
 * ```
 */
export function deadlineAfter(
  milliseconds: number,
  { clock = new SystemClock(), name = 'The work' }: DeadlineAfterOptions = {},
): Deadline & Disposable {
  requireOption('The time of deadlineAfter()', milliseconds, durationOption());
  return new OwnDeadline(clock, milliseconds, name);
}

class OwnDeadline extends Deadline implements Disposable {
  readonly #clock: Clock;
  readonly #at: number;
  readonly #abort = new AbortController();
  readonly #timer: Timer | undefined;

  constructor(clock: Clock, delay: number, name: string) {
    super();
    this.#clock = clock;
    this.#at = clock.elapsed() + delay;
    const expire = (): void => this.#abort.abort(deadlineExceeded(name, delay));
    if (delay === 0) expire();
    else this.#timer = clock.schedule(expire, delay, { background: true });
  }

  get remaining(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#at - this.#clock.elapsed());
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }
}

/** Why what `name` does for a caller ends that waits no longer. */
export function callersDeadlinePassed(name: string): DeadlineExceededError {
  return new DeadlineExceededError(name, "the caller's deadline has passed");
}

/** Why the call of `name` ends whose deadline was `limit` milliseconds. */
export function deadlineExceeded(name: string, limit: number): DeadlineExceededError {
  return new DeadlineExceededError(
    name,
    limit === 0 ? 'no time was left for it' : `its deadline of ${limit} ms has passed`,
  );
}

/** Resolves when a signal aborts, at once where it has. */
export function passed(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A deadline that its owner may move. It holds a timer until {@link end}. */
export class MovableDeadline extends Deadline {
  readonly #clock: Clock;
  readonly #what: string;
  readonly #start: number;
  readonly #abort = new AbortController();
  #at: number;
  #timer: Timer | undefined;
  #hasEnded = false;

  /** `delay` milliseconds from now. `what` has run out of time, as the reason of the signal says it. */
  constructor(clock: Clock, delay: number, what: string) {
    super();
    this.#clock = clock;
    this.#what = what;
    this.#start = clock.elapsed();
    this.#at = this.#start + delay;
    this.#arm();
  }

  get remaining(): number {
    return this.#abort.signal.aborted ? 0 : Math.max(0, this.#at - this.#clock.elapsed());
  }

  /** Aborts with a TimeoutError once nothing is left. */
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
