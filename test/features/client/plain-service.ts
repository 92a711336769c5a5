import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on loopback that ends with its test. */
export interface PlainService {
  readonly url: string;
  /** Every connection that was ever made, in order. */
  readonly connections: readonly Socket[];
}

/** One of node:http, answered by hand. */
export function serve(listener: RequestListener): Promise<PlainService> {
  return open(createHttpServer(listener));
}

/** One that knows no HTTP: `talk` gets each connection. */
export function serveBytes(talk: (socket: Socket) => void): Promise<PlainService> {
  return open(createServer({ allowHalfOpen: true }, talk));
}

/** Answers every request with JSON of what it was. */
export function serveEcho(): Promise<PlainService> {
  return serve((request, response) => {
    void readText(request).then((body) => {
      const { method, url, headers } = request;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ method, url, headers, body }));
    });
  });
}

export interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

/** A port of loopback on which nobody listens. */
export async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function open(server: Server | ReturnType<typeof createServer>): Promise<PlainService> {
  const connections: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    connections.push(socket);
    // What a test breaks on purpose is no news.
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, connections };
}
