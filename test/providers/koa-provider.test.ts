import type { Socket } from 'node:net';
import { Router } from '@koa/router';
import Koa from 'koa';
import { describe, expect, it, vi } from 'vitest';
import { KoaProvider } from '../../src/providers/koa/index.js';
import { connectTo, get } from '../server/raw-client.js';
import { recordingLog, serve, tableOf } from './provider-fixture.js';

const hello = { 'GET /hello': () => ({ hello: 'world' }) };

describe('a native application', () => {
  it('sees status, headers and body of our answers in its middleware, and may change them', async () => {
    const app = new Koa();
    const seen: unknown[] = [];
    app.use(async (ctx, next) => {
      await next();
      seen.push(ctx.status, ctx.type, ctx.body);
      ctx.body = `${String(ctx.body)}!`;
    });
    const server = await serve(new KoaProvider(app), tableOf(hello));
    const answer = await fetch(`${server.url}/hello`);
    expect([answer.headers.get('content-type'), answer.headers.get('content-length'), await answer.text()]).toEqual([
      'application/json; charset=utf-8',
      '18',
      '{"hello":"world"}!',
    ]);
    expect(seen).toEqual([200, 'application/json', '{"hello":"world"}']);
  });

  it('keeps its router beside our routes, which come first or last, and its own 405', async () => {
    const make = (): Koa => {
      const router = new Router();
      router.get('/hello', (ctx) => void (ctx.body = 'native'));
      router.get('/native', (ctx) => void (ctx.body = 'native'));
      const app = new Koa();
      app.use(router.routes()).use(router.allowedMethods());
      return app;
    };
    const first = await serve(new KoaProvider(make), tableOf(hello));
    expect(await (await fetch(`${first.url}/hello`)).json()).toEqual({ hello: 'world' });
    expect(await (await fetch(`${first.url}/native`)).text()).toBe('native');
    const refused = await fetch(`${first.url}/native`, { method: 'POST' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'HEAD, GET']);
    expect((await fetch(`${first.url}/unknown`)).headers.get('content-type')).toBe(
      'application/problem+json; charset=utf-8',
    );
    const last = await serve(new KoaProvider(make, { mount: 'last' }), tableOf(hello));
    expect(await (await fetch(`${last.url}/hello`)).text()).toBe('native');
  });

  it('places our routes by hand', async () => {
    const app = new Koa();
    const provider = new KoaProvider(app);
    app.use(provider.middleware);
    app.use((ctx) => void (ctx.body = 'native'));
    const server = await serve(provider, tableOf(hello));
    expect(await (await fetch(`${server.url}/hello`)).json()).toEqual({ hello: 'world' });
    expect(await (await fetch(`${server.url}/else`)).text()).toBe('native');
  });

  it('hears of its errors, and answers them where it has a handler of its own', async () => {
    const app = new Koa();
    const seen: unknown[] = [];
    app.on('error', (error: Error) => seen.push(error.message));
    app.use(async (ctx, next) => {
      if (ctx.path === '/native') ctx.throw(403, 'native');
      await next();
    });
    const server = await serve(
      new KoaProvider(app),
      tableOf({
        'GET /ours': () => {
          throw new Error('secret');
        },
      }),
    );
    const native = await fetch(`${server.url}/native`);
    expect([native.status, await native.json()]).toEqual([403, { title: 'Forbidden', status: 403, detail: 'native' }]);
    expect((await fetch(`${server.url}/ours`)).status).toBe(500);
    expect(seen).toEqual(['native']);
    // As the package koa-onerror does.
    app.context.onerror = function (this: Koa.Context, error: Error | null) {
      if (error !== null) this.res.end('their own words');
    };
    expect(await (await fetch(`${server.url}/native`)).text()).toBe('their own words');
  });

  it('hands over bodies that a body parser has read, and says once that our limits did not apply', async () => {
    const { log, lines } = recordingLog();
    const app = new Koa().use(async (ctx, next) => {
      const chunks: Buffer[] = [];
      for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
      Object.assign(ctx.request, { body: chunks.length === 0 ? {} : { parsed: Buffer.concat(chunks).toString() } });
      await next();
    });
    const server = await serve(
      new KoaProvider(app),
      tableOf({ 'POST /': { body: ['json'], handle: async (ctx) => ({ body: await ctx.body(['json']) }) } }, log),
    );
    const send = (body?: string): Promise<unknown> =>
      fetch(server.url, { method: 'POST', ...(body === undefined ? {} : { body }) }).then((answer) => answer.json());
    expect([await send('a'), await send('b'), await send()]).toEqual([
      { body: { parsed: 'a' } },
      { body: { parsed: 'b' } },
      {},
    ]);
    expect(lines).toHaveLength(1);
  });
});

it.each(['/users/1', '/%75sers/1', '/user%73/%31?a=%75'])(
  'keeps others from our routes by a guard of the application, however they write the path: %s',
  async (path) => {
    const app = new Koa().use(async (koa, next) => {
      if (koa.path.startsWith('/users') && koa.get('authorization') === '') koa.status = 401;
      else await next();
    });
    const server = await serve(new KoaProvider(app), tableOf({ 'GET /users/:id': (ctx) => ctx.url }));
    expect((await fetch(server.url + path)).status).toBe(401);
    const answer = await fetch(server.url + path, { headers: { authorization: 'x' } });
    expect(await answer.text()).toBe(path);
  },
);

describe('a handler that answers itself', () => {
  it.each([
    ['by Koa', (response: Koa.Response) => void (response.body = 'own')],
    ['on the response of Node', (response: Koa.Response) => void response.res.end('own')],
    ['on the response of Node, later', (response: Koa.Response) => void setImmediate(() => response.res.end('own'))],
    [
      'by Koa, after a promise',
      async (response: Koa.Response) => {
        await new Promise((resolve) => setImmediate(resolve));
        response.body = 'own';
      },
    ],
  ])('may do so %s', async (_how, answer) => {
    const server = await serve(
      new KoaProvider(),
      tableOf({ 'GET /': { answersItself: true, handle: (ctx) => answer(ctx.native.response as Koa.Response) } }),
    );
    const got = await fetch(server.url);
    expect([got.status, await got.text()]).toEqual([200, 'own']);
  });

  it('is answered as an error where it throws', async () => {
    const server = await serve(
      new KoaProvider(),
      tableOf({
        'GET /': {
          answersItself: true,
          handle: () => {
            throw new Error('no');
          },
        },
      }),
    );
    expect((await fetch(server.url)).status).toBe(500);
  });
});

it('prints nothing where a client breaks its connection off', async () => {
  const print = vi.spyOn(console, 'error').mockReturnValue();
  const { promise, resolve } = Promise.withResolvers<string>();
  const { log, lines } = recordingLog();
  const server = await serve(new KoaProvider(), tableOf({ 'GET /late': () => promise }, log));
  const client = (await connectTo(server.url)).send(get('/late'));
  await expect.poll(() => server.inFlight).toBe(1);
  (client.stream as Socket).resetAndDestroy();
  await expect.poll(() => server.connections).toBe(0);
  resolve('late');
  await expect.poll(() => lines).toContain('debug A connection broke while it was answered');
  expect(print).not.toHaveBeenCalled();
  print.mockRestore();
});
