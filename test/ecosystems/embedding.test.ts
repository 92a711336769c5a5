import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { serve as serveHono } from '@hono/node-server';
import { Body, ConflictError, Controller, Ctx, Get, HttpContext, loadProvider, Post, Req, Signal } from 'bowline';
import compression from 'compression';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../conformance/harness/client.js';
import { connectTo } from '../server/raw-client.js';
import { start } from './serve.js';

interface WithUser {
  readonly user?: string;
}

/** Where each provider keeps the request of Node, on which the outer application puts things. */
interface NativeRequest extends WithUser {
  readonly env?: { readonly incoming: WithUser };
  readonly raw?: WithUser;
  readonly req?: WithUser;
}

@Controller('/ours')
class OurController {
  @Get()
  get(@Ctx() ctx: HttpContext) {
    return { path: ctx.path, url: ctx.url, query: ctx.query };
  }

  @Get('/conflict')
  conflict(): never {
    throw new ConflictError('Not now.');
  }

  @Get('/large')
  large() {
    return { lines: Array.from({ length: 500 }, (_, line) => `line ${line}`) };
  }

  @Post('/echo')
  echo(@Body({ validate: false }) body: unknown) {
    return { got: body };
  }

  @Post('/text')
  async text(@Ctx() ctx: HttpContext) {
    return { got: await ctx.text() };
  }

  @Post('/nothing')
  nothing() {}

  @Get('/cookies')
  cookies(@Ctx() ctx: HttpContext) {
    ctx.cookie('a', '1').cookie('b', '2');
    return {};
  }

  @Get('/user')
  user(@Req() request: NativeRequest) {
    const { user } = [request.env?.incoming, request.raw, request.req, request].find((each) => each?.user) ?? {};
    return { user };
  }

  @Get('/waiting')
  async waiting(@Signal() signal: AbortSignal) {
    waiting.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    left.resolve();
  }
}

let waiting = Promise.withResolvers<void>();
let left = Promise.withResolvers<void>();

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const providers = ['node', 'fastify', 'express', 'koa', 'hono'] as const;

describe.each(providers)('the handler of an application on %s', (name) => {
  const started = async () => start(await loadProvider(name), [OurController]);

  describe('under an Express application', () => {
    async function under(place: (outer: Express, handler: RequestListener) => void): Promise<string> {
      const { app } = await started();
      const outer = express();
      place(outer, app.handler());
      return listen(outer);
    }

    it('answers behind its middleware and beside its routes', async () => {
      const url = await under((outer, handler) => {
        outer.use(helmet());
        outer.get('/theirs', (_request, response) => void response.json({ theirs: true }));
        outer.use(handler);
      });
      expect(await send(url, 'GET', '/theirs')).toMatchObject({ json: { theirs: true } });
      expect(await send(url, 'GET', '/ours?a=1')).toMatchObject({
        status: 200,
        headers: { 'x-content-type-options': 'nosniff' },
        json: { path: '/ours', url: '/ours?a=1', query: { a: '1' } },
      });
      expect(await send(url, 'GET', '/ours/conflict')).toMatchObject({ status: 409, json: { detail: 'Not now.' } });
    });

    it('answers what there is not', async () => {
      const url = await under((outer, handler) => outer.use(handler));
      expect(await send(url, 'GET', '/nobody')).toMatchObject({
        status: 404,
        json: { detail: 'There is nothing at /nobody.' },
      });
      expect(await send(url, 'DELETE', '/ours')).toMatchObject({ status: 405 });
    });

    it('answers below the path where it is mounted, which its routes do not name', async () => {
      const url = await under((outer, handler) => outer.use('/api', handler));
      expect(await send(url, 'GET', '/api/ours?a=1')).toMatchObject({
        status: 200,
        json: { path: '/ours', url: '/ours?a=1', query: { a: '1' } },
      });
      expect((await send(url, 'GET', '/ours')).status).toBe(404);
      expect(await send(url, 'GET', '/api/nobody')).toMatchObject({ json: { detail: 'There is nothing at /nobody.' } });
      expect((await send(url, 'GET', '/api')).status).toBe(404);
    });

    it('answers below a router of it', async () => {
      const url = await under((outer, handler) => {
        const router = express.Router();
        router.use('/v1', handler);
        outer.use('/api', router);
      });
      expect(await send(url, 'GET', '/api/v1/%6Furs')).toMatchObject({ status: 200, json: { url: '/%6Furs' } });
    });

    it('reads bodies', async () => {
      const url = await under((outer, handler) => outer.use('/api', handler));
      expect((await send(url, 'POST', '/api/ours/echo', { json: { a: 1 } })).json).toEqual({ got: { a: 1 } });
      expect(
        (
          await send(url, 'POST', '/api/ours/echo', {
            json: { a: 1 },
            chunks: ['{"a"', ':2}'],
            headers: { 'content-type': 'application/json' },
          })
        ).json,
      ).toEqual({
        got: { a: 2 },
      });
    });

    it('takes over a body that its parsers have read', async () => {
      const { app, log } = await started();
      const url = await listen(express().use(express.json(), express.urlencoded(), app.handler()));
      expect((await send(url, 'POST', '/ours/echo', { json: { a: 1 } })).json).toEqual({ got: { a: 1 } });
      expect((await send(url, 'POST', '/ours/echo', { form: 'a=1' })).json).toEqual({ got: { a: '1' } });
      expect(log.rest().map(({ message }) => message)).toEqual([
        expect.stringContaining('reads bodies before Bowline'),
      ]);
    });

    it('is compressed by it', async () => {
      const url = await under((outer, handler) => outer.use(compression(), handler));
      const { headers, body } = await send(url, 'GET', '/ours/large', { headers: { 'accept-encoding': 'gzip' } });
      expect(headers['content-encoding']).toBe('gzip');
      expect(JSON.parse(gunzipSync(body).toString())).toMatchObject({ lines: { length: 500 } });
    });

    it('hands what its middleware has put on the request to handlers', async () => {
      const url = await under((outer, handler) => {
        outer.use((request, _response, next) => {
          Object.assign(request, { user: 'ann' });
          next();
        });
        outer.use(handler);
      });
      expect((await send(url, 'GET', '/ours/user')).json).toEqual({ user: 'ann' });
    });
  });

  describe('under node:http', () => {
    it('answers', async () => {
      const { app } = await started();
      const url = await listen(app.handler());
      expect(await send(url, 'GET', '/ours?a=1')).toMatchObject({ json: { path: '/ours', query: { a: '1' } } });
      expect(await send(url, 'POST', '/ours/echo', { json: { a: 1 } })).toMatchObject({ json: { got: { a: 1 } } });
    });

    it('answers below a prefix that the server has cut off', async () => {
      const { app } = await started();
      const handler = app.handler();
      const url = await listen((request: IncomingMessage, response) => {
        request.url = request.url?.replace(/^\/api/, '') ?? '/';
        handler(request, response);
      });
      expect(await send(url, 'GET', '/api/ours?a=1')).toMatchObject({ json: { url: '/ours?a=1' } });
    });

    it('answers many requests of one connection in order', async () => {
      const { app } = await started();
      const client = await connectTo(await listen(app.handler()));
      const ask = (path: string, last = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${last}\r\n`;
      client.send(ask('/ours') + ask('/ours/conflict') + ask('/nobody', 'Connection: close\r\n'));
      expect((await client.end()).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 409', 'HTTP/1.1 404']);
    });

    it('answers 503 once the application has been closed', async () => {
      const { app } = await started();
      const url = await listen(app.handler());
      await app.close();
      expect(await send(url, 'GET', '/ours')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    });
  });
});

describe.each([
  ["the global Request and Response of Hono's adapter", true],
  ['the native global Request and Response', false],
] as const)('fetch of an application under Hono with %s', (_which, overrideGlobalObjects) => {
  async function under(place: (outer: Hono, fetch: (request: Request) => Promise<Response>) => void): Promise<string> {
    const { app } = await start(undefined, [OurController]);
    const outer = new Hono();
    place(outer, (request) => app.fetch(request));
    const server = serveHono({ fetch: outer.fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects }) as Server;
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const everything = () => under((outer, fetch) => outer.all('*', (c) => fetch(c.req.raw)));

  it('answers, with status, headers and body', async () => {
    const url = await everything();
    expect(await send(url, 'GET', '/ours?a=1')).toMatchObject({ status: 200, json: { url: '/ours?a=1' } });
    expect(await send(url, 'GET', '/ours/conflict')).toMatchObject({
      status: 409,
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
      json: { detail: 'Not now.' },
    });
    expect(await send(url, 'POST', '/ours/nothing')).toMatchObject({ status: 204, text: '' });
    expect(await send(url, 'HEAD', '/ours')).toMatchObject({ status: 200, text: '' });
    expect((await send(url, 'GET', '/ours/cookies')).headers['set-cookie']).toHaveLength(2);
  });

  it('reads a body with a length and one in chunks', async () => {
    const url = await everything();
    expect((await send(url, 'POST', '/ours/echo', { json: { a: 1 } })).json).toEqual({ got: { a: 1 } });
    const headers = { 'content-type': 'application/json' };
    const chunked = await send(url, 'POST', '/ours/echo', { headers, chunks: ['{"a"', ':2}'] });
    expect(chunked).toMatchObject({ status: 200, json: { got: { a: 2 } } });
  });

  it('keeps the connection of the client', async () => {
    const client = await connectTo(await everything());
    client.send('GET /ours HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until('"query"');
    client.send('GET /ours/conflict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect((await client.end()).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 409']);
  });

  it('answers beside its routes and behind its middleware', async () => {
    const url = await under((outer, fetch) => {
      outer.use(async (c, next) => {
        await next();
        c.header('x-outer', 'yes');
      });
      outer.get('/theirs', (c) => c.json({ theirs: true }));
      outer.all('/ours/*', (c) => fetch(c.req.raw));
    });
    expect((await send(url, 'GET', '/theirs')).json).toEqual({ theirs: true });
    expect(await send(url, 'GET', '/ours')).toMatchObject({ json: { path: '/ours' }, headers: { 'x-outer': 'yes' } });
  });

  it('answers below the path where it is mounted, which its routes do not name', async () => {
    const url = await under((outer, fetch) => outer.mount('/api', fetch));
    expect(await send(url, 'GET', '/api/ours?a=1')).toMatchObject({ json: { url: '/ours?a=1' } });
    expect((await send(url, 'POST', '/api/ours/echo', { json: { a: 1 } })).json).toEqual({ got: { a: 1 } });
  });

  it('tells a handler that the client has left', async () => {
    waiting = Promise.withResolvers();
    left = Promise.withResolvers();
    const url = await under((outer, fetch) => {
      outer.all('*', (c) => fetch(c.req.raw));
      // It is told, too, and would print it.
      outer.onError((_error, c) => c.body(null, 503));
    });
    const client = await connectTo(url);
    client.send('GET /ours/waiting HTTP/1.1\r\nHost: x\r\n\r\n');
    await waiting.promise;
    client.stream.destroy();
    await left.promise;
  });
});
