import type { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import {
  hasBody,
  NodeContext,
  sentTarget,
  type ContextServices,
  type NativeExchange,
  type OutgoingHeaders,
  type Route,
} from '../../http/index.js';

/** Answers on Node's response; Express has no view of a body of its own. */
export class ExpressContext extends NodeContext {
  readonly #request: Request;
  readonly #response: Response;

  constructor(
    request: Request,
    response: Response,
    services: ContextServices,
    route: Route | undefined,
    params: Readonly<Record<string, string>>,
    search?: string,
  ) {
    super(request, response, services, route, params, search);
    this.#request = request;
    this.#response = response;
  }

  /** As the client sent it: `url` loses the path under which a middleware was mounted. */
  override get url(): string {
    return sentTarget(this.#request) ?? this.#request.originalUrl;
  }

  override get native(): NativeExchange<Request, Response> {
    return { request: this.#request, response: this.#response };
  }

  /** What `express.json()` and its like have read. They leave `body` undefined, or make it `{}`, where they read nothing. */
  protected override takenBody(): { readonly value: unknown } | undefined {
    const request = this.#request;
    if (request.body === undefined || !request.readableDidRead || !hasBody(request)) return undefined;
    this.services.warnOnce(
      'Native middleware reads bodies before Bowline does, so its limits apply and those of the server do not',
      { provider: 'express' },
    );
    return { value: request.body };
  }

  protected override write(
    status: number,
    contentType: string | undefined,
    body: string | Uint8Array | undefined,
  ): void {
    this.#hideExpress();
    super.write(status, contentType, body);
  }

  protected override writeStream(status: number, headers: OutgoingHeaders, body: Readable | undefined): void {
    this.#hideExpress();
    super.writeStream(status, headers, body);
  }

  /** An instance that was handed in says it on its own answers if it likes. */
  #hideExpress(): void {
    this.#response.removeHeader('x-powered-by');
  }
}
