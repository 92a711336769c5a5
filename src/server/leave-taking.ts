import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Clock, Deadline } from '../foundation/index.js';
import { callOf, ServiceUnavailableError } from '../http/index.js';
import { closeGently } from './close-gently.js';
import type { Connections } from './connections.js';
import type { Departure } from './departure.js';

/** What a leave-taking works on. */
export interface LeaveParts {
  readonly server: Server;
  readonly connections: Connections;
  readonly departure: Departure;
  readonly clock: Clock;
}

/** The longest a head may take once the server leaves; a dribbling one would re-arm every idle timeout. Milliseconds. */
const headTimeout = 1_000;
/** A turn of the loop in which nobody can have come unseen, and how long such turns are waited for. Milliseconds. */
const shortTurn = 1;
const patience = 250;
/** How long the answer to a request that was cut may take to reach its client. Milliseconds. */
const flushTime = 100;

/**
 * Takes leave of every connection without losing a request that could have been answered: what waits in the accept queue
 * and what is written on an idle connection counts as work. Resolves when no connection is left. The order of the steps is
 * measured; `http.Server#close` in place of them resets connections. Nobody is told to leave before the port is closed: he
 * would come back at once, and into the queue of a port that is about to close.
 */
export async function takeLeave(parts: LeaveParts, idleTimeout: number, deadline: Deadline): Promise<void> {
  const { server, connections, departure, clock } = parts;
  server.keepAliveTimeout = idleTimeout;
  server.keepAliveTimeoutBuffer = 0;
  server.headersTimeout = server.headersTimeout === 0 ? headTimeout : Math.min(server.headersTimeout, headTimeout);

  let closed: Promise<void> = Promise.resolve();
  if (server.listening) {
    departure.tellsNobody();
    await acceptQueueIsEmpty(connections, clock, clock.elapsed() + deadline.remaining / 2);
    closed = closeListener(server);
  }
  departure.draining(idleTimeout);
  for (const connection of connections.all) {
    connection.sayClose();
    closeGently(connection.socket, clock);
    if (connection.busy === 0 && connection.kind === 'http') connection.socket.setTimeout(idleTimeout);
  }
  for (const socket of connections.handshakes.keys()) socket.setTimeout(idleTimeout);
  await departure.until(() => connections.open === 0);
  await closed;
}

/** Tells every request in flight that its time is over: its signal aborts, and it may still answer. */
export function abortRest({ connections, departure }: LeaveParts): void {
  for (const response of connections.responses()) {
    departure.noteLate(response);
    callOf(response)?.abort(stopping());
  }
}

/**
 * Ends what is left. Where nothing of an answer has gone out, a 503 goes in its place: a client that knows what happened can
 * try again. Resolves when all sockets are gone, which takes a moment at most.
 */
export async function cutRest({ connections, departure, clock }: LeaveParts): Promise<void> {
  departure.cutting();
  for (const connection of connections.all) {
    const waiting = [...connection.responses()].toReversed();
    const canAnswer = waiting.length > 0 && waiting.every((response) => !response.headersSent && callOf(response));
    if (!canAnswer) connection.socket.destroy();
    // Some frameworks take a turn or two to send it; it says close, and so ends the connection.
    else for (const response of waiting) callOf(response)?.giveUp(stopping());
  }
  for (const socket of connections.handshakes.keys()) socket.destroy();
  const timer = clock.schedule(() => {
    for (const { socket } of connections.all) socket.destroy();
  }, flushTime);
  await departure.until(() => connections.open === 0);
  timer.cancel();
}

function stopping(): ServiceUnavailableError {
  return new ServiceUnavailableError('The server is stopping, and the time for this request is over.', {
    headers: { 'retry-after': '1' },
  });
}

/**
 * libuv takes one connection from the queue in each turn of the loop, so two turns without one mean that it is empty. A turn
 * that took long does not count, so long as there may be shorter ones: somebody may have come behind its back.
 */
async function acceptQueueIsEmpty(connections: Connections, clock: Clock, bound: number): Promise<void> {
  const start = clock.elapsed();
  let seen = connections.accepted;
  for (let quiet = 0, now = start; quiet < 2 && now < bound;) {
    await clock.turn();
    const before = now;
    now = clock.elapsed();
    const isShort = now - before < shortTurn || now - start > patience;
    quiet = connections.accepted === seen && isShort ? quiet + 1 : 0;
    seen = connections.accepted;
  }
}

/** Closes the listening socket, and nothing else: `http.Server#close` would destroy connections too. */
function closeListener(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}
