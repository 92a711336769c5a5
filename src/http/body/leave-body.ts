import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../foundation/index.js';
import { hasBody } from './parse-body.js';

const kReader = Symbol('reader');

interface Incoming extends IncomingMessage {
  [kReader]?: 'reads' | 'gave up';
}

/** How long a client that still sends may take to read the answer. Milliseconds. */
const lingerTime = 1_000;

/** Says that somebody is going to read the body to its end, though nothing of it may have been read yet. */
export function takeBody(request: Incoming): void {
  request[kReader] = 'reads';
}

/** Says that whoever was reading the body has stopped in the middle of it. */
export function giveUpBody(request: Incoming): void {
  request[kReader] = 'gave up';
}

/** Whether somebody reads the body, which may be native code. */
export function isBodyRead(request: Incoming): boolean {
  return request[kReader] === 'reads' || (request.readableDidRead && request[kReader] === undefined);
}

/**
 * Called before an answer goes out whose body nobody reads or goes on to read. A rest that is known to be at most `limit`
 * is left to Node, which reads past it to the next request. Any other ends the connection (RFC 9112 9.3 and 9.6): up to
 * `limit` bytes are still taken, and the socket is closed for writing first and for reading later, since a reset would
 * overtake the answer on its way to a client that is still sending.
 */
export function leaveBody(request: Incoming, response: ServerResponse, limit: number, clock: Clock): void {
  if (request.complete || request.readableEnded || !hasBody(request)) return;
  if (isBodyRead(request)) return;
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) <= limit && request[kReader] === undefined) return;
  response.shouldKeepAlive = false;
  // Not before the head is on its way: a client that waits to be told to go on would be told so by the reading.
  response.once('prefinish', () => takeRest(request, limit));
  const { socket } = request;
  socket.destroySoon = () => {
    if (socket.destroyed) return;
    socket.end();
    const timer = clock.schedule(() => socket.destroy(), lingerTime, { background: true });
    socket.once('close', () => timer.cancel());
  };
}

function takeRest(request: Incoming, limit: number): void {
  let left = limit;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.pause();
  });
  request.resume();
}
