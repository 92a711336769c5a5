import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { blocksOf } from './blocks-of.js';
import { toTemporaryFile } from './temporary-file.js';

/** What the application does, as people write it on node:http. Resolves with its port. */
export async function serveByHand(): Promise<number> {
  const server = createServer((request, response) => {
    void (async () => {
      if (request.method === 'GET') {
        const bytes = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('bytes'));
        response.writeHead(200, { 'content-type': 'application/octet-stream' });
        await pipeline(blocksOf(bytes), response);
      } else {
        const bytes = await (request.url === '/form' ? fileOfForm(request) : toTemporaryFile(request));
        const body = JSON.stringify({ bytes });
        response.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
        response.end(body);
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function fileOfForm(request: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    const form = new Busboy({ headers: request.headers as BusboyHeaders });
    let written = Promise.resolve(0);
    form.on('file', (_name, file) => {
      written = toTemporaryFile(file as Readable);
    });
    pipeline(request, form).then(() => resolve(written), reject);
  });
}
