import { Clock, SystemClock, type Timer } from '../../foundation/index.js';
import { TimerHeap, type HeapTimer } from './timer-heap.js';

/**
 * A clock that stands still until a test moves it: what waits for a minute is tested in no time. Bind it in place of the
 * real one, `override(Clock).useValue(new VirtualClock())`. Sockets keep to real time.
 */
export class VirtualClock extends Clock {
  readonly #real = new SystemClock();
  readonly #epoch: number;
  readonly #timers = new TimerHeap();
  #elapsed = 0;

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
    const timer = this.#timers.add(this.#elapsed + Math.max(0, delay), callback);
    return { cancel: () => this.#timers.remove(timer), ref() {}, unref() {} };
  }

  turn(): Promise<void> {
    return this.#real.turn();
  }

  /** How many timers are set: 0 after a test means that none was left behind. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `duration` milliseconds pass: calls what falls due, in order, and lets promises settle in between. */
  async advance(duration: number): Promise<void> {
    const end = this.#elapsed + duration;
    await this.turn();
    for (let next = this.#nextBy(end); next !== undefined; next = this.#nextBy(end)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#timers.remove(next);
      next.callback();
      await this.turn();
    }
    this.#elapsed = end;
  }

  #nextBy(end: number): HeapTimer | undefined {
    const next = this.#timers.first;
    return next !== undefined && next.at <= end ? next : undefined;
  }
}
