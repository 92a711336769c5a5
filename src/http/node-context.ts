import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { parse as parseQuery } from 'fast-querystring';
import type { BodyKind } from './body/body-kind.js';
import { bodyKindOf } from './body/content-type.js';
import { decodeUtf8, hasBody, parseBody } from './body/parse-body.js';
import { readBytes } from './body/read-bytes.js';
import { discardBody } from './files/discard-body.js';
import { openBody } from './files/open-body.js';
import type { ContextServices } from './context-services.js';
import { UnsupportedMediaTypeError } from './http-errors-by-status.js';
import { CookieStore } from './cookies.js';
import { HttpContext, type NativeExchange, type QueryValues } from './http-context.js';
import type { DescribedRoute } from './route-description.js';

/** `reported`: a second answer was dropped and logged. */
type AnswerState = 'open' | 'answered' | 'reported';

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
  #cookies: CookieStore | undefined;
  #id: string | undefined;
  #state: Record<string, unknown> | undefined;
  #abort: AbortController | undefined;
  #bytes: Promise<Buffer> | undefined;
  #parsed: { readonly kind: BodyKind; readonly value: unknown } | undefined;

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
    this.#cookies = undefined;
    this.#id = undefined;
    this.#state = undefined;
    this.#abort = undefined;
    this.#bytes = undefined;
    this.#parsed = undefined;
  }

  get method(): string {
    return this.incoming.method ?? 'GET';
  }

  get url(): string {
    return this.incoming.url ?? '/';
  }

  get path(): string {
    const { url } = this;
    const start = url.startsWith('/') ? 0 : pathStart(url);
    const end = url.indexOf('?', start);
    return end === -1 ? url.slice(start) : url.slice(start, end);
  }

  get query(): QueryValues {
    return (this.#query ??= parseQuery(this.#search ?? searchOf(this.url)) as QueryValues);
  }

  get headers(): IncomingHttpHeaders {
    return this.incoming.headers;
  }

  get cookies(): CookieStore {
    return (this.#cookies ??= new CookieStore(this.incoming.headers.cookie, (line) => this.append('set-cookie', line)));
  }

  get ip(): string {
    return this.incoming.socket.remoteAddress ?? '';
  }

  get protocol(): 'http' | 'https' {
    return (this.incoming.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  }

  get host(): string {
    return this.incoming.headers.host ?? '';
  }

  get id(): string {
    return (this.#id ??= this.services.generateId());
  }

  get state(): Record<string, unknown> {
    return (this.#state ??= {});
  }

  get native(): NativeExchange {
    return { request: this.incoming, response: this.response };
  }

  get answered(): boolean {
    return this.#answer !== 'open' || this.response.headersSent;
  }

  get abandoned(): boolean {
    return this.response.closed && !this.response.writableFinished;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = (this.#abort = new AbortController());
      const { response } = this;
      const onClose = (): void => {
        if (!response.writableFinished)
          abort.abort(new DOMException('The client left before the answer was finished.', 'AbortError'));
      };
      // The response's own close, since that of a request without a body comes at once.
      if (response.closed) onClose();
      else response.once('close', onClose);
    }
    return this.#abort.signal;
  }

  onClose(listener: () => void): void {
    if (this.response.closed) listener();
    else this.response.once('close', listener);
  }

  openBody(): Readable {
    return openBody(this, this.incoming);
  }

  discardBody(): void {
    discardBody(this.incoming, this.response);
  }

  async body(accepted: readonly BodyKind[]): Promise<unknown> {
    const taken = this.takenBody();
    if (taken !== undefined) return asAccepted(taken.value, accepted);
    const { incoming, services } = this;
    if (!hasBody(incoming)) return undefined;
    const kind = bodyKindOf(incoming.headers['content-type'], accepted);
    const bytes = await (this.#bytes ??= this.readBytes());
    if (this.#parsed?.kind !== kind) this.#parsed = { kind, value: parseBody(bytes, kind, services.limits) };
    return this.#parsed.value;
  }

  async text(): Promise<string> {
    const taken = this.takenBody();
    const body = taken === undefined ? await this.body(['bytes']) : taken.value;
    if (body === undefined || typeof body === 'string') return body ?? '';
    if (body instanceof Uint8Array) return decodeUtf8(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    throw new Error(
      'Native middleware has read and parsed the body, so its text is gone. Take what it parsed, or keep it from this path.',
    );
  }

  answer(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): void {
    if (this.#answer !== 'open' || this.response.headersSent) {
      this.#dropLate();
      return;
    }
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new RangeError(`${status} is not a status of an answer.`);
    this.#answer = 'answered';
    try {
      this.#writeOnce(status, contentType, body);
    } catch (error) {
      // Nothing has gone out, so an error still can, without the header that was in the way.
      if (!this.response.headersSent) {
        this.#answer = 'open';
        this.clearOutgoing();
      }
      throw error;
    }
  }

  cut(): void {
    this.response.destroy();
  }

  cutIfUnfinished(): void {
    if (this.response.headersSent && !this.response.writableEnded) this.response.destroy();
  }

  #writeOnce(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): void {
    const { outgoing } = this;
    // What is sent is counted; a length that was set by hand could only be wrong.
    if (outgoing !== undefined && body !== undefined) delete outgoing['content-length'];
    if (hasNoBody(status) || status === 205) this.write(status, undefined, undefined);
    else this.write(status, contentType, body);
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
    response.writeHead(status, headersOf(outgoing, status, contentType, body));
    response.end(body);
  }

  /** Reads the body as it came. Called once. */
  protected readBytes(): Promise<Buffer> {
    return readBytes(this.incoming, this.services.limits.body);
  }

  /** The body where native code in front of the route has read it already. */
  protected takenBody(): { readonly value: unknown } | undefined {
    return undefined;
  }

  #dropLate(): void {
    if (this.#answer === 'reported') return;
    this.#answer = 'reported';
    this.services.log.warn('A second answer was dropped', {
      method: this.method,
      route: this.route?.path,
      handler: this.route === undefined ? undefined : `${this.route.controller}.${this.route.handler}`,
      id: this.id,
    });
  }
}

/** What native code has parsed is not what a route for text or bytes takes. */
function asAccepted(value: unknown, accepted: readonly BodyKind[]): unknown {
  const fits = accepted.some((kind) =>
    kind === 'text' ? typeof value === 'string' : kind !== 'bytes' || value instanceof Uint8Array,
  );
  if (fits) return value;
  throw new UnsupportedMediaTypeError('The body was read as another type than this route takes.');
}

/** RFC 9110 15.3.5 and 15.4.5: such answers have no body and say no length. (205 has none either, and says so.) */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

/** All headers of an answer, its length included. */
export function headersOf(
  outgoing: Readonly<Record<string, string | string[]>> | undefined,
  status: number,
  contentType: string | undefined,
  body: string | Uint8Array | undefined,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { ...outgoing };
  if (hasNoBody(status)) return headers;
  if (contentType !== undefined && headers['content-type'] === undefined) headers['content-type'] = contentType;
  headers['content-length'] = String(
    body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength,
  );
  return headers;
}

/** Where the path of an absolute-form target (RFC 9112 3.2.2) begins. */
function pathStart(url: string): number {
  const authority = url.indexOf('://');
  const start = authority === -1 ? -1 : url.indexOf('/', authority + 3);
  return start === -1 ? 0 : start;
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}
