import { setInterval } from 'node:timers/promises';
import { Controller, Get, Header, PreShutdown, Signal } from 'bowline';
import { LiveStates, type LiveState } from './live-state.js';

/** How often the page hears of what is. Milliseconds. */
const interval = 500;

@Controller('/live')
export class LiveController {
  readonly #enough = new AbortController();

  constructor(private readonly states: LiveStates) {}

  /** The state at once and then twice a second, as server-sent events, until the client leaves or the service stops. */
  @Get('/events')
  @Header('content-type', 'text/event-stream')
  @Header('cache-control', 'no-store')
  async *events(@Signal() signal: AbortSignal): AsyncGenerator<string> {
    const either = AbortSignal.any([signal, this.#enough.signal]);
    // How long a browser waits before it comes back after the connection was lost.
    yield 'retry: 1000\n\n';
    yield this.#event();
    try {
      for await (const _ of setInterval(interval, undefined, { signal: either })) yield this.#event();
    } catch (error) {
      // The stream ends, as it should, and is not broken off.
      if (!either.aborted) throw error;
    }
  }

  /** The same for programs. */
  @Get()
  @Header('cache-control', 'no-store')
  state(): LiveState {
    return this.states.now();
  }

  /** Nobody would ever finish a stream without an end: what was to be drained would be cut when time is over. */
  @PreShutdown()
  endStreams(): void {
    this.#enough.abort();
  }

  #event(): string {
    return `data: ${JSON.stringify(this.states.now())}\n\n`;
  }
}
