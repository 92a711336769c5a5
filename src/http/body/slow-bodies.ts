import type { IncomingMessage } from 'node:http';
import { LinkedList, type Clock, type Linked, type Timer } from '../../foundation/index.js';
import { RequestTimeoutError } from '../http-errors-by-status.js';
import { bytesArrived, isBodyWanted } from './leave-body.js';

/** What has to come, or the end, before the next time-out passes. Bytes on the wire. */
const enough = 1_024;

/** How often in one time-out it is looked at what has come. */
const looks = 4;

/** When it was not looked at yet. */
const never = -1;

/** A body that somebody waits for. */
export abstract class AwaitedBody implements Linked<AwaitedBody> {
  readonly request: IncomingMessage;
  /** What had come when there was enough of it last, and when that was. */
  bytes: number;
  since: number;
  watch: SlowBodies | undefined;
  previous: AwaitedBody | undefined;
  next: AwaitedBody | undefined;
  isLinked: boolean;

  constructor(request: IncomingMessage) {
    this.request = request;
    this.bytes = 0;
    this.since = never;
    this.watch = undefined;
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
  }

  /** It comes too slowly. Called once. */
  abstract fail(error: Error): void;

  /** Nobody waits for it any more. */
  forget(): void {
    this.watch?.forget(this);
  }
}

/**
 * Ends bodies that come too slowly: one that brings less than a kibibyte in `timeout` milliseconds while somebody waits
 * for it. 0 ends none. One timer serves all bodies of a server, and there is none while none is watched.
 */
export class SlowBodies {
  readonly #clock: Clock;
  readonly #timeout: number;
  /** A map would cost more than all else that is done for a body that comes at once. */
  readonly #awaited: LinkedList<AwaitedBody>;
  #timer: Timer | undefined;

  constructor(clock: Clock, timeout: number) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#awaited = new LinkedList();
    this.#timer = undefined;
  }

  /**
   * Fails the body with a 408 if it comes too slowly, until it is complete or forgotten. Its time begins with the first look: nearly
   * all bodies are here before it, and to ask for the time and for what has come would be most of what is done for them.
   */
  watch(body: AwaitedBody): void {
    if (this.#timeout === 0 || body.request.complete) return;
    body.watch = this;
    this.#awaited.append(body);
    if (this.#timer === undefined) this.#timer = this.#schedule();
  }

  forget(body: AwaitedBody): void {
    this.#awaited.remove(body);
  }

  #schedule(): Timer {
    return this.#clock.schedule(() => this.#look(), Math.max(1, this.#timeout / looks), { background: true });
  }

  #look(): void {
    const now = this.#clock.elapsed();
    let body = this.#awaited.first;
    while (body !== undefined) {
      const { request, next } = body;
      if (request.complete || request.destroyed) this.forget(body);
      else this.#lookAt(body, now);
      body = next;
    }
    this.#timer = this.#awaited.size === 0 ? undefined : this.#schedule();
  }

  #lookAt(body: AwaitedBody, now: number): void {
    const { request } = body;
    const bytes = bytesArrived(request);
    if (body.since === never || !isBodyWanted(request) || bytes - body.bytes >= enough) {
      body.bytes = bytes;
      body.since = now;
    } else if (now - body.since >= this.#timeout) {
      this.forget(body);
      body.fail(
        new RequestTimeoutError('The body of the request came too slowly.', { headers: { connection: 'close' } }),
      );
    }
  }
}
