import type { Socket } from 'node:net';
import type { Clock } from '../../../foundation/index.js';
import { AnswerReader } from './answer-reader.js';
import type { RequestBytes } from './request-bytes.js';

/** What became of one request. */
export type Outcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly saysClose: boolean;
      readonly saysRetryAfter: boolean;
    }
  /** An answer before it has said that the connection ends: its client sends it again on another. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'lost'; readonly how: 'reset' | 'empty' | 'truncated'; readonly reason: string };

/** One request on its way and what has come back. */
export interface Exchange {
  readonly request: RequestBytes;
  /** How many requests the connection had carried before. */
  readonly before: number;
  /** When its first byte was written, by the clock's `elapsed`. */
  readonly sentAt: number;
  readonly bytesSent: number;
  readonly answer: AnswerReader;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
}

class PendingExchange implements Exchange {
  readonly request: RequestBytes;
  readonly before: number;
  readonly sentAt: number;
  readonly answer: AnswerReader;
  readonly outcome: Promise<Outcome>;
  readonly settle: (outcome: Outcome) => void;
  bytesSent = 0;

  constructor(request: RequestBytes, before: number, sentAt: number) {
    this.request = request;
    this.before = before;
    this.sentAt = sentAt;
    this.answer = new AnswerReader(request.method);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    this.settle = resolve;
  }

  get isAllSent(): boolean {
    return this.bytesSent >= this.request.head.length + this.request.body.length;
  }
}

/**
 * A client's end of one HTTP/1.1 connection, which decides when each byte is written. It keeps RFC 9112 9.6: nothing is
 * sent after an answer that has said `Connection: close`, and what was pipelined behind that one is to be sent elsewhere.
 */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #waiting: PendingExchange[] = [];
  /** How long to wait between two looks at what has come. Milliseconds. */
  #readPause = 0;
  #isUsable = true;
  #count = 0;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd(undefined));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#onEnd(error.code ?? error.message));
    socket.on('close', () => this.#onEnd(undefined));
  }

  /** Whether a client may send another request on it. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Begins a request of which nothing is written yet. Answers come in the order of their requests. */
  begin(request: RequestBytes): Exchange {
    return this.#begin(request);
  }

  /** Writes bytes of a request that was begun. What is no longer wanted is not written. */
  write(exchange: Exchange, bytes: Buffer): void {
    if (!this.#isUsable || !(exchange instanceof PendingExchange) || bytes.length === 0) return;
    exchange.bytesSent += bytes.length;
    this.#socket.write(bytes);
  }

  /** Writes a whole request at once. */
  send(request: RequestBytes): Exchange {
    const [exchange] = this.sendTogether(request);
    return exchange;
  }

  /**
   * Writes several requests in one piece, as one packet where they are short. In several, a server that ends the connection
   * with its answer to the first would make the second write fail, and Node then throws away what has come to be read.
   */
  sendTogether(first: RequestBytes, ...others: readonly RequestBytes[]): [Exchange, ...Exchange[]] {
    const exchanges: [PendingExchange, ...PendingExchange[]] = [
      this.#begin(first),
      ...others.map((each) => this.#begin(each)),
    ];
    if (!this.#isUsable) return exchanges;
    const pieces = exchanges.flatMap((exchange) => {
      const { head, body } = exchange.request;
      exchange.bytesSent = head.length + body.length;
      return [head, body];
    });
    this.#socket.write(Buffer.concat(pieces));
    return exchanges;
  }

  /** Reads no faster than a chunk in `pause` milliseconds. */
  readSlowly(pause: number): void {
    this.#readPause = pause;
  }

  /** The client has nothing more to send. */
  end(): void {
    this.#isUsable = false;
    this.#socket.end();
  }

  /** Ends it whatever is on its way; what has no answer is lost for `reason`. */
  abandon(reason: string): void {
    this.#lose(false, reason);
    this.#socket.destroy();
  }

  #begin(request: RequestBytes): PendingExchange {
    const exchange = new PendingExchange(request, this.#count++, this.#clock.elapsed());
    if (this.#isUsable) this.#waiting.push(exchange);
    else exchange.settle({ kind: 'moved' });
    return exchange;
  }

  #onData(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const [exchange] = this.#waiting;
      // Nobody has asked for this: a server says so that it is about to close.
      if (exchange === undefined) {
        this.#isUsable = false;
        return;
      }
      rest = exchange.answer.read(rest);
      if (exchange.answer.isWhole) this.#answered(exchange);
      else if (exchange.answer.isNoAnswer) this.abandon('what came is no HTTP answer');
    }
    if (this.#readPause === 0 || this.#waiting.length === 0) return;
    this.#socket.pause();
    this.#clock.schedule(() => this.#socket.resume(), this.#readPause);
  }

  #answered(exchange: PendingExchange): void {
    this.#waiting.shift();
    const { status, saysClose, saysRetryAfter } = exchange.answer;
    if (saysClose || !exchange.isAllSent) {
      this.end();
      for (const behind of this.#waiting.splice(0)) behind.settle({ kind: 'moved' });
    }
    exchange.settle({ kind: 'answered', status, saysClose, saysRetryAfter });
  }

  #onEnd(error: string | undefined): void {
    const [exchange] = this.#waiting;
    if (error === undefined && exchange !== undefined) {
      exchange.answer.end();
      if (exchange.answer.isWhole) this.#answered(exchange);
    }
    this.#lose(error !== undefined, error ?? 'the server ended the connection');
    if (error === undefined) this.#socket.end();
  }

  #lose(isReset: boolean, reason: string): void {
    this.#isUsable = false;
    for (const exchange of this.#waiting.splice(0)) {
      const unanswered = isReset ? 'reset' : 'empty';
      exchange.settle({ kind: 'lost', how: exchange.answer.received === 0 ? unanswered : 'truncated', reason });
    }
  }
}
