import { expect, it } from 'vitest';
import express from 'express';
import { ExpressProvider } from '../../src/providers/express/index.js';
import { FastifyProvider } from '../../src/providers/fastify/index.js';
import { HonoProvider } from '../../src/providers/hono/index.js';
import { KoaProvider } from '../../src/providers/koa/index.js';
import { connectTo, get } from '../server/raw-client.js';
import { serve, tableOf } from './provider-fixture.js';

it.each([
  ['fastify', () => new FastifyProvider()],
  ['express', () => new ExpressProvider(express())],
  ['koa', () => new KoaProvider()],
  ['hono', () => new HonoProvider()],
] as const)(
  '%s answers everything in flight, and says close on the last answer of a connection alone',
  async (_n, make) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const server = await serve(make(), tableOf({ 'GET /': () => promise.then(() => 'done') }));
    const client = (await connectTo(server.url)).send(get('/') + get('/'));
    const idle = await connectTo(server.url);
    await idle.send(get('/x')).until('There is nothing');
    await expect.poll(() => server.inFlight).toBe(2);
    const stopping = server.gracefulStop();
    await expect.poll(() => server.getHealthStatus().listening).toBe(false);
    resolve();
    const text = await client.end();
    expect(text.match(/connection: close/gi)).toHaveLength(1);
    expect(text.match(/done/g)).toHaveLength(2);
    expect(await stopping).toMatchObject({ inFlight: 2, finished: 2, cut: 0, connections: { idle: 1, told: 1 } });
  },
);
