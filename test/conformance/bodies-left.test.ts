import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import {
  BadRequestError,
  Body,
  Controller,
  Ctx,
  HttpContext,
  Param,
  Post,
  UploadedFile,
  UploadedStream,
} from 'bowline';
import { describe, expect, test, vi } from 'vitest';
import { answersIn, boundary, partHead } from './harness/client.js';
import { describeProviders, type ProviderUnderTest } from './harness/describe-providers.js';

/** The ways in which code of a user stops reading. Each resolves with what the handler answers. */
const ways: Readonly<Record<string, (body: Readable) => Promise<string>>> = {
  async break(body) {
    for await (const _ of body) break;
    return 'left';
  },
  async throw(body) {
    for await (const _ of body) throw new BadRequestError('not a zip');
    return 'empty';
  },
  async destroy(body) {
    body.destroy();
    return 'left';
  },
  async take(body) {
    for await (const _ of body.take(1));
    return 'left';
  },
  async cancel(body) {
    const reader = (Readable.toWeb(body) as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    return 'left';
  },
  async pipeline(body) {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new BadRequestError('no room')) });
    await pipeline(body, full);
    return 'written';
  },
};

@Controller('/bodies')
class BodyController {
  @Post('/left/:way')
  left(@Param('way') way: string, @Ctx() ctx: HttpContext) {
    return ways[way]?.(ctx.stream());
  }

  @Post('/native')
  async native(@Ctx() ctx: HttpContext) {
    for await (const _ of requestOf(ctx.native.request as NativeRequest)) break;
    return { ip: ctx.ip, protocol: ctx.protocol };
  }

  @Post('/paused')
  async paused(@Body() body: Readable) {
    await once(body, 'data');
    body.pause();
    return 'left';
  }

  @Post('/first')
  first(@Body() body: Readable) {
    return body.take(1);
  }

  @Post('/echo')
  echo(@Body() body: Readable) {
    return body;
  }

  @Post('/file')
  file(@UploadedFile('file', { to: 'stream' }) file: UploadedStream) {
    return file.stream;
  }

  @Post('/generated')
  async *generated(@Body() body: Readable) {
    yield 'begun:';
    for await (const piece of body) yield piece as Buffer;
  }

  @Post('/twice/:reader')
  async twice(@Param('reader') reader: 'text' | 'json' | 'bytes' | 'stream', @Ctx() ctx: HttpContext) {
    for await (const _ of ctx.stream());
    return { got: String(await ctx[reader]()) };
  }

  @Post('/read')
  async read(@Body() body: Readable) {
    let length = 0;
    for await (const piece of body) length += (piece as Buffer).length;
    return { length };
  }

  @Post('/unread')
  async *unread() {
    yield 'one,';
    await new Promise((resolve) => setTimeout(resolve, 30));
    yield 'two';
  }
}

interface NativeRequest {
  readonly raw?: IncomingMessage;
  readonly req?: IncomingMessage;
  readonly env?: { readonly incoming: IncomingMessage };
}

/** Node's own, whatever the framework has made of it. */
function requestOf(native: NativeRequest): AsyncIterable<Buffer> {
  return native.env?.incoming ?? native.raw ?? native.req ?? (native as IncomingMessage);
}

const controllers = [BodyController];
const post = (path: string, headers: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n${headers}\r\n`;
const next = post('/bodies/read', 'Content-Length: 3\r\n');
const connectionsOf = (server: ProviderUnderTest): number => server.app.servers['main']?.connections ?? -1;

describeProviders('bodies that a handler leaves in the middle', { controllers, overHttps: true }, (server) => {
  describe.each(Object.keys(ways))('by %s', (way) => {
    const status = way === 'throw' || way === 'pipeline' ? 400 : 200;

    test.each([5, 3_000_000])('keep the connection for the next request where they are of %i bytes', async (size) => {
      const client = await server.connect();
      client.send(post(`/bodies/left/${way}`, `Content-Length: ${size}\r\n`));
      client.send('x'.repeat(size)).send(`${next}abc`);
      const answers = answersIn(await client.until('{"length":3}'));
      expect(answers.map((answer) => answer.status)).toEqual([status, 200]);
      client.stream.destroy();
    });

    test('end the connection behind the answer where they are longer than is taken unread', async () => {
      const client = await server.connect();
      client.send(post(`/bodies/left/${way}`, 'Content-Length: 100000000\r\n')).send('x'.repeat(100_000));
      const [answer] = answersIn(await client.until('connection: close'));
      expect(answer?.status).toBe(status);
      client.stream.end();
      await client.end();
    });

    test('are left encoded, too', async () => {
      const body = gzipSync(Buffer.alloc(300_000, 'some text'));
      const headers = { 'content-encoding': 'gzip' };
      expect((await server.post(`/bodies/left/${way}`, { body, headers })).status).toBe(status);
    });
  });

  test.each([5, 3_000_000])('may be left without a word, %i bytes of them', async (size) => {
    const client = await server.connect();
    client
      .send(post('/bodies/paused', `Content-Length: ${size}\r\n`))
      .send('x'.repeat(size))
      .send(`${next}abc`);
    expect(answersIn(await client.until('{"length":3}')).map(({ body }) => body)).toEqual(['left', '{"length":3}']);
    client.stream.destroy();
  });

  test('may be left without a word where they are encoded', async () => {
    const body = gzipSync(randomBytes(3_000_000)).toString('latin1');
    const client = await server.connect();
    client.stream.write(post('/bodies/paused', `Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n`));
    client.stream.write(body, 'latin1');
    client.send(`${next}abc`);
    await client.until('{"length":3}');
    client.stream.destroy();
  });

  test.each([5, 3_000_000])('may be left natively, %i bytes of it', async (size) => {
    const client = await server.connect();
    client.send(post('/bodies/native', `Content-Length: ${size}\r\n`)).send('x'.repeat(size));
    const [answer] = answersIn(await client.until('}'));
    expect(JSON.parse(answer?.body ?? '')).toEqual({ ip: '127.0.0.1', protocol: server.protocol });
    client.stream.destroy();
    await vi.waitFor(() => expect(connectionsOf(server)).toBe(0), { timeout: 3_000 });
  });

  test('may be left by the stream of the answer', async () => {
    const client = await server.connect();
    client.send(post('/bodies/first', 'Content-Length: 300000\r\n')).send('x'.repeat(300_000)).send(`${next}abc`);
    expect(await client.until('{"length":3}')).toContain('\r\n0\r\n\r\n');
    client.stream.destroy();
  });

  test.each(['text', 'json', 'bytes', 'stream'])('cannot be read once more, by %s', async (reader) => {
    const headers = { 'content-type': 'application/json' };
    expect((await server.post(`/bodies/twice/${reader}`, { body: '"a"', headers })).status).toBe(500);
    expect((await server.log.next()).fields).toMatchObject({ error: { code: 'BOW_BODY_TAKEN' } });
  });

  test.each([
    ['cut', gzipSync('some text that is long enough').subarray(0, 30)],
    ['something else', Buffer.from('no gzip at all')],
  ])('are a 400 where they are read as a stream and their coding is %s', async (_what, body) => {
    const headers = { 'content-encoding': 'gzip' };
    expect(await server.post('/bodies/read', { body, headers })).toMatchObject({
      status: 400,
      json: { detail: 'The body is not what its Content-Encoding says, or did not arrive whole.' },
    });
  });
});

const form = `${partHead({ name: 'file', fileName: 'a.bin', type: 'application/octet-stream' }).toString()}some bytes`;
const formType = `Content-Type: multipart/form-data; boundary=${boundary}\r\n`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** Requests whose answer is made of their body, with the first bytes of it. */
const echoes: readonly (readonly [path: string, headers: string, body: string])[] = [
  ['/bodies/echo', '', 'some bytes'],
  ['/bodies/generated', '', 'some bytes'],
  ['/bodies/file', formType, form],
];

describeProviders(
  'bodies that break while the answer is made of them',
  { controllers, overHttps: true, servers: { main: { timeouts: { body: 0, request: 0, handler: 0 } } } },
  (server) => {
    const begin = async (path: string, headers: string, body: string) => {
      const client = await server.connect();
      const type = headers === '' ? 'Content-Type: application/octet-stream\r\n' : headers;
      client.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}${body}`);
      await client.until('some bytes');
      return client;
    };

    test.each(echoes)('cut the connection at once where a chunk is wrong: %s', async (path, headers, body) => {
      const client = await begin(path, headers, `Transfer-Encoding: chunked\r\n\r\n${chunk(body)}`);
      const text = await client.send('zz\r\n').end();
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      expect(text).not.toContain('\r\n0\r\n');
      await vi.waitFor(() => expect(server.app.servers['main']?.inFlight).toBe(0));
    });

    test.each(echoes)('cut it where the client closes its half: %s', async (path, headers, body) => {
      for (const framing of [
        `Transfer-Encoding: chunked\r\n\r\n${chunk(body)}`,
        `Content-Length: 100000\r\n\r\n${body}`,
      ]) {
        const client = await begin(path, headers, framing);
        client.stream.end();
        expect(await client.end()).not.toContain('\r\n0\r\n');
      }
    });

    test('let an answer to its end that is not made of them', async () => {
      const client = await server.connect();
      client.send(post('/bodies/unread', 'Transfer-Encoding: chunked\r\n'));
      await client.until('one,');
      expect(await client.send('zz\r\n').end()).toMatch(/two\r\n0\r\n\r\n$/);
    });

    test.skipIf(server.secure)('reset the connection of a client of HTTP/1.0', async () => {
      const client = await server.connect();
      const reset = once(client.stream, 'error').catch((error: unknown) => [error]);
      client.send('POST /bodies/echo HTTP/1.0\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nsome bytes');
      await client.until('some bytes');
      client.stream.end();
      expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET' });
    });
  },
);

describeProviders(
  'bodies that stop coming while the answer is made of them',
  { controllers, servers: { main: { timeouts: { body: 150 } } } },
  (server) => {
    test.each(echoes)('end by the time-out of bodies, and nobody is to blame here: %s', async (path, headers, body) => {
      const client = await server.connect();
      const type = headers === '' ? 'Content-Type: application/octet-stream\r\n' : headers;
      client.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}Content-Length: 100000\r\n\r\n${body}`);
      const text = await client.end();
      expect(text).toContain('some bytes');
      expect(text).not.toContain('\r\n0\r\n');
      await vi.waitFor(() => expect(connectionsOf(server)).toBe(0));
    });

    test('are a 408 where the answer has not begun', async () => {
      const client = await server.connect();
      client.send(post('/bodies/read', 'Content-Length: 100\r\n')).send('slow');
      const [answer] = answersIn(await client.end());
      expect(answer?.status).toBe(408);
      expect(answer?.head).toMatch(/^connection: close$/im);
    });
  },
);

describeProviders(
  'requests that take too long while the answer is made of them',
  { controllers, servers: { main: { timeouts: { body: 0, request: 200, handler: 0 } } } },
  (server) => {
    test.each(echoes)('are cut: %s', async (path, headers, body) => {
      const client = await server.connect();
      const type = headers === '' ? 'Content-Type: application/octet-stream\r\n' : headers;
      client.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}Content-Length: 100000\r\n\r\n${body}`);
      expect(await client.end()).toContain('some bytes');
    });
  },
);
