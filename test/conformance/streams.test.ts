import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Controller, Ctx, Get, Header, HttpCode, HttpContext, Injectable, NotFoundError, Param, Post } from 'bowline';
import { expect, test } from 'vitest';
import { answersIn } from './harness/client.js';
import { describeProviders, providerOfInstance, type ProviderUnderTest } from './harness/describe-providers.js';

/** What became of a source, for the behaviour that asked for it. */
class Source {
  readonly #ended = Promise.withResolvers<void>();
  readonly ended: Promise<void> = this.#ended.promise;
  pieces = 0;

  /** Gives pieces until nobody wants more. */
  async *endless(size: number) {
    try {
      for (;;) {
        this.pieces++;
        yield Buffer.alloc(size, 'x');
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.end();
    }
  }

  end(): void {
    this.#ended.resolve();
  }
}

@Injectable()
class Sources {
  readonly #all = new Map<string, Source>();

  at(name: string): Source {
    const source = this.#all.get(name) ?? new Source();
    this.#all.set(name, source);
    return source;
  }
}

const large = Buffer.alloc(5_000_000, 'a line of the file\n');

@Controller('/streams')
class StreamController {
  constructor(private readonly sources: Sources) {}

  @Get('/node')
  node() {
    return Readable.from(['one,', Buffer.from('two,'), 'drei-ü'], { objectMode: false });
  }

  @Get('/web')
  web() {
    return new Blob(['from the web']).stream();
  }

  @Get('/generator')
  async *generator() {
    yield 'one,';
    await Promise.resolve();
    yield new TextEncoder().encode('two');
  }

  @Get('/empty')
  empty() {
    return Readable.from([]);
  }

  @Get('/large')
  large() {
    return Readable.from(pieces(large), { objectMode: false });
  }

  @Get('/decorated')
  @HttpCode(203)
  @Header('content-type', 'text/csv; charset=utf-8')
  decorated(@Ctx() ctx: HttpContext) {
    ctx.set('x-set', 'yes').cookie('seen', '1');
    return Readable.from(['a;b\n']);
  }

  @Get('/later')
  async later() {
    await Promise.resolve();
    return Readable.from(['later']);
  }

  @Post('/sent')
  sent(@Ctx() ctx: HttpContext) {
    ctx
      .status(201)
      .type('text/plain')
      .send(Readable.from(['sent']));
  }

  @Get('/blob')
  blob() {
    return new Blob(['{"a":1}'], { type: 'application/json' });
  }

  @Get('/file')
  file() {
    return new File(['bytes'], 'name.bin');
  }

  @Get('/length/:length')
  length(@Ctx() ctx: HttpContext, @Param('length') length: string) {
    ctx.set('content-length', length);
    return Readable.from(['12345', '67890'], { objectMode: false });
  }

  @Get('/no-content')
  @HttpCode(204)
  noContent() {
    return Readable.from(['not sent']);
  }

  @Get('/endless/:name')
  endless(@Param('name') name: string) {
    return this.sources.at(name).endless(16_384);
  }

  @Get('/silent/:name')
  silent(@Param('name') name: string) {
    const source = this.sources.at(name);
    return new Readable({
      read() {
        source.pieces++;
      },
      destroy(_error, done) {
        source.end();
        done(null);
      },
    });
  }

  @Get('/fails-at-once')
  async *failsAtOnce(): AsyncGenerator<string> {
    await Promise.resolve();
    if (this.sources !== undefined) throw new Error('secret: no such table');
    yield 'never';
  }

  @Get('/refuses-at-once')
  async *refusesAtOnce(): AsyncGenerator<string> {
    await Promise.resolve();
    if (this.sources !== undefined) throw new NotFoundError('There is no such recording.');
    yield 'never';
  }

  @Get('/fails-later')
  async *failsLater() {
    yield 'the first piece';
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('secret: the disk is gone');
  }

  @Get('/is-destroyed')
  isDestroyed() {
    const stream = new Readable({ read() {} });
    stream.push('the first piece');
    setImmediate(() => stream.destroy());
    return stream;
  }

  @Get('/objects')
  async *objects() {
    yield { not: 'bytes' };
  }

  @Get('/read-already')
  async readAlready() {
    const stream = Readable.from(['x']);
    await stream.toArray();
    return stream;
  }
}

/** As a framework makes it that has a class of its own. */
class ForeignResponse {
  readonly status = 201;
  readonly headers = new Headers({ 'content-type': 'text/plain' });
  readonly type = 'default';
  readonly bodyUsed = false;
  readonly body = new Blob(['foreign']).stream();

  arrayBuffer(): Promise<ArrayBuffer> {
    return new Response(this.body).arrayBuffer();
  }
}

@Controller('/responses')
class ResponseController {
  @Get('/whole')
  @HttpCode(204)
  whole(@Ctx() ctx: HttpContext) {
    ctx.status(418).cookie('before', '1');
    const headers = new Headers({ 'content-type': 'text/html', 'x-own': 'yes', connection: 'close' });
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    return new Response('<p>ü</p>', { status: 202, headers });
  }

  @Get('/json')
  json() {
    return Response.json({ a: 1 });
  }

  @Get('/empty')
  empty() {
    return new Response(null, { status: 200 });
  }

  @Get('/redirect')
  redirect() {
    return Response.redirect('https://example.com/elsewhere', 303);
  }

  @Get('/not-modified')
  notModified() {
    return new Response(null, { status: 304, headers: { etag: '"1"' } });
  }

  @Get('/upstream')
  upstream() {
    // What `fetch` gives for an answer that came compressed: a decoded body below the headers of the encoded one.
    const response = new Response('decoded', { headers: { 'content-encoding': 'gzip', 'content-length': '25' } });
    return Object.defineProperty(response, 'type', { value: 'basic' });
  }

  @Get('/of-another-realm')
  ofAnotherRealm() {
    return new ForeignResponse();
  }
}

function* pieces(bytes: Buffer) {
  for (let start = 0; start < bytes.length; start += 60_000) yield bytes.subarray(start, start + 60_000);
}

const fixture = { controllers: [StreamController, ResponseController], services: [Sources], overHttps: true };
const octets = 'application/octet-stream';

function sourceOf(server: ProviderUnderTest): Source & { readonly name: string } {
  const name = crypto.randomUUID();
  return Object.assign(server.app.container.get(Sources).at(name), { name });
}

const request = (path: string, version = '1.1') => `GET ${path} HTTP/${version}\r\nHost: localhost\r\n\r\n`;

describeProviders('streams', fixture, (server) => {
  test.each([
    ['/streams/node', 'one,two,drei-ü'],
    ['/streams/web', 'from the web'],
    ['/streams/generator', 'one,two'],
    ['/streams/later', 'later'],
  ])('are sent chunked as they come: %s', async (path, text) => {
    const answer = await server.get(path);
    expect(answer).toMatchObject({ status: 200, text, headers: { 'content-type': octets } });
    expect(answer.headers['content-length']).toBeUndefined();
    expect(answer.headers['transfer-encoding']).toBe('chunked');
  });

  test('that end without a piece are empty', async () => {
    expect(await server.get('/streams/empty')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-type': octets, 'content-length': '0' },
    });
  });

  test('arrive whole when they are large', async () => {
    const { body } = await server.get('/streams/large');
    expect(hash(body)).toBe(hash(large));
  });

  test('carry the status and headers of decorators and context', async () => {
    expect(await server.get('/streams/decorated')).toMatchObject({
      status: 203,
      text: 'a;b\n',
      headers: { 'content-type': 'text/csv; charset=utf-8', 'x-set': 'yes', 'set-cookie': ['seen=1; Path=/'] },
    });
  });

  test('are sent by the context too', async () => {
    expect(await server.post('/streams/sent')).toMatchObject({
      status: 201,
      text: 'sent',
      headers: { 'content-type': 'text/plain' },
    });
  });

  test('leave the connection open for the next request', async () => {
    const client = await server.connect();
    client.send(request('/streams/node')).send(request('/responses/json'));
    expect(await client.until('{"a":1}')).toContain('0\r\n\r\nHTTP/1.1 200 OK');
    client.stream.destroy();
  });

  test('answer HEAD with their headers, and are not read', async () => {
    const source = sourceOf(server);
    const answer = await server.call('HEAD', `/streams/silent/${source.name}`);
    expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-type': octets } });
    expect(answer.headers['content-length']).toBeUndefined();
    await source.ended;
    expect(source.pieces).toBe(0);
  });

  test('are not sent with a status that has no body', async () => {
    expect(await server.get('/streams/no-content')).toMatchObject({ status: 204, text: '' });
  });

  test('of a Blob have its length and type', async () => {
    expect(await server.get('/streams/blob')).toMatchObject({
      json: { a: 1 },
      headers: { 'content-type': 'application/json', 'content-length': '7' },
    });
    expect(await server.get('/streams/file')).toMatchObject({
      text: 'bytes',
      headers: { 'content-type': octets, 'content-length': '5' },
    });
  });

  test('have the length that the user knows', async () => {
    const answer = await server.get('/streams/length/10');
    expect(answer).toMatchObject({ status: 200, text: '1234567890', headers: { 'content-length': '10' } });
    expect(answer.headers['transfer-encoding']).toBeUndefined();
  });

  test('have no length that is no number', async () => {
    expect(await server.get('/streams/length/ten')).toMatchObject({
      text: '1234567890',
      headers: { 'transfer-encoding': 'chunked' },
    });
  });

  test.each(['7', '12'])('of another length than they say are cut: %s', async (length) => {
    const client = await server.connect();
    client.send(request(`/streams/length/${length}`));
    const received = await client.end();
    expect(received.split('\r\n\r\n')[1]?.length).toBeLessThan(Number(length));
    expect((await server.log.next()).message).toBe('The stream of an answer failed, and its connection was cut');
  });

  test('end when the client leaves', async () => {
    const source = sourceOf(server);
    const client = await server.connect();
    client.send(request(`/streams/endless/${source.name}`));
    await client.until('xxx');
    client.stream.destroy();
    await source.ended;
  });

  test('that have sent nothing end when the client leaves', async () => {
    const source = sourceOf(server);
    const client = await server.connect();
    client.send(request(`/streams/silent/${source.name}`));
    while (source.pieces === 0) await new Promise((resolve) => setImmediate(resolve));
    client.stream.destroy();
    await source.ended;
  });

  test('are not read faster than the client takes them', async () => {
    const source = sourceOf(server);
    const client = await server.connect();
    client.stream.pause();
    client.send(request(`/streams/endless/${source.name}`));
    // Until all buffers on the way are full; the source would else have given hundreds of megabytes by now.
    let before = -1;
    for (let quiet = 0; quiet < 20;) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      quiet = source.pieces === before ? quiet + 1 : 0;
      before = source.pieces;
      expect(source.pieces).toBeLessThan(4_000);
    }
    client.stream.destroy();
    await source.ended;
  });

  test('that fail before the first piece are a logged 500', async () => {
    const answer = await server.get('/streams/fails-at-once');
    expect(answer).toMatchObject({ status: 500, json: { title: 'Internal Server Error', status: 500 } });
    const { message, fields } = await server.log.next();
    expect(message).toBe('GET /streams/fails-at-once failed with 500');
    expect(fields).toMatchObject({ route: '/streams/fails-at-once', error: { message: 'secret: no such table' } });
  });

  test('that refuse before the first piece are that refusal', async () => {
    expect(await server.get('/streams/refuses-at-once')).toMatchObject({
      status: 404,
      json: { detail: 'There is no such recording.' },
    });
  });

  test.each(['/streams/fails-later', '/streams/is-destroyed'])(
    'that fail in the middle are cut, and not ended as if they were whole: %s',
    async (path) => {
      const client = await server.connect();
      client.send(request(path));
      const received = await client.end();
      expect(received).toContain('the first piece');
      expect(received).not.toContain('\r\n0\r\n');
      expect(received).not.toContain('secret');
      const { level, message, fields } = await server.log.next();
      expect([level, message]).toEqual(['error', 'The stream of an answer failed, and its connection was cut']);
      expect(fields).toMatchObject({ method: 'GET', route: path });
    },
  );

  test.each(['/streams/objects', '/streams/read-already'])(
    'that have nothing to send are a logged 500: %s',
    async (path) => {
      expect((await server.get(path)).status).toBe(500);
      expect((await server.log.next()).fields).toMatchObject({ route: path, error: expect.any(Error) as unknown });
    },
  );

  test('end with the connection in HTTP/1.0', async () => {
    const client = await server.connect();
    client.send(request('/streams/node', '1.0'));
    const [head = '', body] = (await client.end()).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(Buffer.from(body ?? '', 'latin1').toString()).toBe('one,two,drei-ü');
  });

  test.skipIf(server.secure)('that fail in the middle reset the connection in HTTP/1.0', async () => {
    const client = await server.connect();
    const reset = new Promise((resolve) => client.stream.once('error', resolve));
    client.send(request('/streams/fails-later', '1.0'));
    expect(await reset).toMatchObject({ code: 'ECONNRESET' });
    await server.log.next();
  });
});

describeProviders(
  'streamed replies on an instance that was handed in',
  { ...fixture, overHttps: false, provider: providerOfInstance },
  (server) => {
    test.skipIf(server.secure)('reset the connection in HTTP/1.0 where they fail in the middle', async () => {
      const client = await server.connect();
      const reset = new Promise((resolve) => client.stream.once('error', resolve));
      client.send(request('/streams/fails-later', '1.0'));
      expect(await reset).toMatchObject({ code: 'ECONNRESET' });
      await server.log.next();
    });
  },
);

describeProviders('Web Responses', fixture, (server) => {
  test('are sent as they are', async () => {
    const answer = await server.get('/responses/whole');
    expect(answer).toMatchObject({
      status: 202,
      text: '<p>ü</p>',
      headers: { 'content-type': 'text/html', 'x-own': 'yes', 'set-cookie': ['before=1; Path=/', 'a=1', 'b=2'] },
    });
  });

  test('keep their JSON type', async () => {
    expect(await server.get('/responses/json')).toMatchObject({
      json: { a: 1 },
      headers: { 'content-type': 'application/json' },
    });
  });

  test('without a body are empty', async () => {
    expect(await server.get('/responses/empty')).toMatchObject({ status: 200, headers: { 'content-length': '0' } });
    expect(await server.get('/responses/not-modified')).toMatchObject({ status: 304, headers: { etag: '"1"' } });
  });

  test('redirect', async () => {
    expect(await server.get('/responses/redirect')).toMatchObject({
      status: 303,
      headers: { location: 'https://example.com/elsewhere' },
    });
  });

  test('of an upstream do not say that they are still compressed', async () => {
    const answer = await server.get('/responses/upstream');
    expect(answer.text).toBe('decoded');
    expect(answer.headers['content-encoding']).toBeUndefined();
  });

  test('are known by their shape and not by their class', async () => {
    expect(await server.get('/responses/of-another-realm')).toMatchObject({
      status: 201,
      text: 'foreign',
      headers: { 'content-type': 'text/plain' },
    });
  });

  test('leave no answer behind on the connection', async () => {
    const client = await server.connect();
    client.send(request('/responses/empty')).send(request('/responses/empty'));
    await client.until('HTTP/1.1 200', 2);
    expect(answersIn(client.text)).toHaveLength(2);
    client.stream.destroy();
  });
});

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
