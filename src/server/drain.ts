import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Clock } from '../foundation/index.js';
import type { Connections, Leave } from './connections.js';

export interface DrainOptions {
  /** How long requests in flight may take to finish; the rest is cut. Milliseconds. */
  readonly drainTimeout: number;
  /** How long a silent connection may speak once more. Milliseconds. */
  readonly drainIdleTimeout: number;
}

/** What became of a server's requests and connections while it stopped. */
export interface DrainReport {
  /** Requests in flight when it began. */
  readonly inFlight: number;
  /** Requests that were answered whole, those that came in the meantime included. */
  readonly finished: number;
  /** Requests whose client left before the answer was whole. */
  readonly abandoned: number;
  /** Requests that had not ended when `drainTimeout` had passed. */
  readonly cut: number;
  /** Requests that came behind an answer which had said `Connection: close`; their clients send them again. */
  readonly refused: number;
  /** Connections that were closed. */
  readonly connections: number;
}

/** The longest a head may take once the server leaves; a dribbling one would re-arm every idle timeout. */
const headTimeout = 1_000;

/**
 * Takes leave of every connection without losing a request that could have been answered: what waits in the accept queue
 * and what is written on an idle connection counts as work. Resolves when no connection is left, at the latest shortly
 * after `drainTimeout`. The order of the steps is measured; `http.Server#close` in place of them resets connections.
 */
export async function drain(
  server: Server,
  connections: Connections,
  clock: Clock,
  { drainTimeout, drainIdleTimeout }: DrainOptions,
): Promise<DrainReport> {
  const start = clock.elapsed();
  const leave = new CountingLeave(connections, drainIdleTimeout);
  server.keepAliveTimeout = drainIdleTimeout;
  server.keepAliveTimeoutBuffer = 0;
  server.headersTimeout = server.headersTimeout === 0 ? headTimeout : Math.min(server.headersTimeout, headTimeout);
  connections.leave = leave;
  for (const connection of connections.all) connection.sayClose();

  let closed: Promise<void> = Promise.resolve();
  if (server.listening) {
    await acceptQueueIsEmpty(connections, clock, start + drainTimeout / 2);
    closed = closeListener(server);
  }
  for (const connection of connections.all) {
    if (connection.busy === 0 && connection.kind === 'http') connection.socket.setTimeout(drainIdleTimeout);
  }
  for (const socket of connections.handshakes.keys()) socket.setTimeout(drainIdleTimeout);

  const timer = clock.schedule(() => leave.cutRest(), Math.max(0, start + drainTimeout - clock.elapsed()));
  await leave.whenGone();
  timer.cancel();
  await closed;
  return leave.report();
}

/** libuv takes one connection from the queue in each turn of the loop, so two turns without one mean that it is empty. */
async function acceptQueueIsEmpty(connections: Connections, clock: Clock, bound: number): Promise<void> {
  let seen = connections.accepted;
  for (let quiet = 0; quiet < 2 && clock.elapsed() < bound;) {
    await clock.turn();
    quiet = connections.accepted === seen ? quiet + 1 : 0;
    seen = connections.accepted;
  }
}

/** Closes the listening socket, and nothing else: `http.Server#close` would destroy connections too. */
function closeListener(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}

class CountingLeave implements Leave {
  readonly idleTimeout: number;
  readonly #connections: Connections;
  readonly #inFlight: number;
  #finished = 0;
  #abandoned = 0;
  #cut = 0;
  #refused = 0;
  #closed = 0;
  #gone: (() => void) | undefined;

  constructor(connections: Connections, idleTimeout: number) {
    this.idleTimeout = idleTimeout;
    this.#connections = connections;
    this.#inFlight = connections.inFlight;
  }

  ended(whole: boolean): void {
    if (whole) this.#finished++;
    else this.#abandoned++;
  }

  refused(): void {
    this.#refused++;
  }

  closed(): void {
    this.#closed++;
    if (this.#connections.open === 0) this.#gone?.();
  }

  whenGone(): Promise<void> {
    if (this.#connections.open === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#gone = resolve;
    });
  }

  /** Ends whatever is left. What had not finished counts as cut, not as abandoned by its client. */
  cutRest(): void {
    this.#cut = this.#connections.inFlight;
    this.#abandoned -= this.#cut;
    for (const { socket } of this.#connections.all) socket.destroy();
    for (const socket of this.#connections.handshakes.keys()) socket.destroy();
  }

  report(): DrainReport {
    return {
      inFlight: this.#inFlight,
      finished: this.#finished,
      abandoned: this.#abandoned,
      cut: this.#cut,
      refused: this.#refused,
      connections: this.#closed,
    };
  }
}
