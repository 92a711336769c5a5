import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { duplexPair, Readable, type Duplex } from 'node:stream';
import { connectionHeaders, exactly, nodeHttp } from '../http/index.js';

/** A request that needs no socket. */
export interface InMemoryRequest {
  readonly method?: string;
  /** The request target: a path with its query string. */
  readonly url: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
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
const ofConnection: ReadonlySet<string> = new Set([...connectionHeaders, 'content-length', 'expect']);

/** Hands one end of a connection to a server, for which it counts as one over TLS where it is `secure`. */
export type Connect = (connection: Duplex, secure: boolean) => void;

/**
 * Answers a Web Request in the same way. The Response is there as soon as the head of the answer is; both bodies go piece by
 * piece, no faster than they are read. Rejects where the connection ends before the head; later that breaks the Response.
 */
export async function fetchInMemory(connect: Connect, given: Request): Promise<Response> {
  const { protocol, pathname, search, host } = new URL(given.url);
  const { method, signal } = given;
  const body = bodyOf(given);
  const [client, server] = duplexPair();
  const request = nodeHttp.request({
    createConnection: () => client,
    method,
    path: pathname + search,
    headers: {
      ...Object.fromEntries([...given.headers].filter(([name]) => !ofConnection.has(name))),
      host,
      connection: 'close',
      ...body?.framing,
    },
    signal,
  });
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    request.on('response', (response) => {
      answer = response;
      // Of what is answered before it has been sent the rest is not sent any more.
      response.on('close', () => body?.source.destroy());
      resolve(toResponse(response, method));
    });
    request.on('close', () => {
      body?.source.destroy();
      client.destroy();
      // The end of one half says that all has been sent, and not that nobody takes the answer.
      if (answer?.complete !== true) server.destroy();
    });
    connect(server, protocol === 'https:');
    if (body === undefined) request.end();
    else body.source.on('error', (error) => request.destroy(error)).pipe(request);
  });
}

interface SentBody {
  readonly source: Readable;
  readonly framing: OutgoingHttpHeaders;
}

/** With the length that the Request says, so that one that is too long is refused before it is sent. */
function bodyOf({ body, headers }: Request): SentBody | undefined {
  if (body === null) return undefined;
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  const length = headers.get('content-length') ?? '';
  return /^\d{1,15}$/.test(length)
    ? { source: exactly(Number(length), source), framing: { 'content-length': length } }
    : { source, framing: { 'transfer-encoding': 'chunked' } };
}

function toResponse(answer: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, statusMessage: statusText = '' } = answer;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (ofConnection.has(name) && name !== 'content-length') continue;
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each);
  }
  const isEmpty = method === 'HEAD' || [204, 205, 304].includes(status);
  if (isEmpty) answer.resume();
  const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
  return new Response(body, { status, statusText, headers });
}
