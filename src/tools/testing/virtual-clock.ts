import { Clock, SystemClock, type Timer } from '../../foundation/index.js';

interface Scheduled extends Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it: what waits for a minute is tested in no time. Bind it in place of the
 * real one, `override(Clock).useValue(new VirtualClock())`. Sockets keep to real time.
 */
export class VirtualClock extends Clock {
  readonly #real = new SystemClock();
  readonly #epoch: number;
  #elapsed = 0;
  #scheduled: Scheduled[] = [];

  /** @param epoch what `now()` says at the beginning. @default the year 2000 */
  constructor(epoch: number = Date.UTC(2000, 0, 1)) {
    super();
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  schedule(callback: () => void, delay: number): Timer {
    const scheduled: Scheduled = {
      at: this.#elapsed + Math.max(0, delay),
      callback,
      cancel: () => {
        this.#scheduled = this.#scheduled.filter((each) => each !== scheduled);
      },
      ref() {},
      unref() {},
    };
    this.#scheduled.push(scheduled);
    return scheduled;
  }

  turn(): Promise<void> {
    return this.#real.turn();
  }

  /** How many timers are set: 0 after a test means that none was left behind. */
  get pending(): number {
    return this.#scheduled.length;
  }

  /** Lets `duration` milliseconds pass: calls what falls due, in order, and lets promises settle in between. */
  async advance(duration: number): Promise<void> {
    const end = this.#elapsed + duration;
    await this.turn();
    for (let next = this.#nextBy(end); next !== undefined; next = this.#nextBy(end)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.cancel();
      next.callback();
      await this.turn();
    }
    this.#elapsed = end;
  }

  #nextBy(end: number): Scheduled | undefined {
    let next: Scheduled | undefined;
    for (const each of this.#scheduled) if (each.at <= end && (next === undefined || each.at < next.at)) next = each;
    return next;
  }
}
