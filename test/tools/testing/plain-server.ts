import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { StoppableInstance } from 'bowline/testing';
import { onTestFinished } from 'vitest';

/** What all plain servers of these tests answer. */
export const plainRequests = {
  get: '/hello',
  head: '/hello',
  post: { path: '/echo', body: { name: 'bowline' } },
  upload: { path: '/count', body: new Uint8Array(60_000) },
  stream: '/long',
} as const;

/** A service on node:http, with a resource that its handlers use. */
export class PlainServer {
  readonly server: Server;
  readonly sockets = new Set<Socket>();
  /** Those that are not finished. */
  readonly responses = new Set<ServerResponse>();
  isResourceOpen = true;

  constructor() {
    this.server = createServer((request, response) => {
      this.responses.add(response);
      response.on('close', () => this.responses.delete(response));
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  /** Closes the listening socket and nothing else. */
  closeListener(): void {
    NetServer.prototype.close.call(this.server);
  }

  async whenGone(): Promise<void> {
    while (this.sockets.size > 0) await once([...this.sockets][0] as Socket, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let length = 0;
    if (response.writableEnded) return;
    for await (const chunk of request) length += (chunk as Buffer).length;
    if (!this.isResourceOpen) response.writeHead(500).end('The database is closed.');
    else if (request.url === '/none') response.writeHead(404).end();
    else if (request.url === '/long') await streamInto(response);
    else response.end(`${request.url} got ${length}`);
  }
}

async function streamInto(response: ServerResponse): Promise<void> {
  for (let block = 0; block < 20; block++) {
    if (!response.write(Buffer.alloc(20_000, 'x'))) await once(response, 'drain');
    await setTimeout(10);
  }
  response.end();
}

/** Starts a plain server that is stopped in the given way, and is gone when the test has ended. */
export async function startPlain(
  stop: (plain: PlainServer) => Promise<void>,
  prepare?: (plain: PlainServer) => void,
): Promise<StoppableInstance> {
  const plain = new PlainServer();
  prepare?.(plain);
  plain.server.listen(0, '127.0.0.1');
  await once(plain.server, 'listening');
  onTestFinished(() => {
    plain.server.close();
    plain.server.closeAllConnections();
  });
  const { port } = plain.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => stop(plain) };
}

/**
 * Takes leave as a server should: each answer says close, whoever waits is accepted, and the silent may speak once more. What
 * was pipelined behind an answer that says so goes elsewhere.
 */
export async function takeLeave(plain: PlainServer): Promise<void> {
  const { server, sockets, responses } = plain;
  const idleTimeout = 500;
  for (const response of responses) if (!response.headersSent) response.shouldKeepAlive = false;
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    request.socket.setTimeout(0);
    response.shouldKeepAlive = false;
  });
  server.keepAliveTimeout = idleTimeout;
  server.keepAliveTimeoutBuffer = 0;
  let accepted = 0;
  server.on('connection', (socket) => {
    accepted++;
    socket.setTimeout(idleTimeout);
  });
  for (let quiet = 0, seen = 0; quiet < 2; seen = accepted) {
    await setImmediate();
    quiet = accepted === seen ? quiet + 1 : 0;
  }
  plain.closeListener();
  const busy = new Set([...responses].map(({ socket }) => socket));
  for (const socket of sockets) if (!busy.has(socket)) socket.setTimeout(idleTimeout);
  await plain.whenGone();
}
