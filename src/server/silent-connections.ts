import type { Socket } from 'node:net';
import type { Clock } from '../foundation/index.js';

/**
 * As many turns at most it takes until the last of those is closed whose time is over. Each turn looks at every socket, so
 * that with thousands of them many turns take long.
 */
const mostTurns = 128;
/** So many are closed one in each turn. */
const few = 400;

/**
 * Closes connections that have been silent for their time. Timers come before sockets in a turn of the loop, so that a request
 * may have arrived that nobody has read yet; and of many whose time is over at once the last would wait for the closing of all
 * others, while his request is on its way. So each is looked at once more, after a turn of its own.
 */
export class SilentConnections {
  readonly #clock: Clock;
  readonly #waiting: { readonly socket: Socket; readonly bytesRead: number }[] = [];
  #isClosing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Closes it, unless something is read of it in the next turns. */
  add(socket: Socket): void {
    this.#waiting.push({ socket, bytesRead: socket.bytesRead });
    if (!this.#isClosing) void this.#closeAll();
  }

  async #closeAll(): Promise<void> {
    this.#isClosing = true;
    await this.#clock.turn();
    let batch = 1;
    while (this.#waiting.length > 0) {
      await this.#clock.turn();
      // Thousands whose time is over at nearly the same moment come in several turns: the first few must not set the pace.
      const { length } = this.#waiting;
      batch = Math.max(batch, length <= few ? 1 : Math.ceil(length / mostTurns));
      for (const { socket, bytesRead } of this.#waiting.splice(0, batch))
        if (socket.bytesRead === bytesRead) socket.destroy();
    }
    this.#isClosing = false;
  }
}
