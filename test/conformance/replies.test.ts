import { Controller, Ctx, Delete, Get, Header, HttpCode, HttpContext, Patch, Post, Put, Redirect, Res } from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders, type ProviderUnderTest } from './harness/describe-providers.js';

class Money {
  constructor(readonly cents: number) {}

  toJSON() {
    return { euros: this.cents / 100 };
  }
}

@Controller('/values')
class ValueController {
  @Get('/object')
  object() {
    return { name: 'Zürich', at: new Date(0), left: undefined };
  }

  @Get('/array')
  array() {
    return [1, 'two', null];
  }

  @Get('/empty-array')
  emptyArray() {
    return [];
  }

  @Get('/to-json')
  toJson() {
    return new Money(1_950);
  }

  @Get('/string')
  string() {
    return 'Grüße aus Zürich 名';
  }

  @Get('/empty-string')
  emptyString() {
    return '';
  }

  @Get('/number')
  number() {
    return 42;
  }

  @Get('/zero')
  zero() {
    return 0;
  }

  @Get('/boolean')
  boolean() {
    return false;
  }

  @Get('/view')
  view() {
    return new Uint16Array(new Uint16Array([0, 0x3031, 0x3233, 0]).buffer, 2, 2);
  }

  @Get('/bytes')
  bytes() {
    return Uint8Array.of(0, 0xff, 0x80, 10);
  }

  @Get('/buffer')
  buffer() {
    return Buffer.from('Zürich');
  }

  @Get('/undefined')
  undefined() {}

  @Get('/null')
  null() {
    return null;
  }

  @Get('/null-later')
  async nullLater() {
    return Promise.resolve(null);
  }

  @Get('/later')
  async later() {
    return Promise.resolve({ later: true });
  }

  @Get('/large')
  large() {
    return 'ü'.repeat(300_000);
  }
}

@Controller('/nothing')
class NothingController {
  @Post()
  post() {}

  @Put()
  put() {
    return null;
  }

  @Patch()
  patch() {}

  @Delete()
  delete() {}

  @Get('/accepted')
  @HttpCode(202)
  accepted() {}

  @Post('/accepted')
  @HttpCode(202)
  acceptedPost() {
    return null;
  }

  @Get('/chosen')
  chosen(@Ctx() ctx: HttpContext) {
    ctx.status(200);
  }
}

@Controller('/status')
class StatusController {
  @Post()
  post() {
    return 'done';
  }

  @Post('/created')
  @HttpCode(201)
  created() {
    return { id: 1 };
  }

  @Get('/teapot')
  @HttpCode(418)
  teapot() {
    return 'short and stout';
  }

  @Post('/over')
  @HttpCode(201)
  over(@Ctx() ctx: HttpContext) {
    ctx.status(202);
    return 'later';
  }

  @Get('/not-modified')
  @HttpCode(304)
  notModified() {
    return 'never sent';
  }

  @Get('/no-content')
  @HttpCode(204)
  noContent() {
    return 'never sent';
  }

  @Get('/reset')
  @HttpCode(205)
  reset() {
    return 'never sent';
  }

  @Get('/wrong')
  wrong(@Ctx() ctx: HttpContext) {
    ctx.status(99);
  }
}

@Controller('/headers')
class HeaderController {
  @Get('/static')
  @Header('Cache-Control', 'no-store')
  @Header('X-Second', 'two')
  static() {
    return 'ok';
  }

  @Get('/html')
  @Header('Content-Type', 'text/html; charset=utf-8')
  html() {
    return '<p>ü</p>';
  }

  @Get('/type')
  type(@Ctx() ctx: HttpContext) {
    ctx.type('application/vnd.api+json');
    return { a: 1 };
  }

  @Get('/own-wins')
  @Header('x-name', 'decorator')
  ownWins(@Ctx() ctx: HttpContext) {
    ctx.set('X-Name', 'handler');
    return 'ok';
  }

  @Get('/lists')
  lists(@Ctx() ctx: HttpContext) {
    ctx.set('x-list', ['a', 'b']).append('x-list', 'c').append('x-more', '1');
    return 'ok';
  }

  @Get('/cookies')
  cookies(@Ctx() ctx: HttpContext) {
    ctx
      .cookie('session', 'a b;', { httpOnly: true, sameSite: 'lax', maxAge: 60 })
      .cookie('theme', 'dark', { path: '/ui', secure: true });
    ctx.cookies.delete('old');
    return 'ok';
  }

  @Get('/wrong-length')
  @Header('content-length', '3')
  wrongLength() {
    return 'hello';
  }

  @Get('/empty-with-header')
  @Header('x-empty', 'yes')
  @HttpCode(204)
  emptyWithHeader() {}

  @Get('/passthrough')
  passthrough(@Ctx() ctx: HttpContext, @Res({ passthrough: true }) response: object) {
    ctx.set('x-has-response', String(typeof response === 'object'));
    return { passed: true };
  }
}

@Controller('/redirect')
class RedirectController {
  @Get('/static')
  @Redirect('/values/string')
  static() {}

  @Get('/permanent')
  @Redirect('/values/string', 301)
  permanent() {}

  @Post('/see-other')
  @Redirect('/values/string', 303)
  seeOther() {
    return { ignored: true };
  }

  @Get('/chosen')
  @Redirect('/elsewhere')
  chosen() {
    return { url: '/chosen?q=1', statusCode: 307 };
  }

  @Get('/context')
  context(@Ctx() ctx: HttpContext) {
    ctx.redirect('/zürich/名?q=ü und mehr', 308);
  }

  @Get('/encoded')
  encoded(@Ctx() ctx: HttpContext) {
    ctx.redirect('/a%20b?c=%C3%BC&d=[x]');
  }

  @Get('/lone')
  lone(@Ctx() ctx: HttpContext) {
    ctx.redirect('/\ud800/a\r\nx-injected: yes');
  }
}

@Controller('/sent')
class SentController {
  @Get('/object')
  object(@Ctx() ctx: HttpContext) {
    ctx.send({ sent: true });
  }

  @Get('/later')
  async later(@Ctx() ctx: HttpContext) {
    await Promise.resolve();
    ctx.status(201).send('later');
  }

  @Post('/post')
  post(@Ctx() ctx: HttpContext) {
    ctx.send('posted');
  }

  @Get('/null')
  null(@Ctx() ctx: HttpContext) {
    ctx.send(null);
  }

  @Get('/twice')
  twice(@Ctx() ctx: HttpContext) {
    ctx.send('first');
    return 'second';
  }
}

const controllers = [
  ValueController,
  NothingController,
  StatusController,
  HeaderController,
  RedirectController,
  SentController,
];

function replies(server: ProviderUnderTest): void {
  const json = 'application/json; charset=utf-8';
  const text = 'text/plain; charset=utf-8';

  test.each([
    ['/values/object', '{"name":"Zürich","at":"1970-01-01T00:00:00.000Z"}'],
    ['/values/array', '[1,"two",null]'],
    ['/values/empty-array', '[]'],
    ['/values/to-json', '{"euros":19.5}'],
    ['/values/number', '42'],
    ['/values/zero', '0'],
    ['/values/boolean', 'false'],
    ['/values/later', '{"later":true}'],
  ])('are JSON in UTF-8 for objects, lists, numbers and booleans: %s', async (path, body) => {
    const answer = await server.get(path);
    expect(answer).toMatchObject({
      status: 200,
      text: body,
      headers: { 'content-type': json, 'content-length': String(Buffer.byteLength(body)) },
    });
  });

  test('are text in UTF-8 for strings, with their length in bytes', async () => {
    const body = 'Grüße aus Zürich 名';
    expect(await server.get('/values/string')).toMatchObject({
      status: 200,
      text: body,
      headers: { 'content-type': text, 'content-length': '23' },
    });
    expect(Buffer.byteLength(body)).toBe(23);
  });

  test('are an empty text for an empty string', async () => {
    expect(await server.get('/values/empty-string')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-type': text, 'content-length': '0' },
    });
  });

  test('are bytes for bytes', async () => {
    const answer = await server.get('/values/bytes');
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/octet-stream', 'content-length': '4' },
    });
    expect([...answer.body]).toEqual([0, 0xff, 0x80, 10]);
    expect(await server.get('/values/buffer')).toMatchObject({
      text: 'Zürich',
      headers: { 'content-type': 'application/octet-stream', 'content-length': '7' },
    });
  });

  test('are the bytes that a view shows, and no others of its buffer', async () => {
    expect(await server.get('/values/view')).toMatchObject({
      text: '1032',
      headers: { 'content-type': 'application/octet-stream', 'content-length': '4' },
    });
  });

  test('are whole when they are large', async () => {
    const answer = await server.get('/values/large');
    expect(answer.headers['content-length']).toBe('600000');
    expect(answer.text).toBe('ü'.repeat(300_000));
  });

  test('say neither what serves them nor how they are transferred', async () => {
    const { headers } = await server.get('/values/object');
    expect(Object.keys(headers).toSorted()).toEqual(['connection', 'content-length', 'content-type', 'date']);
  });

  test.each(['/values/undefined', '/values/null', '/values/null-later'])(
    'are a 404 from GET for nothing: %s',
    async (path) => {
      expect(await server.get(path)).toMatchObject({ status: 404, json: { title: 'Not Found', status: 404 } });
      expect(await server.call('HEAD', path)).toMatchObject({ status: 404, text: '' });
    },
  );

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('are a 204 from %s for nothing', async (method) => {
    const answer = await server.call(method, '/nothing');
    expect(answer.status).toBe(204);
    expect(answer.body.length).toBe(0);
    expect(Object.keys(answer.headers).toSorted()).toEqual(['connection', 'date']);
  });

  test('are empty with the status of @HttpCode for nothing, from GET too', async () => {
    expect(await server.get('/nothing/accepted')).toMatchObject({
      status: 202,
      text: '',
      headers: { 'content-length': '0' },
    });
    expect(await server.post('/nothing/accepted')).toMatchObject({
      status: 202,
      text: '',
      headers: { 'content-length': '0' },
    });
  });

  test('are empty with the status that the handler chose for nothing', async () => {
    expect(await server.get('/nothing/chosen')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '0' },
    });
  });

  test('have the status 200 from POST unless told', async () => {
    expect(await server.post('/status')).toMatchObject({ status: 200, text: 'done' });
  });

  test('have the status of @HttpCode', async () => {
    expect(await server.post('/status/created')).toMatchObject({ status: 201, json: { id: 1 } });
    expect(await server.get('/status/teapot')).toMatchObject({ status: 418, text: 'short and stout' });
  });

  test('have the status that the handler chose over that of @HttpCode', async () => {
    expect(await server.post('/status/over')).toMatchObject({ status: 202, text: 'later' });
  });

  test.each([
    ['/status/no-content', 204],
    ['/status/not-modified', 304],
  ])('have no body and no length where the status allows none: %s', async (path, status) => {
    const answer = await server.get(path);
    expect(answer).toMatchObject({ status, text: '' });
    expect(answer.headers['content-length']).toBeUndefined();
    expect(answer.headers['transfer-encoding']).toBeUndefined();
  });

  test('have no body with the status 205', async () => {
    expect(await server.get('/status/reset')).toMatchObject({ status: 205, text: '' });
  });

  test('are a logged 500 for a status that no answer has', async () => {
    expect(await server.get('/status/wrong')).toMatchObject({ status: 500 });
    expect((await server.log.next()).fields['error']).toMatchObject({ message: '99 is not a status of an answer.' });
  });

  test('carry the headers of @Header', async () => {
    expect(await server.get('/headers/static')).toMatchObject({
      headers: { 'cache-control': 'no-store', 'x-second': 'two' },
    });
    expect(await server.get('/headers/empty-with-header')).toMatchObject({
      status: 204,
      headers: { 'x-empty': 'yes' },
    });
  });

  test('carry a header of the handler in place of that of @Header', async () => {
    expect(await server.get('/headers/own-wins')).toMatchObject({ headers: { 'x-name': 'handler' } });
  });

  test('carry the Content-Type that the user set', async () => {
    expect(await server.get('/headers/html')).toMatchObject({
      text: '<p>ü</p>',
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-length': '9' },
    });
    expect(await server.get('/headers/type')).toMatchObject({
      json: { a: 1 },
      headers: { 'content-type': 'application/vnd.api+json' },
    });
  });

  test('say how long they are, whatever the user has said', async () => {
    expect(await server.get('/headers/wrong-length')).toMatchObject({
      text: 'hello',
      headers: { 'content-length': '5' },
    });
    expect(await server.call('HEAD', '/headers/wrong-length')).toMatchObject({ headers: { 'content-length': '5' } });
  });

  test('carry every value of a header that has several', async () => {
    expect(await server.get('/headers/lists')).toMatchObject({ headers: { 'x-list': 'a, b, c', 'x-more': '1' } });
  });

  test('carry each cookie in a Set-Cookie of its own', async () => {
    const answer = await server.get('/headers/cookies');
    expect(answer.headers['set-cookie']).toEqual([
      'session=a%20b%3B; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
      'theme=dark; Path=/ui; Secure',
      'old=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ]);
  });

  test('are sent all the same where @Res passes through', async () => {
    expect(await server.get('/headers/passthrough')).toMatchObject({
      status: 200,
      json: { passed: true },
      headers: { 'x-has-response': 'true' },
    });
  });

  test('redirect with 302 and no body', async () => {
    const answer = await server.get('/redirect/static');
    expect(answer).toMatchObject({
      status: 302,
      text: '',
      headers: { location: '/values/string', 'content-length': '0' },
    });
    expect(answer.headers['content-type']).toBeUndefined();
  });

  test('redirect with the status that was asked for', async () => {
    expect(await server.get('/redirect/permanent')).toMatchObject({
      status: 301,
      headers: { location: '/values/string' },
    });
    expect(await server.post('/redirect/see-other')).toMatchObject({
      status: 303,
      text: '',
      headers: { location: '/values/string' },
    });
  });

  test('redirect to where the handler says', async () => {
    expect(await server.get('/redirect/chosen')).toMatchObject({ status: 307, headers: { location: '/chosen?q=1' } });
  });

  test('redirect with whatever a Location cannot hold percent-encoded', async () => {
    expect(await server.get('/redirect/context')).toMatchObject({
      status: 308,
      headers: { location: '/z%C3%BCrich/%E5%90%8D?q=%C3%BC%20und%20mehr' },
    });
  });

  test('redirect without encoding twice', async () => {
    expect(await server.get('/redirect/encoded')).toMatchObject({ headers: { location: '/a%20b?c=%C3%BC&d=[x]' } });
  });

  test('redirect without letting a line break or a lone surrogate through', async () => {
    const answer = await server.get('/redirect/lone');
    expect(answer).toMatchObject({ status: 302, headers: { location: '/%EF%BF%BD/a%0D%0Ax-injected:%20yes' } });
    expect(answer.headers['x-injected']).toBeUndefined();
  });

  test('are what the context sent, and returning nothing after it is no mistake', async () => {
    expect(await server.get('/sent/object')).toMatchObject({ status: 200, json: { sent: true } });
    expect(await server.get('/sent/later')).toMatchObject({ status: 201, text: 'later' });
    expect(await server.post('/sent/post')).toMatchObject({ status: 200, text: 'posted' });
  });

  test('are empty where the context sent null', async () => {
    expect(await server.get('/sent/null')).toMatchObject({ status: 200, text: '', headers: { 'content-length': '0' } });
  });

  test('are the first of two, and the second is reported once', async () => {
    expect(await server.get('/sent/twice')).toMatchObject({ status: 200, text: 'first' });
    expect(await server.log.next()).toMatchObject({
      level: 'warn',
      message: 'A second answer was dropped',
      fields: { method: 'GET', route: '/sent/twice', handler: 'SentController.twice' },
    });
  });
}

describeProviders('replies', { controllers, overHttps: true }, replies);
