/** What a timer of Node can hold. Milliseconds. */
export const longestDelay = 2_147_483_647;

/** A timer that was asked for; none of these does anything after it fired. */
export interface Timer {
  cancel(): void;
  /** Lets it keep the process alive, as it does from the beginning where it is not a background timer. */
  ref(): void;
  /** Lets the process end before it fires. Far cheaper than to cancel it and to schedule another. */
  unref(): void;
}

/** The only source of time and of waiting, so that tests can own both. */
export abstract class Clock {
  /** Milliseconds since the epoch. */
  abstract now(): number;
  /** Milliseconds of a clock that never goes back; only differences have a meaning. */
  abstract elapsed(): number;
  /** Calls `callback` once after `delay` milliseconds. With `background` the timer does not keep the process alive. */
  abstract schedule(callback: () => void, delay: number, options?: { readonly background?: boolean }): Timer;
  /** Resolves after the event loop has turned once and taken in what was waiting. */
  abstract turn(): Promise<void>;

  /** Resolves after `delay` milliseconds. */
  wait(delay: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(resolve, delay);
    });
  }
}

export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  elapsed(): number {
    return performance.now();
  }

  schedule(callback: () => void, delay: number, options: { readonly background?: boolean } = {}): Timer {
    const timer = setTimeout(callback, delay);
    if (options.background === true) timer.unref();
    return { cancel: () => clearTimeout(timer), ref: () => void timer.ref(), unref: () => void timer.unref() };
  }

  turn(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
