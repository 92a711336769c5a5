import { PassThrough } from 'node:stream';
import {
  Body,
  Controller,
  HttpProvider,
  loadProvider,
  MemoryFile,
  Post,
  UploadedFile,
  type LoadableProvider,
} from 'bowline';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { expect, test } from 'vitest';
import type { FormPart } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

@Controller()
class FileController {
  @Post(['/free', '/taken'])
  take(@UploadedFile('file', { to: 'memory' }) file: MemoryFile, @Body({ validate: false }) fields: object) {
    return { size: file.size, fields };
  }
}

/** What multer and its like do: they read the form, on one path, and leave what they made of it. */
const instances: Readonly<Record<Exclude<LoadableProvider, 'node'>, () => object>> = {
  fastify() {
    const app = fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } });
    app.addHook('onRequest', async (request) => {
      if (request.url === '/taken') for await (const chunk of request.raw) void chunk;
    });
    // A stream in place of the request's, as one that decompresses would be.
    app.addHook('preParsing', async (request, _reply, payload) =>
      request.url === '/free' ? payload.pipe(new PassThrough()) : payload,
    );
    return app;
  },
  express() {
    const app = express();
    app.use(express.json(), express.urlencoded());
    app.use('/taken', async (request, _response, next) => {
      for await (const chunk of request) void chunk;
      request.body = { title: 'parsed' };
      next();
    });
    return app;
  },
  koa() {
    const app = new Koa();
    app.use(async (koa, next) => {
      if (koa.path === '/taken') for await (const chunk of koa.req) void chunk;
      await next();
    });
    return app;
  },
  hono() {
    const app = new Hono();
    app.use('/taken', async (c, next) => {
      await c.req.parseBody();
      await next();
    });
    return app;
  },
};

const multipart: readonly FormPart[] = [
  { name: 'title', value: 'Sea' },
  { name: 'file', fileName: 'a', value: Buffer.alloc(2_000_000) },
];

const fixture = {
  controllers: [FileController],
  provider: (name: LoadableProvider): Promise<HttpProvider> =>
    loadProvider(name, name === 'node' ? undefined : { instance: instances[name] }),
};

describeProviders('uploads behind native middleware', fixture, (server) => {
  test('are read where it lets them pass', async () => {
    expect((await server.post('/free', { multipart })).json).toEqual({ size: 2_000_000, fields: { title: 'Sea' } });
  });

  test('that has read them are a 500, and the log says why', async () => {
    expect(await server.post('/taken', { multipart })).toMatchObject({ status: 500 });
    expect(await server.log.next()).toMatchObject({
      level: 'error',
      fields: {
        error: {
          code: 'BOW_BODY_TAKEN',
          message:
            'The body of FileController.take cannot be read: it was read before, and comes once. Take it in one way, as a stream or whole, and keep native middleware that reads it (multer, formidable, a form parser) from this path.',
        },
      },
    });
  });
});
