import { Readable } from 'node:stream';
import {
  ConflictError,
  type ContainerModuleLoadOptions,
  Controller,
  Ctx,
  Get,
  HttpContext,
  HttpProvider,
  loadProvider,
  Post,
  StaticFolder,
  type LoadableProvider,
} from 'bowline';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';
import { temporaryFolder } from './harness/folder.js';

const root = temporaryFolder({ 'page.html': '<h1>page</h1>' });

@Controller('/ours')
class OurController {
  @Get()
  get() {
    return { ours: true };
  }

  @Get('/conflict')
  conflict(): never {
    throw new ConflictError('Not now.');
  }

  @Post('/posted')
  post() {}

  @Get('/headers')
  headers(@Ctx() ctx: HttpContext) {
    return setHeaders(ctx);
  }

  @Get('/stream')
  stream(@Ctx() ctx: HttpContext) {
    setHeaders(ctx);
    return Readable.from(['in', 'pieces']);
  }

  @Get('/empty-stream')
  emptyStream(@Ctx() ctx: HttpContext) {
    setHeaders(ctx);
    return Readable.from([]);
  }

  @Get('/short-response')
  shortResponse() {
    return new Response('abc', { headers: { 'content-length': '5' } });
  }

  @Get('/broken-stream')
  async *brokenStream() {
    yield 'abc';
    await Promise.reject(new Error('the disk is gone'));
  }

  @Get('/no-content')
  noContent(@Ctx() ctx: HttpContext) {
    setHeaders(ctx);
    ctx.status(204);
    return Readable.from(['not sent']);
  }

  @Get('/file')
  file(@Ctx() ctx: HttpContext) {
    setHeaders(ctx);
    return ctx.sendFile('page.html', { root });
  }
}

function setHeaders(ctx: HttpContext) {
  ctx.cookie('own', '2').append('vary', 'accept-language').append('vary', 'accept').set('x-both', 'own');
  return { ours: true };
}

/** An instance with one middleware, which marks every answer, and one native route. */
const instances: Readonly<Record<Exclude<LoadableProvider, 'node'>, () => object>> = {
  fastify() {
    const app = fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } });
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-native', request.method);
      reply.headers({ 'set-cookie': 'native=1', vary: 'origin', 'x-both': 'native' });
    });
    app.get('/theirs', () => ({ theirs: true }));
    return app;
  },
  express() {
    const app = express();
    app.use((request, response, next) => {
      response.setHeader('x-native', request.method);
      response.set({ 'set-cookie': ['native=1'], vary: 'origin', 'x-both': 'native' });
      next();
    });
    app.get('/theirs', (_request, response) => {
      response.json({ theirs: true });
    });
    return app;
  },
  koa() {
    const app = new Koa();
    app.use(async (koa, next) => {
      koa.set('x-native', koa.method);
      koa.set({ 'set-cookie': 'native=1', vary: 'origin', 'x-both': 'native' });
      await next();
    });
    app.use(async (koa, next) => {
      if (koa.path === '/theirs') koa.body = { theirs: true };
      else await next();
    });
    return app;
  },
  hono() {
    const app = new Hono();
    app.use(async (c, next) => {
      c.header('set-cookie', 'native=1', { append: true });
      c.header('vary', 'origin');
      c.header('x-both', 'native');
      await next();
      c.header('x-native', c.req.method);
    });
    app.get('/theirs', (c) => c.json({ theirs: true }));
    return app;
  },
};

async function withInstance(name: LoadableProvider): Promise<HttpProvider> {
  return loadProvider(name, name === 'node' ? undefined : { instance: instances[name] });
}

const fixture = {
  controllers: [OurController],
  bind: ({ bind }: ContainerModuleLoadOptions) => {
    bind(StaticFolder).toConstantValue(new StaticFolder('/assets', root));
  },
  provider: withInstance,
};

describeProviders('native middleware', fixture, (server) => {
  test('runs around our routes', async () => {
    expect(await server.get('/ours')).toMatchObject({
      status: 200,
      json: { ours: true },
      headers: { 'x-native': 'GET' },
    });
  });

  test('runs around an answer that is an error or empty', async () => {
    expect(await server.get('/ours/conflict')).toMatchObject({
      status: 409,
      json: { detail: 'Not now.' },
      headers: { 'x-native': 'GET' },
    });
    expect(await server.post('/ours/posted')).toMatchObject({ status: 204, text: '', headers: { 'x-native': 'POST' } });
  });

  const kinds = ['headers', 'stream', 'empty-stream', 'no-content', 'file'];
  test.each(kinds.flatMap((kind) => ['GET', 'HEAD'].map((method) => [method, kind] as const)))(
    'has its cookies and its Vary stand beside ours, and other headers behind: %s %s',
    async (method, kind) => {
      const { headers, rawHeaders } = await server.call(method, `/ours/${kind}`);
      expect(headers).toMatchObject({
        'set-cookie': ['native=1', 'own=2; Path=/'],
        vary: 'origin, accept-language, accept',
        'x-both': 'own',
      });
      expect(rawHeaders.filter((name) => name.toLowerCase() === 'vary')).toHaveLength(1);
      expect(headers['x-powered-by']).toBeUndefined();
    },
  );

  test.each(['/ours/short-response', '/ours/broken-stream'])(
    'does not keep back what came of a stream before its error: %s',
    async (path) => {
      const client = await server.connect();
      client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      expect(await client.end()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n(?:3\r\n)?abc(?:\r\n)?$/);
      expect((await server.log.next()).message).toMatch(/^The stream of an answer failed/);
    },
  );

  test('has its cookies on files of a folder', async () => {
    const { headers } = await server.get('/assets/page.html');
    expect(headers).toMatchObject({ 'set-cookie': ['native=1'], vary: 'origin' });
  });

  test('has its headers on an answer for which we set none', async () => {
    const native = { 'set-cookie': ['native=1'], vary: 'origin', 'x-both': 'native' };
    expect((await server.get('/ours')).headers).toMatchObject(native);
    expect((await server.get('/ours/conflict')).headers).toMatchObject(native);
    expect((await server.post('/ours/posted')).headers).toMatchObject(native);
    expect((await server.get('/nobody')).headers).toMatchObject(native);
  });

  test('leaves native routes where they are', async () => {
    expect(await server.get('/theirs')).toMatchObject({
      status: 200,
      json: { theirs: true },
      headers: { 'x-native': 'GET' },
    });
  });

  test('leaves what nobody answers to Bowline', async () => {
    expect(await server.get('/nobody')).toMatchObject({
      status: 404,
      json: { title: 'Not Found', detail: 'There is nothing at /nobody.' },
    });
    expect(await server.call('DELETE', '/ours')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });
});
