import { createServer } from 'node:http';
import { Body, ConflictError, Controller, Ctx, Get, HttpContext, Ip, Param, Post } from 'bowline';
import { expect, test } from 'vitest';
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

describeProviders('without a socket', { controllers: [ThingController] }, (server) => {
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
