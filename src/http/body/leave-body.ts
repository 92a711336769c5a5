import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '../../foundation/index.js';
import { socketOf } from '../socket-of.js';
import { hasBody } from './parse-body.js';

const kReader = Symbol('reader');
const kStream = Symbol('stream');
const kHasBody = Symbol('has a body');
const kIsLeft = Symbol('is left');

/** What stands between the request and its reader. */
interface ReadStream extends Readable {
  readonly isWanted: boolean;
  readonly asked: number;
}

interface Incoming extends IncomingMessage {
  [kReader]?: 'reads' | 'reads on' | 'gave up';
  [kStream]?: ReadStream;
  [kHasBody]?: true;
  [kIsLeft]?: true;
}

interface EndingSocket extends Socket {
  [kIsLeft]?: true;
}

/** Whether an answer has said that it is the last one, so that what comes behind it is no request (RFC 9112 9.6). */
export function isEnding(socket: EndingSocket): boolean {
  return socket[kIsLeft] === true;
}

/** How long a client that still sends may take to read the answer. Milliseconds. */
const lingerTime = 1_000;

/** How long it may take for the rest of a body to come behind an answer that ends the connection. Milliseconds. */
const restTime = 1_000;

/**
 * Says that somebody is going to read the body to its end, though nothing of it may have been read yet; with `afterAnswer`
 * until he gives it up, even when the answer is out.
 */
export function takeBody(request: Incoming, afterAnswer: boolean, stream?: ReadStream): void {
  request[kReader] = afterAnswer ? 'reads on' : 'reads';
  if (stream !== undefined) request[kStream] = stream;
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

/** Whether its reader waits for more. Where he is the slow one, the client may not send. */
export function isBodyWanted(request: Incoming): boolean {
  return request[kStream]?.isWanted ?? request.readableLength < request.readableHighWaterMark;
}

/** A number that grows while the reader takes of the body. */
export function bodyProgress(request: Incoming): number {
  return request[kStream]?.asked ?? bytesArrived(request);
}

/** Bytes on the wire. Connections in memory do not count. */
export function bytesArrived(request: IncomingMessage): number {
  return (request.socket as { readonly bytesRead?: number } | null)?.bytesRead ?? 0;
}

/** Says that the head of the request announces a body, so that nobody has to look through it again. */
export function noteBody(request: Incoming): void {
  request[kHasBody] = true;
}

/**
 * Called before an answer goes out whose body nobody reads or goes on to read. A rest of at most `limit` bytes is taken,
 * and the connection goes on with the next request. A longer one ends it (RFC 9112 9.3 and 9.6), with the word close where
 * that is known before: so much of it is still taken, and the socket is closed for writing first and for reading later,
 * since a reset, and for some clients an early end, would overtake the answer on its way to a client that is still sending.
 */
export function leaveBody(request: Incoming, response: ServerResponse, limit: number, clock: Clock): void {
  if (!announcesBody(request) || isBodyRead(request)) return;
  const isGivenUp = request[kReader] !== undefined;
  // Whether the rest of one that was given up has come by now depends on the size of packets, and decides nothing.
  if (request.readableEnded && !isGivenUp) return;
  const length = request.headers['content-length'];
  const isShort = length !== undefined && Number(length) <= limit;
  // Node reads past it by itself, unless somebody has begun to.
  if (isShort && !isGivenUp) return;
  const socket = socketOf(request, response);
  if (socket === undefined) {
    response.shouldKeepAlive = false;
    return;
  }
  // What is known to be longer is not waited for.
  let isTaken = length !== undefined || request.readableEnded;
  let isAnswered = false;
  const endWhenBoth = (): void => {
    if (isTaken && isAnswered) lingerOn(socket, clock);
  };
  const taken = (isWhole: boolean): void => {
    isTaken = true;
    if (!isWhole) isAnswered = true;
    endWhenBoth();
  };
  if (!isShort && (isGivenUp || length !== undefined)) {
    response.shouldKeepAlive = false;
    (socket as EndingSocket)[kIsLeft] = true;
    socket.destroySoon = () => {
      isAnswered = true;
      if (isTaken) lingerOn(socket, clock);
      else destroyLater(socket, clock, restTime);
    };
  }
  // Not before the head is on its way: a client that waits to be told to go on would be told so by the reading.
  response.once('prefinish', () => takeRest(request, limit, taken));
}

/**
 * Called when a request has been answered of which not everything has come, whoever was reading it: the rest would else
 * stand before the next request of the connection for ever.
 */
export function leaveRest(request: Incoming, socket: Socket, limit: number, clock: Clock): void {
  if (!request.complete && !socket.destroyed && request[kReader] !== 'reads on')
    takeRest(request, limit, (isWhole) => {
      if (!isWhole) lingerOn(socket, clock);
    });
}

/** GET and HEAD seldom have one, and to look for it would make the record of headers for nobody. */
function announcesBody(request: Incoming): boolean {
  return request[kHasBody] === true || (request.method !== 'GET' && request.method !== 'HEAD' && hasBody(request));
}

function takeRest(request: Incoming, limit: number, onTaken: (isWhole: boolean) => void): void {
  if (request[kIsLeft] === true) return;
  request[kIsLeft] = true;
  const stream = request[kStream];
  if (stream === undefined || stream.destroyed) {
    takeFrom(request, limit, onTaken);
    return;
  }
  // It would hold the request back where its reader has stopped without a word.
  takeFrom(stream, limit, onTaken);
  stream.once('close', () => {
    if (!stream.readableEnded) takeFrom(request, limit, onTaken);
  });
}

function takeFrom(source: Readable, limit: number, onTaken: (isWhole: boolean) => void): void {
  // An answer that had to wait for the one before it goes out later than it was given. Native code that leaves a loop over
  // the request destroys it, so that nothing can be taken of what comes.
  if (source.readableEnded || source.destroyed) {
    onTaken(source.readableEnded);
    return;
  }
  let left = limit;
  source.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    source.pause();
    onTaken(false);
  });
  source.once('end', () => onTaken(true));
  source.resume();
}

function lingerOn(socket: Socket, clock: Clock): void {
  if (socket.destroyed) return;
  socket.end();
  destroyLater(socket, clock, lingerTime);
}

function destroyLater(socket: Socket, clock: Clock, delay: number): void {
  const timer = clock.schedule(() => socket.destroy(), delay, { background: true });
  socket.once('close', () => timer.cancel());
}
