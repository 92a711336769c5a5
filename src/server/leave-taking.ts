import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Clock } from '../foundation/index.js';
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

/** The longest a head may take once the server leaves. Milliseconds. */
const headTimeout = 1_000;
/** A turn of the loop in which nobody can have come unseen, and how long such turns are waited for. Milliseconds. */
const shortTurn = 1;
const longTurnsEnd = 250;
/** How long the answer to a request that was cut may take to reach its client. Milliseconds. */
const flushTime = 100;

/**
 * Closes the port when all that waited in its queue, or came within `patience` milliseconds, is accepted. `http.Server#close`
 * in place of that resets connections. Nobody must be told to leave before, unless whoever comes back is refused: he would
 * come back at once, and into the queue of a port that is about to close.
 */
export async function closePort(
  { server, connections, departure, clock }: LeaveParts,
  patience: number,
): Promise<void> {
  if (!server.listening) return;
  departure.tellsNobody();
  await acceptQueueIsEmpty(connections, clock, clock.elapsed() + patience);
  // Nobody waits for its last connection here, which is what the callback would tell.
  NetServer.prototype.close.call(server);
}

/**
 * Tells every connection to leave without losing a request that could have been answered: what is written on an idle one
 * counts as work. {@link closePort} comes before it, so that `Keep-Alive: timeout` promises nothing less while clients come back.
 */
export function tellAll({ server, connections, departure, clock }: LeaveParts, idleTimeout: number): void {
  // 0 would switch each of these timers off.
  const silence = Math.max(1, idleTimeout);
  server.keepAliveTimeout = silence;
  server.keepAliveTimeoutBuffer = 0;
  departure.draining(silence);
  for (const connection of connections.all) {
    connection.sayClose();
    closeGently(connection.socket, clock);
    if (connection.busy === 0 && connection.kind === 'http') connection.socket.setTimeout(silence);
  }
  for (const socket of connections.handshakes.keys()) socket.setTimeout(silence);
}

/** From now on a head that comes byte by byte ends in time: each byte would begin an idle timeout anew. */
export function hurryHeads({ server }: LeaveParts): void {
  server.headersTimeout = server.headersTimeout === 0 ? headTimeout : Math.min(server.headersTimeout, headTimeout);
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
export async function cutRest(parts: LeaveParts): Promise<void> {
  const { connections, departure, clock } = parts;
  departure.cutting();
  const arriving = [...connections.all]
    .flatMap((connection) => [...connection.responses()].map(({ req }) => req))
    .filter(({ complete }) => !complete);
  for (const connection of connections.all) {
    const waiting = [...connection.responses()].toReversed();
    const canAnswer = waiting.length > 0 && waiting.every((response) => !response.headersSent && callOf(response));
    if (!canAnswer) connection.socket.destroy();
    // Some frameworks take a turn or two to send it; it says close, and so ends the connection.
    else for (const response of waiting) callOf(response)?.giveUp(stopping());
  }
  for (const socket of connections.handshakes.keys()) socket.destroy();
  for (const guest of connections.guests) {
    if (guest.headersSent) guest.destroy();
    else callOf(guest)?.giveUp(stopping());
  }
  const timer = clock.schedule(() => {
    for (const { socket } of connections.all) socket.destroy();
    for (const guest of connections.guests) guest.destroy();
  }, flushTime);
  await departure.until(() => connections.isEmpty);
  timer.cancel();
  // Node forgets a request that has been answered, and whoever reads its body would wait for ever.
  for (const request of arriving) request.destroy();
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
    const isShort = now - before < shortTurn || now - start > longTurnsEnd;
    quiet = connections.accepted === seen && isShort ? quiet + 1 : 0;
    seen = connections.accepted;
  }
}
