import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { finished, Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { parse as parseQuery } from 'fast-querystring';
import { BowlineError, inCall, runInCall, type DeadlineExceededError } from '../foundation/index.js';
import { noteCall } from './answering-call.js';
import type { BodyKind } from './body/body-kind.js';
import { bodyKindOf } from './body/content-type.js';
import { decodeUtf8, hasBody, parseBody } from './body/parse-body.js';
import { AwaitedStream, BodyStream } from './body/body-stream.js';
import { decodedBody } from './body/decode-body.js';
import {
  bodyProgress,
  giveUpBody,
  isBodyRead,
  isBodyWanted,
  leaveBody,
  leaveRest,
  takeBody,
} from './body/leave-body.js';
import { readBytes, stopReading } from './body/read-bytes.js';
import type { ContextServices } from './context-services.js';
import { ServiceUnavailableError } from './http-errors-by-status.js';
import { CookieStore } from './cookies.js';
import { dropLength, hasNoBody, headersOf, keepNativeValues, streamHeadersOf } from './answer-headers.js';
import { fail, isOfDeadline, refuse } from './fail.js';
import type { HttpError } from './http-error.js';
import { pathOf, searchOf } from './request-target.js';
import {
  computeTrailers,
  toNodeHints,
  toTrailerNames,
  type EarlyHints,
  type TrailerValues,
} from './hints-and-trailers.js';
import { HttpContext, type NativeExchange, type OutgoingHeaders, type QueryValues } from './http-context.js';
import { ForwardedRequest } from './proxy-trust.js';
import { routeOf } from './reply.js';
import type { RequestDeadline } from './request-deadlines.js';
import { SeldomState } from './seldom-state.js';
import { exactly, followedBy, hasPiece } from './reply-stream.js';
import type { DescribedRoute } from './route-description.js';
import { cutOff, socketOf } from './socket-of.js';
import { tagOrSpare } from './weak-etag.js';
import { whenClosed } from './when-closed.js';

/** `begun`: a stream has been given, of which no piece has come yet. `reported`: a second answer was dropped and logged. */
type AnswerState = 'open' | 'begun' | 'answered' | 'reported';

/** A body that is read at once, and what was made of it last. */
interface WholeBody {
  readonly bytes: Promise<Buffer>;
  kind: BodyKind | undefined;
  value: unknown;
}

/**
 * The context over Node's request and response. Providers whose framework answers in a way of its own extend it and
 * override {@link NodeContext.write}.
 */
export class NodeContext extends HttpContext {
  protected readonly incoming: IncomingMessage;
  protected readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string>>;
  readonly #search: string | undefined;
  #answer: AnswerState;
  #query: QueryValues | undefined;
  #whole: WholeBody | undefined;
  #seldom: SeldomState | undefined;

  /** `search` is the raw query string where the router has cut it off already. */
  constructor(
    incoming: IncomingMessage,
    response: ServerResponse,
    services: ContextServices,
    route: DescribedRoute | undefined,
    params: Readonly<Record<string, string>>,
    search?: string,
  ) {
    super(services, route);
    this.incoming = incoming;
    this.response = response;
    this.params = params;
    this.#search = search;
    this.#answer = 'open';
    this.#query = undefined;
    this.#whole = undefined;
    this.#seldom = undefined;
    noteCall(response, this);
  }

  get #kept(): SeldomState {
    return (this.#seldom ??= new SeldomState());
  }

  get method(): string {
    return this.incoming.method ?? 'GET';
  }

  get url(): string {
    return this.incoming.url ?? '/';
  }

  get path(): string {
    return pathOf(this.url);
  }

  get query(): QueryValues {
    return (this.#query ??= parseQuery(this.#search ?? searchOf(this.url)) as QueryValues);
  }

  get headers(): IncomingHttpHeaders {
    return this.incoming.headers;
  }

  get cookies(): CookieStore {
    return (this.#kept.cookies ??= new CookieStore(this.incoming.headers.cookie, (line, earlier) => {
      const others = [this.outgoing?.['set-cookie'] ?? []].flat().filter((each) => each !== earlier);
      this.set('set-cookie', others.length === 0 ? line : [...others, line]);
    }));
  }

  get ip(): string {
    return this.ips[0] ?? this.#socket?.remoteAddress ?? '';
  }

  get ips(): readonly string[] {
    return this.#forwarded?.addresses ?? [];
  }

  get protocol(): 'http' | 'https' {
    const said = this.#forwarded?.protocol;
    if (said !== undefined) return said;
    return (this.#socket as Partial<TLSSocket> | undefined)?.encrypted === true ? 'https' : 'http';
  }

  get #socket(): Socket | undefined {
    return socketOf(this.incoming, this.response);
  }

  get host(): string {
    return this.#forwarded?.host ?? this.incoming.headers.host ?? '';
  }

  get id(): string {
    return (this.#kept.id ??= this.#forwarded?.id ?? this.services.generateId());
  }

  get #forwarded(): ForwardedRequest | undefined {
    const { trust } = this.services;
    if (trust === undefined) return undefined;
    return new ForwardedRequest({ headers: this.incoming.headers, socket: this.#socket ?? {} }, trust);
  }

  get state(): Record<string, unknown> {
    return (this.#kept.state ??= {});
  }

  get native(): NativeExchange {
    return { request: this.incoming, response: this.response };
  }

  get node(): NativeExchange<IncomingMessage, ServerResponse> {
    return { request: this.incoming, response: this.response };
  }

  get answered(): boolean {
    return this.#answer !== 'open' || this.response.headersSent;
  }

  get abandoned(): boolean {
    return this.response.closed && !this.response.writableFinished;
  }

  get signal(): AbortSignal {
    return this.#aborter().signal;
  }

  get late(): Error | undefined {
    return this.#seldom?.late;
  }

  get deadline(): RequestDeadline | undefined {
    return this.#seldom?.deadline ?? this.#openDeadline();
  }

  #openDeadline(): RequestDeadline | undefined {
    const { route, services } = this;
    if (route === undefined || !services.deadlines.isFor(route)) return undefined;
    const deadline = services.deadlines.open(this, this.incoming, this.response);
    if (deadline !== undefined) this.#kept.deadline = deadline;
    return deadline;
  }

  enforceDeadline(): void {
    const { deadline, response } = this;
    if (deadline === undefined || deadline.isLinked || response.closed) return;
    deadline.enforce();
    whenClosed(response, () => deadline.forget());
  }

  /** The whole time of the request has passed: `signal` aborts, and a 504 answers where the handler has not. */
  passDeadline(reason: DeadlineExceededError): void {
    // The timer serves all requests, and whoever hears the signal works for this one.
    if (this.route?.currentContext === undefined) this.#passDeadline(reason);
    else runInCall(this, () => this.#passDeadline(reason));
  }

  #passDeadline(reason: DeadlineExceededError): void {
    this.#aborter().abort(reason);
    // An answer on its way belongs to whoever makes it, and who has heard the signal.
    if (this.#answer !== 'begun' && this.answered) return;
    stopReading(this.incoming, reason);
    this.#answerInPlace(() => fail(this, reason), reason);
    this.services.handlerTimeouts.release(this);
  }

  isReceiving(): boolean {
    const { incoming } = this;
    // Of what has arrived some may still be on its way to a handler that takes a stream.
    const isOver = incoming.complete && this.#seldom?.body === undefined;
    if (isOver || !isBodyRead(incoming) || this.abandoned) return false;
    const kept = this.#kept;
    const before = kept.progress;
    kept.progress = bodyProgress(incoming);
    return kept.progress !== before || (!incoming.complete && isBodyWanted(incoming));
  }

  /** The handler has not answered within `timeout` milliseconds: a 503 does in its place, and `signal` aborts. */
  expire(timeout: number): void {
    const { route } = this;
    const handler = route === undefined ? 'The handler' : `${route.controller}.${route.handler}`;
    const cause = new Error(
      `${handler} has not answered within ${timeout} ms.${route?.answersItself === true ? ' It takes @Res: answer on it, or say { passthrough: true }.' : ''}`,
    );
    const error = new ServiceUnavailableError('The request took too long.', { cause });
    this.#aborter().abort(new DOMException(cause.message, 'TimeoutError'));
    this.#answerInPlace(() => fail(this, error), error);
  }

  /** Aborts `signal`: what throws its reason answers with it. */
  abort(reason: HttpError): void {
    this.#aborter().abort(reason);
  }

  /** Answers with an error in place of the handler, where nothing has gone out. */
  giveUp(error: HttpError): void {
    this.#answerInPlace(() => refuse(this, error), error);
    this.services.handlerTimeouts.release(this);
  }

  #answerInPlace(answer: () => void, error: Error): void {
    this.#kept.late ??= error;
    // The answer is due now: a provider lets go of the exchange when this returns.
    if (this.#answer === 'begun') {
      const kept = this.#kept;
      const { source } = kept;
      kept.source = undefined;
      this.#reopen();
      source?.destroy(error);
    }
    // What it has not taken of the body until now it is not going to take.
    if (!this.incoming.complete) this.#seldom?.body?.destroy(error);
    if (!this.answered) answer();
  }

  #aborter(): AbortController {
    const kept = this.#kept;
    if (kept.abort === undefined) {
      const abort = (kept.abort = new AbortController());
      const { response } = this;
      const onClose = (): void => {
        if (!response.writableFinished)
          abort.abort(new DOMException('The client left before the answer was finished.', 'AbortError'));
      };
      // The response's own close, since that of a request without a body comes at once.
      if (response.closed) onClose();
      else response.once('close', inCall(onClose));
    }
    return kept.abort;
  }

  onClose(listener: () => void): void {
    if (this.response.closed) listener();
    else whenClosed(this.response, inCall(listener));
  }

  onEnd(listener: () => void): void {
    this.onClose(() => {
      const source = this.#seldom?.streamed;
      // What makes it may be in the middle of a piece, which it finishes before it hears that nobody wants one.
      if (source === undefined || source.closed) listener();
      else finished(source, { writable: false }, () => listener());
    });
  }

  giveUpBody(): void {
    const body = this.#seldom?.body;
    if (body === undefined) this.#giveUpBody();
    else body.destroy();
  }

  #giveUpBody(): void {
    const { incoming, response, services } = this;
    const socket = this.#socket;
    incoming.unpipe();
    giveUpBody(incoming);
    if (response.closed && socket !== undefined) leaveRest(incoming, socket, services.limits.unread, services.clock);
  }

  async withBody(accepted: readonly BodyKind[], use: (body: unknown) => unknown): Promise<unknown> {
    const taken = this.#taken();
    if (taken !== undefined) return use(this.#asAccepted(taken.value, accepted));
    const { incoming, services } = this;
    if (!hasBody(incoming)) return use(undefined);
    const kind = bodyKindOf(incoming.headers['content-type'], accepted);
    const whole = (this.#whole ??= { bytes: this.readBytes(), kind: undefined, value: undefined });
    const bytes = await whole.bytes;
    // Native code that reads in our place goes on when nobody waits any longer.
    if (this.late !== undefined) throw this.late;
    if (whole.kind !== kind) {
      whole.value = parseBody(bytes, kind, services.limits);
      whole.kind = kind;
    }
    return use(whole.value);
  }

  stream({ afterAnswer = false }: { readonly afterAnswer?: boolean } = {}): Readable {
    const { incoming, services } = this;
    if (!hasBody(incoming)) return emptyStream();
    const given = this.#seldom?.body;
    if (given !== undefined && !given.readableDidRead && !given.destroyed) return given;
    if (given !== undefined || incoming.readableDidRead || this.#whole !== undefined) throw this.#bodyTaken();
    const body = new BodyStream(this.bodySource(), incoming, () => this.#giveUpBody());
    this.#kept.body = body;
    takeBody(incoming, afterAnswer, body);
    const awaited = new AwaitedStream(incoming, this.response, body);
    services.slowBodies.watch(awaited);
    // Not only at its next look, which is seconds away: until then all that the request refers to would be kept.
    incoming.once('close', () => awaited.forget());
    return body;
  }

  #bodyTaken(): BowlineError {
    return new BowlineError('BOW_BODY_TAKEN', { route: routeOf(this) });
  }

  async text(): Promise<string> {
    const taken = this.#taken();
    const body = taken === undefined ? await this.body(['bytes']) : taken.value;
    if (body === undefined || typeof body === 'string') return body ?? '';
    if (body instanceof Uint8Array) return decodeUtf8(toBuffer(body));
    throw bodyGone();
  }

  /**
   * What native code has read, as one of the kinds that a route takes: refused by its type like any other body, and a
   * mistake of the server where it was made something else of than its type says.
   */
  #asAccepted(value: unknown, accepted: readonly BodyKind[]): unknown {
    const type = this.incoming.headers['content-type'];
    if (accepted.includes(kindOfTaken(value, type))) return value;
    const kind = bodyKindOf(type, accepted);
    if (value instanceof Uint8Array) return parseBody(toBuffer(value), kind, this.services.limits);
    throw bodyGone();
  }

  answer(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): void {
    if (!this.#mayAnswer(status)) return;
    this.#answer = 'answered';
    this.#leaveBody();
    try {
      if (this.services.etag === 'weak' && tagOrSpare(this, status, body)) this.#writeOnce(304, undefined, undefined);
      else this.#writeOnce(status, contentType, body);
    } catch (error) {
      // Nothing has gone out, so an error still can, without the header that was in the way.
      this.#reopen();
      throw error;
    }
  }

  answerStream(status: number, contentType: string | undefined, source: Readable): Promise<void> {
    // For its whole life: an error that nobody listens to ends the process.
    source.on('error', ignore);
    // What a framework reads it for has another call, or none.
    source._read = inCall(source._read);
    if (!this.#mayAnswer(status)) {
      source.destroy();
      return Promise.resolve();
    }
    this.#answer = 'begun';
    const kept = this.#kept;
    kept.source = source;
    kept.streamed = source;
    kept.sending = this.#begin(status, contentType, source).catch((error: unknown) => {
      source.destroy();
      if (this.abandoned || kept.source !== source) return;
      this.#reopen();
      fail(this, error);
    });
    return kept.sending;
  }

  get sending(): Promise<void> | undefined {
    return this.#seldom?.sending;
  }

  earlyHints(hints: EarlyHints): this {
    const checked = toNodeHints(hints);
    if (!this.answered && this.incoming.httpVersionMinor !== 0) this.response.writeEarlyHints(checked);
    return this;
  }

  trailers(names: readonly string[], compute: () => TrailerValues | Promise<TrailerValues>): this {
    const checked = toTrailerNames(names);
    if (!this.answered && this.incoming.httpVersionMinor !== 0)
      this.#kept.trailers = { names: checked, compute: inCall(compute) };
    return this;
  }

  cut(): void {
    cutOff(this.response);
  }

  cutIfUnfinished(): void {
    if (this.response.headersSent && !this.response.writableEnded) this.response.destroy();
  }

  /** False where there is an answer already; then this one has been reported. */
  #mayAnswer(status: number): boolean {
    if (this.#answer !== 'open' || this.response.headersSent) {
      this.#dropLate();
      return false;
    }
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new RangeError(`${status} is not a status of an answer.`);
    return true;
  }

  #reopen(): void {
    if (this.response.headersSent) return;
    this.#answer = 'open';
    this.clearOutgoing();
  }

  /** Waits for the first piece and hands the rest to the provider. */
  async #begin(status: number, contentType: string | undefined, source: Readable): Promise<void> {
    const { response } = this;
    const isBodiless = hasNoBody(status) || status === 205;
    if (isBodiless || this.method === 'HEAD') {
      source.destroy();
      this.#answer = 'answered';
      this.#leaveBody();
      if (isBodiless) this.#writeOnce(status, undefined, undefined);
      else this.writeStream(status, this.#streamHeaders(contentType), undefined);
      return;
    }
    response.once(
      'close',
      inCall(() => source.destroy()),
    );
    if (response.closed) source.destroy();
    const isEmpty = !(await hasPiece(source));
    if (this.#answer !== 'begun') return;
    const headers = this.#streamHeaders(contentType);
    const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    // What is wrong with it already can still be answered; the rest shows when the head is out.
    if (length !== undefined && isEmpty !== (length === 0))
      throw new Error(`The stream is ${isEmpty ? '' : 'not '}empty, and its Content-Length is ${length}.`);
    this.#answer = 'answered';
    this.#leaveBody();
    const trailers = this.#seldom?.trailers;
    if (isEmpty && trailers === undefined) {
      this.#writeOnce(status, contentType, '');
      return;
    }
    let body = length === undefined ? source : exactly(length, source);
    if (trailers !== undefined) {
      // Only a chunked body has room for them.
      delete headers['content-length'];
      headers['trailer'] = trailers.names.join(', ');
      body = followedBy(body, async () => response.addTrailers(await this.#inTime(computeTrailers(trailers))));
    }
    body.on('close', () => {
      if (!body.readableEnded) this.#breakOff(body.errored ?? new Error('The stream was destroyed before its end.'));
    });
    body.on('error', ignore);
    this.writeStream(status, headers, body);
  }

  /** Rejects where the trailers take longer than a handler may. */
  #inTime<T>(trailers: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const expire = (timeout: number): void =>
        reject(new Error(`The trailers were not computed within ${timeout} ms.`));
      const stop = this.services.handlerTimeouts.begin({ isReceiving: () => false, expire });
      void trailers.finally(stop).then(resolve, reject);
    });
  }

  #breakOff(error: Error): void {
    if (this.abandoned) return;
    const message = 'The stream of an answer failed, and its connection was cut';
    // A body that came too slowly or broke is the client's doing.
    const errored = this.#seldom?.body?.errored ?? undefined;
    const isOfBody = errored !== undefined && (errored === error || errored === error.cause);
    const level = isOfBody || isOfDeadline(this, error) ? 'debug' : 'error';
    this.services.log[level](message, { ...this.describe(), error });
    // What came before the error goes out first, since some frameworks take a turn of the loop to begin.
    void this.services.clock.turn().then(() => this.cut());
  }

  #leaveBody(): void {
    const { incoming, response, services } = this;
    leaveBody(incoming, response, services.limits.unread, services.clock);
  }

  #writeOnce(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): void {
    const { outgoing } = this;
    if (outgoing !== undefined) {
      keepNativeValues(this.response, outgoing);
      dropLength(outgoing, this.method, status, body === undefined);
    }
    if (hasNoBody(status) || status === 205) this.write(status, undefined, undefined);
    else this.write(status, contentType, body);
  }

  #streamHeaders(contentType: string | undefined): OutgoingHeaders {
    const headers = streamHeadersOf(this.outgoing, contentType);
    keepNativeValues(this.response, headers);
    return headers;
  }

  /**
   * Puts an answer on the wire. Called once, without a body where the status allows none. A Content-Type that was set by
   * hand stands before `contentType`.
   */
  protected write(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): void {
    const { response, outgoing } = this;
    if (outgoing === undefined && body !== undefined && contentType !== undefined) {
      const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
      response.writeHead(status, { 'content-type': contentType, 'content-length': length });
      response.end(body);
      return;
    }
    response.writeHead(status, headersOf(outgoing ?? {}, status, contentType, body));
    response.end(body);
  }

  /** The same for a body that comes piece by piece; without one for HEAD. Its errors are somebody else's business. */
  protected writeStream(status: number, headers: OutgoingHeaders, body: Readable | undefined): void {
    const { response } = this;
    response.writeHead(status, headers);
    if (body === undefined) response.end();
    else body.pipe(response);
  }

  /** Reads the body as it came. Called once. */
  protected readBytes(): Promise<Buffer> {
    const { incoming, services } = this;
    if (incoming.readableDidRead) return Promise.reject(this.#bodyTaken());
    return readBytes(incoming, services.limits.body, services.slowBodies);
  }

  /** The body where it is to be read from: the request, unless native code has put another stream in its place. */
  protected bodySource(): Readable {
    return decodedBody(this.incoming);
  }

  /**
   * The body where native code in front of the route has read it already: what the parsers of Express and its like have put
   * on Node's request. They leave `body` undefined, or make it `{}`, where they read nothing.
   */
  protected takenBody(): { readonly value: unknown } | undefined {
    const { incoming } = this;
    const { body } = incoming as { readonly body?: unknown };
    if (body === undefined || !incoming.readableDidRead || !hasBody(incoming)) return undefined;
    this.#tellTaken();
    return { value: body };
  }

  #tellTaken(): void {
    this.services.warnOnce(
      'Somebody reads bodies before Bowline does, so their limits apply and those of the server do not',
    );
  }

  /** Once Bowline itself has read the body, what native code has left in its place is no body. */
  #taken(): { readonly value: unknown } | undefined {
    if (this.#seldom?.body !== undefined) throw this.#bodyTaken();
    return this.#whole === undefined ? this.takenBody() : undefined;
  }

  #dropLate(): void {
    if (this.#answer === 'reported') return;
    this.#answer = 'reported';
    this.services.log.warn('A second answer was dropped', this.describe());
  }
}

function ignore(): void {}

function emptyStream(): Readable {
  const stream = new Readable();
  stream.push(null);
  return stream;
}

/** What the parsers of native code make of a body: bytes, a text, an object of a form, or of what they take for JSON. */
function kindOfTaken(value: unknown, contentType = ''): BodyKind {
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'string') return /^application\/(?:[^;\s]+\+)?json\b/i.test(contentType) ? 'json' : 'text';
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return 'form';
  return /^multipart\/form-data\b/i.test(contentType) ? 'multipart' : 'json';
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function bodyGone(): Error {
  return new Error(
    'Native middleware has read and parsed the body, so what came is gone. Take what it parsed, or keep it from this path.',
  );
}
