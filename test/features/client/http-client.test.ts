import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, createDeflateRaw, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { IsInt, IsString, Min } from 'class-validator';
import { Exclude } from 'class-transformer';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { HttpClient, HttpClientError, type HttpClientOptions } from 'bowline/client';
import { fallback, pipeline } from 'bowline/resilience';
import { certificate } from '../../conformance/harness/certificate.js';
import { readText, serve, serveEcho, type Echo } from './plain-service.js';

class Item {
  @IsString() sku!: string;
  @IsInt() @Min(0) count!: number;
}

function clientOf(baseUrl: string, options: Omit<HttpClientOptions, 'baseUrl'> = {}): HttpClient {
  const client = new HttpClient({ baseUrl, ...options });
  onTestFinished(() => client.close({ timeout: 0 }));
  return client;
}

/** One that answers everything with this. */
async function answering(
  body: string | Uint8Array,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  options: Omit<HttpClientOptions, 'baseUrl'> = {},
  status = 200,
): Promise<HttpClient> {
  const { url } = await serve((_request, response) => {
    response.writeHead(status, headers).end(body);
  });
  return clientOf(url, options);
}

async function failureOf(run: Promise<unknown>): Promise<HttpClientError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HttpClientError);
  return error as HttpClientError;
}

describe('the URL of a request', () => {
  it('is the path behind that of baseUrl, with encoded parameters and query', async () => {
    const { url } = await serveEcho();

    const echo = await clientOf(`${url}/api/`).get('/users/:id/lines/:line', {
      params: { id: 'a/b?c#d é', line: 7 },
      query: { tag: ['x&y', 'z'], deep: true, none: undefined, nothing: null },
    });

    expect((echo as Echo).url).toBe('/api/users/a%2Fb%3Fc%23d%20%C3%A9/lines/7?tag=x%26y&tag=z&deep=true');
  });

  it('keeps a query string that the path has, and takes URLSearchParams', async () => {
    const { url } = await serveEcho();

    const echo = await clientOf(url).get('find?a=1', { query: new URLSearchParams({ b: '2' }) });

    expect((echo as Echo).url).toBe('/find?a=1&b=2');
  });

  it('encodes what a URL cannot hold, and leaves what is encoded', async () => {
    const { url } = await serveEcho();

    expect(((await clientOf(url).get('/grün und blau%20')) as Echo).url).toBe('/gr%C3%BCn%20und%20blau%20');
  });

  it.each([
    ['a parameter without a value', '/users/:id', {}, "params has no value for ':id'"],
    ['a value that leads up', '/users/:id', { params: { id: '..' } }, "params.id is '..'"],
    ['an empty value, which leads to the list', '/users/:id', { params: { id: '' } }, "params.id is ''"],
    ['a parameter that the path has not', '/users/:id', { params: { id: 1, ib: 2 } }, "did you mean 'id'"],
    ['a path that leads up', '/users/../admin', {}, "has a segment '.' or '..'"],
    ['a path that leads up in disguise', '/users/%2E%2e/admin', {}, "has a segment '.' or '..'"],
    ['a path with a fragment', '/users/#1', {}, "has a '#'"],
    ['an object in the query', '/users', { query: { where: { a: 1 } as never } }, 'query.where is neither'],
    ['a header that ends its line', '/users', { headers: { 'x-a': 'b\r\nc: d' } }, 'invalid x-a header'],
    ['a method that is none', '/users', { method: 'GE T' }, 'invalid request method'],
  ] as const)('refuses %s', async (_what, path, options, said) => {
    const { url, connections } = await serveEcho();
    const { method = 'GET', ...rest } = options as { method?: string };

    const error = await failureOf(clientOf(url).request(method, path, rest));

    expect(error.code).toBe('BOW_CLIENT_REQUEST_INVALID');
    expect(error.message).toContain(said);
    expect(connections).toHaveLength(0);
  });

  it.each(['https://evil.example/x', '//evil.example/x', 'file:///etc/passwd', 'http://user:secret@127.0.0.1/x'])(
    'refuses %s, which leads elsewhere',
    async (path) => {
      const { url } = await serveEcho();

      const error = await failureOf(clientOf(url).get(path));

      expect(error.message).toContain('which is neither the origin of baseUrl nor in allowedOrigins');
      expect(error.message).not.toContain('secret');
    },
  );

  it('may be a whole one of the same origin', async () => {
    const { url } = await serveEcho();

    expect(((await clientOf(`${url}/api`).get(`${url}/next?page=2`)) as Echo).url).toBe('/next?page=2');
  });

  it('may be one of an allowed origin, which is sent nothing of what belongs to the service', async () => {
    const [home, other] = [await serveEcho(), await serveEcho()];
    const client = clientOf(home.url, { headers: { authorization: 'Bearer 7' }, allowedOrigins: [other.url] });

    const elsewhere = (await client.get(`${other.url}/files/:id`, { params: { id: 1 } })) as Echo;
    const here = (await client.get('/')) as Echo;

    expect(elsewhere.url).toBe('/files/1');
    expect(elsewhere.headers).not.toHaveProperty('authorization');
    expect(here.headers).toMatchObject({ authorization: 'Bearer 7' });
  });
});

describe('the headers of a request', () => {
  it('are those of the client and its own, which win whatever the case of their names', async () => {
    const { url } = await serveEcho();
    const client = clientOf(url, { headers: { 'X-Tenant': 'a', 'x-kept': 'yes' } });

    const { headers } = (await client.get('/', { headers: { 'x-tenant': 'b', Accept: 'text/csv' } })) as Echo;

    expect(headers).toMatchObject({ 'x-tenant': 'b', 'x-kept': 'yes', accept: 'text/csv' });
  });

  it('do without those of the client that are undefined', async () => {
    const { url } = await serveEcho();
    const client = clientOf(url, { headers: { authorization: 'Bearer 7' } });

    const { headers } = (await client.get('/', { headers: { Authorization: undefined } })) as Echo;

    expect(headers).not.toHaveProperty('authorization');
  });
});

describe('the body of a request', () => {
  it.each<[string, unknown, string, string]>([
    ['JSON of an object', { a: [1, null] }, '{"a":[1,null]}', 'application/json'],
    ['JSON of null', null, 'null', 'application/json'],
    ['a text', 'a ü', 'a ü', 'text/plain; charset=utf-8'],
    ['bytes', Buffer.from('abc'), 'abc', 'application/octet-stream'],
    ['a form', new URLSearchParams({ a: 'b c' }), 'a=b+c', 'application/x-www-form-urlencoded'],
    ['a stream', Readable.from(['a', 'b']), 'ab', 'application/octet-stream'],
    ['a Web stream', new Blob(['web']).stream(), 'web', 'application/octet-stream'],
    ['a Blob', new Blob(['blob'], { type: 'text/x-blob' }), 'blob', 'text/x-blob'],
    ['nothing', undefined, '', ''],
  ])('is %s', async (_what, body, sent, type) => {
    const { url } = await serveEcho();

    const echo = (await clientOf(url).post('/', { body })) as Echo;

    expect(echo.body).toBe(sent);
    expect(echo.headers['content-type'] ?? '').toBe(type);
  });

  it('is a form with files', async () => {
    const { url } = await serveEcho();
    const body = new FormData();
    body.append('file', new Blob(['content']), 'a.txt');

    const echo = (await clientOf(url).post('/', { body })) as Echo;

    expect(echo.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(echo.body).toContain('filename="a.txt"');
  });

  it('keeps to itself what a class excludes', async () => {
    class User {
      name = 'Ada';
      @Exclude() password = 'secret';
    }
    const { url } = await serveEcho();

    expect(((await clientOf(url).post('/', { body: new User() })) as Echo).body).toBe('{"name":"Ada"}');
  });

  it.each([
    ['a bigint', { a: 1n }],
    ['a circle', circle()],
    ['a function', () => 1],
    ['a promise', Promise.resolve(1)],
  ])('cannot be %s', async (_what, body) => {
    const { url } = await serveEcho();

    expect((await failureOf(clientOf(url).post('/', { body }))).code).toBe('BOW_CLIENT_REQUEST_INVALID');
  });

  it.each([
    ['has a path that leads nowhere', '/:id', {}],
    ['cannot be written', '/', { headers: { 'x-a': '\n' } }],
    ['was aborted', '/', { signal: AbortSignal.abort() }],
  ])('is destroyed where it is a stream, and its request %s', async (_why, path, options) => {
    const { url } = await serveEcho();
    const body = new Readable({ read() {} });

    await clientOf(url)
      .post(path, { body, ...options })
      .catch(() => {});

    expect(body.destroyed).toBe(true);
  });

  it.each<[string, () => unknown]>([
    ['a stream that was read', () => readOut(Readable.from(['abc']))],
    ['a stream that was destroyed', () => Readable.from(['abc']).destroy()],
    ['a Web stream that was read', () => readOut(new Blob(['abc']).stream())],
    ['a Web stream that is locked', () => locked(new Blob(['abc']).stream())],
  ])('cannot be %s before', async (_what, bodyOf) => {
    const { url, connections } = await serveEcho();
    const body = await bodyOf();

    const error = await failureOf(clientOf(url).put('/', { body }));

    expect(error.code).toBe('BOW_CLIENT_REQUEST_INVALID');
    expect(error.message).toContain('make a new one for each call');
    expect(connections).toHaveLength(0);
  });

  it('tells of a stream that failed by its own error', async () => {
    const { url } = await serve((request, response) => void readText(request).then(() => response.end()));
    async function* broken(): AsyncGenerator<string> {
      yield 'a';
      throw new Error('the disk is gone');
    }

    const error = await failureOf(clientOf(url).post('/', { body: broken() }));

    expect(error.code).toBe('BOW_CLIENT_REQUEST_INVALID');
    expect(error.message).toContain('its body failed (the disk is gone)');
  });
});

async function readOut<S extends AsyncIterable<unknown>>(stream: S): Promise<S> {
  for await (const _ of stream);
  return stream;
}

function locked(stream: ReadableStream): ReadableStream {
  stream.getReader();
  return stream;
}

function circle(): object {
  const one: { self?: object } = {};
  one.self = one;
  return one;
}

describe('the body of an answer', () => {
  it('is an instance of a class, without what no rule names', async () => {
    const client = await answering('{"sku":"rope","count":3,"internal":true}');

    const item = await client.get('/items/:sku', { params: { sku: 'rope' }, as: Item });

    expect(item).toBeInstanceOf(Item);
    expect(item).toEqual({ sku: 'rope', count: 3 });
  });

  it('is a list of instances', async () => {
    const client = await answering('[{"sku":"rope","count":3},{"sku":"knot","count":0}]');

    const items = await client.get('/items', { as: [Item] });

    expect(items.map((item) => item instanceof Item && item.sku)).toEqual(['rope', 'knot']);
  });

  it('is what a Standard Schema makes of it', async () => {
    const client = await answering('{"at":"2026-01-02"}');

    const { at } = await client.get('/', { as: z.object({ at: z.coerce.date() }) });

    expect(at.getUTCFullYear()).toBe(2026);
  });

  it.each([
    ['a class', Item, '/count count must not be less than 0'],
    ['a schema', z.object({ count: z.number().min(0) }), '/count'],
  ])('that breaks a rule of %s is an error that says which', async (_what, as, said) => {
    const client = await answering('{"sku":"rope","count":-1}');

    const error = await failureOf(client.get('/', { as }));

    expect(error).toMatchObject({ code: 'BOW_CLIENT_ANSWER_INVALID', status: 200 });
    expect(error.message).toContain(said);
  });

  it('lets go of a schema that was written for one call', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const client = await answering('{"sku":"rope"}');
    const schemas: WeakRef<object>[] = [];

    for (let count = 0; count < 10; count++) {
      const as = z.object({ sku: z.string() });
      schemas.push(new WeakRef(as));
      await client.get('/', { as });
    }

    await expect
      .poll(() => {
        collect();
        return schemas.filter((each) => each.deref() !== undefined).length;
      })
      .toBeLessThan(3);
  });

  it('is a mistake where the class has no rules', async () => {
    class Anything {}

    await expect((await answering('{}')).get('/', { as: Anything })).rejects.toThrow(
      /Anything, which has no validation rule.*or give a Standard Schema in its place/s,
    );
  });

  it.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['application/vnd.api+json; charset=utf-8', '\uFEFF[1]', [1]],
    ['text/plain; charset=iso-8859-1', Buffer.from('gr\xfcn', 'latin1'), 'grün'],
    ['text/html', '<p>', '<p>'],
    ['image/png', Buffer.from([1, 2]), new Uint8Array([1, 2])],
    ['application/json', '', undefined],
  ])('is read by its type, %s', async (type, sent, got) => {
    expect(await (await answering(sent, { 'content-type': type })).get('/')).toEqual(got);
  });

  it('is text, bytes or a stream where that is asked for', async () => {
    const client = await answering('{"a":1}');

    expect(await client.get('/', { as: 'text' })).toBe('{"a":1}');
    expect(await client.get('/', { as: 'bytes' })).toEqual(new Uint8Array(Buffer.from('{"a":1}')));
    expect(String(await buffer(await client.get('/', { as: 'stream' })))).toBe('{"a":1}');
  });

  it('is an error where it is not JSON and has to be', async () => {
    const client = await answering('<html>', { 'content-type': 'text/html' });

    expect((await failureOf(client.get('/', { as: 'json' }))).message).toContain("is not JSON (it is 'text/html')");
  });

  it('is left out by 204 and HEAD', async () => {
    const { url } = await serve((request, response) => {
      response
        .writeHead(request.method === 'HEAD' ? 200 : 204, { 'x-a': 'b', 'content-type': 'application/json' })
        .end();
    });
    const client = clientOf(url);

    expect(await client.delete('/')).toBeUndefined();
    expect(await client.head('/')).toMatchObject({ status: 200, headers: { 'x-a': 'b' }, body: undefined });
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
  ])('is inflated from %s, whole and as a stream', async (encoding, deflate) => {
    const body = deflate(JSON.stringify({ a: 'x'.repeat(1_000) }));
    const client = await answering(body, { 'content-type': 'application/json', 'content-encoding': encoding });

    expect(await client.get('/')).toEqual({ a: 'x'.repeat(1_000) });
    expect(JSON.parse(String(await buffer(await client.get('/', { as: 'stream' }))))).toHaveProperty('a');
  });

  it('is inflated from deflate without its frame', async () => {
    const client = await answering(deflateRawSync('[1]'), { 'content-encoding': 'deflate' });

    expect(await client.get('/', { as: 'json' })).toEqual([1]);
    expect(String(await buffer(await client.get('/', { as: 'stream' })))).toBe('[1]');
  });

  it('is inflated from deflate piece by piece, and broken off where nobody reads on', async () => {
    const isClosed = Promise.withResolvers<void>();
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'deflate' });
      response.on('close', () => isClosed.resolve());
      const deflated = createDeflateRaw();
      deflated.pipe(response);
      deflated.write('a');
      deflated.flush();
    });

    for await (const piece of await clientOf(url).get('/', { as: 'stream' })) {
      expect(String(piece)).toBe('a');
      break;
    }

    await isClosed.promise;
  });

  it('is broken off within deflate where its caller leaves, with his reason', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'deflate' }).write(deflateSync('x'.repeat(1_000)).subarray(0, 4));
    });
    const caller = new AbortController();
    const reason = new Error('The caller has left.');

    const body = await clientOf(url).get('/', { as: 'stream', signal: caller.signal });
    const failure = once(body, 'error');
    caller.abort(reason);

    expect((await failure)[0]).toBe(reason);
  });

  it('is nothing where a deflated one is empty', async () => {
    const client = await answering('', { 'content-encoding': 'deflate' });

    expect(await buffer(await client.get('/', { as: 'stream' }))).toHaveLength(0);
  });

  it('is an error of the stream where its deflate is broken', async () => {
    const client = await answering('no deflate at all', { 'content-encoding': 'deflate' });

    await expect(buffer(await client.get('/', { as: 'stream' }))).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
  });

  it('is not inflated beyond its limit', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    const client = await answering(bomb, { 'content-encoding': 'gzip' }, { maxBodySize: 100_000 });

    expect((await failureOf(client.get('/', { as: 'text' }))).message).toContain('is longer than 100000 bytes');
  });

  it('is an error where it was cut within its compression', async () => {
    const client = await answering(gzipSync('x'.repeat(1_000)).subarray(0, 20), { 'content-encoding': 'gzip' });

    expect((await failureOf(client.get('/'))).message).toContain('cannot be inflated');
  });

  it('is an error where nobody asked for its encoding', async () => {
    const client = await answering('x', { 'content-encoding': 'zstd' });

    expect((await failureOf(client.get('/'))).message).toContain("is encoded as 'zstd'");
  });

  it('is left as it came with decompress: false', async () => {
    const { url } = await serve(({ headers }, response) => {
      response.end(gzipSync(headers['accept-encoding'] ?? 'nothing was asked for'));
    });

    const body = await clientOf(url, { decompress: false }).get('/', { as: 'bytes' });

    expect(Buffer.from(body)).toEqual(gzipSync('nothing was asked for'));
  });

  it.each([
    ['whose length is known', true],
    ['whose length is not', false],
  ])('that is too long is refused, one %s', async (_what, hasLength) => {
    const { url, connections } = await serve((_request, response) => {
      if (hasLength) response.setHeader('content-length', 10_000_000);
      response.write(Buffer.alloc(2_000));
      response.write(Buffer.alloc(2_000));
    });

    const error = await failureOf(clientOf(url, { maxBodySize: 3_000 }).get('/'));

    expect(error.message).toContain("is longer than 3000 bytes. Raise maxBodySize, or take it as: 'stream'");
    expect(error.status).toBe(200);
    await closed(connections[0]);
  });

  it('of HEAD has no length, whatever is said of it', async () => {
    const { url } = await serve(
      (_request, response) => void response.writeHead(200, { 'content-length': '9999' }).end(),
    );

    expect((await clientOf(url, { maxBodySize: 1_000 }).head('/')).headers).toMatchObject({ 'content-length': '9999' });
  });

  it.each(['identity', 'gzip'])(
    'that breaks as a stream, %s, before anybody reads ends no process',
    async (encoding) => {
      const broken = Promise.withResolvers<() => void>();
      const { url } = await serve((_request, response) => {
        response.writeHead(200, { 'content-encoding': encoding }).flushHeaders();
        broken.resolve(() => response.destroy());
      });

      const body = await clientOf(url).get('/', { as: 'stream' });
      (await broken.promise)();
      await new Promise<void>((resolve) => body.once('close', resolve));

      await expect(body.toArray()).rejects.toMatchObject({ code: 'BOW_CLIENT_CONNECTION_LOST' });
    },
  );

  it('has no limit as a stream, and flows as fast as it is read', async () => {
    const size = 64 * 1024 * 1024;
    let written = 0;
    const { url } = await serve((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const source = new Readable({
        read() {
          written += chunk.length;
          this.push(written > size ? null : chunk);
        },
      });
      source.pipe(response);
    });

    const body = await clientOf(url, { maxBodySize: 1_000 }).get('/', { as: 'stream' });
    let read = 0;
    let mostAhead = 0;
    for await (const chunk of body) {
      read += (chunk as Buffer).length;
      mostAhead = Math.max(mostAhead, written - read);
    }

    expect(read).toBe(size);
    expect(mostAhead).toBeLessThan(16 * 1024 * 1024);
  });
});

function closed(socket: Socket | undefined): Promise<void> {
  if (socket === undefined) throw new Error('There is no connection.');
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
}

describe('a status that is no success', () => {
  it('is an error with what the service says, and without what it is not to tell', async () => {
    const problem = { title: 'Conflict', status: 409, detail: 'The rope is sold.', sku: 'rope' };
    const client = await answering(
      JSON.stringify(problem),
      { 'content-type': 'application/problem+json', 'x-a': 'b', 'set-cookie': 'session=secret' },
      {},
      409,
    );

    const error = await failureOf(client.post('/orders', { query: { token: 'secret' } }));

    expect(error).toMatchObject({ code: 'BOW_CLIENT_STATUS', status: 409, method: 'POST', problem });
    expect(error.headers).toMatchObject({ 'x-a': 'b' });
    expect(error.message).toMatch(
      /^POST http:\/\/127\.0\.0\.1:\d+\/orders was answered with 409 Conflict: The rope is sold\. /,
    );
    expect(`${error.stack}${inspect(error)}`).not.toContain('secret');
  });

  it('keeps the first 64 KiB of a body that is longer, and the connection', async () => {
    const { url, connections } = await serve((_request, response) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end('x'.repeat(200_000));
    });
    const client = clientOf(url);

    for (let index = 0; index < 6; index++) expect((await failureOf(client.get('/'))).body).toHaveLength(65_536);

    // One is free again a turn of the loop after its answer.
    expect(connections.length).toBeLessThanOrEqual(2);
  });

  it('reads no more of such a body than the limit', async () => {
    const { url, connections } = await serve((_request, response) => {
      response.writeHead(500);
      Readable.from(endless()).pipe(response);
    });

    const error = await failureOf(clientOf(url, { maxBodySize: 1_000_000 }).get('/', { as: 'stream' }));

    expect(error.body).toHaveLength(65_536);
    await closed(connections[0]);
  });

  it('is an answer with throwOnError: false', async () => {
    const client = await answering('{"a":1}', { 'content-type': 'application/json' }, { throwOnError: false }, 418);

    expect(await client.request('GET', '/')).toMatchObject({ status: 418, body: { a: 1 } });
    expect((await failureOf(client.request('GET', '/', { throwOnError: true }))).status).toBe(418);
  });

  it('is a redirection as well, which is not followed', async () => {
    const paths: string[] = [];
    const { url } = await serve((request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    });

    const error = await failureOf(clientOf(url).get('/a'));

    expect(error).toMatchObject({ status: 302, headers: { location: 'http://169.254.169.254/' } });
    expect(paths).toEqual(['/a']);
  });
});

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536);
}

describe('the connections of a client', () => {
  it('are used again', async () => {
    const { url, connections } = await serveEcho();
    const client = clientOf(url, { connections: 1 });

    for (let index = 0; index < 5; index++) await client.post('/', { body: { index } });

    expect(connections).toHaveLength(1);
  });

  it('lead through a Unix socket', async () => {
    const socketPath = join(await mkdtemp(join(tmpdir(), 'bowline-')), 'service.sock');
    const server = createServer((request, response) => void response.end(request.headers.host)).listen(socketPath);
    onTestFinished(() => void server.close());
    await once(server, 'listening');

    expect(await clientOf('http://stock', { socketPath }).get('/', { as: 'text' })).toBe('stock');
  });

  it('trust whom `tls` says, and send nothing to anybody else', async () => {
    const server = createHttpsServer(certificate, (_request, response) => void response.end('safe'));
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

    expect(await clientOf(url, { tls: { ca: certificate.cert } }).get('/', { as: 'text' })).toBe('safe');
    expect(await failureOf(clientOf(url).get('/'))).toMatchObject({ code: 'BOW_CLIENT_UNREACHABLE' });
  });
});

describe('options of a request', () => {
  it.each<[string, object, string]>([
    ['a deadline that is no number', { deadline: NaN }, 'its deadline is NaN; it must be'],
    ['a deadline below 0', { deadline: -5 }, 'its deadline is -5; it must be'],
    ['a deadline of another kind', { deadline: null }, 'its deadline is null; it must be'],
    ['a misspelt one', { idempotant: true }, "it has no option 'idempotant'; did you mean 'idempotent'?"],
    ['one of another library', { validateStatus: true }, "it has no option 'validateStatus'; it knows params, query"],
  ])('are refused with %s', async (_what, options, said) => {
    const client = clientOf('http://127.0.0.1:1');

    const error = await failureOf(client.get('/items', options));

    expect(error.code).toBe('BOW_CLIENT_REQUEST_INVALID');
    expect(error.message).toContain(`GET http://127.0.0.1:1/items cannot be sent: ${said}`);
  });
});

describe('options of a client', () => {
  it('name the client whose baseUrl is missing, as one of an environment that says none', () => {
    class StockClient extends HttpClient {}
    const baseUrl = process.env['NOBODY_HAS_SET_THIS'] as string;

    expect(() => new StockClient({ baseUrl })).toThrow(/'baseUrl' \(options of StockClient\) is undefined; it must be/);
    expect(() => new HttpClient({ baseUrl, name: 'stock' })).toThrow(/options of HttpClient 'stock'/);
  });

  it('are refused with a pipeline that has a fallback, since what that gives is no answer', () => {
    const options = { baseUrl: 'http://stock', pipeline: pipeline(fallback({ value: 1 })) };

    expect(() => new HttpClient(options)).toThrow(/'pipeline' .* without a fallback; put that around the call/);
  });

  it('are checked at once, and all of them', () => {
    const options = { baseUrl: 'http://user:secret@stock/', timeout: 5, pipelining: 0, propagate: ['stock'] };

    expect(() => new HttpClient(options as never)).toThrow(
      /options\.baseUrl|'baseUrl' \(options of HttpClient\).*no option 'timeout'.*pipelining.*propagate/s,
    );
    expect(() => new HttpClient(options as never)).toThrow(expect.not.objectContaining({ message: /secret/ }));
    expect(() => new HttpClient(undefined as never)).toThrow(/baseUrl/);
  });
});
