import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock, Logger } from '../foundation/index.js';
import {
  nodeHttp,
  BadRequestError,
  ContentTooLargeError,
  formatSafely,
  NotImplementedError,
  RequestHeaderFieldsTooLargeError,
  RequestTimeoutError,
  type ErrorFormat,
  type HttpError,
} from '../http/index.js';
import type { Connections, TrackedConnection } from './connections.js';

/** How long a client that was refused may take to read why. Milliseconds. */
const lingerTime = 500;

export interface RawAnswers {
  readonly server: string;
  readonly errorFormat: ErrorFormat;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Refuses what could not be parsed, or did not arrive in time. */
export function answerClientError(connections: Connections, error: NodeJS.ErrnoException, socket: Socket): void {
  const connection = connections.connectionOf(socket);
  const brokenHandshake = (socket as Partial<TLSSocket>).encrypted === true && connection === undefined;
  if (!socket.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE' || brokenHandshake) {
    socket.destroy();
    return;
  }
  if (connection !== undefined && isUnspoken(connection, error)) awaitHead(connection, error);
  else connection?.refuse(toAnswer(error), isBroken(error));
}

/**
 * Node counts the time of a head from the beginning of the connection. While the server leaves that time is short, and whoever
 * has not said a word yet may just be about to.
 */
function isUnspoken({ owner, socket }: TrackedConnection, { code }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' && owner.leave?.idleTimeout !== undefined && socket.bytesRead === 0;
}

/** Node looks at a connection no longer that it has reported. */
function awaitHead(connection: TrackedConnection, error: NodeJS.ErrnoException): void {
  const { owner, socket } = connection;
  const refuse = (): void => {
    if (socket.bytesRead === 0) owner.services.silent.add(socket);
    else if (connection.busy === 0 && !connection.told) connection.refuse(toAnswer(error));
  };
  const timer = owner.services.clock.schedule(refuse, owner.leave?.idleTimeout ?? 0, { background: true });
  socket.once('close', () => timer.cancel());
}

/**
 * Ends a connection that no request owns: with an error in the shape of all errors, or without a word. Reads on for a
 * while, or a reset would overtake the answer.
 */
export function endConnection(answers: RawAnswers, socket: Socket, error: HttpError | undefined): void {
  if (!socket.writable) return;
  if (error === undefined) socket.end();
  else socket.end(toBytes(answers, error));
  socket.resume();
  const timer = answers.clock.schedule(() => socket.destroy(), lingerTime, { background: true });
  socket.on('close', () => timer.cancel());
}

function toBytes({ server, errorFormat, log, clock }: RawAnswers, error: HttpError): string {
  const { contentType, body } = formatSafely(errorFormat, error, { server }, (thrown) => {
    log.error('The bound ErrorFormat threw; the default one answered', { error: thrown });
  });
  const head = [
    `HTTP/1.1 ${error.status} ${nodeHttp.STATUS_CODES[error.status] ?? ''}`,
    `date: ${new Date(clock.now()).toUTCString()}`,
    'connection: close',
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Whether the bytes are wrong, and not missing. */
function isBroken({ code }: NodeJS.ErrnoException): boolean {
  return code?.startsWith('HPE_') === true && code !== 'HPE_INVALID_EOF_STATE';
}

function toAnswer(error: NodeJS.ErrnoException): HttpError {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestTimeoutError('The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new RequestHeaderFieldsTooLargeError('The request headers are larger than is taken here.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new ContentTooLargeError('The chunk extensions of the body are larger than is taken here.');
    case 'HPE_INVALID_METHOD':
      return new NotImplementedError('The method of the request is not known here.');
    default:
      return new BadRequestError('The request is not valid HTTP.');
  }
}
