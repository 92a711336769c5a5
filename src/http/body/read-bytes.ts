import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ContentTooLargeError } from '../http-errors-by-status.js';
import { clientLeft, decodedBody, toBodyError } from './decode-body.js';
import { giveUpBody, takeBody } from './leave-body.js';
import { AwaitedBody, type SlowBodies } from './slow-bodies.js';

const kReading = Symbol('reading');

interface ReadSource extends Readable {
  [kReading]?: BytesReader;
}

/**
 * Reads the whole body, decoded. 413 before the first byte where its length is known, else as soon as what comes out of
 * its coding passes the limit; 408 where it comes too slowly.
 */
export function readBytes(request: IncomingMessage, limit: number, slow?: SlowBodies): Promise<Buffer> {
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > limit) return Promise.reject(tooLarge(limit));
  if (request.readableAborted || (request.closed && !request.readableEnded)) return Promise.reject(clientLeft());
  if (request.readableEnded) return Promise.resolve(Buffer.alloc(0));
  return new Promise((resolve, reject) => {
    const source: ReadSource = decodedBody(request);
    takeBody(request, false);
    const reader = new BytesReader(request, source, limit, resolve, reject);
    source[kReading] = reader;
    if (source !== request) (request as Readable as ReadSource)[kReading] = reader;
    source.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    slow?.watch(reader);
  });
}

/** Gives up the reading of a body that nobody waits for any longer; nothing where none goes on. */
export function stopReading(request: IncomingMessage, error: Error): void {
  (request as Readable as ReadSource)[kReading]?.fail(error);
}

function tooLarge(limit: number): ContentTooLargeError {
  return new ContentTooLargeError(`The body is larger than the ${limit} bytes that are taken here.`);
}

// Shared by all requests: a closure for each would cost more than the reading itself.
function onData(this: ReadSource, chunk: Buffer): void {
  this[kReading]?.data(chunk);
}
function onEnd(this: ReadSource): void {
  // Node would remove it when the answer is out, in a way that makes a slow object of the listeners.
  this.removeListener('data', onData);
  this[kReading]?.end();
}
function onError(this: ReadSource, error: Error): void {
  this[kReading]?.broke(error);
}
function onClose(this: ReadSource): void {
  if (!this.readableEnded) this[kReading]?.fail(clientLeft());
}

type ReaderState = 'reading' | 'settled';

class BytesReader extends AwaitedBody {
  readonly #source: Readable;
  readonly #limit: number;
  readonly #resolve: (bytes: Buffer) => void;
  readonly #reject: (error: Error) => void;
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #size: number;
  #state: ReaderState;

  constructor(
    request: IncomingMessage,
    source: Readable,
    limit: number,
    resolve: (bytes: Buffer) => void,
    reject: (error: Error) => void,
  ) {
    super(request);
    this.#source = source;
    this.#limit = limit;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#first = undefined;
    this.#rest = undefined;
    this.#size = 0;
    this.#state = 'reading';
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
    this.#settle();
    this.#resolve(this.#rest === undefined ? (this.#first ?? Buffer.alloc(0)) : Buffer.concat(this.#rest, this.#size));
  }

  broke(error: Error): void {
    this.fail(toBodyError(error, this.#source, this.request));
  }

  fail(error: Error): void {
    if (this.#state === 'settled') return;
    this.#settle();
    this.#first = undefined;
    this.#rest = undefined;
    if (this.#source !== this.request) this.#source.destroy();
    giveUpBody(this.request);
    this.#reject(error);
  }

  #settle(): void {
    this.#state = 'settled';
    this.forget();
  }
}
