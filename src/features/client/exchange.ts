import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ofRequestBody, tooLong, toClientError, type FailureLimits } from './connection-failure.js';
import type { RequestName } from './http-client-error.js';
import type { RunningWork } from './running-work.js';

/** An answer as it came. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | Readable;
}

/**
 * - `whole`: up to the limit, and an error beyond it.
 * - `beginning`: what fits; the rest is not worth an error.
 * - `stream`: as it comes, as fast as it is read.
 */
export type BodyTaking = 'whole' | 'beginning' | 'stream';

/** How one request is sent, and its answer taken. */
export interface ExchangeOrder {
  readonly name: RequestName;
  readonly request: Dispatcher.DispatchOptions;
  /** That of the request where it is a stream. */
  readonly requestBody: Readable | undefined;
  /** Aborts the exchange; a body that is taken as a stream no longer belongs to it. */
  readonly signal: AbortSignal;
  /** Aborts a body that is taken as a stream. */
  readonly streamSignal: AbortSignal;
  readonly limits: FailureLimits;
  /** Is told of a body that is taken as a stream. */
  readonly work: RunningWork;
  readonly takingOf: (status: number) => BodyTaking;
  /** Right before the first byte is written. */
  readonly onSend: () => void;
}

/** How much of a body that only explains an error is kept. Bytes. */
const longestBeginning = 65_536;

const nothing = Buffer.alloc(0);

/**
 * One request to its end, over a connection of `pool`. Rejects with an HttpClientError, or with the reason of the signal, at
 * once then: a request that waits for a connection is never sent, and the connection of one that runs is closed.
 */
export function exchange(pool: Dispatcher, order: ExchangeOrder): Promise<Received> {
  return new Promise((resolve, reject) => {
    const running = new Exchange(order, resolve, reject);
    if (running.begin()) pool.dispatch(order.request, running);
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #order: ExchangeOrder;
  readonly #resolve: (received: Received) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  /** Whether the promise is settled. */
  #isSettled: boolean;
  #taking: BodyTaking;
  #status: number;
  #headers: IncomingHttpHeaders;
  #chunks: Buffer[];
  #size: number;
  #stream: BodyStream | undefined;

  constructor(order: ExchangeOrder, resolve: (received: Received) => void, reject: (error: unknown) => void) {
    this.#order = order;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onAbort = () => this.#giveUp(order.signal.reason);
    this.#controller = undefined;
    this.#isSettled = false;
    this.#taking = 'whole';
    this.#status = 0;
    this.#headers = {};
    this.#chunks = [];
    this.#size = 0;
    this.#stream = undefined;
  }

  /** False where it has ended before it began. */
  begin(): boolean {
    const { signal } = this.#order;
    if (signal.aborted) this.#giveUp(signal.reason);
    else signal.addEventListener('abort', this.#onAbort, { once: true });
    return !this.#isSettled;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, it takes the request out of the queue; an abort would close the connection that has just become free.
    if (this.#isSettled) throw new Error('Nobody waits for this request any longer.');
    this.#controller = controller;
    this.#order.onSend();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#taking = this.#order.takingOf(status);
    if (this.#taking === 'stream') this.#beginStream();
    else if (this.#taking === 'whole' && this.#lengthOf(headers) > this.#order.limits.maxBodySize) this.#refuseLength();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream !== undefined) {
      if (!this.#stream.push(chunk)) controller.pause();
      return;
    }
    this.#size += chunk.length;
    if (this.#taking === 'whole') {
      if (this.#size > this.#order.limits.maxBodySize) this.#refuseLength();
      else this.#chunks.push(chunk);
      return;
    }
    const room = longestBeginning - (this.#size - chunk.length);
    if (room > 0) this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (this.#size > this.#order.limits.maxBodySize) this.#finishEarly();
  }

  onResponseEnd(): void {
    if (this.#stream === undefined) this.#settleWith(this.#wholeBody());
    else this.#stream.push(null);
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#stream !== undefined) {
      this.#stream.destroy(this.#failure(error));
    } else if (!this.#isSettled) {
      this.#end();
      this.#reject(this.#failure(error));
    }
  }

  /** As the answer says it before it sends it; the length of a body that does not come says nothing. */
  #lengthOf(headers: IncomingHttpHeaders): number {
    const isLeftOut = this.#order.request.method === 'HEAD' || this.#status === 304;
    return isLeftOut ? 0 : Number(headers['content-length'] ?? 0);
  }

  #failure(error: Error): Error {
    const { requestBody } = this.#order;
    if (requestBody?.errored === error) return ofRequestBody(this.#order.name, error);
    const answer = this.#status === 0 ? undefined : { status: this.#status, headers: this.#headers };
    return toClientError(this.#order.name, error, this.#controller !== undefined, this.#order.limits, answer);
  }

  #giveUp(reason: unknown): void {
    if (this.#isSettled) return;
    this.#end();
    this.#reject(reason);
    this.#controller?.abort(
      reason instanceof Error ? reason : new Error('Nobody waits any longer.', { cause: reason }),
    );
  }

  #refuseLength(): void {
    const { name, limits } = this.#order;
    this.#giveUp(tooLong(name, limits, { status: this.#status, headers: this.#headers }));
  }

  /** With what has come of a body that nobody needs the whole of. */
  #finishEarly(): void {
    this.#settleWith(this.#wholeBody());
    this.#controller?.abort(new Error('Nobody needs the rest of this body.'));
  }

  #beginStream(): void {
    const { streamSignal, work } = this.#order;
    this.#stream = new BodyStream(this.#controller, streamSignal, work);
    this.#settleWith(this.#stream);
  }

  #settleWith(body: Buffer | Readable): void {
    if (this.#isSettled) return;
    this.#end();
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  #end(): void {
    this.#isSettled = true;
    this.#order.signal.removeEventListener('abort', this.#onAbort);
  }

  #wholeBody(): Buffer {
    const [first = nothing] = this.#chunks;
    return this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first;
  }
}

/** A body as it comes. What is destroyed before its end closes the connection. */
class BodyStream extends Readable {
  readonly #controller: Dispatcher.DispatchController | undefined;
  readonly #stopListening: () => void;
  readonly #work: RunningWork;

  constructor(controller: Dispatcher.DispatchController | undefined, signal: AbortSignal, work: RunningWork) {
    super();
    this.#controller = controller;
    this.#work = work;
    work.begin();
    // It may break before anybody reads, who then hears of it all the same; the process must not end by that.
    this.on('error', () => {});
    const leave = (): void => void this.destroy(toError(signal.reason));
    this.#stopListening = () => signal.removeEventListener('abort', leave);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  }

  override _read(): void {
    this.#controller?.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stopListening();
    // Has no effect on an answer that has come whole.
    this.#controller?.abort(error ?? new DOMException('The body was not read to its end.', 'AbortError'));
    this.#work.end();
    callback(error);
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new DOMException(String(reason), 'AbortError');
}
