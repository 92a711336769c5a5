import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { CallContext, describeValue, type CallTarget, type Deadline, type LogFields } from '../foundation/index.js';
import type { BodyKind } from './body/body-kind.js';
import { checkHeader } from './check-header.js';
import type { CookieOptions, CookieStore } from './cookies.js';
import type { SendFileOptions } from './files/send-file-options.js';
import { sendFile } from './files/send-file.js';
import type { EarlyHints, TrailerValues } from './hints-and-trailers.js';
import { sendValue } from './reply.js';
import type { DescribedRoute, RouteDescription } from './route-description.js';
import type { ContextServices } from './context-services.js';

/** Values by name; a repeated name has a list. */
export type QueryValues = Readonly<Record<string, string | readonly string[]>>;

/** Headers that will be sent, by lower-case name. */
export type OutgoingHeaders = Record<string, string | string[]>;

/** The native objects of a framework, typed by whoever asks. */
// oxlint-disable-next-line typescript/no-explicit-any -- the one place where a native framework's object is handed out
export type NativeExchange<Request = any, Response = any> = { readonly request: Request; readonly response: Response };

/** One HTTP request and its answer, the same on every provider. */
export abstract class HttpContext extends CallContext {
  /** What the server gives to all of its contexts. */
  readonly services: ContextServices;
  #route: DescribedRoute | undefined;
  #statusCode: number | undefined;
  #outgoing: OutgoingHeaders | undefined;

  constructor(services: ContextServices, route: DescribedRoute | undefined) {
    super();
    this.services = services;
    this.#route = route;
    this.#statusCode = undefined;
    this.#outgoing = undefined;
  }

  get kind(): 'http' {
    return 'http';
  }

  /** The route that was found; undefined while none was. */
  get route(): RouteDescription | undefined {
    return this.#route?.description;
  }

  get target(): CallTarget | undefined {
    return this.#route?.target;
  }

  /** Names the route once more, where an entry of the table stands for several versions. */
  enter(route: DescribedRoute): void {
    this.#route = route;
  }

  /**
   * What is left for the request: by `@Deadline` or the server's option `deadline`, and by what a trusted caller says in a
   * header, whichever is less. Counted from the arrival of its head. Undefined where neither says anything, and while no route has been found.
   */
  abstract override readonly deadline: Deadline | undefined;

  abstract readonly method: string;
  /** The request target as it came, query string included. */
  abstract readonly url: string;
  /** The path as it came: not decoded, without the query string. */
  abstract readonly path: string;
  /** The decoded parameters of the path. */
  abstract readonly params: Readonly<Record<string, string>>;
  /** The decoded query string. */
  abstract readonly query: QueryValues;
  /** The request's headers by lower-case name. */
  abstract readonly headers: IncomingHttpHeaders;
  abstract readonly cookies: CookieStore;
  /** The address of the client: that of the peer, or what proxies say that are trusted (`trustProxy`). */
  abstract readonly ip: string;
  /** The addresses that trusted proxies name, the client's first; empty where no proxy is trusted. */
  abstract readonly ips: readonly string[];
  /** How the client speaks to us, or to a trusted proxy in front. */
  abstract readonly protocol: 'http' | 'https';
  /** The Host header, or what a trusted proxy says that it was; empty where there is none. */
  abstract readonly host: string;
  /** Whether {@link protocol} is https. */
  get secure(): boolean {
    return this.protocol === 'https';
  }

  /** Protocol and host, as in `https://example.com:8443`. */
  get origin(): string {
    return `${this.protocol}://${this.host}`;
  }

  /** Free room for the application's own values; typed ones go by `put` and `read`. */
  abstract readonly state: Record<string, unknown>;
  /** The request and response of the provider, whatever it is. */
  abstract readonly native: NativeExchange;
  /** Node's own request and response below it, whatever the provider is. */
  abstract readonly node: NativeExchange<IncomingMessage, ServerResponse>;
  /** Whether an answer has been given, natively or by Bowline. */
  abstract readonly answered: boolean;
  /** Whether the client left before the answer was finished. */
  abstract readonly abandoned: boolean;

  /** The body parsed as one of the accepted kinds; undefined where there is none. Errors are 400, 413 and 415. */
  body(accepted: readonly BodyKind[]): Promise<unknown> {
    return this.withBody(accepted, itself);
  }

  /** The same with what `use` makes of it: one promise for a route, in place of one for each step. */
  abstract withBody(accepted: readonly BodyKind[], use: (body: unknown) => unknown): Promise<unknown>;

  /** Says that whoever reads the body stops in the middle of it; the rest is left, or ends the connection. */
  abstract giveUpBody(): void;

  /**
   * Answers with exactly this status and body, `content-length` included; the headers that were set go with it. A second
   * answer is dropped and reported once.
   */
  abstract answer(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): void;

  /**
   * The same with a body that comes piece by piece, at the speed at which the client takes it. The head goes out with the
   * first piece, so that an error before it is answered like any other; a later one cuts the connection, since its client
   * must not take what it got for the whole. Resolves when the answer has begun, and never rejects.
   */
  abstract answerStream(status: number, contentType: string | undefined, source: Readable): Promise<void>;
  /** What a stream that is on its way has promised. */
  abstract readonly sending: Promise<void> | undefined;

  /**
   * Tells the client what it may fetch while the answer is made, by a 103 on its own: what HTTP/2 push was for. Nothing in
   * HTTP/1.0, which knows no such answer, nor once the answer has begun. Throws a TypeError for what is no hint.
   *
   * ```ts
   * ctx.earlyHints({ link: ['</style.css>; rel=preload; as=style', '</app.js>; rel=modulepreload'] });
   * ```
   */
  abstract earlyHints(hints: EarlyHints): this;

  /**
   * Sends headers behind a body that is streamed: `names` are declared in front of it, and `compute` is called when its
   * last piece has been given. What it throws cuts the connection, as an error of the stream does. Nothing in HTTP/1.0 or
   * with a body that is no stream, and nothing once the answer has begun. Throws a TypeError for a name that has to stand
   * before the body.
   */
  abstract trailers(names: readonly string[], compute: () => TrailerValues | Promise<TrailerValues>): this;

  /** Breaks the connection off, so that the client does not take what it got for a whole answer. */
  abstract cut(): void;
  /** The same where an answer has begun and nobody is going to end it. */
  abstract cutIfUnfinished(): void;

  /**
   * Why the request has been answered in place of its handler: its deadline passed, the handler took too long, or the server
   * stops. Whatever has not begun by then does not begin. Undefined for nearly all.
   */
  abstract readonly late: Error | undefined;
  /** Whether the handler waits for the rest of the body, or has taken of it since this was asked last. */
  abstract isReceiving(): boolean;
  /** Answers in place of a handler that took longer than `timeout` milliseconds. */
  abstract expire(timeout: number): void;
  /** Lets {@link deadline} end the request, where there is one and as long as the exchange goes on. */
  abstract enforceDeadline(): void;

  /** Counts as running until {@link letGo}: a stop waits for it. */
  hold(): void {
    this.services.handlerTimeouts.hold();
  }

  /** Ends what {@link hold} began. */
  letGo(): void {
    this.services.handlerTimeouts.letGo();
  }

  /** Calls `listener` once the exchange is over, whether it was finished or the client left. */
  abstract onClose(listener: () => void): void;

  /** The same, and when nothing more is taken of what was streamed. */
  abstract onEnd(listener: () => void): void;

  /** What a line of the log says of this exchange. */
  describe(): LogFields {
    const { method, route, id } = this;
    return {
      method,
      route: route?.path,
      handler: route === undefined ? undefined : `${route.controller}.${route.handler}`,
      id,
    };
  }

  /** A header of the request; a repeated one is joined by commas. */
  header(name: string): string | undefined {
    const lower = name.toLowerCase();
    // Node's record of headers is an ordinary object, whose prototype has a 'constructor'.
    const value = Object.hasOwn(this.headers, lower) ? this.headers[lower] : undefined;
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** The body as JSON, whatever its route declares. */
  json<T = unknown>(): Promise<T> {
    return this.body(['json']) as Promise<T>;
  }

  /**
   * The body as it comes, decoded, without a limit on its size: it is sent no faster than it is read. Empty where there is
   * none. To leave it in the middle, by the end of a loop or by `destroy`, is no error; the rest is left. Fails with a 400 where
   * the body breaks off or is not what its Content-Encoding says, with a 408 where it comes too slowly. Throws a 415 for a
   * Content-Encoding that is not known, and BOW_BODY_TAKEN where the body has been read already.
   * With `afterAnswer` it may be read on when the answer is out, until {@link giveUpBody} or its end.
   */
  abstract stream(options?: { readonly afterAnswer?: boolean }): Readable;

  /** The body as text, whatever its type; empty where there is none. */
  abstract text(): Promise<string>;

  /** The fields of an urlencoded body; a repeated one is a list. */
  async form(): Promise<Record<string, string | string[]>> {
    return ((await this.body(['form'])) as Record<string, string | string[]> | undefined) ?? {};
  }

  /** The body as it came; empty where there is none. */
  async bytes(): Promise<Uint8Array> {
    return ((await this.body(['bytes'])) as Uint8Array | undefined) ?? new Uint8Array();
  }

  /** The status that was chosen for the answer; undefined while none was. */
  get statusCode(): number | undefined {
    return this.#statusCode;
  }

  /** Chooses the status of the answer. Throws a RangeError for anything but 200 to 599. */
  status(code: number): this {
    if (!Number.isInteger(code) || code < 200 || code > 599)
      throw new RangeError(`${code} is not a status of an answer.`);
    this.#statusCode = code;
    return this;
  }

  /** Takes back the status that was chosen. */
  clearStatus(): this {
    this.#statusCode = undefined;
    return this;
  }

  /** Headers that go with the answer; undefined while none was set. */
  get outgoing(): OutgoingHeaders | undefined {
    return this.#outgoing;
  }

  /** Forgets every header that was set. */
  protected clearOutgoing(): void {
    this.#outgoing = undefined;
  }

  /**
   * Sets a header of the answer in place of what was set before. A list goes out as one line, its values parted by commas
   * (RFC 9110 5.3); only cookies have a line each. Throws a TypeError for what no header can hold.
   */
  set(name: string, value: string | readonly string[]): this {
    const lower = checkHeader(name, value);
    const headers = (this.#outgoing ??= new HeaderRecord() as OutgoingHeaders);
    headers[lower] = typeof value === 'string' ? value : lower === 'set-cookie' ? [...value] : value.join(', ');
    return this;
  }

  /** Adds a value to a header of the answer. */
  append(name: string, value: string): this {
    const before = this.#outgoing?.[name.toLowerCase()];
    return this.set(name, before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value]);
  }

  /** Sets the Content-Type of the answer. Throws a TypeError for what is none, such as the ending of a name. */
  type(contentType: string): this {
    if (typeof contentType === 'string' && !contentType.includes('/'))
      throw new TypeError(`'${contentType}' is no media type; write it in full, as in 'text/html; charset=utf-8'.`);
    return this.set('content-type', contentType);
  }

  /** Sets a cookie, in place of one of the same name, domain and path; the path is `/` unless told. */
  cookie(name: string, value: string, options?: CookieOptions): this {
    this.cookies.set(name, value, options);
    return this;
  }

  /** Answers with a redirection. Characters that a Location cannot hold are percent-encoded. */
  redirect(location: string, status = 302): void {
    if (typeof location !== 'string')
      throw new TypeError(`A redirection goes to a URL, not to ${describeValue(location)}.`);
    if (![301, 302, 303, 307, 308].includes(status))
      throw new RangeError(`${status} is not a status of a redirection.`);
    this.set('location', encodeLocation(location));
    this.answer(status, undefined, undefined);
  }

  /**
   * Answers with a value by the rules of handlers' return values: objects as JSON, strings as text, bytes as they are,
   * streams and Web Responses piece by piece.
   */
  send(value: unknown): void {
    void sendValue(this, value, 200);
  }

  /**
   * Answers with a file of the file system, its type, length, ETag and Last-Modified, and for GET and HEAD by their
   * conditions and ranges: 304 where the client has it, 206 with a part of it, 412 and 416. Return the promise: it rejects
   * with a 404 where there is no such file, or it is none that may be sent (see `root` and `dotfiles`), and resolves once
   * the answer has begun. `path` is a path and no part of a URL: nothing in it is decoded. Headers that were set before stand.
   *
   * ```ts
   * @Get('/invoices/:id/pdf')
   * pdf(@Param('id') id: number, @Ctx() ctx: HttpContext) {
   *   return ctx.sendFile(`${id}.pdf`, { root: '/srv/invoices', filename: `Invoice ${id}.pdf` });
   * }
   * ```
   */
  sendFile(path: string, options?: SendFileOptions): Promise<void> {
    return sendFile(this, path, options);
  }
}

/** Without a prototype, so that there is no 'constructor' among headers, and yet an object that V8 keeps fast. */
const HeaderRecord = function HeaderRecord() {} as unknown as new () => object;
HeaderRecord.prototype = Object.create(null) as object;

function itself(body: unknown): unknown {
  return body;
}

export function encodeLocation(location: string): string {
  return location.replaceAll(/[^\x21-\x7e]+/g, (run) => encodeURI(run.toWellFormed()));
}
