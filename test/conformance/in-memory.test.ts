import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { Body, ConflictError, Controller, Ctx, Get, HttpContext, Ip, Param, Post } from 'bowline';
import { expect, test, vi } from 'vitest';
import { send } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

@Controller('/things')
class ThingController {
  @Get('/:id')
  find(@Param('id') id: number, @Ctx() ctx: HttpContext) {
    ctx.cookie('a', '1').cookie('b', '2').set('x-name', 'thing');
    return { id, name: 'Größe', query: ctx.query };
  }

  @Post()
  create(@Body({ validate: false }) body: unknown, @Ctx() ctx: HttpContext) {
    ctx.status(201);
    return { got: body };
  }

  @Post('/nothing')
  nothing() {}

  @Get('/conflict/:id')
  conflict(): never {
    throw new ConflictError('Not now.');
  }

  @Get('/bytes/all')
  bytes() {
    return Uint8Array.from({ length: 256 }, (_, index) => index);
  }

  @Get('/ip/own')
  ip(@Ip() ip: string) {
    return { ip };
  }
}

/** What a streaming handler has done, and what lets it go on. */
let given = 0;
let gate = Promise.withResolvers<void>();
let left = Promise.withResolvers<void>();

@Controller('/streams')
class StreamController {
  @Get('/gated')
  async *gated() {
    yield 'first,';
    await gate.promise;
    yield 'second';
  }

  @Get('/endless')
  async *endless(@Ctx() ctx: HttpContext) {
    ctx.signal.addEventListener('abort', () => left.resolve());
    for (given = 0; ; given++) yield Buffer.alloc(65_536);
  }

  @Get('/waits')
  async waits(@Ctx() ctx: HttpContext) {
    gate.resolve();
    await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()));
    left.resolve();
  }

  @Get('/fails')
  async *fails() {
    yield 'first,';
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('the disk is gone');
  }

  @Post('/echo')
  echo(@Body() body: Readable) {
    return body;
  }

  @Get('/where')
  where(@Ctx() { protocol, secure, origin, host }: HttpContext) {
    return { protocol, secure, origin, host };
  }
}

const requests: [method: string, path: string, body?: string, type?: string][] = [
  ['GET', '/things/7?a=1&a=2'],
  ['HEAD', '/things/7'],
  ['GET', '/things/x'],
  ['POST', '/things', '{"a":[1,{"b":"ü"}]}', 'application/json'],
  ['POST', '/things', 'a=1&b=2', 'application/x-www-form-urlencoded'],
  ['POST', '/things', '{', 'application/json'],
  ['POST', '/things', '<a/>', 'application/xml'],
  ['POST', '/things/nothing'],
  ['GET', '/things/conflict/1'],
  ['GET', '/things/bytes/all'],
  ['GET', '/things/ip/own'],
  ['GET', '/nothing'],
  ['OPTIONS', '/things/7'],
  ['DELETE', '/things/7'],
  ['GET', '/things/%zz'],
];

/** What differs from connection to connection. */
function lasting(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name)),
  );
}

const controllers = [ThingController, StreamController];

describeProviders('without a socket', { controllers }, (server) => {
  test.each(requests)('inject answers like the socket: %s %s %s', async (...[method, path, body, type]) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const socket = await server.call(method, path, { headers, ...(body === undefined ? {} : { body }) });
    const memory = await server.app.inject({ method, url: path, headers, ...(body === undefined ? {} : { body }) });
    expect(memory.statusCode).toBe(socket.status);
    expect(lasting(memory.headers)).toEqual(lasting(socket.headers));
    expect(memory.body.equals(socket.body)).toBe(true);
  });

  test('fetch may be handed over as a function', async () => {
    const { fetch } = server.app;
    expect((await fetch(new Request('http://localhost/nobody'))).status).toBe(404);
  });

  test.each(requests)('fetch answers like the socket: %s %s %s', async (...[method, path, body, type]) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const socket = await server.call(method, path, { headers, ...(body === undefined ? {} : { body }) });
    const response = await server.app.fetch(
      new Request(`http://localhost${path}`, { method, headers, ...(body === undefined ? {} : { body }) }),
    );
    expect(response.status).toBe(socket.status);
    const { 'set-cookie': cookies = [], ...others } = Object.fromEntries(response.headers) as Record<string, string>;
    const { 'set-cookie': expectedCookies = [], ...expected } = socket.headers;
    expect(lasting(others)).toEqual(lasting(expected));
    expect(response.headers.getSetCookie()).toEqual(cookies.length === 0 ? [] : expectedCookies);
    expect(Buffer.from(await response.arrayBuffer()).equals(socket.body)).toBe(true);
  });

  test('fetch has the head and each piece when they are there', async () => {
    gate = Promise.withResolvers();
    const response = await server.app.fetch(new Request('http://localhost/streams/gated'));
    expect(response.status).toBe(200);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first,');
    gate.resolve();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('second');
    expect((await reader.read()).done).toBe(true);
  });

  test('fetch holds an answer back that nobody reads, and leaves where its body is cancelled', async () => {
    left = Promise.withResolvers();
    const response = await server.app.fetch(new Request('http://localhost/streams/endless'));
    await vi.waitFor(() => expect(given).toBeGreaterThan(1));
    const before = given;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(given).toBeLessThan(before + 40);
    await response.body?.cancel();
    await left.promise;
  });

  test('fetch leaves where its signal is aborted, before the head and after it', async () => {
    for (const path of ['/streams/waits', '/streams/endless']) {
      left = Promise.withResolvers();
      gate = Promise.withResolvers();
      const abort = new AbortController();
      const response = server.app.fetch(new Request(`http://localhost${path}`, { signal: abort.signal }));
      if (path === '/streams/waits') {
        await gate.promise;
        abort.abort(new Error('enough'));
        await expect(response).rejects.toThrow('enough');
      } else {
        const { body } = await response;
        abort.abort();
        await expect(new Response(body).bytes()).rejects.toThrow();
      }
      await left.promise;
    }
  });

  test('fetch breaks the body of an answer that fails in the middle', async () => {
    const response = await server.app.fetch(new Request('http://localhost/streams/fails'));
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect((await server.log.next()).message).toBe('The stream of an answer failed, and its connection was cut');
  });

  test('fetch sends a body as it comes', async () => {
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: body.readable, duplex: 'half' };
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = server.app.fetch(new Request('http://localhost/streams/echo', { ...init, headers }));
    const reads = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
      Buffer.from((await reader.read()).value ?? []).toString();
    await writer.write(Buffer.from('one'));
    const reader = ((await answer).body as ReadableStream<Uint8Array>).getReader();
    expect(await reads(reader)).toBe('one');
    await writer.write(Buffer.from('two'));
    expect(await reads(reader)).toBe('two');
    await writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  test('fetch takes no more of a body than the limit', async () => {
    let sent = 0;
    const cancelled = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setImmediate(resolve));
        sent++;
        controller.enqueue(Buffer.alloc(65_536, 'x'));
      },
      cancel: () => cancelled.resolve(),
    });
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' };
    const headers = { 'content-type': 'application/json' };
    const response = await server.app.fetch(new Request('http://localhost/things', { ...init, headers }));
    expect([response.status, (await response.json()) as unknown]).toMatchObject([413, { status: 413 }]);
    await cancelled.promise;
    expect(sent).toBeLessThan(600);
  });

  test('fetch refuses a body of another length than its Request says', async () => {
    for (const length of ['2', '4']) {
      const headers = { 'content-type': 'application/octet-stream', 'content-length': length };
      const request = new Request('http://localhost/streams/echo', { method: 'POST', body: 'abc', headers });
      await expect(server.app.fetch(request).then((response) => response.text())).rejects.toThrow();
    }
  });

  test('fetch says the protocol and the host of the URL', async () => {
    for (const origin of ['https://example.com:8443', 'http://example.com']) {
      const { protocol, host } = new URL(origin);
      const response = await server.app.fetch(new Request(`${origin}/streams/where`));
      expect(await response.json()).toEqual({
        protocol: protocol.slice(0, -1),
        secure: protocol === 'https:',
        origin,
        host,
      });
    }
  });

  test('answers in a server that somebody else owns', async () => {
    const foreign = createServer(server.app.handler());
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = foreign.address() as { port: number };
      const url = `http://127.0.0.1:${port}`;
      expect(await send(url, 'GET', '/things/7')).toMatchObject({ status: 200, json: { id: 7 } });
      expect(await send(url, 'POST', '/things', { json: { a: 1 } })).toMatchObject({
        status: 201,
        json: { got: { a: 1 } },
      });
      expect(await send(url, 'GET', '/nothing')).toMatchObject({ status: 404 });
    } finally {
      foreign.close();
    }
  });

  test('answers many at once, each its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, id) => server.app.inject({ url: `/things/${id}` })),
    );
    expect(answers.map(({ body }) => (JSON.parse(body.toString()) as { id: number }).id)).toEqual(
      Array.from({ length: 20 }, (_, id) => id),
    );
  });
});
