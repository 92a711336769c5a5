import { Readable } from 'node:stream';
import { Controller, createApplication, Ctx, Get, HttpCode, HttpContext, NotFoundError, Post, Redirect } from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

@Controller('/tagged')
class TaggedController {
  @Get('/json')
  json() {
    return { name: 'Zürich' };
  }

  @Get('/text')
  text() {
    return 'Grüße';
  }

  @Get('/bytes')
  bytes() {
    return Uint8Array.of(1, 2, 3);
  }

  @Get('/empty')
  empty() {
    return '';
  }

  @Get('/headers')
  headers(@Ctx() ctx: HttpContext) {
    ctx.set('cache-control', 'private').set('vary', 'accept').set('expires', 'Thu, 01 Jan 1970 00:00:00 GMT');
    ctx.set('content-location', '/here').set('x-own', 'yes').set('content-language', 'de').type('text/x-own');
    ctx.cookie('a', '1').cookie('b', '2');
    return 'with headers';
  }

  @Get('/own')
  own(@Ctx() ctx: HttpContext) {
    ctx.set('etag', '"mine"');
    return 'own';
  }

  @Get('/dated')
  dated(@Ctx() ctx: HttpContext) {
    ctx.set('last-modified', 'Mon, 05 Jan 2026 10:00:00 GMT');
    return 'dated';
  }

  @Get('/stream')
  stream() {
    return Readable.from(['streamed']);
  }

  @Get('/created')
  @HttpCode(201)
  created() {
    return 'created';
  }

  @Get('/none')
  none() {}

  @Get('/refused')
  refused() {
    throw new NotFoundError('Not here.');
  }

  @Get('/elsewhere')
  @Redirect('/tagged/json')
  elsewhere() {}

  @Post('/json')
  posted() {
    return { name: 'Zürich' };
  }
}

const fixture = { controllers: [TaggedController], overHttps: true, servers: { main: { etag: 'weak' as const } } };

describeProviders('weak ETags', fixture, (server) => {
  test.each(['json', 'text', 'bytes', 'empty'])('are on whole answers: %s', async (kind) => {
    const { status, headers } = await server.get(`/tagged/${kind}`);
    expect(status).toBe(200);
    expect(headers['etag']).toMatch(/^W\/"[\da-f]+-[\w+/]+"$/);
  });

  test('are the same for the same body and others for another', async () => {
    const [one, two, other] = await Promise.all(
      ['json', 'json', 'text'].map(async (kind) => (await server.get(`/tagged/${kind}`)).headers['etag']),
    );
    expect(one).toBe(two);
    expect(one).not.toBe(other);
  });

  test('are the same for HEAD', async () => {
    const { headers } = await server.get('/tagged/json');
    const head = await server.call('HEAD', '/tagged/json');
    expect(head.headers['etag']).toBe(headers['etag']);
    expect(head.headers['content-length']).toBe(headers['content-length']);
  });

  test.each(['json', 'text', 'bytes', 'empty'])('spare what the client has: 304 for %s', async (kind) => {
    const { headers } = await server.get(`/tagged/${kind}`);
    const { etag = '' } = headers;
    for (const noneMatch of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const answer = await server.get(`/tagged/${kind}`, { headers: { 'if-none-match': noneMatch } });
      expect(answer).toMatchObject({ status: 304, text: '', headers: { etag } });
      expect(answer.headers['content-type']).toBeUndefined();
      expect(answer.headers['content-length']).toBeUndefined();
    }
    expect((await server.call('HEAD', `/tagged/${kind}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  test('let a 304 say what may have changed, and nothing else', async () => {
    const answer = await server.get('/tagged/headers', { headers: { 'if-none-match': '*' } });
    expect(answer.status).toBe(304);
    expect(answer.headers).toMatchObject({
      'cache-control': 'private',
      'content-location': '/here',
      date: expect.any(String) as unknown,
      etag: expect.stringMatching(/^W\//) as unknown,
      expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      'set-cookie': ['a=1; Path=/', 'b=2; Path=/'],
      vary: 'accept',
    });
    for (const name of ['x-own', 'content-language', 'content-type']) expect(answer.headers[name]).toBeUndefined();
  });

  test('leave the connection open behind a 304', async () => {
    const client = await server.connect();
    client.send('GET /tagged/json HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: *\r\n\r\n'.repeat(2));
    const received = await client.until('HTTP/1.1 304 Not Modified', 2);
    expect(received).not.toContain('Zürich');
    client.stream.destroy();
  });

  test('send what has changed, and what is asked for anew', async () => {
    expect((await server.get('/tagged/json', { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200);
    const headers = { 'if-none-match': '*', 'cache-control': 'no-cache' };
    expect((await server.get('/tagged/json', { headers })).status).toBe(200);
  });

  test('stand beside a Last-Modified that was set', async () => {
    const ask = async (since: string) =>
      (await server.get('/tagged/dated', { headers: { 'if-modified-since': since } })).status;
    expect(await ask('Mon, 05 Jan 2026 10:00:00 GMT')).toBe(304);
    expect(await ask('Sun, 04 Jan 2026 10:00:00 GMT')).toBe(200);
  });

  test('do not take the place of one that was set, which is compared in their place', async () => {
    const other = await server.get('/tagged/own', { headers: { 'if-none-match': '"other"' } });
    expect(other).toMatchObject({ status: 200, text: 'own', headers: { etag: '"mine"' } });
    const same = await server.get('/tagged/own', { headers: { 'if-none-match': 'W/"mine"' } });
    expect(same).toMatchObject({ status: 304, text: '', headers: { etag: '"mine"' } });
  });

  test.each([
    ['GET', 'stream', 200],
    ['GET', 'created', 201],
    ['GET', 'none', 404],
    ['GET', 'refused', 404],
    ['GET', 'elsewhere', 302],
    ['POST', 'json', 200],
  ])('are on nothing else: %s %s', async (method, kind, status) => {
    const answer = await server.call(method, `/tagged/${kind}`, { headers: { 'if-none-match': '*' } });
    expect(answer.status).toBe(status);
    expect(answer.headers['etag']).toBeUndefined();
  });
});

describeProviders('ETags that were not turned on', { controllers: [TaggedController] }, (server) => {
  test('are not there', async () => {
    const answer = await server.get('/tagged/json', { headers: { 'if-none-match': '*' } });
    expect(answer.status).toBe(200);
    expect(answer.headers['etag']).toBeUndefined();
  });
});

test('only weak ETags can be turned on', async () => {
  const servers = { main: { etag: 'strong' as never } };
  await expect(createApplication({ servers, signals: false })).rejects.toThrow(
    "options.servers.main.etag is 'strong'; it must be false or 'weak'.",
  );
});
