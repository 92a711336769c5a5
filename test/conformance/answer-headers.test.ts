import { Readable } from 'node:stream';
import { Controller, Ctx, Get, Head, HttpContext, Param, Post } from 'bowline';
import { expect, test } from 'vitest';
import { answersIn } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

/** What a handler sets that no header can be, by the name of the mistake. */
const mistakes: Readonly<Record<string, (ctx: HttpContext) => unknown>> = {
  number: (ctx) => ctx.set('x-count', 5 as unknown as string),
  nothing: (ctx) => ctx.set('x-count', undefined as unknown as string),
  numbers: (ctx) => ctx.set('x-count', [5] as unknown as string[]),
  nameless: (ctx) => ctx.set(undefined as unknown as string, 'x'),
  type: (ctx) => ctx.type('html'),
  nowhere: (ctx) => ctx.redirect(undefined as unknown as string),
  'keep-alive': (ctx) => ctx.set('Keep-Alive', 'timeout=99999'),
  kept: (ctx) => ctx.set('Connection', 'keep-alive'),
  'kept-too': (ctx) => ctx.set('connection', 'close').append('connection', 'keep-alive'),
};

@Controller('/headers')
class HeaderController {
  @Get('/lists')
  lists(@Ctx() ctx: HttpContext) {
    ctx.append('vary', 'accept').append('vary', 'origin').set('x-list', ['a', 'b']);
    return 'x';
  }

  @Get('/cookies')
  cookies(@Ctx() ctx: HttpContext) {
    ctx.append('set-cookie', 'raw=1').cookie('a', '1').cookie('b', '1').cookie('a', '2');
    ctx.cookie('b', '2', { path: '/elsewhere' }).cookies.delete('a');
    return 'x';
  }

  @Get('/close')
  close(@Ctx() ctx: HttpContext) {
    ctx.set('connection', 'close');
    return 'x';
  }

  @Get('/mistake/:name')
  mistake(@Ctx() ctx: HttpContext, @Param('name') name: string) {
    mistakes[name]?.(ctx);
    return 'x';
  }

  @Get('/whole/:length')
  whole(@Ctx() ctx: HttpContext, @Param('length') length: string) {
    ctx.set('content-length', length).status(200);
  }

  @Head('/relayed')
  relayed() {
    return new Response(null, { headers: { 'content-length': '1234', 'content-type': 'text/plain' } });
  }

  @Head('/relayed-badly')
  relayedBadly() {
    return new Response(null, { headers: { 'content-length': 'many' } });
  }

  @Get('/no-content')
  noContent(@Ctx() ctx: HttpContext) {
    ctx.status(204).set('content-length', '5');
  }

  @Get('/not-modified')
  notModified() {
    return new Response(null, { status: 304, headers: { 'content-length': '77', etag: '"1"' } });
  }

  @Post('/reset')
  reset(@Ctx() ctx: HttpContext) {
    ctx.status(205);
  }

  @Get('/reset-by-stream')
  resetByStream(@Ctx() ctx: HttpContext) {
    ctx.status(205);
    return Readable.from(['not sent']);
  }

  @Get('/stream/:pieces/:length')
  stream(@Ctx() ctx: HttpContext, @Param('pieces') pieces: string, @Param('length') length: string) {
    ctx.set('content-length', length);
    return Readable.from(pieces === '-' ? [] : [pieces]);
  }
}

const fixture = { controllers: [HeaderController], overHttps: true };

describeProviders('headers of answers', fixture, (server) => {
  test('that have several values are one line, but for cookies', async () => {
    const { headers, rawHeaders } = await server.get('/headers/lists');
    expect(headers).toMatchObject({ vary: 'accept, origin', 'x-list': 'a, b' });
    const names = rawHeaders.map((name) => name.toLowerCase());
    expect(names.filter((name) => name === 'vary' || name === 'x-list')).toHaveLength(2);
  });

  test('set a cookie once, the last time that it was set', async () => {
    expect((await server.get('/headers/cookies')).headers['set-cookie']).toEqual([
      'raw=1',
      'b=1; Path=/',
      'b=2; Path=/elsewhere',
      expect.stringMatching(/^a=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/),
    ]);
  });

  test.each([
    ['number', "The header 'x-count' has a value that is no string: 5."],
    ['nothing', "The header 'x-count' has a value that is no string: undefined."],
    ['numbers', "The header 'x-count' has a value that is no string: 5."],
    ['nameless', 'undefined is not the name of a header.'],
    ['type', "'html' is no media type; write it in full, as in 'text/html; charset=utf-8'."],
    ['nowhere', 'A redirection goes to a URL, not to undefined.'],
    ['keep-alive', "The header 'Keep-Alive' is for the server to set."],
    ['kept', "The header 'Connection' is for the server to set."],
    ['kept-too', "The header 'connection' is for the server to set."],
  ])('that are none are a 500 that the log explains: %s', async (name, message) => {
    expect((await server.get(`/headers/mistake/${name}`)).status).toBe(500);
    const { fields } = await server.log.next();
    expect(fields['error']).toBeInstanceOf(TypeError);
    expect(fields['error']).toMatchObject({ message });
  });

  test('may end the connection', async () => {
    const client = await server.connect();
    client.send('GET /headers/close HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await client.end()).toMatch(/\r\nconnection: close\r\n/i);
  });

  test('say the length that is counted', async () => {
    expect((await server.get('/headers/whole/5')).headers['content-length']).toBe('0');
    expect((await server.call('HEAD', '/headers/relayed-badly')).headers['content-length']).toBe('0');
    expect((await server.get('/headers/no-content')).headers['content-length']).toBeUndefined();
    expect((await server.get('/headers/not-modified')).headers['content-length']).toBeUndefined();
  });

  test('say to HEAD the length of a body that is elsewhere', async () => {
    const { headers } = await server.call('HEAD', '/headers/relayed');
    expect(headers).toMatchObject({ 'content-length': '1234', 'content-type': 'text/plain' });
  });

  test.each(['POST /headers/reset', 'GET /headers/reset-by-stream'])(
    'of a 205 say that it is empty, and keep the connection: %s',
    async (line) => {
      const client = await server.connect();
      const request = `${line} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      client.send(request + request);
      await client.until('\r\n\r\n', 2);
      client.stream.destroy();
      expect(answersIn(client.text).map(({ status }) => status)).toEqual([205, 205]);
      expect(client.text.match(/content-length: 0\r\n/gi)).toHaveLength(2);
    },
  );

  test.each([
    ['-', '5', 'The stream is empty, and its Content-Length is 5.'],
    ['abc', '0', 'The stream is not empty, and its Content-Length is 0.'],
  ])('that cannot be true of a stream are a logged 500: %s of %s bytes', async (pieces, length, message) => {
    expect((await server.get(`/headers/stream/${pieces}/${length}`)).status).toBe(500);
    expect((await server.log.next()).fields['error']).toMatchObject({ message });
  });

  test('may say that a stream is empty', async () => {
    const answer = await server.get('/headers/stream/-/0');
    expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-length': '0' } });
  });
});
