import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Body, Controller, Ctx, Get, HttpContext, Post } from 'bowline';
import { describe, expect, test } from 'vitest';
import { answersIn } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

async function digest(stream: AsyncIterable<Uint8Array>): Promise<{ length: number; hash: string }> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const piece of stream) {
    hash.update(piece);
    length += piece.byteLength;
  }
  return { length, hash: hash.digest('hex') };
}

@Controller('/streams')
class StreamController {
  @Post('/node')
  async node(@Body() body: Readable) {
    return { readable: body instanceof Readable, ...(await digest(body)) };
  }

  @Post('/web')
  async web(@Body() body: ReadableStream<Uint8Array>) {
    return { web: body instanceof ReadableStream, ...(await digest(body)) };
  }

  @Post('/context')
  context(@Ctx() ctx: HttpContext) {
    return digest(ctx.stream());
  }

  @Post('/twice')
  async twice(@Ctx() ctx: HttpContext) {
    await ctx.text();
    return digest(ctx.stream());
  }

  @Post('/echo')
  echo(@Body() body: Readable) {
    return body;
  }

  @Post('/json')
  json(@Body({ validate: false }) body: unknown) {
    return { got: body };
  }

  @Post('/unread')
  unread() {
    return 'did not look';
  }

  @Get('/slowly')
  async slowly() {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'slowly';
  }

  @Post('/let-through')
  async letThrough(@Body() body: Readable) {
    try {
      for await (const _ of body);
    } finally {
      brokenOff.resolve('let through');
    }
  }

  @Post('/broken-off')
  async brokenOff(@Body() body: Readable) {
    let seen = '';
    try {
      await pipeline(body, async function (pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) seen += piece.toString();
      });
    } catch {
      brokenOff.resolve(seen);
    }
  }

  @Get()
  get() {
    return 'ok';
  }
}

let brokenOff = Promise.withResolvers<string>();

const large = Buffer.alloc(3_000_000, 'some text that is sent in pieces\n');
const controllers = [StreamController];

describeProviders('request bodies as streams', { controllers, overHttps: true }, (server) => {
  const expected = { length: large.length, hash: createHash('sha256').update(large).digest('hex') };

  test.each(['/streams/node', '/streams/web', '/streams/context'])(
    'arrive whole, beyond the limit of those that are read whole: %s',
    async (path) => {
      expect((await server.post(path, { body: large })).json).toMatchObject(expected);
      expect((await server.post(path, { chunks: [large] })).json).toMatchObject(expected);
    },
  );

  test('are of the kind that the parameter declares', async () => {
    expect((await server.post('/streams/node', { body: 'x' })).json).toMatchObject({ readable: true });
    expect((await server.post('/streams/web', { body: 'x' })).json).toMatchObject({ web: true });
  });

  test('are empty where there is none', async () => {
    expect((await server.post('/streams/node')).json).toMatchObject({ length: 0 });
    expect((await server.post('/streams/context')).json).toMatchObject({ length: 0 });
  });

  test('are decoded', async () => {
    const answer = await server.post('/streams/node', {
      body: gzipSync(large),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(answer.json).toMatchObject(expected);
  });

  test('may go out again as they come in', async () => {
    const answer = await server.post('/streams/echo', { body: large });
    expect(answer.body.equals(large)).toBe(true);
  });

  test('are no stream once they have been read', async () => {
    expect((await server.post('/streams/twice', { body: 'x' })).status).toBe(500);
    expect((await server.log.next()).fields).toMatchObject({
      error: { code: 'BOW_BODY_TAKEN' },
    });
  });

  test('break off when the client leaves', async () => {
    brokenOff = Promise.withResolvers();
    const client = await server.connect();
    client.send('POST /streams/broken-off HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nthe first half');
    await new Promise((resolve) => setTimeout(resolve, 30));
    client.stream.destroy();
    expect(await brokenOff.promise).toBe('the first half');
  });
});

describeProviders(
  'a body that breaks off',
  { controllers, servers: { main: { timeouts: { handler: 60, body: 150 } } } },
  (server) => {
    test('is no error of a handler that lets it through', async () => {
      brokenOff = Promise.withResolvers();
      const client = await server.connect();
      client.send('POST /streams/let-through HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nthe first half');
      await new Promise((resolve) => setTimeout(resolve, 30));
      client.stream.destroy();
      expect(await brokenOff.promise).toBe('let through');
    });

    test('is a 408 and no slow handler where nothing of it ever comes', async () => {
      const client = await server.connect();
      client.send(
        'POST /streams/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n',
      );
      expect(answersIn(await client.end())[0]?.status).toBe(408);
    });
  },
);

const codings: readonly (readonly [string, (bytes: Uint8Array) => Buffer])[] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['GZIP', gzipSync],
];

describeProviders('encoded bodies', { controllers, servers: { main: { limits: { body: 100_000 } } } }, (server) => {
  const send = (coding: string, body: Uint8Array) =>
    server.post('/streams/json', { body, headers: { 'content-type': 'application/json', 'content-encoding': coding } });

  test.each(codings)('are decoded: %s', async (coding, encode) => {
    expect((await send(coding, encode(Buffer.from('{"name":"Zürich"}')))).json).toEqual({ got: { name: 'Zürich' } });
  });

  test.each(codings)('are a 413 when they are too large decoded: %s', async (coding, encode) => {
    const answer = await send(coding, encode(Buffer.from(JSON.stringify('x'.repeat(5_000_000)))));
    expect(answer).toMatchObject({
      status: 413,
      json: { detail: 'The body is larger than the 100000 bytes that are taken here.' },
    });
  });

  test.each(codings)('are a 400 when they are cut short: %s', async (coding, encode) => {
    const whole = encode(Buffer.from(JSON.stringify({ name: 'a name of some length' })));
    expect((await send(coding, whole.subarray(0, whole.length - 6))).status).toBe(400);
  });

  test.each(codings)('are a 400 when they are something else: %s', async (coding) => {
    expect((await send(coding, Buffer.from('{"name":"not encoded at all"}'))).status).toBe(400);
  });

  test.each(['zstd', 'unknown', 'gzip, br', 'constructor'])(
    'are a 415 in a coding that is not taken: %s',
    async (coding) => {
      expect(await send(coding, Buffer.from('{}'))).toMatchObject({
        status: 415,
        headers: { 'accept-encoding': 'gzip, deflate, br' },
      });
    },
  );

  test('leave the connection fit for the next request', async () => {
    const client = await server.connect();
    const body = gzipSync('{"a":1}').toString('latin1');
    const head = `POST /streams/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
    client.stream.write(head + body + head + body, 'latin1');
    await client.until('{"got":{"a":1}}', 2);
    client.stream.destroy();
  });
});

const post = (path: string, headers: string) => `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

describeProviders('bodies that nobody reads', { controllers, overHttps: true }, (server) => {
  const small = 'Content-Type: application/json\r\nContent-Length: 1000\r\n';
  const huge = 'Content-Type: application/json\r\nContent-Length: 100000000\r\n';

  test.each(['/nothing', '/streams/unread'])('leave the connection open where they are small: %s', async (path) => {
    const client = await server.connect();
    client.send(post(path, small));
    client.send('x'.repeat(1_000)).send('GET /streams HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const received = await client.until('\r\n\r\nok');
    expect(answersIn(received).map(({ status }) => status)).toHaveLength(2);
    expect(received).not.toMatch(/connection: close/i);
    client.stream.destroy();
  });

  describe.each([
    ['of a 404', '/nothing', 404],
    ['of a 405', '/streams', 405],
    ['of a handler that does not look', '/streams/unread', 200],
    ['beyond the limit', '/streams/json', 413],
  ])('%s', (_, path, status) => {
    const [method, target] = status === 405 ? ['PATCH', path] : ['POST', path];
    const head = (headers: string) => post(target, headers).replace('POST', method);

    test('are answered before they have come, and end the connection', async () => {
      const client = await server.connect();
      client.send(head(huge)).send('x'.repeat(10_000));
      const [answer] = answersIn(await client.until('connection: close'));
      expect(answer?.status).toBe(status);
      client.stream.end();
      await client.end();
    });

    test('are not waited for by who was not told to go on', async () => {
      const client = await server.connect();
      client.send(head(`${huge}Expect: 100-continue\r\n`));
      const received = await client.end();
      expect(received).not.toContain('100 Continue');
      expect(answersIn(received)[0]?.status).toBe(status);
    });
  });

  test('let a client that goes on sending see the answer', async () => {
    const client = await server.connect();
    client.send(post('/streams/json', huge));
    let sent = 0;
    // For as long as the connection takes it: no answer would be seen after a reset that overtook it.
    for (; sent < 100_000_000 && !client.closed; sent += 65_536) {
      if (!client.stream.write(Buffer.alloc(65_536, 'x')))
        await new Promise((resolve) => {
          client.stream.once('drain', resolve).once('close', resolve);
        });
    }
    expect(answersIn(await client.end())[0]?.status).toBe(413);
    expect(sent).toBeLessThan(100_000_000);
  });

  test('end the connection behind an answer that had to wait for another, too', async () => {
    const client = await server.connect();
    const size = 1_100_000;
    const chunks = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;
    client.send('GET /streams/slowly HTTP/1.1\r\nHost: localhost\r\n\r\n');
    client.send(post('/streams/json', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n') + chunks);
    const received = await client.end();
    expect(answersIn(received).map(({ status }) => status)).toEqual([200, 413]);
  });

  test('of unknown length beyond the limit are a 413 that ends the connection', async () => {
    const client = await server.connect();
    client.send(post('/streams/json', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'));
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 30 && !client.closed; sent++) client.send(chunk);
    const received = await client.until('connection: close');
    expect(answersIn(received)[0]?.status).toBe(413);
    client.stream.destroy();
  });
});

describeProviders(
  'bodies that come slowly',
  { controllers, servers: { main: { timeouts: { body: 200 } } } },
  (server) => {
    test('are a 408 where they are read whole', async () => {
      const client = await server.connect();
      client.send(post('/streams/json', 'Content-Type: application/json\r\nContent-Length: 1000\r\n')).send('{"a":');
      const [answer] = answersIn(await client.end());
      expect(answer?.status).toBe(408);
      expect(JSON.parse(answer?.body ?? '')).toMatchObject({ detail: 'The body of the request came too slowly.' });
    });

    test('end where they are streamed', async () => {
      brokenOff = Promise.withResolvers();
      const client = await server.connect();
      client.send(post('/streams/broken-off', 'Content-Length: 1000\r\n')).send('slow');
      expect(await brokenOff.promise).toBe('slow');
      await client.end();
    });
  },
);
