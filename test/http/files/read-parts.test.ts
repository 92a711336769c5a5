import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BodyStream } from '../../../src/http/body/body-stream.js';
import { resolveMultipartLimits } from '../../../src/http/files/multipart-limits.js';
import { PartReader, type PartSplitter } from '../../../src/http/files/read-parts.js';

const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
const content = Array.from({ length: 20 }, (_, index) => Buffer.alloc(20_000, index));

const server = createServer();
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

function bodyOf(source: Readable, incoming: IncomingMessage): BodyStream {
  return new BodyStream(source, incoming, () => undefined);
}

/** The chunks of the file's body in a request, each released when the next has come. */
async function releasedChunks(toBody: (incoming: IncomingMessage) => Readable): Promise<readonly Buffer[]> {
  const { port } = server.address() as AddressInfo;
  const call = request({ port, host: '127.0.0.1', method: 'POST', agent: false });
  call.on('error', () => undefined);
  const arrived = once(server, 'request');
  for (const piece of [head, ...content]) call.write(piece);
  call.end('\r\n--b--\r\n');
  const body = toBody(((await arrived) as [IncomingMessage])[0]);
  const limits = resolveMultipartLimits({});
  const parts = new PartReader(body, 'b', { limits, maxSize: 1e9, Splitter: Dicer as unknown as PartSplitter });
  const part = await parts.next();
  const chunks: Buffer[] = [];
  const read: Buffer[] = [];
  part?.body.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    read.push(Buffer.from(chunk));
    part.release(chunk);
  });
  await parts.next();
  call.destroy();
  expect(Buffer.concat(read).equals(Buffer.concat(content))).toBe(true);
  return chunks;
}

it('gives the memory of what was read of a request back', async () => {
  const chunks = await releasedChunks((incoming) => bodyOf(incoming, incoming));
  expect(chunks.filter(({ length }) => length > 0).reduce((sum, { length }) => sum + length, 0)).toBeLessThan(100_000);
});

it('leaves its memory to others who listen to the request', async () => {
  const heard: Buffer[] = [];
  const chunks = await releasedChunks((incoming) => {
    incoming.on('data', (chunk: Buffer) => heard.push(chunk));
    return bodyOf(incoming, incoming);
  });
  expect(Buffer.concat(chunks).equals(Buffer.concat(content))).toBe(true);
  expect(Buffer.concat(heard).includes(Buffer.concat(content.slice(1)))).toBe(true);
});

it('leaves its memory to a stream that stands before it', async () => {
  const chunks = await releasedChunks((incoming) => bodyOf(incoming.pipe(new PassThrough()), incoming));
  expect(Buffer.concat(chunks).equals(Buffer.concat(content))).toBe(true);
});
