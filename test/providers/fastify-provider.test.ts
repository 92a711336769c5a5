import { fastify, type FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { FastifyProvider } from '../../src/providers/fastify/index.js';
import { connectTo, get } from '../server/raw-client.js';
import { recordingLog, serve, tableOf } from './provider-fixture.js';

const rules = { ignoreTrailingSlash: true, maxParamLength: 500 };
const make = (): FastifyInstance => fastify({ routerOptions: rules });
const hello = { 'GET /hello': () => ({ hello: 'world' }) };

/** As fastify-plugin marks a plugin that is not encapsulated. */
function plugin(
  setup: (app: FastifyInstance) => void,
): (app: FastifyInstance, options: object, done: () => void) => void {
  const wrapped = (app: FastifyInstance, _options: object, done: () => void): void => {
    setup(app);
    done();
  };
  return Object.assign(wrapped, { [Symbol.for('skip-override')]: true });
}

describe('a native instance', () => {
  it('keeps its plugins, hooks and routes beside ours', async () => {
    const app = make();
    const seen: string[] = [];
    app.register(
      plugin((scope) => {
        scope.decorateRequest('user', 'ann');
        scope.addHook('onRequest', (request, reply, done) => {
          reply.header('x-hook', request.url);
          done();
        });
        scope.addHook('onSend', (_request, _reply, payload, done) => done(null, `${String(payload)}!`));
        scope.addHook('onResponse', (request, _reply, done) => {
          seen.push(request.url);
          done();
        });
        scope.addHook('onClose', () => void seen.push('closed'));
      }),
    );
    app.get('/native', () => 'native');
    const table = tableOf({ 'GET /hello': (ctx) => ({ user: (ctx.native.request as { user: string }).user }) });
    const provider = new FastifyProvider(app);
    const server = await serve(provider, table);
    const ours = await fetch(`${server.url}/hello`);
    expect([ours.headers.get('x-hook'), ours.headers.get('content-length'), await ours.text()]).toEqual([
      '/hello',
      '15',
      '{"user":"ann"}!',
    ]);
    const native = await fetch(`${server.url}/native`);
    expect([native.headers.get('x-hook'), await native.text()]).toEqual(['/native', 'native!']);
    expect(seen).toEqual(['/hello', '/native']);
  });

  it('sees the parsed body in preValidation and preHandler hooks, and what they put in its place is what the handler gets', async () => {
    const app = make();
    const seen: unknown[] = [];
    app.addHook('preValidation', (request, _reply, done) => {
      seen.push(request.headers['content-type'], request.body);
      done();
    });
    app.addHook('preHandler', (request, _reply, done) => {
      if (request.url === '/replaced') request.body = { replaced: true };
      done();
    });
    const echo = { body: ['json'], handle: (ctx) => ctx.body(['json']) } as const satisfies Parameters<
      typeof tableOf
    >[0][string];
    const server = await serve(new FastifyProvider(app), tableOf({ 'POST /same': echo, 'POST /replaced': echo }));
    const init = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json; charset=utf-8' } };
    expect(await (await fetch(`${server.url}/same`, init)).json()).toEqual({ a: 1 });
    expect(await (await fetch(`${server.url}/replaced`, init)).json()).toEqual({ replaced: true });
    expect(seen.slice(0, 2)).toEqual(['application/json; charset=utf-8', { a: 1 }]);
  });

  it('shows what a handler has read of a body in the native request, on an instance of its own too', async () => {
    const seen: unknown[] = [];
    const look: Parameters<typeof tableOf>[0][string] = {
      body: ['json'],
      handle: async (ctx) => {
        const read = await ctx.body(['json']);
        const { body } = ctx.native.request as { body: unknown };
        seen.push(body === read);
        return [await ctx.text(), body];
      },
    };
    for (const provider of [new FastifyProvider(), new FastifyProvider(make())]) {
      const server = await serve(provider, tableOf({ 'POST /': look }));
      const answer = await fetch(server.url, {
        method: 'POST',
        body: '{"a": 1}',
        headers: { 'content-type': 'application/json' },
      });
      expect(await answer.json()).toEqual(['{"a": 1}', { a: 1 }]);
    }
    expect(seen).toEqual([true, true]);
  });

  it('does not reach preHandler hooks with a body that was refused, and applies our limits and not its own', async () => {
    const app = fastify({ routerOptions: rules, bodyLimit: 5 });
    let reached = 0;
    app.addHook('preHandler', (_request, _reply, done) => {
      reached++;
      done();
    });
    const server = await serve(
      new FastifyProvider(app),
      tableOf({ 'POST /': { body: ['json'], handle: (ctx) => ctx.body(['json']) } }),
    );
    const send = (body: string): Promise<Response> =>
      fetch(server.url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect((await send('{"a":')).status).toBe(400);
    expect(reached).toBe(0);
    expect(await (await send('{"a":"longer"}')).json()).toEqual({ a: 'longer' });
  });

  it('reads a body that a preParsing hook has decoded', async () => {
    const app = make();
    app.addHook('preParsing', async (_request, _reply, payload) => {
      const { Readable } = await import('node:stream');
      const chunks: Buffer[] = [];
      for await (const chunk of payload) chunks.push(chunk as Buffer);
      return Readable.from([Buffer.from(Buffer.concat(chunks).toString(), 'base64')]);
    });
    const server = await serve(
      new FastifyProvider(app),
      tableOf({ 'POST /': { body: ['json'], handle: (ctx) => ctx.body(['json']) } }),
    );
    const body = Buffer.from('{"decoded":true}').toString('base64');
    const answer = await fetch(server.url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(await answer.json()).toEqual({ decoded: true });
  });

  it('answers errors of hooks before our routes in our shape, and leaves those of native routes to native handlers', async () => {
    const app = make();
    const { log, lines } = recordingLog();
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.url === '/refused') done(Object.assign(new Error('Slow down.'), { statusCode: 429 }));
      else if (request.url === '/failed') done(new Error('secret'));
      else done();
    });
    app.setErrorHandler((error, _request, reply) => void reply.code(418).send(`native ${(error as Error).message}`));
    app.get('/native', () => {
      throw new Error('broken');
    });
    const server = await serve(
      new FastifyProvider(app),
      tableOf({ 'GET /refused': () => 'no', 'GET /failed': () => 'no' }, log),
    );
    const refused = await fetch(`${server.url}/refused`);
    expect([refused.status, await refused.json()]).toEqual([
      429,
      { title: 'Too Many Requests', status: 429, detail: 'Slow down.' },
    ]);
    const failed = await fetch(`${server.url}/failed`);
    expect([failed.status, await failed.text()]).toEqual([500, '{"title":"Internal Server Error","status":500}']);
    expect(lines).toEqual(['error GET /failed failed with 500']);
    const native = await fetch(`${server.url}/native`);
    expect([native.status, await native.text()]).toEqual([418, 'native broken']);
  });

  it.each(['status', 'statusCode'])('takes the status of a refusal that a hook throws from its %s', async (name) => {
    const app = make();
    app.addHook('onRequest', async () => {
      throw Object.assign(new Error('Who are you?'), { [name]: 401 });
    });
    const server = await serve(new FastifyProvider(app), tableOf({ 'GET /ours': () => 'ours' }));
    const answer = await fetch(`${server.url}/ours`);
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { title: 'Unauthorized', status: 401, detail: 'Who are you?' },
    ]);
  });

  it('answers in our shape where an onSend hook fails after the handler', async () => {
    const app = make();
    let failed = false;
    app.addHook('onSend', (_request, _reply, payload, done) => {
      if (failed) {
        done(null, payload);
        return;
      }
      failed = true;
      done(new Error('no') as never);
    });
    const server = await serve(new FastifyProvider(app), tableOf(hello));
    expect((await fetch(`${server.url}/hello`)).status).toBe(500);
  });

  it('lets its own not-found handler win', async () => {
    const app = make();
    app.setNotFoundHandler((_request, reply) => void reply.code(404).send('native'));
    const server = await serve(new FastifyProvider(app), tableOf(hello));
    expect(await (await fetch(`${server.url}/unknown`)).text()).toBe('native');
  });

  it('is made by a function, also an asynchronous one', async () => {
    const server = await serve(
      new FastifyProvider({
        instance: async () => (await Promise.resolve(make())).get('/native', () => 'native') as FastifyInstance,
      }),
      tableOf(hello),
    );
    expect(await (await fetch(`${server.url}/native`)).text()).toBe('native');
  });

  it('is refused where it is ready, compares paths in another way or serves a server already', async () => {
    const ready = make();
    await ready.ready();
    await expect(new FastifyProvider(ready).prepare(rules)).rejects.toThrow(
      'The fastify instance that was handed in cannot be used: it is ready already, and takes no more routes. Hand it over before ready() and listen(), or give a function that makes it.',
    );
    await expect(new FastifyProvider(fastify()).prepare(rules)).rejects.toThrow(
      'Write fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } }).',
    );
    await expect(
      new FastifyProvider(() => fastify({ routerOptions: { ...rules, caseSensitive: false } })).prepare(rules),
    ).rejects.toThrow('{ caseSensitive: true }');
    const provider = new FastifyProvider(make());
    await serve(provider, tableOf(hello));
    await expect(serve(provider, tableOf(hello))).rejects.toThrow(
      'it serves a server already; give a function that makes one for each.',
    );
  });

  it('is refused where one of its routes is one of ours', async () => {
    const app = make();
    app.get('/hello', () => 'native');
    await expect(serve(new FastifyProvider(app), tableOf(hello))).rejects.toMatchObject({
      code: 'BOW_NATIVE_INSTANCE',
      message: expect.stringContaining('/hello') as string,
    });
  });
});

it('lets a handler answer on the reply itself', async () => {
  const server = await serve(
    new FastifyProvider(),
    tableOf({
      'GET /own': {
        answersItself: true,
        handle: (ctx) =>
          (ctx.native.response as { code(n: number): { send(x: object): void } }).code(201).send({ own: true }),
      },
    }),
  );
  const answer = await fetch(`${server.url}/own`);
  expect([answer.status, await answer.json()]).toEqual([201, { own: true }]);
});

it('forwards upgrades to plugins that listen for them', async () => {
  const app = make();
  app.server.on('upgrade', (_request, socket) => void socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nnative'));
  const server = await serve(new FastifyProvider(app), tableOf(hello));
  const client = (await connectTo(server.url)).send(get('/', 'Connection: upgrade\r\nUpgrade: x\r\n'));
  expect(await client.until('native')).toContain('101');
  client.stream.destroy();
});
