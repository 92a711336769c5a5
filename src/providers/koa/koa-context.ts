import type { Readable } from 'node:stream';
import type Koa from 'koa';
import {
  hasBody,
  hasNoBody,
  NodeContext,
  sentTarget,
  unfailing,
  type ContextServices,
  type NativeExchange,
  type OutgoingHeaders,
  type Route,
} from '../../http/index.js';

/** Answers through Koa's context, so that middleware around the routes sees status, headers and body. */
export class KoaContext extends NodeContext {
  readonly #koa: Koa.Context;

  constructor(
    koa: Koa.Context,
    services: ContextServices,
    route: Route | undefined,
    params: Readonly<Record<string, string>>,
    search?: string,
  ) {
    super(koa.req, koa.res, services, route, params, search);
    this.#koa = koa;
  }

  /** As the client sent it: middleware may rewrite `url`. */
  override get url(): string {
    return sentTarget(this.incoming) ?? this.#koa.originalUrl;
  }

  override get native(): NativeExchange<Koa.Request, Koa.Response> {
    return { request: this.#koa.request, response: this.#koa.response };
  }

  /** What a body parser has read. Some make it `{}` where they read nothing. */
  protected override takenBody(): { readonly value: unknown } | undefined {
    const { body } = this.#koa.request as { readonly body?: unknown };
    if (body === undefined || !this.incoming.readableDidRead || !hasBody(this.incoming)) return super.takenBody();
    this.services.warnOnce(
      'Native middleware reads bodies before Bowline does, so its limits apply and those of the server do not',
      { provider: 'koa' },
    );
    return { value: body };
  }

  protected override write(
    status: number,
    contentType: string | undefined,
    body: string | Uint8Array | undefined,
  ): void {
    const koa = this.#koa;
    const { outgoing } = this;
    if (koa.respond === false) {
      super.write(status, contentType, body);
      return;
    }
    koa.status = status;
    if (body === undefined || hasNoBody(status)) {
      // Koa takes a missing body for 204, and a missing one of 404 for a text.
      koa.body = null;
      koa.status = status;
      if (!hasNoBody(status)) koa.set('content-length', '0');
    }
    if (outgoing !== undefined) koa.set(outgoing);
    if (body === undefined || hasNoBody(status)) return;
    const type = outgoing?.['content-type'] ?? contentType;
    // Set as it is, and before the body: Koa would guess one.
    if (type !== undefined) koa.set('content-type', type);
    koa.body = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }

  protected override writeStream(status: number, headers: OutgoingHeaders, body: Readable | undefined): void {
    const koa = this.#koa;
    if (koa.respond === false) {
      super.writeStream(status, headers, body);
      return;
    }
    koa.body = body === undefined ? null : unfailing(body);
    koa.status = status;
    koa.remove('content-type');
    koa.set(headers);
  }
}
