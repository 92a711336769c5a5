import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import {
  hasNoBody,
  headersOf,
  NodeContext,
  type ContextServices,
  type NativeExchange,
  type Route,
} from '../../http/index.js';

export type NodeHono = { Bindings: HttpBindings };

type ResponseBody = ConstructorParameters<typeof Response>[0];

// Made before or after node-server replaces the global Response, it must be a native one: the replacement would be sent.
void RESPONSE_ALREADY_SENT.body;
export const alreadySent: Response = RESPONSE_ALREADY_SENT;

/** Answers with one Response, so that middleware around the routes sees it. */
export class HonoContext extends NodeContext {
  readonly #c: Context<NodeHono>;
  readonly #onTaken: () => void;
  #reply: Response | undefined;
  #waiting: ((reply: Response) => void) | undefined;

  constructor(
    c: Context<NodeHono>,
    services: ContextServices,
    onTaken: () => void,
    route: Route | undefined,
    params: Readonly<Record<string, string>>,
    search?: string,
  ) {
    super(c.env.incoming, c.env.outgoing, services, route, params, search);
    this.#c = c;
    this.#onTaken = onTaken;
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
    this.#onTaken();
    return Buffer.from(await this.#c.req.arrayBuffer());
  }

  protected override write(
    status: number,
    contentType: string | undefined,
    body: string | Uint8Array | undefined,
  ): void {
    this.#reply = this.#toResponse(status, contentType, body);
    this.#waiting?.(this.#reply);
  }

  #toResponse(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): Response {
    const { outgoing } = this;
    // The length of an ordinary body is left to node-server: middleware that replaces the body would keep a wrong one.
    if (outgoing === undefined && body !== undefined && contentType !== undefined && this.method !== 'HEAD') {
      return new Response(body as ResponseBody, { status, headers: { 'content-type': contentType } });
    }
    const headers = headersOf(outgoing, status, contentType, body);
    if (body !== undefined && !hasNoBody(status) && this.method !== 'HEAD') delete headers['content-length'];
    return new Response(hasNoBody(status) ? null : ((body ?? null) as ResponseBody), {
      status,
      headers: toHeadersInit(headers),
    });
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
