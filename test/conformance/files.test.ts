import { readdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Ctx, Get, HttpContext, Post, Query } from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';
import { temporaryFolder } from './harness/folder.js';

const letters = 'abcdefghijklmnopqrstuvwxyz';
const folder = temporaryFolder({
  'public/letters.txt': letters,
  'public/page.html': '<p>ü</p>',
  'public/empty.txt': '',
  'public/unknown.zzzz': 'what',
  'public/a b%20ü.txt': 'odd name',
  'public/.secret': 'hidden',
  'public/.git/config': 'hidden',
  'public/inner/one.json': '{"one":1}',
  'public/large.bin': Buffer.alloc(20_000_000, 'x'),
  'outside.txt': 'outside',
});
const root = join(folder, 'public');
// What is no regular file could be read for ever.
symlinkSync('/dev/zero', join(root, 'device'));
symlinkSync(join(root, 'letters.txt'), join(root, 'link.txt'));
symlinkSync(join(folder, 'outside.txt'), join(root, 'out.txt'));
symlinkSync('..', join(root, 'up'));
symlinkSync('round.txt', join(root, 'round.txt'));
// As a deployment switches from one release to the next.
symlinkSync(root, join(folder, 'current'));

@Controller('/files')
class FileController {
  @Get('/below')
  below(@Ctx() ctx: HttpContext, @Query('path') path: string = '') {
    return ctx.sendFile(path, { root });
  }

  @Post('/below')
  posted(@Ctx() ctx: HttpContext) {
    return ctx.sendFile('letters.txt', { root });
  }

  @Get('/absolute')
  absolute(@Ctx() ctx: HttpContext, @Query('path') path: string = '') {
    return ctx.sendFile(join(root, 'inner') + path);
  }

  @Get('/through-links')
  throughLinks(@Ctx() ctx: HttpContext, @Query('path') path: string = '') {
    return ctx.sendFile(path, { root, symlinks: 'follow' });
  }

  @Get('/current')
  current(@Ctx() ctx: HttpContext, @Query('path') path: string = '') {
    return ctx.sendFile(path, { root: join(folder, 'current') });
  }

  @Get('/tagged')
  tagged(@Ctx() ctx: HttpContext) {
    ctx.set('etag', '"strong"');
    return ctx.sendFile('letters.txt', { root });
  }

  @Get('/cached')
  cached(@Ctx() ctx: HttpContext) {
    return ctx.sendFile('letters.txt', { root, maxAge: 3_600_000, immutable: true });
  }

  @Get('/bare')
  bare(@Ctx() ctx: HttpContext) {
    return ctx.sendFile('letters.txt', { root, etag: false, lastModified: false, acceptRanges: false });
  }

  @Get('/dotfile')
  dotfile(@Ctx() ctx: HttpContext) {
    return ctx.sendFile('.git/config', { root, dotfiles: 'allow' });
  }

  @Get('/download')
  download(@Ctx() ctx: HttpContext, @Query('as') filename: string = '') {
    return ctx.sendFile('letters.txt', { root, filename, type: 'text/csv; charset=utf-8' });
  }

  @Get('/own')
  own(@Ctx() ctx: HttpContext) {
    ctx.set('cache-control', 'private').set('etag', '"mine"').type('text/x-mine').cookie('a', '1').cookie('b', '2');
    return ctx.sendFile('letters.txt', { root });
  }

  @Get('/status')
  status(@Ctx() ctx: HttpContext) {
    return ctx.status(203).sendFile('letters.txt', { root });
  }

  @Get('/instead')
  async instead(@Ctx() ctx: HttpContext) {
    ctx.set('x-before', 'yes');
    try {
      return await ctx.sendFile('missing.txt', { root, filename: 'never' });
    } catch {
      return 'something else';
    }
  }

  @Get('/relative')
  relative(@Ctx() ctx: HttpContext) {
    return ctx.sendFile('letters.txt');
  }

  @Get('/misspelt')
  misspelt(@Ctx() ctx: HttpContext) {
    return ctx.sendFile('letters.txt', { root, maxage: 1 } as object);
  }

  @Get('/answered')
  answered(@Ctx() ctx: HttpContext) {
    ctx.send('first');
    return ctx.sendFile('letters.txt', { root });
  }
}

const below = (path: string): string => `/files/below?path=${encodeURIComponent(path)}`;

describeProviders('files', { controllers: [FileController], overHttps: true }, (server) => {
  test('are sent with their type, length, ETag and the time of their change', async () => {
    const answer = await server.get(below('letters.txt'));
    expect(answer).toMatchObject({
      status: 200,
      text: letters,
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '26',
        'accept-ranges': 'bytes',
        'cache-control': 'public, max-age=0',
        'last-modified': statSync(join(root, 'letters.txt')).mtime.toUTCString(),
        etag: expect.stringMatching(/^W\/"1a-/) as unknown,
      },
    });
    expect(answer.headers['transfer-encoding']).toBeUndefined();
    expect(answer.headers['content-disposition']).toBeUndefined();
  });

  test.each([
    ['page.html', 'text/html; charset=utf-8'],
    ['inner/one.json', 'application/json; charset=utf-8'],
    ['unknown.zzzz', 'application/octet-stream'],
  ])('have the type of their ending: %s', async (path, type) => {
    expect(await server.get(below(path))).toMatchObject({ status: 200, headers: { 'content-type': type } });
  });

  test('that are empty have the length 0', async () => {
    expect(await server.get(below('empty.txt'))).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '0', 'content-type': 'text/plain; charset=utf-8' },
    });
  });

  test('that are large arrive whole', async () => {
    const { body } = await server.get(below('large.bin'));
    expect(body.equals(Buffer.alloc(20_000_000, 'x'))).toBe(true);
  });

  test('have a path in which nothing is decoded', async () => {
    expect(await server.get(below('a b%20ü.txt'))).toMatchObject({ status: 200, text: 'odd name' });
    expect((await server.get(below('inner%2Fone.json'))).status).toBe(404);
  });

  test('are found behind symbolic links', async () => {
    expect(await server.get(below('link.txt'))).toMatchObject({ status: 200, text: letters });
  });

  test.each([
    'missing.txt',
    'missing/deep.txt',
    'letters.txt/',
    'letters.txt/x',
    'inner',
    'inner/',
    '',
    'device',
    '.secret',
    '.git/config',
    '../outside.txt',
    'inner/../../outside.txt',
    '/../outside.txt',
    '..',
    'letters.txt\0',
    '\0',
    'x'.repeat(5_000),
  ])('that are not there, or for nobody, are 404: %j', async (path) => {
    const answer = await server.get(below(path));
    expect(answer).toMatchObject({
      status: 404,
      json: { title: 'Not Found', status: 404 },
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    });
    expect(answer.text).not.toContain(folder);
  });

  test('of an absolute path stay where they are said to be', async () => {
    expect(await server.get('/files/absolute?path=/one.json')).toMatchObject({ status: 200, json: { one: 1 } });
    expect((await server.get('/files/absolute?path=/../letters.txt')).status).toBe(404);
  });

  test('that begin with a dot are sent where that is allowed', async () => {
    expect(await server.get('/files/dotfile')).toMatchObject({ status: 200, text: 'hidden' });
  });

  test('answer HEAD with the headers of GET', async () => {
    const { headers } = await server.get(below('letters.txt'));
    const head = await server.call('HEAD', below('letters.txt'));
    expect(head).toMatchObject({ status: 200, text: '' });
    expect({ ...head.headers, date: '' }).toEqual({ ...headers, date: '' });
  });

  test.each([
    ['bytes=0-3', 'abcd', 'bytes 0-3/26'],
    ['bytes=23-', 'xyz', 'bytes 23-25/26'],
    ['bytes=-2', 'yz', 'bytes 24-25/26'],
    ['bytes=20-999', 'uvwxyz', 'bytes 20-25/26'],
    ['bytes=-99999', letters, 'bytes 0-25/26'],
    ['bytes=-26', letters, 'bytes 0-25/26'],
    ['BYTES= 1-2 ,', 'bc', 'bytes 1-2/26'],
  ])('are sent in part: %s', async (range, text, contentRange) => {
    expect(await server.get(below('letters.txt'), { headers: { range } })).toMatchObject({
      status: 206,
      text,
      headers: { 'content-range': contentRange, 'content-length': String(text.length) },
    });
  });

  test('have no parts for HEAD', async () => {
    for (const range of ['bytes=0-3', 'bytes=26-']) {
      const answer = await server.call('HEAD', below('letters.txt'), { headers: { range } });
      expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-length': '26' } });
    }
  });

  test.each([
    'bytes=0-1,4-5',
    'lines=0-1',
    'bytes=z',
    'bytes=3-1',
    'bytes=0-3,3-1',
    'bytes=-',
    'bytes=,',
    'bytes=0x1-2',
  ])('are sent whole for %s', async (range) => {
    expect(await server.get(below('letters.txt'), { headers: { range } })).toMatchObject({
      status: 200,
      text: letters,
    });
  });

  test('have no part behind their end: 416 says how long they are', async () => {
    expect(await server.get(below('letters.txt'), { headers: { range: 'bytes=26-' } })).toMatchObject({
      status: 416,
      json: { title: 'Range Not Satisfiable', status: 416 },
      headers: { 'content-range': 'bytes */26', 'content-type': 'application/problem+json; charset=utf-8' },
    });
  });

  test('are sent in part only where If-Range still holds', async () => {
    const { headers } = await server.get(below('letters.txt'));
    const ask = (ifRange: string) =>
      server.get(below('letters.txt'), { headers: { range: 'bytes=0-3', 'if-range': ifRange } });
    expect((await ask(headers['last-modified'] ?? '')).status).toBe(206);
    expect((await ask('"another"')).status).toBe(200);
    expect((await ask('Thu, 01 Jan 1970 00:00:00 GMT')).status).toBe(200);
    expect((await ask('Fri, 01 Jan 2100 00:00:00 GMT')).status).toBe(200);
    // A weak tag does not say that they are the same byte for byte.
    expect((await ask(headers['etag'] ?? '')).status).toBe(200);
    const range = 'bytes=0-3';
    const strong = await server.get('/files/tagged', { headers: { range, 'if-range': '"strong"' } });
    expect(strong).toMatchObject({ status: 206, text: 'abcd' });
  });

  test('that are empty have no part', async () => {
    const ask = (range: string) => server.get(below('empty.txt'), { headers: { range } });
    expect(await ask('bytes=-5')).toMatchObject({ status: 200, text: '' });
    expect((await ask('bytes=0-')).status).toBe(416);
  });

  test.each(['out.txt', 'up/outside.txt', 'round.txt'])(
    'are not there where a link leads out of their folder, or nowhere: %s',
    async (path) => {
      expect((await server.get(below(path))).status).toBe(404);
    },
  );

  test('are found by links that stay in their folder', async () => {
    expect(await server.get(below('link.txt'))).toMatchObject({ status: 200, text: letters });
    expect(await server.get(below('up/public/letters.txt'))).toMatchObject({ status: 200, text: letters });
    expect(await server.get('/files/current?path=letters.txt')).toMatchObject({ status: 200, text: letters });
    expect((await server.get('/files/current?path=out.txt')).status).toBe(404);
  });

  test('are found wherever links lead, where that is said', async () => {
    expect(await server.get('/files/through-links?path=out.txt')).toMatchObject({ status: 200, text: 'outside' });
    expect((await server.get('/files/through-links?path=../outside.txt')).status).toBe(404);
  });

  test('that the client has are 304', async () => {
    const { headers } = await server.get(below('letters.txt'));
    const { etag = '', 'last-modified': changed = '' } = headers;
    for (const condition of [{ 'if-none-match': etag }, { 'if-none-match': '*' }, { 'if-modified-since': changed }]) {
      const answer = await server.get(below('letters.txt'), { headers: condition });
      expect(answer).toMatchObject({ status: 304, text: '', headers: { etag, 'cache-control': 'public, max-age=0' } });
      expect(answer.headers['content-type']).toBeUndefined();
      expect(answer.headers['content-length']).toBeUndefined();
    }
    expect((await server.call('HEAD', below('letters.txt'), { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  test('that have changed are sent', async () => {
    const headers = { 'if-none-match': '"another"' };
    expect((await server.get(below('letters.txt'), { headers })).status).toBe(200);
    const since = { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' };
    expect((await server.get(below('letters.txt'), { headers: since })).status).toBe(200);
  });

  test.each([{ 'if-match': '"another"' }, { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }])(
    'that are not what the client asks for are 412: %j',
    async (headers) => {
      expect(await server.get(below('letters.txt'), { headers })).toMatchObject({
        status: 412,
        json: { title: 'Precondition Failed' },
      });
    },
  );

  test('answer POST whole, whatever its conditions', async () => {
    const headers = { 'if-none-match': '*', range: 'bytes=0-3' };
    expect(await server.post('/files/below', { headers })).toMatchObject({ status: 200, text: letters });
  });

  test('with a status of their own are sent whole', async () => {
    expect(await server.get('/files/status', { headers: { range: 'bytes=0-3' } })).toMatchObject({
      status: 203,
      text: letters,
    });
  });

  test('say how long they may be kept', async () => {
    expect((await server.get('/files/cached')).headers['cache-control']).toBe('public, max-age=3600, immutable');
  });

  test('say nothing of what is turned off', async () => {
    const { headers, status } = await server.get('/files/bare', { headers: { range: 'bytes=0-3' } });
    expect(status).toBe(200);
    for (const name of ['etag', 'last-modified', 'accept-ranges']) expect(headers[name]).toBeUndefined();
  });

  test.each([
    ['plain.csv', 'attachment; filename="plain.csv"'],
    ['a "b".csv', String.raw`attachment; filename="a \"b\".csv"`],
    ['Größe €.csv', `attachment; filename="Gr??e ?.csv"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E2%82%AC.csv`],
    ["it's 50%25.csv", `attachment; filename="it's 50%25.csv"; filename*=UTF-8''it%27s%2050%2525.csv`],
    ['x\r\ny: z', `attachment; filename="x??y: z"; filename*=UTF-8''x%0D%0Ay%3A%20z`],
    ['../../etc/passwd', 'attachment; filename=".._.._etc_passwd"'],
  ])('are saved under the name %j', async (filename, disposition) => {
    const answer = await server.get(`/files/download?as=${encodeURIComponent(filename)}`);
    expect(answer).toMatchObject({
      status: 200,
      text: letters,
      headers: { 'content-disposition': disposition, 'content-type': 'text/csv; charset=utf-8' },
    });
  });

  test('carry what was set before in place of their own', async () => {
    expect(await server.get('/files/own')).toMatchObject({
      status: 200,
      text: letters,
      headers: {
        'cache-control': 'private',
        'content-type': 'text/x-mine',
        etag: '"mine"',
        'set-cookie': ['a=1; Path=/', 'b=2; Path=/'],
      },
    });
    expect((await server.get('/files/own', { headers: { 'if-none-match': '"mine"' } })).status).toBe(304);
  });

  test('that are missing leave the handler free to answer otherwise', async () => {
    const answer = await server.get('/files/instead');
    expect(answer).toMatchObject({ status: 200, text: 'something else', headers: { 'x-before': 'yes' } });
    for (const name of ['content-disposition', 'etag', 'accept-ranges']) expect(answer.headers[name]).toBeUndefined();
  });

  test.each([
    ['relative', /absolute path, or a path below the root/],
    ['misspelt', /There is no option sendFile\.maxage\. Did you mean sendFile\.maxAge\?/],
  ])('that are asked for wrongly are a logged 500: %s', async (kind, message) => {
    expect((await server.get(`/files/${kind}`)).status).toBe(500);
    const { fields } = await server.log.next();
    expect(fields).toMatchObject({ route: `/files/${kind}`, error: { message: expect.stringMatching(message) } });
  });

  test('are no second answer', async () => {
    expect(await server.get('/files/answered')).toMatchObject({ status: 200, text: 'first' });
    expect((await server.log.next()).message).toBe('A second answer was dropped');
  });

  test('leave the connection open for the next request', async () => {
    const client = await server.connect();
    const request = `GET ${below('letters.txt')} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    client.send(request + request);
    expect(await client.until(letters, 2)).toContain(`${letters}HTTP/1.1 200 OK`);
    client.stream.destroy();
  });

  test.skipIf(process.platform !== 'linux')('are closed when the client leaves', async () => {
    const client = await server.connect();
    client.send(`GET ${below('large.bin')} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await client.until('xxx');
    client.stream.pause();
    expect(timesOpen('large.bin')).toBe(1);
    client.stream.destroy();
    while (timesOpen('large.bin') > 0) await delay(5);
  });
});

/** How often this process has a file of the folder open. */
function timesOpen(name: string): number {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target === join(root, name)).length;
}
