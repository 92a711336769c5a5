import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import { nodeHttp } from '../http/index.js';

/** A request that needs no socket. */
export interface InMemoryRequest {
  readonly method?: string;
  /** The request target: a path with its query string. */
  readonly url: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/** The whole answer, as Node's own parser read it. */
export interface InMemoryResponse {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends a request through the server's real parser and provider over a pair of streams in memory, so that nothing differs
 * from a socket but the kernel. `connect` hands one end to the server.
 */
export function sendInMemory(connect: (connection: Duplex) => void, given: InMemoryRequest): Promise<InMemoryResponse> {
  return new Promise((resolve, reject) => {
    const [client, server] = duplexPair();
    const { body } = given;
    const request = nodeHttp.request({
      createConnection: () => client,
      method: given.method ?? 'GET',
      path: given.url,
      headers: {
        host: 'localhost',
        connection: 'close',
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...given.headers,
      },
      ...(given.signal === undefined ? {} : { signal: given.signal }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      collect(response).then(resolve, reject);
    });
    request.on('close', () => client.destroy());
    connect(server);
    request.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<InMemoryResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    statusCode: response.statusCode ?? 0,
    statusMessage: response.statusMessage ?? '',
    headers: response.headers,
    body: Buffer.concat(chunks),
  };
}

/**
 * What belongs to one connection (RFC 9110 7.6.1), or says how a body goes over it: a Request may come from a server, and
 * the Response go back over it, whose connection is another one.
 */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Answers a Web Request in the same way. */
export async function fetchInMemory(connect: (connection: Duplex) => void, request: Request): Promise<Response> {
  const { pathname, search, host } = new URL(request.url);
  const answer = await sendInMemory(connect, {
    method: request.method,
    url: pathname + search,
    headers: { host, ...Object.fromEntries([...request.headers].filter(([name]) => !ofConnection.has(name))) },
    ...(request.body === null ? {} : { body: new Uint8Array(await request.arrayBuffer()) }),
    signal: request.signal,
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (ofConnection.has(name) && name !== 'content-length') continue;
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each);
  }
  const isEmpty = request.method === 'HEAD' || [204, 205, 304].includes(answer.statusCode);
  return new Response(isEmpty ? null : new Uint8Array(answer.body), {
    status: answer.statusCode,
    statusText: answer.statusMessage,
    headers,
  });
}
