import { Controller, Ctx, Get, HttpContext, Param } from 'bowline';
import { assert as checkProperty, asyncProperty, string } from 'fast-check';
import { expect, test } from 'vitest';
import { answersIn } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

@Controller()
class PathController {
  @Get()
  root() {
    return 'root';
  }

  @Get('/hello')
  hello() {
    return 'hello';
  }

  @Get('hello/without/leading/slash')
  deep() {
    return 'deep';
  }

  @Get('/users/:id')
  user(@Param('id') id: string) {
    return { id };
  }

  @Get('/users/me')
  me() {
    return 'me';
  }

  @Get('/users/:id/orders/:order')
  order(@Param('id') id: string, @Param('order') order: string) {
    return { id, order };
  }

  @Get('/numbers/:id(\\d+)')
  number(@Param('id') id: string) {
    return { id };
  }

  @Get('/numbers/:name')
  name(@Param('name') name: string) {
    return { name };
  }

  @Get('/years/:year(\\d{4})')
  year(@Param('year') year: string) {
    return { year };
  }

  @Get('/optional/:id?')
  optional(@Param('id') id?: string) {
    return { id: id ?? 'none' };
  }

  @Get('/files/*')
  file(@Param('*') rest: string) {
    return { rest };
  }

  @Get('/flights/:from-:to')
  flight(@Param('from') from: string, @Param('to') to: string) {
    return { from, to };
  }

  @Get('/colon::name')
  colon() {
    return 'colon';
  }

  @Get('/straße/名前')
  unicode() {
    return 'unicode';
  }

  @Get('/echo/:text')
  echo(@Param('text') text: string) {
    return { text };
  }

  @Get('/seen/:text')
  seen(@Ctx() ctx: HttpContext) {
    return { url: ctx.url, path: ctx.path, params: ctx.params };
  }

  @Get('/all/:first/:second')
  all(@Param() params: Record<string, string>) {
    return params;
  }
}

@Controller('/below')
class BelowController {
  @Get()
  index() {
    return 'index';
  }
}

describeProviders('paths', { controllers: [PathController, BelowController] }, (server) => {
  test('serves the root', async () => {
    expect(await server.get('/')).toMatchObject({ status: 200, text: 'root' });
    expect(await server.get('/?x=1')).toMatchObject({ status: 200, text: 'root' });
  });

  test('takes a path with and without a leading slash', async () => {
    expect(await server.get('/hello/without/leading/slash')).toMatchObject({ text: 'deep' });
  });

  test('serves a route without a path at the path of its controller', async () => {
    expect(await server.get('/below')).toMatchObject({ text: 'index' });
  });

  test('ignores a trailing slash', async () => {
    expect(await server.get('/hello/')).toMatchObject({ status: 200, text: 'hello' });
    expect(await server.get('/below/?a=1')).toMatchObject({ status: 200, text: 'index' });
    expect(await server.get('/users/7/')).toMatchObject({ status: 200, json: { id: '7' } });
  });

  test('tells cases apart', async () => {
    expect(await server.get('/Hello')).toMatchObject({ status: 404 });
    expect(await server.get('/users/Ada')).toMatchObject({ json: { id: 'Ada' } });
  });

  test('reads a parameter', async () => {
    expect(await server.get('/users/42')).toMatchObject({ status: 200, json: { id: '42' } });
  });

  test('reads several parameters', async () => {
    expect(await server.get('/users/42/orders/7')).toMatchObject({ json: { id: '42', order: '7' } });
  });

  test('prefers a fixed segment to a parameter, in whatever order they were declared', async () => {
    expect(await server.get('/users/me')).toMatchObject({ text: 'me' });
  });

  test('finds a parameter where a fixed segment matches only its beginning', async () => {
    expect(await server.get('/users/melanie')).toMatchObject({ json: { id: 'melanie' } });
    expect(await server.get('/users/me/orders/1')).toMatchObject({ json: { id: 'me', order: '1' } });
  });

  test('takes an empty segment for an empty parameter', async () => {
    expect(await server.get('/users//orders/7')).toMatchObject({ status: 200, json: { id: '', order: '7' } });
  });

  test('prefers a parameter whose regular expression takes the segment', async () => {
    expect(await server.get('/numbers/17')).toMatchObject({ json: { id: '17' } });
    expect(await server.get('/numbers/seventeen')).toMatchObject({ json: { name: 'seventeen' } });
    expect(await server.get('/numbers/17a')).toMatchObject({ json: { name: '17a' } });
  });

  test('answers what no regular expression takes with 404', async () => {
    expect(await server.get('/years/2026')).toMatchObject({ json: { year: '2026' } });
    expect(await server.get('/years/20266')).toMatchObject({ status: 404 });
    expect(await server.get('/years/x2026')).toMatchObject({ status: 404 });
  });

  test('serves an optional last segment with and without it', async () => {
    expect(await server.get('/optional/7')).toMatchObject({ json: { id: '7' } });
    expect(await server.get('/optional')).toMatchObject({ json: { id: 'none' } });
    expect(await server.get('/optional/')).toMatchObject({ json: { id: 'none' } });
  });

  test('gives a wildcard all that is left of the path', async () => {
    expect(await server.get('/files/a/b/c.txt')).toMatchObject({ json: { rest: 'a/b/c.txt' } });
    expect(await server.get('/files/a%20b/c')).toMatchObject({ json: { rest: 'a b/c' } });
  });

  test('reads two parameters of one segment', async () => {
    expect(await server.get('/flights/FRA-LIS')).toMatchObject({ json: { from: 'FRA', to: 'LIS' } });
  });

  test('takes a doubled colon for the character', async () => {
    expect(await server.get('/colon:name')).toMatchObject({ text: 'colon' });
  });

  test('finds a path of letters beyond ASCII, which come percent-encoded', async () => {
    expect(await server.get(encodeURI('/straße/名前'))).toMatchObject({ status: 200, text: 'unicode' });
  });

  test('decodes what needed no encoding before it compares', async () => {
    expect(await server.get('/%68ello')).toMatchObject({ status: 200, text: 'hello' });
    expect(await server.get('/h%65ll%6F')).toMatchObject({ status: 200, text: 'hello' });
  });

  test('leaves an encoded slash in its parameter', async () => {
    expect(await server.get('/users/a%2Fb')).toMatchObject({ status: 200, json: { id: 'a/b' } });
    expect(await server.get('/users/a%2fb/orders/c%2Fd')).toMatchObject({ json: { id: 'a/b', order: 'c/d' } });
  });

  test('does not take an encoded slash for one that parts segments', async () => {
    expect(await server.get('/users%2F42')).toMatchObject({ status: 404 });
  });

  test('does not take an encoded question mark for the beginning of the query', async () => {
    expect(await server.get('/users/a%3Fb=c')).toMatchObject({ json: { id: 'a?b=c' } });
    expect(await server.get('/users/a%23b')).toMatchObject({ json: { id: 'a#b' } });
  });

  test('decodes once', async () => {
    expect(await server.get('/users/%2541')).toMatchObject({ json: { id: '%41' } });
    expect(await server.get('/users/%252F')).toMatchObject({ json: { id: '%2F' } });
    expect(await server.get('/users/100%25')).toMatchObject({ json: { id: '100%' } });
  });

  test('leaves a plus sign as it is', async () => {
    expect(await server.get('/users/a+b')).toMatchObject({ json: { id: 'a+b' } });
  });

  test.each(['/users/%', '/users/%zz', '/users/%C3%28', '/users/%80', '/%ff'])(
    'answers bad encoding with 400: %s',
    async (path) => {
      const answer = await server.get(path);
      expect(answer.status).toBe(400);
      expect(answer.json).toEqual({
        title: 'Bad Request',
        status: 400,
        detail: 'The path is not validly percent-encoded.',
      });
    },
  );

  test('answers bad encoding with 400 whatever the method', async () => {
    expect(await server.call('DELETE', '/users/%zz')).toMatchObject({ status: 400 });
  });

  test('takes a parameter of 500 characters', async () => {
    const text = 'x'.repeat(500);
    expect(await server.get(`/echo/${text}`)).toMatchObject({ status: 200, json: { text } });
  });

  test('answers a parameter of more than 500 characters with 414', async () => {
    const answer = await server.get(`/echo/${'x'.repeat(501)}`);
    expect(answer.status).toBe(414);
    expect(answer.json).toEqual({
      title: 'URI Too Long',
      status: 414,
      detail: 'A parameter of the path is longer than 500 characters.',
    });
  });

  test('gives any text back that was encoded into a parameter', async () => {
    const texts = string({ unit: 'binary', minLength: 1, maxLength: 30 });
    await checkProperty(
      asyncProperty(texts, async (text) => {
        expect(await server.get(`/echo/${encodeURIComponent(text).replaceAll('.', '%2E')}`)).toMatchObject({
          status: 200,
          json: { text },
        });
      }),
      { numRuns: 60 },
    );
  });

  test('does not normalise doubled slashes', async () => {
    expect(await server.get('//hello')).toMatchObject({ status: 404 });
    expect(await server.get('/users//7')).toMatchObject({ status: 404 });
  });

  test('does not resolve dot segments', async () => {
    const client = await server.connect();
    client.send('GET /users/../hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const [answer] = answersIn(await client.end());
    expect(answer?.status).toBe(404);
  });

  test('takes an absolute target as a proxy sends it', async () => {
    const client = await server.connect();
    client.send(`GET ${server.url}/users/7?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const [answer] = answersIn(await client.end());
    expect(answer).toMatchObject({ status: 200, body: '{"id":"7"}' });
  });

  test('shows the handler the target and the path as they came', async () => {
    const answer = await server.get('/seen/%41%2F?q=%42');
    expect(answer.json).toEqual({ url: '/seen/%41%2F?q=%42', path: '/seen/%41%2F', params: { text: 'A/' } });
  });

  test('gives a handler all parameters at once', async () => {
    expect(await server.get('/all/a/b%2Fc')).toMatchObject({ json: { first: 'a', second: 'b/c' } });
  });
});

@Controller('/strict')
class StrictController {
  @Get()
  index() {
    return 'index';
  }

  @Get('/bare')
  bare() {
    return 'bare';
  }

  @Get('/slashed/')
  slashed() {
    return 'slashed';
  }
}

describeProviders(
  'strict trailing slashes',
  { controllers: [StrictController], servers: { main: { trailingSlash: 'strict' } } },
  (server) => {
    test('serve a path as it was written', async () => {
      expect(await server.get('/strict')).toMatchObject({ status: 200, text: 'index' });
      expect(await server.get('/strict/bare')).toMatchObject({ status: 200, text: 'bare' });
      expect(await server.get('/strict/slashed/')).toMatchObject({ status: 200, text: 'slashed' });
    });

    test('answer any other spelling with 404', async () => {
      expect(await server.get('/strict/')).toMatchObject({ status: 404 });
      expect(await server.get('/strict/bare/')).toMatchObject({ status: 404 });
      expect(await server.get('/strict/slashed')).toMatchObject({ status: 404 });
    });
  },
);
