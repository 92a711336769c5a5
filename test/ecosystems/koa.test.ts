import { gunzipSync } from 'node:zlib';
import { ConflictError, Controller, Ctx, Get, HttpCode, HttpContext, Post } from 'bowline';
import { KoaProvider } from 'bowline/koa';
import Koa from 'koa';
import compress from 'koa-compress';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import { describe, expect, it } from 'vitest';
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

  @Get('/broken')
  broken(): never {
    throw new Error('secret');
  }

  @Get('/large')
  large() {
    return { lines: Array.from({ length: 500 }, (_, line) => `line ${line}`) };
  }

  @Get('/large-text')
  largeText() {
    return 'line\n'.repeat(500);
  }

  @Post('/nothing')
  @HttpCode(204)
  nothing() {}

  @Get('/path')
  path(@Ctx() ctx: HttpContext) {
    return { path: ctx.path, url: ctx.url };
  }
}

const controllers = [OurController];

/** A native route beside ours, under the same middleware. */
const theirs: Koa.Middleware = async (koa, next) => {
  if (koa.path === '/theirs') koa.body = { theirs: true };
  else if (koa.path === '/theirs/broken') throw new Error('broken natively');
  else await next();
};

describe('koa-helmet', () => {
  it.each(['/ours', '/ours/conflict', '/theirs', '/nobody'])('puts its headers on the answer to %s', async (path) => {
    const server = await serve(new KoaProvider(new Koa().use(helmet()).use(theirs)), controllers);
    expect((await server.get(path)).headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('koa-compress', () => {
  const gzip = { headers: { 'accept-encoding': 'gzip' } };

  it.each(['/ours/large', '/ours/large-text'])('compresses the large answer to %s', async (path) => {
    const server = await serve(new KoaProvider(new Koa().use(compress())), controllers);
    const plain = await server.get(path);
    const { headers, body } = await server.get(path, gzip);
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(headers['content-type']).toBe(plain.headers['content-type']);
    expect(headers).not.toHaveProperty('content-length');
    expect(gunzipSync(body).equals(plain.body)).toBe(true);
  });

  it('leaves a small answer as it is', async () => {
    const server = await serve(new KoaProvider(new Koa().use(compress())), controllers);
    const { headers, json } = await server.get('/ours', gzip);
    expect(headers).toMatchObject({ 'content-length': '13', vary: 'Accept-Encoding' });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(json).toEqual({ ours: true });
  });

  it('compresses an error of ours', async () => {
    const server = await serve(new KoaProvider(new Koa().use(compress({ threshold: 0 }))), controllers);
    const { status, headers, body } = await server.get('/ours/conflict', gzip);
    expect([status, headers['content-encoding'], headers['content-type']]).toEqual([
      409,
      'gzip',
      'application/problem+json; charset=utf-8',
    ]);
    expect(JSON.parse(gunzipSync(body).toString())).toMatchObject({ detail: 'Not now.' });
  });

  it('leaves an answer without a body without one', async () => {
    const server = await serve(new KoaProvider(new Koa().use(compress({ threshold: 0 }))), controllers);
    const { status, headers, text } = await server.post('/ours/nothing', gzip);
    expect([status, headers['content-encoding'], text]).toEqual([204, undefined, '']);
  });

  it('leaves HEAD without a body', async () => {
    const server = await serve(new KoaProvider(new Koa().use(compress())), controllers);
    expect(await server.call('HEAD', '/ours/large', gzip)).toMatchObject({ status: 200, text: '' });
  });
});

describe('an error handler', () => {
  /** The outermost middleware of most Koa applications. */
  const handler: Koa.Middleware = async (koa, next) => {
    try {
      await next();
    } catch (error) {
      koa.status = 503;
      koa.body = { caught: (error as Error).message };
    }
    koa.set('x-seen', String(koa.status));
  };

  it('takes the errors of native middleware', async () => {
    const server = await serve(new KoaProvider(new Koa().use(handler).use(theirs)), controllers);
    expect(await server.get('/theirs/broken')).toMatchObject({ status: 503, json: { caught: 'broken natively' } });
  });

  it('sees the answer to an error of ours and not the error', async () => {
    const server = await serve(new KoaProvider(new Koa().use(handler).use(theirs)), controllers);
    expect(await server.get('/ours/conflict')).toMatchObject({
      status: 409,
      headers: { 'x-seen': '409' },
      json: { detail: 'Not now.' },
    });
    expect(await server.get('/ours/broken')).toMatchObject({ status: 500, headers: { 'x-seen': '500' } });
    expect((await server.log.next()).fields).toMatchObject({ error: { message: 'secret' } });
  });

  it('may answer in place of ours what nobody has', async () => {
    const notFound: Koa.Middleware = async (koa, next) => {
      await next();
      if (koa.status === 404 && koa.body === undefined) koa.body = 'no such page';
    };
    const server = await serve(new KoaProvider(new Koa().use(notFound)), controllers);
    expect(await server.get('/nobody')).toMatchObject({ status: 200, text: 'no such page' });
    expect(await server.get('/ours')).toMatchObject({ status: 200, json: { ours: true } });
  });
});

describe('koa-mount', () => {
  it('leaves a mounted application where it is', async () => {
    const mounted = new Koa().use((koa) => {
      koa.body = { path: koa.path };
    });
    const server = await serve(new KoaProvider(new Koa().use(mount('/legacy', mounted))), controllers);
    expect((await server.get('/legacy/page')).json).toEqual({ path: '/page' });
    expect((await server.get('/ours')).json).toEqual({ ours: true });
  });

  it('runs a mounted middleware around the routes of ours that it leads to', async () => {
    const mark: Koa.Middleware = async (koa, next) => {
      koa.set('x-mounted', koa.path);
      await next();
    };
    const server = await serve(new KoaProvider(new Koa().use(mount('/ours', mark))), controllers);
    expect(await server.get('/ours/path?a=1')).toMatchObject({
      headers: { 'x-mounted': '/path' },
      json: { path: '/ours/path', url: '/ours/path?a=1' },
    });
    expect((await server.get('/nobody')).headers).not.toHaveProperty('x-mounted');
  });

  it('mounts our routes, which keep their whole paths', async () => {
    const app = new Koa();
    const provider = new KoaProvider(app);
    const mark: Koa.Middleware = async (koa, next) => {
      koa.set('x-mounted', koa.path);
      await next();
    };
    app.use(mount('/ours', new Koa().use(mark).use(provider.middleware)));
    const server = await serve(provider, controllers);
    expect(await server.get('/ours/path')).toMatchObject({
      headers: { 'x-mounted': '/path' },
      json: { path: '/ours/path' },
    });
  });

  it.each(['/ours', '/%6Furs', '/our%73'])('keeps others from our routes by a mounted guard: %s', async (path) => {
    const guard: Koa.Middleware = (koa) => {
      koa.status = 401;
    };
    const server = await serve(new KoaProvider(new Koa().use(mount('/ours', guard))), controllers);
    expect((await server.get(path)).status).toBe(401);
  });
});
