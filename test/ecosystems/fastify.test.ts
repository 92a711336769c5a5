import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import { Authenticator, Strategy } from '@fastify/passport';
import rateLimit from '@fastify/rate-limit';
import session from '@fastify/session';
import { Body, ConflictError, Controller, Ctx, Get, HttpContext, Post, Req, Res } from 'bowline';
import { FastifyProvider } from 'bowline/fastify';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { serve } from './serve.js';

interface Decorated {
  readonly config: { readonly region: string };
}

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

  @Post('/echo')
  echo(@Body({ validate: false }) body: unknown) {
    return { got: body };
  }

  @Get('/cookies')
  cookies(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Ctx() ctx: HttpContext) {
    reply.setCookie('native', 'n', { path: '/', signed: true });
    ctx.cookie('own', 'o');
    const { value } = request.unsignCookie(request.cookies['native'] ?? '');
    return { parsed: request.cookies, unsigned: value, ours: ctx.cookies.get('own') };
  }

  @Get('/decorated')
  decorated(@Req() request: FastifyRequest) {
    const { user } = request as FastifyRequest & { readonly user: string };
    return { user, region: (request.server as FastifyInstance & Decorated).config.region };
  }

  @Get('/decorated-reply')
  decoratedReply(@Res() reply: FastifyReply & { readonly sendTwice: (text: string) => void }) {
    reply.sendTwice('knot');
  }

  @Get('/who')
  who(@Req() request: FastifyRequest) {
    return { url: request.routeOptions.url };
  }
}

const controllers = [OurController];
const instance = (): FastifyInstance => fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } });

/** Plugins are registered, and routes that must see them declared behind them. */
function withRoutes(app: FastifyInstance): FastifyInstance {
  void app.register(async (scope) => {
    scope.get('/theirs', () => ({ theirs: true }));
    scope.post('/theirs/echo', (request) => ({ theirs: request.body }));
  });
  return app;
}

describe('@fastify/helmet', () => {
  it.each(['/ours', '/ours/conflict', '/theirs', '/nobody'])('puts its headers on the answer to %s', async (path) => {
    const app = instance();
    void app.register(helmet);
    const server = await serve(new FastifyProvider(withRoutes(app)), controllers);
    expect((await server.get(path)).headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('@fastify/cookie', () => {
  const withCookies = (): FastifyInstance => {
    const app = instance();
    void app.register(cookie, { secret: 'bowline' });
    return app;
  };

  it('parses cookies for our routes, beside our own reading of them', async () => {
    const server = await serve(new FastifyProvider(withCookies()), controllers);
    const { json } = await server.get('/ours/cookies', { headers: { cookie: 'a=1; own=2' } });
    expect(json).toMatchObject({ parsed: { a: '1', own: '2' }, ours: '2' });
  });

  it('sets a cookie beside one of ours', async () => {
    const server = await serve(new FastifyProvider(withCookies()), controllers);
    const { headers } = await server.get('/ours/cookies');
    expect(headers['set-cookie']?.toSorted()).toEqual([
      expect.stringMatching(/^native=n\./),
      expect.stringMatching(/^own=o/),
    ]);
  });

  it('knows a cookie again that it has signed', async () => {
    const server = await serve(new FastifyProvider(withCookies()), controllers);
    const set = (await server.get('/ours/cookies')).headers['set-cookie'] ?? [];
    const signed = set.find((line) => line.startsWith('native='))?.split(';')[0] ?? '';
    expect((await server.get('/ours/cookies', { headers: { cookie: signed } })).json).toMatchObject({ unsigned: 'n' });
    expect((await server.get('/ours/cookies', { headers: { cookie: `${signed}x` } })).json).toMatchObject({
      unsigned: null,
    });
  });
});

describe('@fastify/rate-limit', () => {
  const limited = (): FastifyInstance => {
    const app = instance();
    void app.register(rateLimit, { max: 2, timeWindow: 60_000 });
    return withRoutes(app);
  };

  it('refuses a request to our routes in our shape, and says when to come again', async () => {
    const server = await serve(new FastifyProvider(limited()), controllers);
    const allowed = [await server.get('/ours'), await server.post('/ours/echo', { json: 1 })];
    expect(allowed.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual(['1', '0']);
    expect(await server.get('/ours')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '60', 'content-type': 'application/problem+json; charset=utf-8' },
      json: { title: 'Too Many Requests', status: 429, detail: 'Rate limit exceeded, retry in 1 minute' },
    });
  });

  it('counts an error of ours', async () => {
    const server = await serve(new FastifyProvider(limited()), controllers);
    const statuses = [];
    for (let asked = 0; asked < 3; asked++) statuses.push((await server.get('/ours/conflict')).status);
    expect(statuses).toEqual([409, 409, 429]);
  });

  it('refuses a request to native routes in its own shape', async () => {
    const server = await serve(new FastifyProvider(limited()), controllers);
    await server.get('/theirs');
    await server.get('/theirs');
    expect(await server.get('/theirs')).toMatchObject({ status: 429, json: { statusCode: 429 } });
  });
});

describe('@fastify/passport', () => {
  /** Whoever sends the header is Ann. */
  class HeaderStrategy extends Strategy {
    override authenticate(request: FastifyRequest): void {
      if (request.headers['x-user'] === 'ann') this.success({ name: 'ann' });
      else this.fail();
    }
  }

  const guarded = (options: { readonly failWithError: boolean }): FastifyInstance => {
    const app = instance();
    const passports = new Authenticator();
    passports.use('header', new HeaderStrategy('header'));
    void app.register(cookie);
    void app.register(session, { secret: 'bowline'.repeat(5), cookie: { secure: false } });
    void app.register(passports.initialize());
    app.addHook('preValidation', passports.authenticate('header', { session: false, ...options }));
    return app;
  };

  it('lets a user pass to our routes', async () => {
    const server = await serve(new FastifyProvider(guarded({ failWithError: false })), controllers);
    expect(await server.get('/ours', { headers: { 'x-user': 'ann' } })).toMatchObject({ status: 200 });
  });

  it('refuses anybody else by itself', async () => {
    const server = await serve(new FastifyProvider(guarded({ failWithError: false })), controllers);
    expect(await server.get('/ours')).toMatchObject({ status: 401, text: 'Unauthorized' });
  });

  it('refuses anybody else in our shape where it fails with an error', async () => {
    const server = await serve(new FastifyProvider(guarded({ failWithError: true })), controllers);
    expect(await server.get('/ours')).toMatchObject({ status: 401, json: { title: 'Unauthorized', status: 401 } });
  });
});

describe('hooks', () => {
  /** Notes which hooks run. */
  function noting(): { readonly app: FastifyInstance; readonly noted: string[]; readonly finished: Promise<void> } {
    const app = instance();
    const noted: string[] = [];
    const { promise: finished, resolve } = Promise.withResolvers<void>();
    const note = (name: string) => async (): Promise<void> => void noted.push(name);
    app.addHook('onRequest', note('onRequest'));
    app.addHook('preParsing', async () => void noted.push('preParsing'));
    app.addHook('preValidation', async (request) => void noted.push(`preValidation ${JSON.stringify(request.body)}`));
    app.addHook('preHandler', note('preHandler'));
    app.addHook('preSerialization', async () => void noted.push('preSerialization'));
    app.addHook('onError', note('onError'));
    app.addHook('onSend', async (_request, reply, payload) => {
      noted.push(`onSend ${reply.statusCode} ${String(payload)}`);
      reply.header('x-hooked', 'yes');
    });
    app.addHook('onResponse', async (_request, reply) => {
      noted.push(`onResponse ${reply.statusCode}`);
      resolve();
    });
    return { app, noted, finished };
  }

  it('run around our routes, with the body in front of the handler', async () => {
    const { app, noted, finished } = noting();
    const server = await serve(new FastifyProvider(app), controllers);
    expect((await server.post('/ours/echo', { json: { a: 1 } })).headers).toMatchObject({ 'x-hooked': 'yes' });
    await finished;
    expect(noted).toEqual([
      'onRequest',
      'preParsing',
      'preValidation {"a":1}',
      'preHandler',
      'onSend 200 {"got":{"a":1}}',
      'onResponse 200',
    ]);
  });

  it('see the answer to an error of ours and not the error', async () => {
    const { app, noted, finished } = noting();
    const server = await serve(new FastifyProvider(app), controllers);
    expect((await server.get('/ours/conflict')).headers).toMatchObject({ 'x-hooked': 'yes' });
    await finished;
    expect(noted).not.toContain('onError');
    expect(noted).toContain('onSend 409 {"title":"Conflict","status":409,"detail":"Not now."}');
  });

  it('run around what Bowline answers where there is no route', async () => {
    const { app, noted, finished } = noting();
    const server = await serve(new FastifyProvider(app), controllers);
    expect(await server.get('/nobody')).toMatchObject({ status: 404, headers: { 'x-hooked': 'yes' } });
    await finished;
    expect(noted.at(-1)).toBe('onResponse 404');
  });

  it('may answer early, and our handler is not asked', async () => {
    const app = instance();
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers.authorization === undefined) await reply.code(401).send({ who: 'are you?' });
    });
    const server = await serve(new FastifyProvider(app), controllers);
    expect(await server.get('/ours')).toMatchObject({ status: 401, json: { who: 'are you?' } });
    expect(await server.get('/ours', { headers: { authorization: 'x' } })).toMatchObject({ status: 200 });
  });

  it('may put another payload in place of ours, with its length', async () => {
    const app = instance();
    app.addHook('onSend', async (_request, _reply, payload) => String(payload).toUpperCase() + '\n');
    const server = await serve(new FastifyProvider(app), controllers);
    expect(await server.get('/ours')).toMatchObject({ text: '{"OURS":TRUE}\n', headers: { 'content-length': '14' } });
  });

  it('may put another body in place of the one that was read', async () => {
    const app = instance();
    app.addHook('preHandler', async (request) => {
      request.body = { other: true };
    });
    const server = await serve(new FastifyProvider(app), controllers);
    expect((await server.post('/ours/echo', { json: { a: 1 } })).json).toEqual({ got: { other: true } });
  });

  it('that fail are answered in our shape where the route is ours', async () => {
    const app = instance();
    app.addHook('preHandler', async () => {
      throw Object.assign(new Error('Pay first.'), { statusCode: 402 });
    });
    const server = await serve(new FastifyProvider(app), controllers);
    expect(await server.get('/ours')).toMatchObject({
      status: 402,
      json: { title: 'Payment Required', status: 402, detail: 'Pay first.' },
    });
  });

  it('know by which route of ours a request goes', async () => {
    const app = instance();
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-route', request.routeOptions.url ?? 'none');
    });
    const server = await serve(new FastifyProvider(app), controllers);
    expect(await server.get('/ours/who')).toMatchObject({
      headers: { 'x-route': '/ours/who' },
      json: { url: '/ours/who' },
    });
    expect((await server.get('/nobody')).headers['x-route']).toBe('none');
  });
});

describe('decorators', () => {
  it('of the request and of the instance are there for our routes', async () => {
    const app = instance();
    app.decorate('config', { region: 'north' }).decorateRequest('user', '');
    app.addHook('onRequest', async (request) => {
      (request as FastifyRequest & { user: string }).user = 'ann';
    });
    const server = await serve(new FastifyProvider(app), controllers);
    expect((await server.get('/ours/decorated')).json).toEqual({ user: 'ann', region: 'north' });
  });

  it('of the reply answer in a handler of ours', async () => {
    const app = instance();
    app.decorateReply('sendTwice', function (this: FastifyReply, text: string) {
      void this.send(text + text);
    });
    const server = await serve(new FastifyProvider(app), controllers);
    expect(await server.get('/ours/decorated-reply')).toMatchObject({ status: 200, text: 'knotknot' });
  });
});

describe('an encapsulated plugin', () => {
  const withPlugin = (): FastifyInstance => {
    const app = instance();
    void app.register(
      async (scope) => {
        scope.addHook('onRequest', async (_request, reply) => void reply.header('x-plugin', 'yes'));
        scope.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) =>
          done(null, String(body).split(',')),
        );
        scope.setErrorHandler((error: Error, _request, reply) => reply.code(418).send({ plugin: error.message }));
        scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ plugin: 'nothing' }));
        scope.post('/csv', (request) => ({ columns: request.body }));
        scope.get('/broken', () => {
          throw new Error('broken natively');
        });
      },
      { prefix: '/plugin' },
    );
    return app;
  };

  it('keeps its hooks from our routes', async () => {
    const server = await serve(new FastifyProvider(withPlugin()), controllers);
    expect((await server.get('/ours')).headers).not.toHaveProperty('x-plugin');
  });

  it('keeps its parsers, which our routes do not take', async () => {
    const server = await serve(new FastifyProvider(withPlugin()), controllers);
    const csv = { body: 'a,b', headers: { 'content-type': 'text/csv' } };
    expect(await server.post('/plugin/csv', csv)).toMatchObject({
      json: { columns: ['a', 'b'] },
      headers: { 'x-plugin': 'yes' },
    });
    expect((await server.post('/ours/echo', csv)).status).toBe(415);
  });

  it('keeps its error handler and its not-found handler', async () => {
    const server = await serve(new FastifyProvider(withPlugin()), controllers);
    expect(await server.get('/plugin/broken')).toMatchObject({ status: 418, json: { plugin: 'broken natively' } });
    expect(await server.get('/plugin/nothing')).toMatchObject({ status: 404, json: { plugin: 'nothing' } });
    expect(await server.get('/ours/conflict')).toMatchObject({ status: 409, json: { detail: 'Not now.' } });
    expect(await server.get('/nobody')).toMatchObject({ json: { detail: 'There is nothing at /nobody.' } });
  });
});

describe('a native route', () => {
  const withNative = (): FastifyInstance => {
    const app = instance();
    const schema = {
      querystring: { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] },
      response: { 200: { type: 'object', properties: { count: { type: 'integer' } } } },
    };
    app.get('/native', { schema }, (request) => ({ ...(request.query as object), secret: true }));
    app.post('/native', (request) => ({ got: request.body }));
    app.get('/ours/native', () => ({ native: true }));
    return app;
  };

  it('keeps its schema, its serialiser and its errors', async () => {
    const server = await serve(new FastifyProvider(withNative()), controllers);
    expect((await server.get('/native?count=2')).json).toEqual({ count: 2 });
    expect(await server.get('/native?count=x')).toMatchObject({ status: 400, json: { code: 'FST_ERR_VALIDATION' } });
  });

  it('keeps the parsers of Fastify', async () => {
    const server = await serve(new FastifyProvider(withNative()), controllers);
    expect((await server.post('/native', { json: { a: 1 } })).json).toEqual({ got: { a: 1 } });
    expect(await server.post('/native', { body: '<a/>', headers: { 'content-type': 'text/xml' } })).toMatchObject({
      status: 415,
      json: { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' },
    });
  });

  it('may lie among our paths', async () => {
    const server = await serve(new FastifyProvider(withNative()), controllers);
    expect((await server.get('/ours/native')).json).toEqual({ native: true });
    expect((await server.get('/ours')).json).toEqual({ ours: true });
  });
});
