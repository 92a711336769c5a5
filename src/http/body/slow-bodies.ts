import type { IncomingMessage } from 'node:http';
import type { Clock, Timer } from '../../foundation/index.js';
import { RequestTimeoutError } from '../http-errors-by-status.js';
import { bytesArrived, isBodyWanted } from './leave-body.js';

/** What has to come, or the end, before the next time-out passes. Bytes on the wire. */
const enough = 1_024;

/** How often in one time-out it is looked at what has come. */
const looks = 4;

interface Watched {
  readonly request: IncomingMessage;
  readonly onSlow: (error: Error) => void;
  /** What had come when there was enough of it last, and when that was. */
  bytes: number;
  since: number;
  previous: Watched | undefined;
  next: Watched | undefined;
}

interface Incoming extends IncomingMessage {
  [kWatched]?: Watched | undefined;
}

const kWatched = Symbol('watched');

/**
 * Ends bodies that come too slowly: one that brings less than a kibibyte in `timeout` milliseconds while somebody waits
 * for it. 0 ends none. One timer serves all bodies of a server, and there is none while none is watched.
 */
export class SlowBodies {
  readonly #clock: Clock;
  readonly #timeout: number;
  /** The newest of a list: a map would cost more than all else that is done for a body that comes at once. */
  #newest: Watched | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, timeout: number) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#newest = undefined;
    this.#timer = undefined;
  }

  /** Calls `onSlow` once with a 408 if the body of the request comes too slowly, until it is complete or forgotten. */
  watch(request: Incoming, onSlow: (error: Error) => void): void {
    if (this.#timeout === 0 || request.complete) return;
    const next = this.#newest;
    const since = this.#clock.elapsed();
    const watched: Watched = { request, onSlow, bytes: bytesArrived(request), since, previous: undefined, next };
    if (next !== undefined) next.previous = watched;
    this.#newest = watched;
    request[kWatched] = watched;
    if (this.#timer === undefined) this.#timer = this.#schedule();
  }

  forget(request: Incoming): void {
    const watched = request[kWatched];
    if (watched === undefined) return;
    request[kWatched] = undefined;
    const { previous, next } = watched;
    if (previous === undefined) this.#newest = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    // One that is gone must not keep those that come after it.
    watched.previous = undefined;
    watched.next = undefined;
  }

  #schedule(): Timer {
    return this.#clock.schedule(() => this.#look(), Math.max(1, this.#timeout / looks), { background: true });
  }

  #look(): void {
    const now = this.#clock.elapsed();
    let watched = this.#newest;
    while (watched !== undefined) {
      const { request, next } = watched;
      if (request.complete || request.destroyed) this.forget(request);
      else this.#lookAt(watched, now);
      watched = next;
    }
    this.#timer = this.#newest === undefined ? undefined : this.#schedule();
  }

  #lookAt(watched: Watched, now: number): void {
    const { request } = watched;
    const bytes = bytesArrived(request);
    if (!isBodyWanted(request) || bytes - watched.bytes >= enough) {
      watched.bytes = bytes;
      watched.since = now;
    } else if (now - watched.since >= this.#timeout) {
      this.forget(request);
      watched.onSlow(
        new RequestTimeoutError('The body of the request came too slowly.', { headers: { connection: 'close' } }),
      );
    }
  }
}
