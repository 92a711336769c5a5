import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { inCall } from '../../foundation/index.js';
import { clientLeft, toBodyError } from './decode-body.js';
import { AwaitedBody } from './slow-bodies.js';

/** What may wait for its reader before the request is held back: to hold back and to go on for each chunk takes a third of the rate. */
const waitingBytes = 262_144;

/** `unread`: nobody has asked for a byte yet. `held`: more has come than is wanted at the moment. */
type ReadingState = 'unread' | 'wanted' | 'held';

/**
 * A body as a handler reads it, in front of the request or of what decodes it. Whoever leaves a loop over it or destroys it
 * gives the body up and no more: to destroy the request would end the connection, and the answer with it. It fails with
 * the HttpError that is the answer to the client.
 */
export class BodyStream extends Readable {
  /** How often it was asked for more: whether anything is taken from it shows in it. */
  asked = 0;
  readonly #source: Readable;
  readonly #request: IncomingMessage;
  readonly #onData: (chunk: Buffer) => void;
  readonly #onGivenUp: () => void;
  #state: ReadingState = 'unread';

  /** `source` is what `decodedBody` gave for the request. Made in the call that reads it, whose context its events have. */
  constructor(source: Readable, request: IncomingMessage, onGivenUp: () => void) {
    super({ highWaterMark: waitingBytes });
    this.#source = source;
    this.#request = request;
    this.#onGivenUp = onGivenUp;
    this.#onData = inCall((chunk: Buffer) => {
      if (this.push(chunk)) return;
      this.#state = 'held';
      source.pause();
    });
    const onClose = inCall(() => {
      if (!source.readableEnded) this.destroy(clientLeft());
    });
    // For its whole life: a client that leaves is no error that nobody listens to, and would end the process.
    this.on('error', ignore);
    source
      .on(
        'end',
        inCall(() => this.destroyed || this.push(null)),
      )
      .on(
        'error',
        inCall((error: Error) => this.destroy(toBodyError(error, source, request))),
      )
      .on('close', onClose);
    if (source.readableEnded) this.push(null);
    else if (source.destroyed) onClose();
    // Somebody else listens, and what comes would be gone before it is asked for.
    else if (source.readableFlowing === true) this._read();
  }

  /** Whether somebody waits for more of it. */
  get isWanted(): boolean {
    return this.#state === 'wanted';
  }

  /** Whether somebody else has got its chunks too, or may have: a decoder, or who listens to the request. */
  get isShared(): boolean {
    return this.#source !== this.#request || this.#source.listenerCount('data') > 1;
  }

  override _read(): void {
    if (this.#state === 'unread') this.#source.on('data', this.#onData);
    this.asked++;
    this.#state = 'wanted';
    this.#source.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const source = this.#source;
    source.off('data', this.#onData);
    if (!source.readableEnded) {
      if (source === this.#request) source.pause();
      else source.destroy();
      this.#onGivenUp();
    }
    done(error);
  }
}

/** A body that a handler reads as a stream, and which has to come. */
export class AwaitedStream extends AwaitedBody {
  readonly #response: ServerResponse;
  readonly #body: BodyStream;

  constructor(request: IncomingMessage, response: ServerResponse, body: BodyStream) {
    super(request);
    this.#response = response;
    this.#body = body;
  }

  fail(error: Error): void {
    this.#response.shouldKeepAlive = false;
    this.#body.destroy(error);
  }
}

function ignore(): void {}
