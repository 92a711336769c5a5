import { Controller, Get, loadProvider, NotFoundError, type LoadableProvider } from 'bowline';
import express, { type ErrorRequestHandler } from 'express';
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

@Controller('/ours')
class OurController {
  @Get('/*')
  get() {
    return { ours: true };
  }
}

type Native = Exclude<LoadableProvider, 'node'>;

/** What native middleware throws for a path: as somebody who knows the framework would. */
const errors: Readonly<Record<string, (name: Native) => unknown>> = {
  '/ours/refused': (name) =>
    name === 'hono' ? new HTTPException(418, { message: 'No coffee.' }) : refusal(418, 'No coffee.'),
  '/ours/busy': (name) => (name === 'hono' ? new HTTPException(503, { message: 'secret' }) : refusal(503, 'secret')),
  '/ours/broken': () => new Error('secret'),
  '/ours/bowline': () => new NotFoundError('There is no such tea.'),
  '/native/refused': (name) => errors['/ours/refused']?.(name),
  '/native/broken': () => new Error('secret'),
};

/** As the package http-errors makes them, of which middleware of Express and Koa is full. */
function refusal(status: number, message: string): Error {
  return Object.assign(new Error(message), { status, expose: status < 500 });
}

function throwFor(path: string, name: Native): void {
  const error = errors[path]?.(name);
  if (error !== undefined) throw error;
}

const instances: Readonly<Record<Native, () => object>> = {
  fastify() {
    const app = fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } });
    return app.addHook('onRequest', async (request, reply) => {
      reply.header('x-native', 'yes');
      throwFor(request.url, 'fastify');
    });
  },
  express() {
    return express().use((request, response, next) => {
      response.set('x-native', 'yes');
      throwFor(request.path, 'express');
      next();
    });
  },
  koa() {
    return new Koa().use(async (koa, next) => {
      koa.set('x-native', 'yes');
      throwFor(koa.path, 'koa');
      await next();
    });
  },
  hono() {
    return new Hono().use(async (c, next) => {
      c.header('x-native', 'yes');
      throwFor(c.req.path, 'hono');
      await next();
    });
  },
};

/** The same with a handler of errors of the user's own. */
const handled: Readonly<Record<Native, () => object>> = {
  fastify: () =>
    (instances.fastify() as ReturnType<typeof fastify>)
      .get('/native/*', () => ({}))
      .setErrorHandler((_error: unknown, _request: FastifyRequest, reply: FastifyReply) =>
        reply.code(499).send('theirs'),
      ),
  express() {
    const answer: ErrorRequestHandler = (_error, _request, response, _next) => {
      response.status(499).send('theirs');
    };
    return (instances.express() as ReturnType<typeof express>).use(answer);
  },
  koa() {
    const app = instances.koa() as Koa;
    app.middleware.unshift(async (koa, next) => {
      await next().catch(() => Object.assign(koa, { status: 499, body: 'theirs' }));
    });
    return app;
  },
  hono: () => (instances.hono() as Hono).onError((_error, c) => c.text('theirs', 499 as never)),
};

const withInstance = (made: Readonly<Record<Native, () => object>>) => (name: LoadableProvider) =>
  loadProvider(name, name === 'node' ? undefined : { instance: made[name] });

const controllers = [OurController];

describeProviders('errors of native middleware', { controllers, provider: withInstance(instances) }, (server) => {
  test('have their status and message in our shape', async () => {
    const answer = await server.get('/ours/refused');
    expect(answer).toMatchObject({
      status: 418,
      headers: { 'content-type': 'application/problem+json; charset=utf-8', 'x-native': 'yes' },
      json: { status: 418, detail: 'No coffee.' },
    });
  });

  test('of ours are answered as those of a handler', async () => {
    expect(await server.get('/ours/bowline')).toMatchObject({
      status: 404,
      json: { title: 'Not Found', detail: 'There is no such tea.' },
    });
  });

  test.each([
    ['/ours/busy', 503],
    ['/ours/broken', 500],
  ])('tell the client nothing where the server is to blame, and are logged: %s', async (path, status) => {
    const answer = await server.get(path);
    expect(answer).toMatchObject({ status, json: { status }, headers: { 'x-native': 'yes' } });
    expect(answer.text).not.toContain('secret');
    const { error } = (await server.log.next()).fields as { error: Error };
    expect([error.message, (error.cause as Error | undefined)?.message]).toContain('secret');
  });

  test('leave the connection to the next request', async () => {
    const client = await server.connect();
    const ask = (path: string) => client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    ask('/ours/refused');
    await client.until('No coffee.');
    ask('/ours/tea');
    expect(await client.until('"ours":true')).toContain('"ours":true');
    client.stream.destroy();
  });
});

describeProviders('native handlers of errors', { controllers, provider: withInstance(handled) }, (server) => {
  test.each(['/native/refused', '/native/broken'])('win over ours: %s', async (path) => {
    expect(await server.get(path)).toMatchObject({ status: 499, text: 'theirs' });
  });
});
