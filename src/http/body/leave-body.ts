import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../foundation/index.js';
import { hasBody } from './parse-body.js';

const kReader = Symbol('reader');
const kHasBody = Symbol('has a body');
const kIsLeft = Symbol('is left');

interface Incoming extends IncomingMessage {
  [kReader]?: 'reads' | 'reads on' | 'gave up';
  [kHasBody]?: true;
  [kIsLeft]?: true;
}

/** How long a client that still sends may take to read the answer. Milliseconds. */
const lingerTime = 1_000;

/**
 * Says that somebody is going to read the body to its end, though nothing of it may have been read yet; with `afterAnswer`
 * until he gives it up, even when the answer is out.
 */
export function takeBody(request: Incoming, afterAnswer: boolean): void {
  request[kReader] = afterAnswer ? 'reads on' : 'reads';
}

/** Says that whoever was reading the body has stopped in the middle of it. */
export function giveUpBody(request: Incoming): void {
  request[kReader] = 'gave up';
}

/** Whether somebody reads the body, which may be native code. */
export function isBodyRead(request: Incoming): boolean {
  const reader = request[kReader];
  return reader === undefined ? request.readableDidRead : reader !== 'gave up';
}

/** Says that the head of the request announces a body, so that nobody has to look through it again. */
export function noteBody(request: Incoming): void {
  request[kHasBody] = true;
}

/**
 * Called before an answer goes out whose body nobody reads or goes on to read. A rest of at most `limit` bytes is taken,
 * and the connection goes on with the next request. A longer one ends it (RFC 9112 9.3 and 9.6), with the word close where
 * that is known before; the socket is then closed for writing first and for reading later, since a reset would overtake the
 * answer on its way to a client that is still sending.
 */
export function leaveBody(request: Incoming, response: ServerResponse, limit: number, clock: Clock): void {
  if (!announcesBody(request) || request.readableEnded || isBodyRead(request)) return;
  const length = request.headers['content-length'];
  const isGivenUp = request[kReader] !== undefined;
  const isShort = length !== undefined && Number(length) <= limit;
  // Node reads past it by itself, unless somebody has begun to.
  if (isShort && !isGivenUp) return;
  const linger = (): void => lingerOn(request.socket, clock);
  if (!isShort && (isGivenUp || length !== undefined)) {
    response.shouldKeepAlive = false;
    request.socket.destroySoon = linger;
  }
  // Not before the head is on its way: a client that waits to be told to go on would be told so by the reading.
  response.once('prefinish', () => takeRest(request, limit, linger));
}

/**
 * Called when a request has been answered of which not everything has come, whoever was reading it: the rest would else
 * stand before the next request of the connection for ever.
 */
export function leaveRest(request: Incoming, limit: number, clock: Clock): void {
  if (!request.complete && !request.socket.destroyed && request[kReader] !== 'reads on')
    takeRest(request, limit, () => lingerOn(request.socket, clock));
}

/** GET and HEAD seldom have one, and to look for it would make the record of headers for nobody. */
function announcesBody(request: Incoming): boolean {
  return request[kHasBody] === true || (request.method !== 'GET' && request.method !== 'HEAD' && hasBody(request));
}

function takeRest(request: Incoming, limit: number, linger: () => void): void {
  if (request[kIsLeft] === true) return;
  request[kIsLeft] = true;
  let left = limit;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    request.pause();
    linger();
  });
  request.resume();
}

function lingerOn(socket: Socket, clock: Clock): void {
  if (socket.destroyed) return;
  socket.end();
  const timer = clock.schedule(() => socket.destroy(), lingerTime, { background: true });
  socket.once('close', () => timer.cancel());
}
