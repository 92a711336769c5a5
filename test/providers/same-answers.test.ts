import { describe, expect, it } from 'vitest';
import { NotFoundError, type HttpProvider } from '../../src/http/index.js';
import { ExpressProvider } from '../../src/providers/express/index.js';
import { FastifyProvider } from '../../src/providers/fastify/index.js';
import { HonoProvider } from '../../src/providers/hono/index.js';
import { KoaProvider } from '../../src/providers/koa/index.js';
import { NodeProvider } from '../../src/providers/node/index.js';
import { connectTo, get } from '../server/raw-client.js';
import { recordingLog, serve, tableOf, type TestRoute } from './provider-fixture.js';

const routes: Readonly<Record<string, TestRoute | TestRoute['handle']>> = {
  'GET /': () => ({ hello: 'world' }),
  'GET /text': () => 'text',
  'GET /empty': () => '',
  'GET /bytes': () => new Uint8Array([104, 105]),
  'GET /async': () => Promise.resolve({ async: true }),
  'GET /later': () => new Promise((resolve) => setImmediate(resolve, { later: true })),
  'GET /users/:id': (ctx) => ({
    id: ctx.params['id'],
    query: ctx.query,
    path: ctx.path,
    url: ctx.url,
    host: ctx.host,
    ip: ctx.ip,
    protocol: ctx.protocol,
  }),
  'GET /nothing': () => undefined,
  'DELETE /nothing': () => undefined,
  'GET /missing': () => {
    throw new NotFoundError('No such thing.', { headers: { 'x-reason': 'gone' } });
  },
  'GET /broken': () => {
    throw new Error('secret');
  },
  'GET /rejected': () => Promise.reject(new Error('secret')),
  'GET /redirect': (ctx) => ctx.redirect('/text'),
  'GET /headers': (ctx) => ctx.status(202).set('x-one', '1').cookie('a', '1').cookie('b', '2').send({ a: 1 }),
  'GET /typed': (ctx) => ctx.type('application/vnd.api+json').send({ a: 1 }),
  'GET /html': (ctx) => ctx.type('text/html').send('<p>'),
  'GET /not-modified': (ctx) => ctx.set('etag', '"a"').status(304).send(undefined),
  'GET /body': { body: ['json'], handle: (ctx) => ctx.json() },
  'POST /json': { body: ['json'], handle: async (ctx) => ({ got: await ctx.body(['json']) }) },
  'POST /form': { body: ['form'], handle: async (ctx) => ({ got: await ctx.form() }) },
  'POST /text': { body: ['text'], handle: async (ctx) => ({ got: await ctx.text() }) },
  'POST /both': { body: ['json'], handle: async (ctx) => ({ got: await ctx.json(), text: await ctx.text() }) },
  'POST /asked': async (ctx) => ({ got: await ctx.json() }),
  'POST /none': () => ({ ok: true }),
};

const providers: Readonly<Record<string, () => HttpProvider>> = {
  fastify: () => new FastifyProvider(),
  express: () => new ExpressProvider(),
  koa: () => new KoaProvider(),
  hono: () => new HonoProvider(),
};

const post = (path: string, type: string | undefined, body: string, headers = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}Content-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;

const requests: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.keys(routes)
      .filter((key) => key.startsWith('GET'))
      .map((key) => [key, get(key.slice(4).replace(':id', 'a%2Fb?x=1&x=2&y=%20'))]),
  ),
  ...Object.fromEntries(
    ['/', '/text', '/empty', '/bytes', '/redirect', '/missing', '/nothing', '/typed'].map((path) => [
      `HEAD ${path}`,
      get(path).replace('GET', 'HEAD'),
    ]),
  ),
  'DELETE /nothing': get('/nothing').replace('GET', 'DELETE'),
  'a trailing slash': get('/text/'),
  'another case': get('/TEXT'),
  'an encoded letter': get('/%74ext'),
  'two slashes': get('//text'),
  'an absolute target': get('http://localhost/users/1?x=1'),
  'an unknown path': get('/unknown'),
  'an unknown path with a body': post('/unknown', 'application/json', '{"a":'),
  'an unknown path with a type that is none': post('/unknown', 'nonsense', 'x'),
  'another method': get('/text').replace('GET', 'PUT'),
  'a method that is rare': get('/text').replace('GET', 'PROPFIND'),
  'QUERY on an unknown path': get('/unknown').replace('GET', 'QUERY'),
  OPTIONS: get('/text').replace('GET', 'OPTIONS'),
  'OPTIONS *': get('*').replace('GET', 'OPTIONS'),
  'OPTIONS of an unknown path': get('/unknown').replace('GET', 'OPTIONS'),
  'bad encoding': get('/users/%zz'),
  'bad encoding in an unknown path': get('/%zz'),
  'bad encoding with another method': get('/%zz').replace('GET', 'DELETE'),
  'a long parameter': get(`/users/${'a'.repeat(501)}`),
  'a parameter just within': get(`/users/${'a'.repeat(500)}`),
  'a body of GET': post('/body', 'application/json', '{"a":1}').replace('POST', 'GET'),
  json: post('/json', 'application/json', '{"a":[1,null]}'),
  'json with a charset': post('/json', 'application/json; charset=UTF-8', '{"a":1}'),
  'json in chunks':
    'POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n',
  'no body': post('/json', 'application/json', ''),
  'no body and no type': 'POST /json HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'broken json': post('/json', 'application/json', '{"a":'),
  'a prototype in json': post('/json', 'application/json', '{"__proto__":{}}'),
  'another type': post('/json', 'text/xml', '<a/>'),
  'a type that is none': post('/json', 'nonsense', '{}'),
  'no type': post('/json', undefined, '{}'),
  'another charset': post('/json', 'application/json; charset=latin1', '{}'),
  'a large body': post('/json', 'application/json', `"${'a'.repeat(1_100_000)}"`),
  form: post('/form', 'application/x-www-form-urlencoded', 'a=1&b=2&b=3'),
  text: post('/text', 'text/plain', 'grüße'),
  'json and text': post('/both', 'application/json', '{"a": 1}'),
  'a body that the handler asks for': post('/asked', 'application/json', '{"a":1}'),
  'a body that nobody asks for': post('/none', 'application/json', '{"a":'),
  'a body of no type that nobody asks for': post('/none', undefined, 'x'),
  'a body of a broken type that nobody asks for': post('/none', 'nonsense', 'x'),
};

/** Status, headers by name and body; what no two answers share is left out, and Node's own spelling of names. */
async function ask(url: string, bytes: string): Promise<unknown> {
  const client = (await connectTo(url)).send(bytes.replace('\r\n', '\r\nConnection: close\r\n'));
  const [head = '', body] = (await client.end()).split('\r\n\r\n');
  const [status, ...lines] = head.split('\r\n');
  const headers = lines
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    .filter((line) => !line.startsWith('date:'));
  return { status, headers: headers.toSorted(), body };
}

describe.each(Object.keys(providers))('%s', (name) => {
  it.each(Object.keys(requests))('answers as node does: %s', async (what) => {
    const bytes = requests[what] ?? '';
    const [expected, actual] = await Promise.all(
      [new NodeProvider(), providers[name]?.() ?? new NodeProvider()].map(async (provider) => {
        const { log, lines } = recordingLog();
        const server = await serve(provider, tableOf(routes, log));
        return { answer: await ask(server.url, bytes), lines };
      }),
    );
    expect(actual).toEqual(expected);
  });
});
