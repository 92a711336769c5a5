import { PassThrough, Readable } from 'node:stream';
import { createGzip, gunzipSync } from 'node:zlib';
import compression from 'compression';
import {
  type ContainerModuleLoadOptions,
  Controller,
  Ctx,
  Get,
  HttpContext,
  loadProvider,
  StaticFolder,
  type LoadableProvider,
} from 'bowline';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { compress as honoCompress } from 'hono/compress';
import Koa from 'koa';
import koaCompress from 'koa-compress';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';
import { temporaryFolder } from './harness/folder.js';

const text = 'a line of the file\n'.repeat(500);
const root = temporaryFolder({ 'lines.txt': text, 'index.html': '<h1>home</h1>' });

@Controller('/ours')
class FileController {
  @Get('/file')
  file(@Ctx() ctx: HttpContext) {
    return ctx.sendFile('lines.txt', { root });
  }

  @Get('/missing')
  missing(@Ctx() ctx: HttpContext) {
    return ctx.sendFile('missing.txt', { root });
  }

  @Get('/trailers')
  trailers(@Ctx() ctx: HttpContext) {
    ctx.earlyHints({ link: '</a.css>; rel=preload' }).trailers(['x-count'], () => ({ 'x-count': '2' }));
    return Readable.from(['one', 'two']);
  }

  @Get('/text')
  text() {
    return 'a text';
  }
}

/** An instance whose middleware marks every answer, and compresses what a client takes compressed. */
const instances: Readonly<Record<Exclude<LoadableProvider, 'node'>, () => object>> = {
  fastify() {
    const app = fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } });
    app.addHook('onSend', async (request, reply, payload) => {
      reply.header('x-native', 'yes');
      if (request.headers['accept-encoding'] !== 'gzip' || !(payload instanceof Readable)) return payload;
      reply.header('content-encoding', 'gzip').removeHeader('content-length');
      return payload.pipe(createGzip()).pipe(new PassThrough());
    });
    return app;
  },
  express() {
    return express()
      .use((_request, response, next) => {
        response.setHeader('x-native', 'yes');
        next();
      })
      .use(compression({ threshold: 0 }));
  },
  koa() {
    const app = new Koa();
    app.use(async (koa, next) => {
      await next();
      koa.set('x-native', 'yes');
    });
    return app.use(koaCompress({ threshold: 0 }));
  },
  hono() {
    const app = new Hono();
    app.use(async (c, next) => {
      await next();
      c.header('x-native', 'yes');
    });
    return app.use(honoCompress({ threshold: 0 }));
  },
};

const fixture = {
  controllers: [FileController],
  servers: { main: { etag: 'weak' as const } },
  bind: ({ bind }: ContainerModuleLoadOptions) => {
    bind(StaticFolder).toConstantValue(new StaticFolder('/assets', root));
  },
  provider: (name: LoadableProvider) => loadProvider(name, name === 'node' ? undefined : { instance: instances[name] }),
};

describeProviders('native middleware around files', fixture, (server) => {
  test.each(['/ours/file', '/assets/lines.txt'])('sees them: %s', async (path) => {
    expect(await server.get(path)).toMatchObject({
      status: 200,
      text,
      headers: {
        'x-native': 'yes',
        'content-length': String(text.length),
        'content-type': 'text/plain; charset=utf-8',
      },
    });
    const head = await server.call('HEAD', path);
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'x-native': 'yes' } });
  });

  test.each(['/ours/file', '/assets/lines.txt'])('may compress them: %s', async (path) => {
    const answer = await server.get(path, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer).toMatchObject({ status: 200, headers: { 'x-native': 'yes', 'content-encoding': 'gzip' } });
    expect(gunzipSync(answer.body).toString()).toBe(text);
  });

  test('sees parts, 304s and errors of theirs', async () => {
    const { headers } = await server.get('/ours/file');
    const part = await server.get('/ours/file', { headers: { range: 'bytes=0-5' } });
    expect(part).toMatchObject({ status: 206, text: 'a line', headers: { 'x-native': 'yes', 'content-length': '6' } });
    const spared = await server.get('/ours/file', { headers: { 'if-none-match': headers['etag'] ?? '' } });
    expect(spared).toMatchObject({ status: 304, text: '', headers: { 'x-native': 'yes' } });
    expect(await server.get('/ours/missing')).toMatchObject({ status: 404, headers: { 'x-native': 'yes' } });
    const beyond = await server.get('/ours/file', { headers: { range: 'bytes=99999-' } });
    expect(beyond).toMatchObject({ status: 416, headers: { 'x-native': 'yes', 'content-range': 'bytes */9500' } });
  });

  test('sees the index of a folder, and the way to it', async () => {
    expect(await server.get('/assets/')).toMatchObject({ text: '<h1>home</h1>', headers: { 'x-native': 'yes' } });
    expect(await server.get('/assets')).toMatchObject({ status: 301, headers: { location: '/assets/' } });
  });

  test('sees answers that are tagged, and spared', async () => {
    const { headers } = await server.get('/ours/text');
    expect(headers).toMatchObject({ etag: expect.stringMatching(/^W\//) as unknown, 'x-native': 'yes' });
    const spared = await server.get('/ours/text', { headers: { 'if-none-match': headers['etag'] ?? '' } });
    expect(spared).toMatchObject({ status: 304, text: '', headers: { 'x-native': 'yes', etag: headers['etag'] } });
  });

  test('leaves hints and trailers in their places', async () => {
    const client = await server.connect();
    client.send('GET /ours/trailers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const received = await client.end();
    expect(received).toMatch(/^HTTP\/1\.1 103 Early Hints\r\n[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(received).toMatch(/\r\nx-native: yes\r\n/);
    expect(received).toMatch(/\r\ntrailer: x-count\r\n/i);
    expect(received.endsWith('\r\n0\r\nx-count: 2\r\n\r\n')).toBe(true);
  });
});
