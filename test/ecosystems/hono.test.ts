import { ConflictError, Controller, Ctx, Get, HttpContext, Param, Post, Req } from 'bowline';
import { HonoProvider } from 'bowline/hono';
import { Hono, type Context } from 'hono';
import { setCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import { secureHeaders } from 'hono/secure-headers';
import { afterAll, describe, expect, it } from 'vitest';
import { connectTo } from '../server/raw-client.js';
import { serve } from './serve.js';

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
  async echo(@Ctx() ctx: HttpContext) {
    return { got: await ctx.json() };
  }

  @Get('/user')
  user(@Req() c: Context<{ Variables: { user: string } }>) {
    return { user: c.get('user') };
  }

  @Get('/files/*')
  file(@Param('*') path: string) {
    return { path };
  }

  @Get('/cookies')
  cookies(@Ctx() ctx: HttpContext) {
    ctx.cookie('a', '1').cookie('b', '2');
    return { ours: true };
  }
}

const controllers = [OurController];
const NativeRequest = globalThis.Request;
const NativeResponse = globalThis.Response;

const globals = [
  ["the global Request and Response of Hono's adapter", true],
  ['the native global Request and Response', false],
] as const;

describe.each(globals)('with %s', (_which, overrideGlobalObjects) => {
  afterAll(() => {
    globalThis.Request = NativeRequest;
    globalThis.Response = NativeResponse;
  });

  const provider = (app: Hono): HonoProvider => new HonoProvider({ instance: app, overrideGlobalObjects });

  it('they are as the option says', async () => {
    globalThis.Request = NativeRequest;
    globalThis.Response = NativeResponse;
    await serve(provider(new Hono()), controllers);
    const replaced = globalThis.Request !== NativeRequest && globalThis.Response !== NativeResponse;
    expect(replaced).toBe(overrideGlobalObjects);
  });

  describe('secureHeaders', () => {
    it.each(['/ours', '/ours/conflict', '/theirs', '/nobody'])('puts its headers on the answer to %s', async (path) => {
      const app = new Hono().use(secureHeaders()).get('/theirs', (c) => c.json({ theirs: true })) as unknown as Hono;
      const server = await serve(provider(app), controllers);
      expect((await server.get(path)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'strict-transport-security': 'max-age=15552000; includeSubDomains',
      });
    });

    it('leaves two cookies two', async () => {
      const server = await serve(provider(new Hono().use(secureHeaders())), controllers);
      expect((await server.get('/ours/cookies')).headers['set-cookie']).toHaveLength(2);
    });
  });

  it('cookies that middleware has set stand beside ours, whichever way it sets them', async () => {
    const app = new Hono().use(cors()).use((c, next) => {
      setCookie(c, 'native', '1');
      return next();
    });
    const server = await serve(provider(app), controllers);
    expect((await server.get('/ours/cookies')).headers).toMatchObject({
      'set-cookie': ['native=1; Path=/', 'a=1; Path=/', 'b=2; Path=/'],
      'access-control-allow-origin': '*',
    });
  });

  describe('etag', () => {
    it('gives an answer of ours a tag, and 304 to whoever has it', async () => {
      const server = await serve(provider(new Hono().use(etag())), controllers);
      const { status, headers, json } = await server.get('/ours');
      expect([status, headers.etag, json]).toEqual([200, expect.stringMatching(/^".+"$/), { ours: true }]);
      const again = await server.get('/ours', { headers: { 'if-none-match': headers.etag ?? '' } });
      expect([again.status, again.text, again.headers.etag]).toEqual([304, '', headers.etag]);
    });

    it('gives HEAD the tag of GET', async () => {
      const server = await serve(provider(new Hono().use(etag())), controllers);
      const [head, get] = [await server.call('HEAD', '/ours'), await server.get('/ours')];
      expect([head.status, head.text]).toEqual([200, '']);
      expect(get.headers.etag).toEqual(expect.any(String));
    });
  });

  it('a middleware answers early, and our route is not asked', async () => {
    const app = new Hono().use('/ours/*', async (c, next) =>
      c.req.header('authorization') === undefined ? c.text('Who are you?', 401) : next(),
    );
    const server = await serve(provider(app), controllers);
    expect(await server.get('/ours')).toMatchObject({ status: 401, text: 'Who are you?' });
    expect(await server.post('/ours/echo', { json: { a: 1 } })).toMatchObject({ status: 401 });
    expect(await server.post('/ours/echo', { json: { a: 1 }, headers: { authorization: 'x' } })).toMatchObject({
      status: 200,
      json: { got: { a: 1 } },
    });
  });

  it.each([
    '/ours/files/x',
    '/%6Furs/files/x',
    '/ours/files/../x',
    '/ours/files/%2e%2e/x',
    '/ours/files/../../x',
    '/ours/files/./x',
  ])('a guard by path keeps others from our routes, however they write it: %s', async (path) => {
    const app = new Hono().use('/ours/files/*', (c, next) =>
      c.req.header('authorization') === undefined ? Promise.resolve(c.text('Who are you?', 401)) : next(),
    );
    const server = await serve(provider(app), controllers);
    const client = await connectTo(server.url);
    client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(await client.end()).toMatch(/^HTTP\/1.1 (401|404) /);
  });

  it('what middleware has put into the context is there for our routes', async () => {
    const app = new Hono<{ Variables: { user: string } }>().use(async (c, next) => {
      c.set('user', 'ann');
      await next();
    });
    const server = await serve(provider(app as unknown as Hono), controllers);
    expect((await server.get('/ours/user')).json).toEqual({ user: 'ann' });
  });

  describe('a sub-app', () => {
    const withSub = (): Hono => {
      const sub = new Hono()
        .use(async (c, next) => {
          await next();
          c.header('x-sub', c.req.path);
        })
        .get('/page', (c) => c.json({ sub: true }));
      return new Hono().route('/sub', sub) as unknown as Hono;
    };

    it('answers beside our routes', async () => {
      const server = await serve(provider(withSub()), controllers);
      expect(await server.get('/sub/page')).toMatchObject({ json: { sub: true }, headers: { 'x-sub': '/sub/page' } });
      expect((await server.get('/ours')).json).toEqual({ ours: true });
    });

    it('keeps its middleware from our routes', async () => {
      const server = await serve(provider(withSub()), controllers);
      expect((await server.get('/ours')).headers).not.toHaveProperty('x-sub');
    });

    it('leaves what it does not know to Bowline', async () => {
      const server = await serve(provider(withSub()), controllers);
      expect(await server.get('/sub/nothing')).toMatchObject({
        status: 404,
        json: { detail: 'There is nothing at /sub/nothing.' },
        headers: { 'x-sub': '/sub/nothing' },
      });
    });

    it('at a path of ours runs its middleware around our routes', async () => {
      const sub = new Hono().use(async (c, next) => {
        await next();
        c.header('x-sub', c.req.path);
      });
      const server = await serve(provider(new Hono().route('/ours', sub)), controllers);
      expect((await server.get('/ours/conflict')).headers).toMatchObject({ 'x-sub': '/ours/conflict' });
    });
  });
});
