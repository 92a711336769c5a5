import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { createPinoLogger } from '../../application/index.js';
import { SystemClock } from '../../foundation/index.js';
import {
  createContextServices,
  defaultLimits,
  defaultTimeouts,
  NodeContext,
  nodeHttp,
  problemFormat,
  type ContextServices,
  type OutgoingHeaders,
} from '../../http/index.js';

export interface TestContextOptions {
  /** @default 'GET' */
  readonly method?: string;
  /** @default '/' */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  /** What `json`, `text` and `bytes` read; objects as JSON. */
  readonly body?: unknown;
}

/** What code under test has answered on a {@link TestContext}. */
export interface SentAnswer {
  readonly status: number;
  readonly headers: OutgoingHeaders;
  readonly body: string | Uint8Array | undefined;
  /** What is sent piece by piece, in place of `body`. */
  readonly stream?: Readable;
}

/** An HttpContext without a server, for a unit test of what takes one. */
export class TestContext extends NodeContext {
  #sent: SentAnswer | undefined;
  readonly #given: unknown;

  constructor(
    incoming: IncomingMessage,
    response: ServerResponse,
    services: ContextServices,
    params: Readonly<Record<string, string>>,
    body: unknown,
  ) {
    super(incoming, response, services, undefined, params);
    this.#given = body;
  }

  /** The answer, once there is one. */
  get sent(): SentAnswer | undefined {
    return this.#sent;
  }

  protected override write(
    status: number,
    contentType: string | undefined,
    body: string | Uint8Array | undefined,
  ): void {
    const type =
      contentType === undefined || this.outgoing?.['content-type'] !== undefined ? {} : { 'content-type': contentType };
    this.#sent = { status, headers: { ...type, ...this.outgoing }, body };
  }

  protected override writeStream(status: number, headers: OutgoingHeaders, stream: Readable | undefined): void {
    this.#sent = { status, headers, body: undefined, ...(stream === undefined ? {} : { stream }) };
  }

  protected override takenBody(): { readonly value: unknown } | undefined {
    return this.#given === undefined ? undefined : { value: this.#given };
  }
}

/** Makes a context for a unit test; no server and no socket are behind it. */
export function createTestContext(options: TestContextOptions = {}): TestContext {
  const incoming = new nodeHttp.IncomingMessage(new Socket());
  incoming.method = options.method ?? 'GET';
  incoming.url = options.url ?? '/';
  for (const [name, value] of Object.entries(options.headers ?? {})) incoming.headers[name.toLowerCase()] = value;
  const server = { name: 'main', limits: defaultLimits, timeouts: defaultTimeouts, trust: undefined };
  const services = createContextServices(server, {
    errorFormat: problemFormat,
    clock: new SystemClock(),
    log: createPinoLogger({ level: 'silent' }),
    generateId: () => 'test-request',
  });
  return new TestContext(incoming, new nodeHttp.ServerResponse(incoming), services, options.params ?? {}, options.body);
}
