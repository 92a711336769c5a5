import { Body, Controller, Ctx, Delete, Get, HttpContext, Param, Post, Query } from 'bowline';
import { array, assert as checkProperty, asyncProperty, jsonValue, pre, record, string } from 'fast-check';
import { expect, test } from 'vitest';
import { answersIn } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

@Controller('/json')
class JsonController {
  @Post('/of/:id')
  of(@Param('id') id: number, @Body({ validate: false }) body: object) {
    return { id, body };
  }

  @Post()
  take(@Body({ validate: false }) body: unknown) {
    return { got: body === undefined ? 'nothing' : body };
  }

  @Get()
  get(@Query('a') a?: string) {
    return { a: a ?? 'none' };
  }

  @Delete()
  remove(@Body({ validate: false }) body: unknown) {
    return { got: body ?? 'nothing' };
  }

  @Post('/ignored')
  ignored() {
    return 'did not look';
  }

  @Post('/by-context')
  async byContext(@Ctx() ctx: HttpContext) {
    return { got: await ctx.json() };
  }

  @Post('/twice')
  async twice(@Body({ validate: false }) body: unknown, @Ctx() ctx: HttpContext) {
    return { first: body, second: await ctx.json(), text: await ctx.text() };
  }

  @Post('/form-by-context')
  async form(@Ctx() ctx: HttpContext) {
    return ctx.form();
  }

  @Post('/bytes-by-context')
  async bytes(@Ctx() ctx: HttpContext) {
    return { length: (await ctx.bytes()).byteLength, text: await ctx.text() };
  }
}

@Controller('/plain')
class PlainBodyController {
  @Post('/text')
  text(@Body() text: string) {
    return { text: text ?? 'nothing', length: text?.length };
  }

  @Post('/bytes')
  bytes(@Body() bytes: Uint8Array) {
    return { isBytes: bytes instanceof Uint8Array, hex: Buffer.from(bytes ?? []).toString('hex') };
  }

  @Post('/buffer')
  buffer(@Body() bytes: Buffer) {
    return { isBuffer: Buffer.isBuffer(bytes), length: bytes.length };
  }
}

const controllers = [JsonController, PlainBodyController];

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describeProviders('JSON bodies', { controllers }, (server) => {
  const post = (body: string | Uint8Array, type = 'application/json') =>
    server.post('/json', { body, headers: { 'content-type': type } });

  test.each(['{"a":1}', '[1,"two",null]', '"text"', '7', 'true', 'null', ' {"ü":"名"} '])(
    'are parsed: %s',
    async (text) => {
      expect(await post(text)).toMatchObject({ status: 200, json: { got: JSON.parse(text) as unknown } });
    },
  );

  test('are read chunk by chunk', async () => {
    const bytes = Buffer.from('{"name":"Zürich"}');
    const answer = await server.post('/json', {
      chunks: [...bytes].map((byte) => Uint8Array.of(byte)),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toMatchObject({ status: 200, json: { got: { name: 'Zürich' } } });
  });

  test('come back as they went in, whatever they hold', async () => {
    await checkProperty(
      asyncProperty(jsonValue({ maxDepth: 4 }), async (value) => {
        const text = JSON.stringify(value);
        // A name that is refused, whoever is called so.
        pre(!text.includes('__proto__'));
        expect((await post(text)).json).toEqual({ got: JSON.parse(text) as unknown });
      }),
      { numRuns: 30 },
    );
  });

  test.each(['{', '{"a":1,}', "{'a':1}", 'undefined', '{"a":NaN}', '[1 2]', '{"a":"\n"}'])(
    'of bad syntax are a 400: %j',
    async (text) => {
      expect(await post(text)).toMatchObject({
        status: 400,
        json: { title: 'Bad Request', detail: 'The body is not valid JSON.' },
      });
    },
  );

  test('may nest 64 levels deep', async () => {
    expect(await post(nested(64))).toMatchObject({ status: 200 });
  });

  test('that nest 65 levels deep are a 400', async () => {
    const detail = 'The JSON body nests deeper than the 64 levels that are taken here.';
    expect(await post(nested(65))).toMatchObject({ status: 400, json: { detail } });
    expect(await post('{"a":'.repeat(65) + '1' + '}'.repeat(65))).toMatchObject({ status: 400, json: { detail } });
  });

  test('may hold any number of brackets in their strings', async () => {
    const text = JSON.stringify(`${'['.repeat(100)}\\"{`);
    expect(await post(text)).toMatchObject({ status: 200, json: { got: JSON.parse(text) as unknown } });
  });

  test.each([
    '{"__proto__":{"admin":true}}',
    '{"a":[{"__proto__":null}]}',
    '{"__pr\\u006fto__":{}}',
    '{"constructor":{"prototype":{"admin":true}}}',
  ])('with a key that could set a prototype are a 400: %s', async (text) => {
    expect(await post(text)).toMatchObject({
      status: 400,
      json: { detail: 'The JSON body has a key that is refused (__proto__ or constructor.prototype).' },
    });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each(['{"constructor":"Ada"}', '{"prototype":1}', '{"a":"__proto__"}', '["constructor"]'])(
    'with a harmless use of such names are taken: %s',
    async (text) => {
      expect(await post(text)).toMatchObject({ status: 200, json: { got: JSON.parse(text) as unknown } });
    },
  );

  test('that are not UTF-8 are a 400', async () => {
    const latin1 = Buffer.from('{"name":"Zürich"}', 'latin1');
    expect(await post(latin1)).toMatchObject({ status: 400, json: { detail: 'The body is not valid UTF-8.' } });
  });

  test('may begin with a byte order mark', async () => {
    expect(await post('\ufeff{"a":1}')).toMatchObject({ status: 200, json: { got: { a: 1 } } });
  });

  test.each([
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'Application/JSON',
    'application/vnd.api+json',
    'application/merge-patch+json; charset=utf-8',
  ])('are taken as %s', async (type) => {
    expect(await post('{"a":1}', type)).toMatchObject({ status: 200, json: { got: { a: 1 } } });
  });

  test('of another charset are a 415', async () => {
    expect(await post('{"a":1}', 'application/json; charset=latin1')).toMatchObject({
      status: 415,
      json: {
        title: 'Unsupported Media Type',
        detail: expect.stringContaining("the charset 'latin1' is not taken, only utf-8") as unknown,
      },
    });
  });

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'text/json', 'application/jsonx'])(
    'are a 415 as %s',
    async (type) => {
      const answer = await post('{"a":1}', type);
      expect(answer).toMatchObject({
        status: 415,
        headers: { accept: 'application/json, application/x-www-form-urlencoded' },
      });
    },
  );

  test.each([';;;', '/', 'application', 'application/json; charset', ','])(
    'are a 415 or taken, never a 500, as the broken type %j',
    async (type) => {
      const answer = await post('{"a":1}', type);
      expect([200, 415]).toContain(answer.status);
    },
  );

  test('without a Content-Type are a 415', async () => {
    const answer = await server.post('/json', { body: '{"a":1}' });
    expect(answer).toMatchObject({
      status: 415,
      json: { detail: expect.stringContaining('the request has a body but no Content-Type') as unknown },
    });
  });

  test.each(['zstd', 'unknown'])('with the Content-Encoding %s are a 415 that says what is taken', async (encoding) => {
    const answer = await server.post('/json', { json: { a: 1 }, headers: { 'content-encoding': encoding } });
    expect(answer).toMatchObject({ status: 415, headers: { 'accept-encoding': 'gzip, deflate, br' } });
  });

  test('with the Content-Encoding identity are taken', async () => {
    expect(await server.post('/json', { json: { a: 1 }, headers: { 'content-encoding': 'identity' } })).toMatchObject({
      status: 200,
    });
  });

  test('that are missing are undefined', async () => {
    expect(await server.post('/json')).toMatchObject({ status: 200, json: { got: 'nothing' } });
    expect(
      await server.post('/json', { headers: { 'content-type': 'application/json', 'content-length': '0' } }),
    ).toMatchObject({ json: { got: 'nothing' } });
    expect(await server.post('/json', { chunks: [], headers: { 'content-type': 'application/json' } })).toMatchObject({
      json: { got: 'nothing' },
    });
  });

  test('of DELETE are read where a route asks for them', async () => {
    expect(await server.call('DELETE', '/json', { json: { a: 1 } })).toMatchObject({
      status: 200,
      json: { got: { a: 1 } },
    });
    expect(await server.call('DELETE', '/json')).toMatchObject({ status: 200, json: { got: 'nothing' } });
  });

  test('of GET are ignored where no route asks for them', async () => {
    expect(await server.call('GET', '/json?a=1', { json: { a: 2 } })).toMatchObject({ status: 200, json: { a: '1' } });
    expect(
      await server.call('GET', '/json', { body: '{', headers: { 'content-type': 'application/json' } }),
    ).toMatchObject({ status: 200 });
  });

  test.each(['application/json', 'application/xml', 'multipart/form-data; boundary=x'])(
    'are ignored, whatever they are, where a route reads none: %s',
    async (type) => {
      expect(await server.post('/json/ignored', { body: '{', headers: { 'content-type': type } })).toMatchObject({
        status: 200,
        text: 'did not look',
      });
      expect(
        await server.post('/json/ignored', { chunks: ['{', '{'], headers: { 'content-type': type } }),
      ).toMatchObject({ status: 200 });
    },
  );

  test('that nobody read do not disturb the next request of the connection', async () => {
    const client = await server.connect();
    const head = 'POST /json/ignored HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    client.send(`${head}Content-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`);
    await client.until('did not look');
    client.send(`${head}Content-Length: 0\r\nConnection: close\r\n\r\n`);
    expect(answersIn(await client.end()).map(({ status }) => status)).toEqual([200, 200]);
  });

  test('are refused before a parameter that is wrong too', async () => {
    const broken = { body: '{', headers: { 'content-type': 'application/json' } };
    const detail = 'The body is not valid JSON.';
    expect(await server.post('/json/of/abc', broken)).toMatchObject({ status: 400, json: { detail } });
    expect(await server.post('/json/of/abc', { json: {} })).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/id' }] },
    });
  });

  test('are read by the context too', async () => {
    expect(await server.post('/json/by-context', { json: { a: 1 } })).toMatchObject({ json: { got: { a: 1 } } });
    expect(
      await server.post('/json/by-context', { body: '{', headers: { 'content-type': 'application/json' } }),
    ).toMatchObject({ status: 400 });
  });

  test('may be read more than once, in more than one shape', async () => {
    const answer = await server.post('/json/twice', { json: { a: 1 } });
    expect(answer.json).toEqual({ first: { a: 1 }, second: { a: 1 }, text: '{"a":1}' });
  });
});

describeProviders(
  'size limits',
  { controllers, servers: { main: { limits: { body: 1_000, formFields: 5, jsonDepth: 3 } } } },
  (server) => {
    const text = (length: number): string => JSON.stringify('x'.repeat(length - 2));
    const headers = { 'content-type': 'application/json' };

    test('let a body of exactly the limit pass', async () => {
      expect(await server.post('/json', { body: text(1_000), headers })).toMatchObject({ status: 200 });
      expect(
        await server.post('/json', { chunks: [text(1_000).slice(0, 400), text(1_000).slice(400)], headers }),
      ).toMatchObject({ status: 200 });
    });

    test('answer 413 to a longer one by its Content-Length', async () => {
      const answer = await server.post('/json', { body: text(1_001), headers });
      expect(answer).toMatchObject({
        status: 413,
        json: { title: 'Content Too Large', detail: 'The body is larger than the 1000 bytes that are taken here.' },
      });
    });

    test('answer 413 before any of the body has come', async () => {
      const client = await server.connect();
      client.send(
        'POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n',
      );
      const received = await client.until('taken here.');
      expect(answersIn(received)[0]?.status).toBe(413);
      client.stream.destroy();
    });

    test('answer 413 to a longer one that does not say its length', async () => {
      const answer = await server.post('/json', { chunks: ['"', 'x'.repeat(600), 'x'.repeat(600), '"'], headers });
      expect(answer).toMatchObject({
        status: 413,
        json: { detail: 'The body is larger than the 1000 bytes that are taken here.' },
      });
    });

    test('hold for text, forms and bytes alike', async () => {
      const body = 'x'.repeat(1_001);
      expect(await server.post('/plain/text', { body, headers: { 'content-type': 'text/plain' } })).toMatchObject({
        status: 413,
      });
      expect(
        await server.post('/plain/bytes', { body, headers: { 'content-type': 'application/octet-stream' } }),
      ).toMatchObject({ status: 413 });
      expect(await server.post('/json', { form: body })).toMatchObject({ status: 413 });
    });

    test('hold for the depth of JSON', async () => {
      expect(await server.post('/json', { body: nested(3), headers })).toMatchObject({ status: 200 });
      expect(await server.post('/json', { body: nested(4), headers })).toMatchObject({ status: 400 });
    });

    test('hold for the number of fields of a form', async () => {
      expect(await server.post('/json', { form: 'a=1&b=2&c=3&d=4&e=5' })).toMatchObject({ status: 200 });
      expect(await server.post('/json', { form: 'a=1&b=2&c=3&d=4&e=5&f=6' })).toMatchObject({
        status: 413,
        json: { detail: 'The form has more than the 5 fields that are taken here.' },
      });
    });
  },
);

describeProviders('other bodies', { controllers }, (server) => {
  test('are urlencoded forms, of which a repeated field is a list', async () => {
    const answer = await server.post('/json', { form: 'name=Ada+Lovelace&tag=a&tag=b&%C3%BC=%26%3D%2B' });
    expect(answer).toMatchObject({ status: 200, json: { got: { name: 'Ada Lovelace', tag: ['a', 'b'], ü: '&=+' } } });
  });

  test('are forms in which brackets have no meaning', async () => {
    expect((await server.post('/json', { form: 'a[b]=1&a[]=2' })).json).toEqual({ got: { 'a[b]': '1', 'a[]': '2' } });
  });

  test('are forms whose fields come back as they were encoded', async () => {
    const fields = array(
      record({ name: string({ unit: 'grapheme', minLength: 1 }), value: string({ unit: 'grapheme' }) }),
      { minLength: 1, maxLength: 5 },
    );
    await checkProperty(
      asyncProperty(fields, async (pairs) => {
        const form = new URLSearchParams(pairs.map(({ name, value }): [string, string] => [`f${name}`, value]));
        const expected = Object.fromEntries(
          [...new Set(form.keys())].map((name) => [
            name,
            form.getAll(name).length === 1 ? form.get(name) : form.getAll(name),
          ]),
        );
        expect((await server.post('/json', { form: form.toString() })).json).toEqual({ got: expected });
      }),
      { numRuns: 30 },
    );
  });

  test('are forms in which a field called __proto__ is a 400', async () => {
    expect(await server.post('/json', { form: '__proto__=x' })).toMatchObject({ status: 400 });
    expect(await server.post('/json', { form: 'a=1&%5F_proto__=x' })).toMatchObject({ status: 400 });
  });

  test('are forms that the context reads', async () => {
    expect((await server.post('/json/form-by-context', { form: 'a=1&b=2' })).json).toEqual({ a: '1', b: '2' });
    expect((await server.post('/json/form-by-context')).json).toEqual({});
    expect(await server.post('/json/form-by-context', { json: {} })).toMatchObject({ status: 415 });
  });

  test.each(['text/plain', 'text/plain; charset=utf-8', 'text/markdown'])(
    'are text where a string is declared: %s',
    async (type) => {
      const answer = await server.post('/plain/text', { body: 'Grüße 名', headers: { 'content-type': type } });
      expect(answer).toMatchObject({ status: 200, json: { text: 'Grüße 名', length: 7 } });
    },
  );

  test('are a 415 where a string is declared and JSON comes', async () => {
    expect(await server.post('/plain/text', { json: 'text' })).toMatchObject({
      status: 415,
      headers: { accept: 'text/plain' },
    });
  });

  test('are a 400 as text that is not UTF-8', async () => {
    expect(
      await server.post('/plain/text', { body: Uint8Array.of(0xff, 0xfe), headers: { 'content-type': 'text/plain' } }),
    ).toMatchObject({ status: 400 });
  });

  test.each(['application/octet-stream', 'image/png', 'application/json', undefined])(
    'are bytes where bytes are declared: %s',
    async (type) => {
      const body = Uint8Array.of(0, 0xff, 0x0a, 0x80);
      const answer = await server.post('/plain/bytes', {
        body,
        ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      });
      expect(answer).toMatchObject({ status: 200, json: { isBytes: true, hex: '00ff0a80' } });
    },
  );

  test('are a Buffer where one is declared', async () => {
    const answer = await server.post('/plain/buffer', {
      body: 'abc',
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(answer).toMatchObject({ json: { isBuffer: true, length: 3 } });
  });

  test('are bytes and text of any type by the context', async () => {
    const answer = await server.post('/json/bytes-by-context', { body: 'é', headers: { 'content-type': 'image/png' } });
    expect(answer).toMatchObject({ json: { length: 2, text: 'é' } });
    expect(await server.post('/json/bytes-by-context')).toMatchObject({ json: { length: 0, text: '' } });
  });
});
