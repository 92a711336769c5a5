import {
  contextKey,
  Controller,
  createParamDecorator,
  Ctx,
  Get,
  HttpContext,
  Ip,
  Param,
  Post,
  Put,
  type CallContext,
} from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

interface User {
  readonly name: string;
}

const CurrentUser = contextKey<User>('user');
const Missing = contextKey<string>('missing');
const PutUser = createParamDecorator((name: string, ctx: HttpContext) => {
  ctx.put(CurrentUser, { name });
  return name;
});

@Controller('/context')
class ContextController {
  @Get('/request/:id')
  request(@Ctx() ctx: HttpContext) {
    const { kind, method, url, path, params, query, host, protocol, ip } = ctx;
    return { kind, method, url, path, params, query, host, protocol, ip };
  }

  @Get('/header')
  header(@Ctx() ctx: HttpContext) {
    return {
      one: ctx.header('X-One') ?? 'none',
      lower: ctx.headers['x-one'] ?? 'none',
      accept: ctx.header('accept') ?? 'none',
    };
  }

  @Get('/cookies')
  cookies(@Ctx() ctx: HttpContext) {
    return { a: ctx.cookies.get('a'), b: ctx.cookies.get('b') ?? 'none' };
  }

  @Get('/ip')
  ip(@Ip() ip: string) {
    return { ip };
  }

  @Get('/id')
  id(@Ctx() ctx: HttpContext) {
    return { first: ctx.id, second: ctx.id };
  }

  @Get('/state')
  state(@Ctx() ctx: HttpContext) {
    const before = Object.keys(ctx.state);
    ctx.state['seen'] = true;
    return { before, after: ctx.state };
  }

  @Get('/keys')
  keys(@PutUser('Ada') _name: string, @Ctx(CurrentUser) user: User, @Ctx() ctx: HttpContext) {
    ctx.put(CurrentUser, { name: 'Grace' });
    return { first: user, second: ctx.read(CurrentUser), has: [ctx.has(CurrentUser), ctx.has(Missing)] };
  }

  @Get('/missing')
  missing(@Ctx(Missing) value: string) {
    return value;
  }

  @Put('/route/:id')
  route(@Ctx() ctx: HttpContext, @Param('id') _id: number) {
    return { route: ctx.route, target: ctx.target?.method, isClass: ctx.target?.controller === ContextController };
  }

  @Post('/chain')
  chain(@Ctx() ctx: HttpContext) {
    ctx.status(201).set('x-a', '1').append('x-a', '2').type('text/markdown').cookie('c', 'd').send('# done');
  }

  @Get('/answered')
  answered(@Ctx() ctx: HttpContext) {
    const before = ctx.answered;
    ctx.set('x-before', String(before)).send('sent');
    this.seen = ctx.answered;
  }

  @Get('/seen')
  wasSeen() {
    return this.seen;
  }

  private seen = false;

  @Get('/call')
  call(@Ctx() ctx: CallContext) {
    return { kind: ctx.kind, aborted: ctx.signal.aborted };
  }
}

describeProviders('the context', { controllers: [ContextController] }, (server) => {
  test('tells what was asked for', async () => {
    const answer = await server.get('/context/request/a%20b?x=1&y=2&y=3', { headers: { host: 'example.com:99' } });
    expect(answer.json).toEqual({
      kind: 'http',
      method: 'GET',
      url: '/context/request/a%20b?x=1&y=2&y=3',
      path: '/context/request/a%20b',
      params: { id: 'a b' },
      query: { x: '1', y: ['2', '3'] },
      host: 'example.com:99',
      protocol: server.protocol,
      ip: '127.0.0.1',
    });
  });

  test('finds a header whatever the case of its name', async () => {
    const answer = await server.get('/context/header', { headers: { 'X-ONE': '1', accept: ['a/b', 'c/d'] } });
    expect(answer.json).toEqual({ one: '1', lower: '1', accept: 'a/b, c/d' });
    expect((await server.get('/context/header')).json).toEqual({ one: 'none', lower: 'none', accept: 'none' });
  });

  test('reads cookies', async () => {
    expect((await server.get('/context/cookies', { headers: { cookie: 'a=1%3B' } })).json).toEqual({
      a: '1;',
      b: 'none',
    });
  });

  test('trusts no header that claims another address, host or protocol', async () => {
    const headers = {
      'x-forwarded-for': '10.1.2.3',
      forwarded: 'for=10.1.2.3;proto=https;host=evil',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil',
    };
    expect(await server.get('/context/request/1', { headers })).toMatchObject({
      json: { ip: '127.0.0.1', protocol: server.protocol },
    });
    expect((await server.get('/context/request/1', { headers })).text).not.toContain('evil');
    expect((await server.get('/context/ip', { headers })).json).toEqual({ ip: '127.0.0.1' });
  });

  test('has an id that stays and that no other request has', async () => {
    const first = (await server.get('/context/id')).json as { first: string; second: string };
    const second = (await server.get('/context/id')).json as { first: string };
    expect(first.first).toBe(first.second);
    expect(first.first).not.toBe(second.first);
  });

  test('has room of its own for each request', async () => {
    for (let round = 0; round < 2; round++) {
      expect((await server.get('/context/state')).json).toEqual({ before: [], after: { seen: true } });
    }
  });

  test('keeps typed values under keys, the later in place of the earlier', async () => {
    expect((await server.get('/context/keys')).json).toEqual({
      first: { name: 'Ada' },
      second: { name: 'Grace' },
      has: [true, false],
    });
  });

  test('says whose value nobody has put', async () => {
    expect(await server.get('/context/missing')).toMatchObject({ status: 500 });
    expect((await server.log.next()).fields['error']).toMatchObject({
      code: 'BOW_CONTEXT_KEY_MISSING',
      message: expect.stringContaining('missing') as unknown,
    });
  });

  test('describes the route and names its class and method', async () => {
    expect((await server.call('PUT', '/context/route/7')).json).toEqual({
      route: {
        server: 'main',
        method: 'PUT',
        path: '/context/route/:id',
        controller: 'ContextController',
        module: expect.stringContaining('describe-providers.ts') as string,
        scope: 'singleton',
        stages: [],
        timeout: 30_000,
        handler: 'route',
        parameters: [
          { index: 0, source: 'context', required: false },
          { index: 1, source: 'param', name: 'id', type: 'number', required: true, conversion: 'text' },
        ],
        answersItself: false,
      },
      target: 'route',
      isClass: true,
    });
  });

  test('builds an answer step by step', async () => {
    expect(await server.post('/context/chain')).toMatchObject({
      status: 201,
      text: '# done',
      headers: { 'x-a': '1, 2', 'content-type': 'text/markdown', 'set-cookie': ['c=d; Path=/'] },
    });
  });

  test('knows whether it has been answered', async () => {
    expect(await server.get('/context/answered')).toMatchObject({ text: 'sent', headers: { 'x-before': 'false' } });
    expect((await server.get('/context/seen')).json).toBe(true);
  });

  test('is a CallContext for code that knows no HTTP', async () => {
    expect((await server.get('/context/call')).json).toEqual({ kind: 'http', aborted: false });
  });
});
