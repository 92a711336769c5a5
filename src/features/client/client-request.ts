import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import {
  currentCall,
  currentOrigin,
  DeadlineExceededError,
  forbidRetries,
  reasonOf,
  type CallContext,
  type Deadline,
} from '../../foundation/index.js';
import type { AttemptContext } from '../../resilience/index.js';
import type { AnswerReader, AnswerReaders } from './answer-readers.js';
import { ClientCall } from './client-call.js';
import type { ResolvedHttpClientOptions } from './client-options.js';
import { tooLong } from './connection-failure.js';
import type { Connections } from './connections.js';
import { callersTime, tellCall, timeLeftHeader } from './current-call-headers.js';
import { currentDeadline, type CurrentDeadline } from './current-deadline.js';
import { exchange, type BodyTaking, type ExchangeOrder, type Received } from './exchange.js';
import { HttpClientError, type FailedAnswer } from './http-client-error.js';
import { acceptedEncodings, codingOf, inflateStream, isTooLong } from './inflate.js';
import { JointDeadline } from './joint-deadline.js';
import type { RequestBody } from './request-body.js';
import type { HttpResponse, RequestOptions } from './request-options.js';
import type { RequestTarget } from './request-target.js';
import type { RunningWork } from './running-work.js';
import { statusError } from './status-error.js';
import { limitStream } from './stream-limit.js';

/** What all requests of one client share. */
export interface ClientServices {
  readonly options: ResolvedHttpClientOptions;
  readonly connections: Connections;
  readonly readers: AnswerReaders;
  readonly work: RunningWork;
  /** Aborts when the client is closed. */
  readonly stop: AbortSignal;
}

/** Less of the caller's time is none: what a service is told is rounded down. Milliseconds. */
const shortestLeft = 2;

type SentHeaders = Record<string, string | readonly string[]>;

/** RFC 9110, section 9.2.2. */
const idempotentMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];

/** One request of a client, which every attempt sends as it is; only the time that is left differs. */
export class ClientRequest {
  /** What the pipeline knows of it. */
  readonly call: ClientCall;
  readonly #services: ClientServices;
  readonly #target: RequestTarget;
  readonly #body: RequestBody;
  readonly #headers: SentHeaders;
  /** Undefined where the body is taken as a stream. */
  readonly #reader: AnswerReader | undefined;
  readonly #throwsOnError: boolean;
  readonly #tells: boolean;
  /** Whose call it is, as far as policies around this client are concerned. */
  readonly #caller: { readonly signal: AbortSignal | undefined; readonly call: CallContext | undefined };
  /** Until when the caller waits, whatever timeouts policies give to attempts. By the clock's `elapsed()`. */
  readonly #callerEndsAt: number;
  /** The one that he says himself. */
  readonly #given: Deadline | number | undefined;
  /** What is heard of the current call, alone or with the one that is given. */
  readonly #heard: CurrentDeadline | JointDeadline | undefined;

  constructor(services: ClientServices, target: RequestTarget, options: RequestOptions, body: RequestBody) {
    const { options: ofClient, readers, stop } = services;
    this.#services = services;
    this.#target = target;
    this.#body = body;
    this.#reader = readers.of(options.as, target);
    this.#throwsOnError = options.throwOnError ?? ofClient.throwOnError;
    this.#tells = ofClient.toldOrigins.has(target.origin);
    this.#headers = headersOf(services, target, options, body, this.#reader?.accept);
    const current = currentCall();
    if (current !== undefined && this.#tells) tellCall(current, this.#headers);
    this.#caller = { signal: options.signal, call: current };
    const { clock, name } = ofClient;
    this.#given = options.deadline;
    this.#callerEndsAt = clock.elapsed() + callersTime(options.deadline, currentOrigin());
    const ofCurrent = currentDeadline(current, clock, name);
    const isJoint = options.deadline !== undefined && ofCurrent !== undefined;
    this.#heard = isJoint ? new JointDeadline(options.deadline, ofCurrent, clock, name) : ofCurrent;
    const isKnown = idempotentMethods.includes(target.method) || this.#headers['idempotency-key'] !== undefined;
    this.call = new ClientCall({
      // One listener serves all calls that nobody else can end.
      signal: options.signal ?? stop,
      deadline: this.#heard ?? options.deadline,
      priority: options.priority,
      isIdempotent: options.idempotent ?? isKnown,
      isStream: body.isStream,
    });
  }

  /** Sends it once, and reads the answer. */
  async attempt(attempt: AttemptContext): Promise<HttpResponse> {
    const { call } = this;
    call.beginAttempt();
    try {
      const pool = this.#services.connections.to(this.#target.origin);
      const told = this.#timeLeftOf(attempt);
      const received = await exchange(pool, this.#orderOf(attempt, told));
      return { status: received.status, headers: received.headers, body: await this.#read(received, told) };
    } catch (error) {
      call.attemptFailed(error);
      throw error;
    } finally {
      call.attemptEnded();
    }
  }

  /** Lets go of the deadlines, and of the stream that a body of another kind was made, as its caller does of his own. */
  release(): void {
    this.#heard?.end();
    const { content } = this.#body;
    if (content instanceof Readable) content.destroy();
  }

  #orderOf(attempt: AttemptContext, told: number | undefined): ExchangeOrder {
    const { options, work } = this.#services;
    const { origin, path, method } = this.#target;
    const { content } = this.#body;
    return {
      name: this.#target,
      request: { origin, path, method, body: content, headers: this.#headersOf(told) } as Dispatcher.DispatchOptions,
      requestBody: content instanceof Readable ? content : undefined,
      signal: attempt.signal,
      streamSignal: this.call.signal,
      limits: options,
      work,
      takingOf: (status) => this.#takingOf(status),
      onSend: () => this.#sent(),
    };
  }

  #sent(): void {
    this.call.sent();
    // Policies around the client do not know what it does.
    if (!this.call.isIdempotent) forbidRetries(this.#caller.signal, this.#caller.call);
  }

  /** What the service is told that is left. Whole milliseconds, and at least one: nobody begins what is to end in none. */
  #timeLeftOf({ deadline }: AttemptContext): number | undefined {
    if (deadline === undefined || !this.#tells || this.#headers[timeLeftHeader] !== undefined) return undefined;
    return Math.max(1, Math.floor(deadline.remaining));
  }

  #headersOf(told: number | undefined): SentHeaders {
    return told === undefined ? this.#headers : { ...this.#headers, [timeLeftHeader]: String(told) };
  }

  #takingOf(status: number): BodyTaking {
    if (this.#throwsOnError && !isSuccess(status)) return 'beginning';
    return this.#reader === undefined ? 'stream' : 'whole';
  }

  async #read(received: Received, told: number | undefined): Promise<unknown> {
    const { status, headers, body } = received;
    const name = this.#target;
    const { name: service, clock } = this.#services.options;
    if (body instanceof Readable) {
      limitStream(body, { clock, endsAt: this.#callerEndsAt, deadline: this.#given, client: service });
      return this.#inflated(received, body);
    }
    if (this.#throwsOnError && !isSuccess(status)) {
      // What explains an error is never worth another one.
      const bytes = await this.#inflate(received, body).catch(() => body.subarray(0, 0));
      const error = statusError({ name, status, headers, bytes }, service, clock.now());
      throw this.#ofAttempt(error, told, { status, headers });
    }
    const bytes = body.length === 0 || !this.#isEncoded(received) ? body : await this.#inflate(received, body);
    return this.#reader?.read({ name, status, headers, bytes });
  }

  /**
   * A service that gives up when the time of the attempt is over may say so before the timeout that set it does. It was too slow then,
   * and nobody has refused: the caller waits on.
   */
  #ofAttempt(error: Error, timeout: number | undefined, answer: FailedAnswer): Error {
    const isOver = error instanceof DeadlineExceededError && timeout !== undefined;
    if (!isOver || this.#callerEndsAt - this.#services.options.clock.elapsed() <= shortestLeft) return error;
    const facts = { part: 'attempt', timeout } as const;
    return new HttpClientError('BOW_CLIENT_TIMED_OUT', this.#target, facts, { cause: error, answer });
  }

  #isEncoded({ headers }: Received): boolean {
    return headers['content-encoding'] !== undefined && this.#services.options.decompress;
  }

  async #inflate(received: Received, body: Buffer): Promise<Buffer> {
    if (!this.#isEncoded(received) || body.length === 0) return body;
    const { options } = this.#services;
    const { status, headers } = received;
    try {
      return (
        (await codingOf(headers['content-encoding'])?.whole(body, { maxOutputLength: options.maxBodySize })) ?? body
      );
    } catch (cause) {
      if (isTooLong(cause)) throw tooLong(this.#target, options, { status, headers });
      throw this.#unreadable(received, cause);
    }
  }

  #inflated(received: Received, body: Readable): Readable {
    if (!this.#isEncoded(received)) return body;
    try {
      const coding = codingOf(received.headers['content-encoding']);
      return coding === undefined ? body : inflateStream(body, coding);
    } catch (cause) {
      body.destroy();
      throw this.#unreadable(received, cause);
    }
  }

  #unreadable({ status, headers }: Received, cause: unknown): HttpClientError {
    const reason = `its body cannot be inflated: ${reasonOf(cause)}`;
    return new HttpClientError(
      'BOW_CLIENT_ANSWER_INVALID',
      this.#target,
      { reason },
      { cause, answer: { status, headers } },
    );
  }
}

/** What the client says of itself stays with its own service: an `authorization` among it must reach nobody else. */
function headersOf(
  { options: { headers, origin, decompress } }: ClientServices,
  target: RequestTarget,
  options: RequestOptions,
  { type }: RequestBody,
  accept = '*/*',
): SentHeaders {
  const sent: SentHeaders = { accept };
  if (decompress) sent['accept-encoding'] = acceptedEncodings;
  if (type !== undefined) sent['content-type'] = type;
  if (target.origin === origin) Object.assign(sent, headers);
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === undefined) delete sent[name.toLowerCase()];
    else sent[name.toLowerCase()] = value;
  }
  return sent;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
