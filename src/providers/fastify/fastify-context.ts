import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  hasNoBody,
  joinVary,
  jsonType,
  NodeContext,
  readBytes,
  unfailing,
  type BodyKind,
  type ContextServices,
  type NativeExchange,
  type OutgoingHeaders,
  type QueryValues,
  type Route,
} from '../../http/index.js';

type Params = Readonly<Record<string, string>>;

const noParams: Params = Object.freeze({});

/** What is the same for all requests to one route. */
export interface FastifyRouting {
  readonly services: ContextServices;
  readonly route: Route | undefined;
  /** The kinds of body to be parsed before the handler; empty where it is left for later, or for nobody. */
  readonly parsed: readonly BodyKind[];
  /** Whether a form with files is taken, which is read when the handler is reached, and goes where that says. */
  readonly takesFiles: boolean;
  /** Whether a body that is refused is told to who takes it, for the stages around that. */
  readonly bodyComesLate: boolean;
  /** Whether the instance is Bowline's own, so that no hook of anybody looks at requests and answers. */
  readonly isOwn: boolean;
}

/**
 * Answers through Fastify's reply, so that `onSend` and `onResponse` hooks see it. Where there can be none, and nobody has
 * asked for the reply, it answers on Node's response: that saves two per cent of a small request.
 */
export class FastifyContext extends NodeContext {
  readonly #routing: FastifyRouting;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  /** Where the body is read from, if that may be something else than the request. */
  #payload: NodeJS.ReadableStream | undefined;
  /** What was put into `request.body`. */
  #shown: unknown;
  /** Whether the reply may have been changed by others. */
  #isShared: boolean;

  constructor(request: FastifyRequest, reply: FastifyReply, routing: FastifyRouting) {
    super(request.raw, reply.raw, routing.services, routing.route, (request.params ?? noParams) as Params);
    this.#routing = routing;
    this.#request = request;
    this.#reply = reply;
    this.#isShared = !routing.isOwn;
    this.#payload = undefined;
    this.#shown = undefined;
  }

  /** An instance of our own has parsed it in the same way; that of somebody else may have a parser of its own. */
  override get query(): QueryValues {
    // Without a query string the router has made an ordinary object, whose prototype has a 'constructor'.
    return this.#routing.isOwn && this.url.includes('?') ? (this.#request.query as QueryValues) : super.query;
  }

  override get native(): NativeExchange<FastifyRequest, FastifyReply> {
    this.#isShared = true;
    return { request: this.#request, response: this.#reply };
  }

  /**
   * Reads the body for `request.body`, from `payload`, which `preParsing` hooks may have put in place of the request. A
   * refusal goes to the reply: Fastify's own way would close the connection too.
   */
  parse(payload: NodeJS.ReadableStream, done: (value: unknown) => void): void {
    const { parsed, takesFiles, bodyComesLate } = this.#routing;
    this.#payload = payload;
    const isForm = takesFiles && /^multipart\//i.test(this.headers['content-type'] ?? '');
    if (parsed.length === 0 || isForm) {
      done(undefined);
      return;
    }
    this.enforceDeadline();
    super.body(parsed).then(
      (value) => {
        this.#shown = value;
        done(value);
      },
      (error: unknown) => {
        // Its deadline has answered in the meantime, and nothing is left to do.
        if (this.answered) return;
        // For the stages around who takes it, and is refused in the same way.
        if (bodyComesLate) done(undefined);
        else this.#reply.send(error);
      },
    );
  }

  /** What hooks have put in the place of what was read, or that. */
  override withBody(accepted: readonly BodyKind[], use: (body: unknown) => unknown): Promise<unknown> {
    const { body } = this.#request;
    if (body !== this.#shown) return Promise.resolve().then(() => use(body));
    if (!this.#routing.isOwn || body !== undefined) return super.withBody(accepted, use);
    return super.withBody(accepted, (value) => {
      // Nobody could look at it before, but a handler may have the request.
      this.#shown = this.#request.body = value;
      return use(value);
    });
  }

  protected override readBytes(): Promise<Buffer> {
    const payload = this.#payload;
    if (payload === undefined || payload === this.incoming) return super.readBytes();
    // Whatever replaced the request has decoded it; length and encoding were those of the request.
    return readBytes(Object.assign(payload as IncomingMessage, { headers: {} }), this.services.limits.body);
  }

  protected override bodySource(): Readable {
    const payload = this.#payload;
    return payload === undefined || payload === this.incoming ? super.bodySource() : (payload as Readable);
  }

  protected override write(
    status: number,
    contentType: string | undefined,
    body: string | Uint8Array | undefined,
  ): void {
    if (!this.#isShared) {
      super.write(status, contentType, body);
      return;
    }
    const reply = this.#reply;
    const { outgoing } = this;
    if (reply.raw.statusCode !== status) reply.code(status);
    if (outgoing !== undefined) this.#setHeaders(outgoing);
    if (hasNoBody(status)) {
      reply.send();
    } else if (body === undefined) {
      if (outgoing?.['content-length'] === undefined) reply.header('content-length', '0');
      reply.send();
    } else {
      const type = outgoing?.['content-type']?.toString() ?? contentType;
      if (outgoing?.['content-type'] === undefined && type !== undefined) reply.header('content-type', type);
      // Fastify would add a charset to a JSON type without one.
      if (type !== jsonType && type?.includes('json') === true && !type.includes('charset')) reply.serializer(itself);
      reply.send(body);
    }
  }

  protected override writeStream(status: number, headers: OutgoingHeaders, body: Readable | undefined): void {
    if (!this.#isShared) {
      super.writeStream(status, headers, body);
      return;
    }
    this.#setHeaders(headers);
    // Fastify ends the connection of one that fails before we do, and without the reset that HTTP/1.0 needs.
    const isBare = body === undefined || this.incoming.httpVersionMinor !== 0;
    this.#reply.code(status).send(isBare ? body : unfailing(body));
  }

  /** Beside those of hooks: cookies Fastify adds to them by itself. */
  #setHeaders(headers: OutgoingHeaders): void {
    const { vary } = headers;
    this.#reply.headers(
      vary === undefined ? headers : { ...headers, vary: joinVary(this.#reply.getHeader('vary'), vary) },
    );
  }
}

function itself(payload: unknown): string {
  return payload as string;
}
