import type { ServiceIdentifier } from 'inversify';
import type { Application, InMemoryResponse, ListenTarget } from '../../application/index.js';
import { encodePayload } from './encode-payload.js';

/** A request for {@link TestApplication.inject}. */
export interface InjectOptions {
  /** @default 'GET', or 'POST' with a payload */
  readonly method?: string;
  /** The path with its query string. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Objects are sent as JSON, URLSearchParams as a form, strings and bytes as they are. */
  readonly payload?: unknown;
  /** The server that answers. @default 'main' */
  readonly server?: string;
}

/** An answer, whole and in memory. */
export interface InjectedResponse {
  readonly statusCode: number;
  readonly headers: InMemoryResponse['headers'];
  /** The body as text. */
  readonly body: string;
  readonly rawBody: Uint8Array;
  /** The body as JSON. Throws a SyntaxError that shows what was there instead. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as `Response.json` does it: a test knows what it asked for
  json<T = any>(): T;
}

/** An application under test: started, without a socket until `listen`. */
export class TestApplication {
  /** The application itself. */
  readonly application: Application;

  constructor(application: Application) {
    this.application = application;
  }

  /** Sends a request through the real parser and provider, in memory. */
  async inject(options: InjectOptions | string): Promise<InjectedResponse> {
    const given = typeof options === 'string' ? { url: options } : options;
    const { body, type } = encodePayload(given.payload);
    const names = new Set(Object.keys(given.headers ?? {}).map((name) => name.toLowerCase()));
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(given.headers ?? {}))
      headers[name] = typeof value === 'string' ? value : [...value];
    if (type !== undefined && !names.has('content-type')) headers['content-type'] = type;
    const method = given.method ?? (body === undefined ? 'GET' : 'POST');
    const answer = await this.application.inject(
      { method, url: given.url, headers, ...(body === undefined ? {} : { body }) },
      given.server,
    );
    return toInjectedResponse(answer);
  }

  /** What is bound, for a test that talks to a service directly. */
  get<T>(identifier: ServiceIdentifier<T>): T {
    return this.application.container.get(identifier);
  }

  /** Opens sockets, for a test that needs them. */
  async listen(target: ListenTarget = { port: 0, host: '127.0.0.1' }): Promise<this> {
    await this.application.listen(target);
    return this;
  }

  /** The address after `listen`. */
  get url(): string {
    return this.application.url;
  }

  async close(): Promise<void> {
    await this.application.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function toInjectedResponse(answer: InMemoryResponse): InjectedResponse {
  const body = answer.body.toString('utf8');
  return {
    statusCode: answer.statusCode,
    headers: answer.headers,
    body,
    rawBody: answer.body,
    json: <T>() => parse(body) as T,
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new SyntaxError(`The answer is not JSON: ${body.slice(0, 200)}`, { cause: error });
  }
}
