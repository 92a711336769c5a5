import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import {
  hasNoBody,
  headersOf,
  NodeContext,
  unfailing,
  type ContextServices,
  type NativeExchange,
  type OutgoingHeaders,
  type Route,
} from '../../http/index.js';

export type NodeHono = { Bindings: HttpBindings };

type ResponseBody = ConstructorParameters<typeof Response>[0];

// Made before or after node-server replaces the global Response, it must be a native one: the replacement would be sent.
void RESPONSE_ALREADY_SENT.body;
export const alreadySent: Response = RESPONSE_ALREADY_SENT;

/** What is the same for all requests to one server. */
export interface HonoMounting {
  readonly services: ContextServices;
  /** Whether the application is Bowline's own, so that nobody looks at answers or has put headers on one. */
  readonly isOwn: boolean;
}

/** Answers with one Response, so that middleware around the routes sees it. */
export class HonoContext extends NodeContext {
  readonly #c: Context<NodeHono>;
  readonly #mounting: HonoMounting;
  #reply: Response | undefined;
  #waiting: ((reply: Response) => void) | undefined;

  constructor(
    c: Context<NodeHono>,
    mounting: HonoMounting,
    route: Route | undefined,
    params: Readonly<Record<string, string>>,
    search?: string,
  ) {
    super(c.env.incoming, c.env.outgoing, mounting.services, route, params, search);
    this.#c = c;
    this.#mounting = mounting;
    this.#reply = undefined;
    this.#waiting = undefined;
  }

  /** Hono's context, which knows the native request, and Node's response. */
  override get native(): NativeExchange<Context<NodeHono>, HttpBindings['outgoing']> {
    return { request: this.#c, response: this.response };
  }

  /** The Response, at once where the handler has answered synchronously: node-server's fast path needs it so. */
  replyAfter(handled: void | Promise<void>): Response | Promise<Response> {
    if (handled === undefined) return this.#reply ?? this.#whenAnswered();
    return handled.then(() => this.#reply ?? this.#whenAnswered());
  }

  protected override async readBytes(): Promise<Buffer> {
    if (!this.incoming.readableDidRead) return super.readBytes();
    this.services.warnOnce(
      'Native middleware reads bodies before Bowline does, so the limit of the server on their size does not apply',
      { provider: 'hono' },
    );
    return Buffer.from(await this.#c.req.arrayBuffer());
  }

  protected override write(
    status: number,
    contentType: string | undefined,
    body: string | Uint8Array | undefined,
  ): void {
    this.#settle(this.#toResponse(status, contentType, body));
  }

  protected override writeStream(status: number, headers: OutgoingHeaders, body: Readable | undefined): void {
    if (this.#mounting.isOwn) {
      super.writeStream(status, headers, body);
      this.#settle(alreadySent);
      return;
    }
    // The pieces of a Node stream are what a Response takes; only the types of the two differ.
    const web = body === undefined ? null : (Readable.toWeb(unfailing(body)) as unknown as ResponseBody);
    // Else node-server would count a short body, and say its length where trailers are to come.
    if (headers['trailer'] !== undefined) headers['transfer-encoding'] = 'chunked';
    this.#shareHeaders(headers);
    this.#settle(this.#c.newResponse(web as never, status as never));
  }

  #settle(reply: Response): void {
    this.#reply = reply;
    this.#waiting?.(reply);
  }

  #toResponse(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): Response {
    const { outgoing } = this;
    if (!this.#mounting.isOwn) return this.#toSharedResponse(status, contentType, body);
    // The length of an ordinary body is left to node-server: middleware that replaces the body would keep a wrong one.
    if (outgoing === undefined && body !== undefined && contentType !== undefined && this.method !== 'HEAD') {
      return new Response(body as ResponseBody, { status, headers: { 'content-type': contentType } });
    }
    const headers = this.#headersOf(status, contentType, body);
    return new Response(hasNoBody(status) ? null : ((body ?? null) as ResponseBody), {
      status,
      headers: toHeadersInit(headers),
    });
  }

  /** Through Hono's context, which keeps the headers that middleware has set before the route. */
  #toSharedResponse(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): Response {
    const c = this.#c;
    if (this.outgoing === undefined && body !== undefined && contentType !== undefined && this.method !== 'HEAD')
      return c.newResponse(body as never, status as never, { 'content-type': contentType });
    this.#shareHeaders(this.#headersOf(status, contentType, body));
    return c.newResponse(hasNoBody(status) ? null : ((body ?? null) as never), status as never);
  }

  #shareHeaders(headers: Readonly<OutgoingHeaders>): void {
    for (const [name, value] of Object.entries(headers)) {
      const [first = '', ...rest] = [value].flat();
      this.#c.header(name, first, { append: name === 'set-cookie' || name === 'vary' });
      for (const each of rest) this.#c.header(name, each, { append: true });
    }
  }

  #headersOf(
    status: number,
    contentType: string | undefined,
    body: string | Uint8Array | undefined,
  ): Record<string, string | string[]> {
    const headers = headersOf(this.outgoing ?? {}, status, contentType, body);
    if (body !== undefined && !hasNoBody(status) && this.method !== 'HEAD') delete headers['content-length'];
    return headers;
  }

  /** The answer of a handler that gives it later, or on Node's response. */
  #whenAnswered(): Promise<Response> {
    const { response } = this;
    return new Promise((resolve) => {
      this.#waiting = resolve;
      if (response.writableEnded || response.closed) resolve(alreadySent);
      else response.once('close', () => resolve(alreadySent));
    });
  }
}

/** A record cannot hold a header that is sent twice, such as Set-Cookie. */
function toHeadersInit(
  headers: Readonly<Record<string, string | string[]>>,
): Record<string, string> | [string, string][] {
  const entries = Object.entries(headers);
  if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    return Object.fromEntries(entries);
  return entries.flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, each]));
}
