import type { IncomingMessage } from 'node:http';
import type { Clock, Timer } from '../../foundation/index.js';
import { RequestTimeoutError } from '../http-errors-by-status.js';
import { bytesArrived, isBodyWanted } from './leave-body.js';

/** What has to come, or the end, before the next time-out passes. Bytes on the wire. */
const enough = 1_024;

/** How often in one time-out it is looked at what has come. */
const looks = 4;

interface Watched {
  readonly onSlow: (error: Error) => void;
  /** What had come when there was enough of it last, and when that was. */
  bytes: number;
  since: number;
}

/**
 * Ends bodies that come too slowly: one that brings less than a kibibyte in `timeout` milliseconds while somebody waits
 * for it. 0 ends none. One timer serves all bodies of a server, and there is none while none is watched.
 */
export class SlowBodies {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #watched = new Map<IncomingMessage, Watched>();
  #timer: Timer | undefined;

  constructor(clock: Clock, timeout: number) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#timer = undefined;
  }

  /** Calls `onSlow` once with a 408 if the body of the request comes too slowly, until it is complete or forgotten. */
  watch(request: IncomingMessage, onSlow: (error: Error) => void): void {
    if (this.#timeout === 0 || request.complete) return;
    this.#watched.set(request, { onSlow, bytes: bytesArrived(request), since: this.#clock.elapsed() });
    if (this.#timer === undefined) this.#timer = this.#schedule();
  }

  forget(request: IncomingMessage): void {
    this.#watched.delete(request);
  }

  #schedule(): Timer {
    return this.#clock.schedule(() => this.#look(), Math.max(1, this.#timeout / looks), { background: true });
  }

  #look(): void {
    const now = this.#clock.elapsed();
    for (const [request, watched] of this.#watched) {
      if (request.complete || request.destroyed) this.#watched.delete(request);
      else this.#lookAt(request, watched, now);
    }
    this.#timer = this.#watched.size === 0 ? undefined : this.#schedule();
  }

  #lookAt(request: IncomingMessage, watched: Watched, now: number): void {
    const bytes = bytesArrived(request);
    if (!isBodyWanted(request) || bytes - watched.bytes >= enough) {
      watched.bytes = bytes;
      watched.since = now;
    } else if (now - watched.since >= this.#timeout) {
      this.#watched.delete(request);
      watched.onSlow(
        new RequestTimeoutError('The body of the request came too slowly.', { headers: { connection: 'close' } }),
      );
    }
  }
}
