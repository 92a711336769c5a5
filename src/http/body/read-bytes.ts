import type { IncomingMessage } from 'node:http';
import { BadRequestError, ContentTooLargeError, UnsupportedMediaTypeError } from '../http-errors-by-status.js';

const kReading = Symbol('reading');

interface ReadableRequest extends IncomingMessage {
  [kReading]?: BytesReader;
}

/** Reads the whole body. 413 before the first byte where its length is known, else as soon as the limit is passed. */
export function readBytes(request: ReadableRequest, limit: number): Promise<Buffer> {
  const refusal = refuseUnread(request, limit);
  if (refusal !== undefined) return Promise.reject(refusal);
  if (request.readableAborted || (request.closed && !request.readableEnded)) return Promise.reject(clientLeft());
  if (request.readableEnded) return Promise.resolve(Buffer.alloc(0));
  return new Promise((resolve, reject) => {
    request[kReading] = new BytesReader(limit, resolve, reject);
    request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

function refuseUnread(request: IncomingMessage, limit: number): Error | undefined {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new UnsupportedMediaTypeError(`The Content-Encoding '${encoding.slice(0, 40)}' is not taken here.`, {
      headers: { 'accept-encoding': 'identity' },
    });
  }
  const length = request.headers['content-length'];
  return length !== undefined && Number(length) > limit ? tooLarge(limit) : undefined;
}

function clientLeft(): BadRequestError {
  return new BadRequestError('The client left before the body had arrived.');
}

function tooLarge(limit: number): ContentTooLargeError {
  return new ContentTooLargeError(`The body is larger than the ${limit} bytes that are taken here.`);
}

// Shared by all requests: a closure for each would cost more than the reading itself.
function onData(this: ReadableRequest, chunk: Buffer): void {
  this[kReading]?.data(chunk);
}
function onEnd(this: ReadableRequest): void {
  this[kReading]?.end();
}
function onError(this: ReadableRequest, error: Error): void {
  this[kReading]?.fail(new BadRequestError('The body did not arrive whole.', { cause: error }));
}
function onClose(this: ReadableRequest): void {
  if (!this.readableEnded) this[kReading]?.fail(clientLeft());
}

type ReaderState = 'reading' | 'settled';

class BytesReader {
  readonly #limit: number;
  readonly #resolve: (bytes: Buffer) => void;
  readonly #reject: (error: Error) => void;
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #size = 0;
  #state: ReaderState = 'reading';

  constructor(limit: number, resolve: (bytes: Buffer) => void, reject: (error: Error) => void) {
    this.#limit = limit;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  data(chunk: Buffer): void {
    if (this.#state === 'settled') return;
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.fail(tooLarge(this.#limit));
    } else if (this.#first === undefined) {
      this.#first = chunk;
    } else {
      (this.#rest ??= [this.#first]).push(chunk);
    }
  }

  end(): void {
    if (this.#state === 'settled') return;
    this.#state = 'settled';
    this.#resolve(this.#rest === undefined ? (this.#first ?? Buffer.alloc(0)) : Buffer.concat(this.#rest, this.#size));
  }

  fail(error: Error): void {
    if (this.#state === 'settled') return;
    this.#state = 'settled';
    this.#first = undefined;
    this.#rest = undefined;
    this.#reject(error);
  }
}
