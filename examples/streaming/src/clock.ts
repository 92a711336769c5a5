import { setInterval } from 'node:timers/promises';
import { Injectable } from 'bowline';

/** Tells the time to whoever wants to hear it, and knows how many these are. */
@Injectable()
export class Clock {
  listeners = 0;

  /** The time now, and again every `every` milliseconds, until `signal` aborts. */
  async *ticks(every: number, signal: AbortSignal): AsyncGenerator<Date> {
    this.listeners++;
    try {
      yield new Date();
      for await (const _ of setInterval(every, undefined, { signal })) yield new Date();
    } finally {
      this.listeners--;
    }
  }
}
