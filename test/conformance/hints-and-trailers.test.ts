import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Ctx, Get, HttpContext, Param, Query } from 'bowline';
import { expect, test } from 'vitest';
import { certificate } from './harness/certificate.js';
import { describeProviders, type ProviderUnderTest } from './harness/describe-providers.js';

const style = '</style.css>; rel=preload; as=style';
const script = '</app.js>; rel=modulepreload';

@Controller('/hints')
class HintController {
  @Get('/one')
  one(@Ctx() ctx: HttpContext) {
    ctx.earlyHints({ link: style });
    return 'the page';
  }

  @Get('/several')
  async several(@Ctx() ctx: HttpContext) {
    ctx.earlyHints({ link: [style, script], 'x-trace': 'abc' }).earlyHints({ link: script });
    await delay(1);
    return { page: true };
  }

  @Get('/stream')
  stream(@Ctx() ctx: HttpContext) {
    ctx.earlyHints({ link: style });
    return Readable.from(['the ', 'page']);
  }

  @Get('/late')
  late(@Ctx() ctx: HttpContext) {
    ctx.send('the page');
    ctx.earlyHints({ link: style });
  }

  @Get('/wrong/:kind')
  wrong(@Ctx() ctx: HttpContext, @Param('kind') kind: string) {
    const wrong: Record<string, unknown> = {
      text: { link: 'style.css' },
      nothing: {},
      none: undefined,
      break: { link: '</a>; rel=preload\r\nx-injected: 1' },
      number: { link: 7 },
      header: { link: style, 'x-a': 'b\r\nx-injected: 1' },
      name: { link: style, 'x a': 'b' },
      length: { link: style, 'content-length': '7' },
    };
    try {
      ctx.earlyHints(wrong[kind] as never);
    } catch (error) {
      return `${(error as Error).constructor.name} of ${ctx.answered}`;
    }
    return 'taken';
  }
}

@Controller('/trailers')
class TrailerController {
  @Get('/digest')
  digest(@Ctx() ctx: HttpContext, @Query('length') length?: number) {
    const hash = createHash('sha256');
    ctx.type('text/plain').trailers(['X-Digest', 'x-absent'], () => ({ 'x-digest': hash.digest('hex') }));
    if (length !== undefined) ctx.set('content-length', String(length));
    return hashed(hash);
  }

  @Get('/later')
  later(@Ctx() ctx: HttpContext) {
    ctx.trailers(['server-timing'], async () => {
      await delay(5);
      return { 'Server-Timing': 'db;dur=5' };
    });
    return new Response('from the web').body;
  }

  @Get('/empty')
  empty(@Ctx() ctx: HttpContext) {
    ctx.trailers(['x-count'], () => ({ 'x-count': '0' }));
    return Readable.from([]);
  }

  @Get('/large')
  large(@Ctx() ctx: HttpContext) {
    const hash = createHash('sha256');
    ctx.trailers(['x-digest'], () => ({ 'x-digest': hash.digest('hex') }));
    return (async function* () {
      for (let left = 40; left > 0; left--) {
        const piece = Buffer.alloc(50_000, 'a line\n');
        hash.update(piece);
        yield piece;
        if (left % 10 === 0) await delay(1);
      }
    })();
  }

  @Get('/whole')
  whole(@Ctx() ctx: HttpContext) {
    ctx.trailers(['x-digest'], () => ({ 'x-digest': 'never' }));
    return 'a text';
  }

  @Get('/no-content')
  noContent(@Ctx() ctx: HttpContext) {
    ctx.status(204).trailers(['x-digest'], () => ({ 'x-digest': 'never' }));
    return Readable.from(['never']);
  }

  @Get('/fails/:kind')
  fails(@Ctx() ctx: HttpContext, @Param('kind') kind: string) {
    ctx.trailers(['x-digest'], () => {
      if (kind === 'throws') throw new Error('no digest');
      return kind === 'undeclared' ? { 'x-other': '1' } : { 'x-digest': 'a\r\nx-injected: 1' };
    });
    return Readable.from(['the body']);
  }

  @Get('/never')
  never(@Ctx() ctx: HttpContext) {
    ctx.trailers(['x-digest'], () => new Promise(() => undefined));
    return Readable.from(['the body']);
  }

  @Get('/refused/:name')
  refused(@Ctx() ctx: HttpContext, @Param('name') name: string) {
    try {
      ctx.trailers([name], () => ({}));
    } catch (error) {
      return (error as Error).constructor.name;
    }
    return 'taken';
  }
}

async function* hashed(hash: Hash) {
  for (const piece of ['one,', 'two']) {
    hash.update(piece);
    yield piece;
    await delay(1);
  }
}

const digest = createHash('sha256').update('one,two').digest('hex');
const get = (path: string, version = '1.1'): string =>
  `GET ${path} HTTP/${version}\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

async function received(server: ProviderUnderTest, request: string): Promise<string> {
  return (await server.connect()).send(request).end();
}

const fixture = { controllers: [HintController, TrailerController], overHttps: true };

describeProviders('early hints', fixture, (server) => {
  test('come before the answer', async () => {
    const text = await received(server, get('/hints/one'));
    expect(text).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload; as=style\r\n\r\nHTTP\/1\.1 200 /,
    );
    expect(text.endsWith('\r\n\r\nthe page')).toBe(true);
  });

  test('may be several, with headers of their own', async () => {
    const text = await received(server, get('/hints/several'));
    expect(text).toContain(`103 Early Hints\r\nLink: ${style}, ${script}\r\nx-trace: abc\r\n\r\n`);
    expect(text.split('HTTP/1.1 103 Early Hints')).toHaveLength(3);
    expect(text.split('HTTP/1.1 200 OK')[1]).not.toContain('x-trace');
  });

  test('come before a stream', async () => {
    const text = await received(server, get('/hints/stream'));
    expect(text.indexOf('103 Early Hints')).toBeLessThan(text.indexOf('200 OK'));
  });

  test('are read by a client of Node, whose answer is the one behind them', async () => {
    const { response, hints } = await exchange(server, '/hints/one');
    expect(hints).toEqual([style]);
    expect(response.statusCode).toBe(200);
  });

  test('stay in order on a connection of several requests', async () => {
    const client = await server.connect();
    client.send('GET /hints/several HTTP/1.1\r\nHost: localhost\r\n\r\n').send(get('/hints/one'));
    const statuses = [...(await client.end()).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(['103', '103', '200', '103', '200']);
  });

  test('are not for HTTP/1.0', async () => {
    expect(await received(server, get('/hints/one', '1.0'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('are not sent once the answer has begun', async () => {
    expect(await received(server, get('/hints/late'))).not.toContain('103');
  });

  test.each(['text', 'nothing', 'none', 'break', 'number', 'header', 'name', 'length'])(
    'that no client would understand are a TypeError at the call: %s',
    async (kind) => {
      const text = await received(server, get(`/hints/wrong/${kind}`));
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      expect(text).toContain('TypeError of false');
      expect(text).not.toContain('x-injected');
      expect(await received(server, get(`/hints/wrong/${kind}`, '1.0'))).toContain('TypeError');
    },
  );
});

describeProviders('trailers', fixture, (server) => {
  test('are declared before the body and come behind it', async () => {
    const text = await received(server, get('/trailers/digest'));
    const [head = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(/^trailer: x-digest, x-absent$/im);
    expect(head).toMatch(/^transfer-encoding: chunked$/im);
    expect(text.endsWith(`\r\n0\r\nx-digest: ${digest}\r\n\r\n`)).toBe(true);
    expect(text).not.toContain('x-absent:');
  });

  test.each([
    ['/trailers/digest', 'one,two', { 'x-digest': digest }],
    ['/trailers/digest?length=7', 'one,two', { 'x-digest': digest }],
    ['/trailers/later', 'from the web', { 'server-timing': 'db;dur=5' }],
    ['/trailers/empty', '', { 'x-count': '0' }],
  ])('are read by a client of Node: %s', async (path, text, trailers) => {
    const exchanged = await exchange(server, path);
    expect(exchanged.text).toBe(text);
    expect(exchanged.response.trailers).toEqual(trailers);
    expect(exchanged.response.headers['content-length']).toBeUndefined();
  });

  test('are computed when all of a large body has gone', async () => {
    const { text, response } = await exchange(server, '/trailers/large');
    expect(text).toHaveLength(2_000_000);
    expect(response.trailers['x-digest']).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test('leave the connection open for the next request', async () => {
    const client = await server.connect();
    client.send('GET /trailers/digest HTTP/1.1\r\nHost: localhost\r\n\r\n').send(get('/trailers/digest'));
    expect((await client.end()).split(`x-digest: ${digest}\r\n\r\n`)).toHaveLength(3);
  });

  test('are not for HTTP/1.0', async () => {
    const text = await received(server, get('/trailers/digest', '1.0'));
    expect(text.endsWith('\r\n\r\none,two')).toBe(true);
    expect(text).not.toMatch(/trailer/i);
  });

  test('are not for HEAD, nor for a body that is no stream', async () => {
    const head = await received(server, get('/trailers/digest').replace('GET', 'HEAD'));
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    for (const text of [head, await received(server, get('/trailers/whole'))]) expect(text).not.toMatch(/trailer:/i);
    expect(await received(server, get('/trailers/no-content'))).toMatch(/^HTTP\/1\.1 204 /);
  });

  test.each(['throws', 'undeclared', 'injects'])(
    'that cannot be computed cut the connection, and are logged: %s',
    async (kind) => {
      const text = await received(server, get(`/trailers/fails/${kind}`));
      expect(text).not.toContain('\r\n0\r\n');
      expect(text).not.toContain('x-injected');
      const { message, fields } = await server.log.next();
      expect(message).toBe('The stream of an answer failed, and its connection was cut');
      expect(fields).toMatchObject({ route: '/trailers/fails/:kind' });
    },
  );

  test.each([
    'content-length',
    'Transfer-Encoding',
    'trailer',
    'host',
    'set-cookie',
    'authorization',
    'cache-control',
    'content-type',
    'if-match',
    'x y',
    'x:y',
  ])('have no name that has to stand before the body: %s', async (name) => {
    expect((await server.get(`/trailers/refused/${encodeURIComponent(name)}`)).text).toBe('TypeError');
  });
});

describeProviders(
  'trailers that are never computed',
  { ...fixture, servers: { main: { timeouts: { handler: 60 } } } },
  (server) => {
    test('cut the connection when a handler would have had no more time, and are logged', async () => {
      const text = await received(server, get('/trailers/never'));
      expect(text).toContain('the body');
      expect(text).not.toContain('\r\n0\r\n');
      const { message, fields } = await server.log.next();
      expect(message).toBe('The stream of an answer failed, and its connection was cut');
      expect(fields).toMatchObject({
        route: '/trailers/never',
        error: { message: 'The trailers were not computed within 60 ms.' },
      });
    });
  },
);

interface Exchange {
  readonly response: IncomingMessage;
  readonly text: string;
  readonly hints: readonly unknown[];
}

/** What Node's own client makes of it. */
async function exchange(server: ProviderUnderTest, path: string): Promise<Exchange> {
  const options = { agent: false, ca: certificate.cert };
  const request = server.secure ? requestSecure(server.url + path, options) : requestPlain(server.url + path, options);
  const hints: unknown[] = [];
  request.on('information', ({ headers }) => hints.push(headers['link']));
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { response, text, hints };
}
