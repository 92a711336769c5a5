import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { cors } from 'hono/cors';
import { describe, expect, it, vi } from 'vitest';
import type { HttpContext } from '../../src/http/index.js';
import { HonoProvider } from '../../src/providers/hono/index.js';
import { connectTo, get } from '../server/raw-client.js';
import { recordingLog, serve, tableOf } from './provider-fixture.js';

const hello = { 'GET /hello': () => ({ hello: 'world' }) };
const text = async (url: string): Promise<string> => (await fetch(url)).text();

describe('a native application', () => {
  it('runs its middleware around our routes, which may read what it has put', async () => {
    const app = new Hono<{ Variables: { user: string } }>();
    app.use(cors());
    app.use(async (c, next) => {
      c.set('user', 'ann');
      await next();
      c.header('x-status', String(c.res.status));
    });
    const server = await serve(
      new HonoProvider(app),
      tableOf({
        'GET /hello': (ctx) => ({ user: (ctx.native.request as Context<{ Variables: { user: string } }>).get('user') }),
      }),
    );
    const answer = await fetch(`${server.url}/hello`);
    expect([
      answer.headers.get('access-control-allow-origin'),
      answer.headers.get('x-status'),
      await answer.json(),
    ]).toEqual(['*', '200', { user: 'ann' }]);
  });

  it('keeps its routes beside ours, which come first or last', async () => {
    const make = (): Hono =>
      new Hono().get('/hello', (c) => c.text('native')).get('/native', (c) => c.text('native')) as unknown as Hono;
    const first = await serve(new HonoProvider(make), tableOf(hello));
    expect([await text(`${first.url}/hello`), await text(`${first.url}/native`)]).toEqual([
      '{"hello":"world"}',
      'native',
    ]);
    const last = await serve(new HonoProvider(make, { mount: 'last' }), tableOf(hello));
    expect([await text(`${last.url}/hello`), await text(`${last.url}/native`)]).toEqual(['native', 'native']);
    expect((await fetch(`${last.url}/unknown`)).headers.get('content-type')).toBe(
      'application/problem+json; charset=utf-8',
    );
  });

  it('may have matched requests before', async () => {
    const app = new Hono().get('/native', (c) => c.text('native'));
    await app.request('/native');
    const server = await serve(new HonoProvider(app), tableOf(hello));
    expect([await text(`${server.url}/hello`), await text(`${server.url}/native`)]).toEqual([
      '{"hello":"world"}',
      'native',
    ]);
  });

  it('lets its own not-found handler win, and answers in our shape where it has none', async () => {
    const own = new Hono().get('/native', (c) => c.text('native')).notFound((c) => c.text('own', 404));
    const server = await serve(new HonoProvider(own), tableOf(hello));
    expect([await text(`${server.url}/unknown`), await text(`${server.url}/unknown`)]).toEqual(['own', 'own']);
    const other = await serve(new HonoProvider(new Hono().get('/native', (c) => c.text('native'))), tableOf(hello));
    for (let i = 0; i < 2; i++) expect(await text(`${other.url}/unknown`)).toContain('"status":404');
  });

  it('keeps its own handling of errors', async () => {
    const app = new Hono().onError((error, c) => c.text(error.message, 418));
    app.get('/native', () => {
      throw new Error('broken');
    });
    const server = await serve(
      new HonoProvider(app),
      tableOf({
        'GET /ours': () => {
          throw new Error('secret');
        },
      }),
    );
    expect(await text(`${server.url}/native`)).toBe('broken');
    expect((await fetch(`${server.url}/ours`)).status).toBe(500);
  });

  it('hands over bodies that its middleware has read, and says once that our limit did not apply', async () => {
    const { log, lines } = recordingLog();
    const app = new Hono().use(async (c, next) => {
      await c.req.json();
      await next();
    });
    const server = await serve(
      new HonoProvider(app),
      tableOf(
        { 'POST /': { body: ['json'], handle: async (ctx) => [await ctx.body(['json']), await ctx.text()] } },
        log,
      ),
    );
    const send = (): Promise<unknown> =>
      fetch(server.url, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }).then(
        (answer) => answer.json(),
      );
    expect([await send(), await send()]).toEqual([
      [{ a: 1 }, '{"a":1}'],
      [{ a: 1 }, '{"a":1}'],
    ]);
    expect(lines).toHaveLength(1);
  });
});

it('tells of native middleware behind the first native route that would run for a route of ours', async () => {
  const { log, lines } = recordingLog();
  const make = (): Hono =>
    new Hono()
      .get('/health', (c) => c.text('ok'))
      .use('/hello/*', (_c, next) => next())
      .use('/other/*', (_c, next) => next())
      .get('/native', (c) => c.text('native')) as unknown as Hono;
  await serve(new HonoProvider(make, { mount: 'first' }), tableOf(hello, log));
  await serve(new HonoProvider(make), tableOf({ 'GET /ours': () => 'ours' }, log));
  expect(lines).toEqual([]);
  await serve(new HonoProvider(make), tableOf(hello, log));
  expect(lines).toEqual([expect.stringMatching(/^warn Native middleware stands behind the first native route/)]);
});

describe('a guard of the application', () => {
  const files = { 'GET /files/*': (ctx: HttpContext) => ctx.params['*'] };
  const guarded = (app: Hono): Hono =>
    app.use('/files/*', (c, next) =>
      c.req.header('authorization') === undefined ? Promise.resolve(c.text('', 401)) : next(),
    );
  const ask = async (url: string, path: string, headers = ''): Promise<string> =>
    (await connectTo(url)).send(get(path, `${headers}Connection: close\r\n`)).end();

  it.each(['/files/a', '/files/../a', '/files/%2e%2E/a', '/%66iles/../a', 'http://localhost/files/../a'])(
    'keeps others from our routes however they write the path: %s',
    async (path) => {
      const server = await serve(new HonoProvider(guarded(new Hono())), tableOf(files));
      expect(await ask(server.url, path)).toMatch(/^HTTP\/1.1 401 /);
      expect(await ask(server.url, path, 'Authorization: x\r\n')).toMatch(/^HTTP\/1.1 200 [^]*a$/);
    },
  );

  it('keeps others from our routes where a path has backslashes', async () => {
    const server = await serve(new HonoProvider(guarded(new Hono())), tableOf(files));
    expect(await ask(server.url, '/files/\\../\\../a')).toMatch(/^HTTP\/1.1 40[01] /);
    expect(await ask(server.url, '/files/a/\\../\\../../a')).toMatch(/^HTTP\/1.1 40[01] /);
  });

  it('finds it by the path that the application says, where it says one', async () => {
    const app = new Hono({ getPath: (request) => `/files/${request.headers.get('x-path') ?? ''}` });
    const server = await serve(new HonoProvider(guarded(app)), tableOf(hello));
    expect(await ask(server.url, '/hello')).toMatch(/^HTTP\/1.1 401 /);
  });
});

describe('a handler that answers itself', () => {
  it.each(['GET', 'HEAD'])('may do so on the response of Node, at once or later: %s', async (method) => {
    const own = (ctx: { native: { response: HttpBindings['outgoing'] } }): void =>
      void ctx.native.response.writeHead(201).end('own');
    const server = await serve(
      new HonoProvider(new Hono().use((_c, next) => next())),
      tableOf({
        'GET /now': { answersItself: true, handle: own },
        'GET /later': { answersItself: true, handle: (ctx) => void setImmediate(own, ctx) },
      }),
    );
    for (const path of ['/now', '/later']) {
      const answer = await fetch(server.url + path, { method });
      expect([answer.status, await answer.text()]).toEqual([201, method === 'GET' ? 'own' : '']);
    }
  });
});

it('answers in our shape where no Request can be made of a request', async () => {
  const server = await serve(new HonoProvider(), tableOf(hello));
  const client = (await connectTo(server.url)).send('GET /hello HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n');
  expect(await client.end()).toMatch(/^HTTP\/1.1 400 [^]*application\/problem\+json/);
});

it('sends a cookie each in a header of its own, and joins other repeated headers', async () => {
  const server = await serve(
    new HonoProvider(),
    tableOf({
      'GET /': (ctx) => {
        ctx.cookie('a', '1').cookie('b', '2').set('x-list', ['1', '2']);
        return 'x';
      },
    }),
  );
  const client = (await connectTo(server.url)).send(get('/', 'Connection: close\r\n'));
  const answer = await client.end();
  expect(answer.match(/set-cookie: /gi)).toHaveLength(2);
  expect(answer).toContain('x-list: 1, 2');
});

it('keeps the connection while the body of a request that was answered is still on its way', async () => {
  const server = await serve(new HonoProvider(), tableOf({ 'POST /unread': () => 'answered' }));
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    const client = (await connectTo(server.url)).send(
      'POST /unread HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello',
    );
    await client.until('answered');
    vi.advanceTimersByTime(60_000);
    client.send(`world${get('/unread').replace('GET', 'POST')}`);
    expect((await client.until('answered', 2)).split('answered')).toHaveLength(3);
    client.stream.destroy();
  } finally {
    vi.useRealTimers();
  }
});
