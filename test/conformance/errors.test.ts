import type { ServerResponse } from 'node:http';
import {
  BadRequestError,
  ConflictError,
  Controller,
  Ctx,
  ErrorFormat,
  Get,
  Header,
  HttpContext,
  HttpError,
  Logger,
  type ModuleOptions,
  nestFormat,
  Param,
  Post,
  Body,
  Res,
  NotFoundError,
  ServiceUnavailableError,
} from 'bowline';
import { IsEmail } from 'class-validator';
import { describe, expect, test, vi } from 'vitest';
import { answersIn, type Answer } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

@Controller('/http')
class HttpErrorController {
  @Get('/conflict')
  conflict(): never {
    throw new ConflictError('It has been paid already.');
  }

  @Get('/plain')
  plain(): never {
    throw new BadRequestError();
  }

  @Get('/later')
  async later(): Promise<never> {
    await Promise.resolve();
    throw new ConflictError('later');
  }

  @Get('/details')
  details(): never {
    throw new BadRequestError('Too little.', {
      details: { balance: 30, type: 'https://example.com/too-little', status: 200, title: 'No' },
    });
  }

  @Get('/headers')
  @Header('x-decorated', 'yes')
  headers(@Ctx() ctx: HttpContext): never {
    ctx.set('x-set-before', 'yes').type('text/html').set('etag', '"1"');
    throw new ServiceUnavailableError('Come back.', { headers: { 'retry-after': '120' } });
  }

  @Get('/kept')
  kept(@Ctx() ctx: HttpContext): never {
    ctx.set('cache-control', 'public, max-age=3600');
    throw new NotFoundError();
  }

  @Get('/secret')
  secret(@Ctx() ctx: HttpContext): never {
    ctx.set('cache-control', 'private, No-Store');
    throw new NotFoundError();
  }

  @Get('/cause')
  cause(): never {
    throw new ServiceUnavailableError('The bank does not answer.', {
      cause: new Error('connect ECONNREFUSED 10.0.0.7'),
    });
  }

  @Get('/rare')
  rare(): never {
    throw new HttpError(451, 'Not here.');
  }

  @Get('/unnamed')
  unnamed(): never {
    throw new HttpError(499);
  }

  @Get('/changed-status')
  changedStatus(): never {
    throw Object.assign(new ConflictError('secret-in-a-message'), { status: 99 });
  }

  @Get('/details-to-json')
  detailsToJson(): never {
    throw new ConflictError('It has been paid already.', { details: { toJSON: () => 'nothing', balance: 30 } });
  }

  @Get('/umlaut')
  umlaut(): never {
    throw new ConflictError('Größe passt nicht: 名');
  }
}

class PasswordError extends Error {
  readonly password = 'secret-in-a-field';
}

@Controller('/unknown')
class UnknownErrorController {
  @Get('/error/:id')
  error(@Param('id') _id: string): never {
    throw new PasswordError('secret-in-a-message');
  }

  @Get('/later')
  async later(): Promise<never> {
    await Promise.resolve();
    throw new TypeError('secret-in-a-message');
  }

  @Get('/status-like')
  statusLike(): never {
    throw Object.assign(new Error('secret-in-a-message'), {
      status: 401,
      statusCode: 401,
      expose: true,
      headers: { 'x-leak': 'yes' },
    });
  }

  @Get('/string')
  string(): never {
    throw 'secret-in-a-string';
  }

  @Get('/undefined')
  undefined(): never {
    throw undefined;
  }

  @Get('/null-later')
  async nullLater(): Promise<never> {
    await Promise.resolve();
    throw null;
  }

  @Get('/proxy')
  proxy(): never {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    throw proxy;
  }

  @Get('/frozen')
  frozen(): never {
    throw Object.freeze(new Error('secret-in-a-message'));
  }
}

@Controller('/unsendable')
class UnsendableController {
  @Get('/cyclic')
  cyclic() {
    const value: Record<string, unknown> = { name: 'snake' };
    value['tail'] = value;
    return value;
  }

  @Get('/to-json')
  toJson() {
    return {
      toJSON() {
        throw new Error('secret-in-to-json');
      },
    };
  }

  @Get('/bigint')
  bigint() {
    return 7n;
  }

  @Get('/nested-bigint')
  nestedBigint() {
    return { id: 7n };
  }

  @Get('/symbol')
  symbol() {
    return Symbol('x');
  }

  @Get('/function')
  function() {
    return () => 1;
  }

  @Get('/read-stream')
  async readStream() {
    const response = new Response('read already');
    await response.text();
    return response;
  }

  @Get('/generator')
  *generator() {
    yield 1;
  }

  @Get('/entries')
  entries() {
    return new Map([['a', 1]]).entries();
  }

  @Get('/weak-map')
  weakMap() {
    return new WeakMap();
  }

  @Get('/weak-set')
  weakSet() {
    return new WeakSet();
  }

  @Get('/nested-map')
  nestedMap() {
    return { empty: {}, list: [{ counts: new Map([['secret', 1]]) }] };
  }

  @Get('/nested-error')
  nestedError() {
    return [{ reason: new Error('secret-that-was-returned') }];
  }

  @Get('/nested-promise')
  nestedPromise() {
    return { later: Promise.resolve(1) };
  }

  @Get('/form-data')
  formData() {
    return new FormData();
  }

  @Get('/search-params')
  searchParams() {
    return new URLSearchParams('a=b');
  }

  @Get('/error-with-code')
  errorWithCode() {
    return Object.assign(new Error('secret'), { code: 'secret' });
  }

  @Get('/locked-stream')
  lockedStream() {
    const stream = new Blob(['x']).stream();
    stream.getReader();
    return stream;
  }

  @Get('/locked-response')
  lockedResponse() {
    const response = new Response('x');
    response.body?.getReader();
    return response;
  }

  @Get('/error-response')
  errorResponse() {
    return Response.error();
  }

  @Get('/shared-buffer')
  sharedBuffer() {
    return new SharedArrayBuffer(8);
  }

  @Get('/header')
  header(@Ctx() ctx: HttpContext) {
    ctx.set('x-name', 'line\r\nx-injected: yes');
    return 'ok';
  }

  @Get('/header-name')
  headerName(@Ctx() ctx: HttpContext) {
    ctx.set('bad name', 'x');
    return 'ok';
  }

  @Get('/transfer-encoding')
  transferEncoding(@Ctx() ctx: HttpContext) {
    ctx.set('Transfer-Encoding', 'chunked');
    return 'ok';
  }

  @Get('/trailer')
  trailer(@Ctx() ctx: HttpContext) {
    ctx.set('Trailer', 'x-checksum');
    return 'ok';
  }

  @Get('/content-types')
  contentTypes(@Ctx() ctx: HttpContext) {
    ctx.set('Content-Type', ['text/plain', 'text/html']);
    return 'ok';
  }

  @Get('/error')
  error() {
    return new Error('secret-that-was-returned');
  }

  @Get('/error-header')
  errorHeader(): never {
    throw new ConflictError('It has been paid already.', { headers: { 'x-name': 'line\r\nx-injected: yes' } });
  }

  @Get('/cookie')
  cookie(@Ctx() ctx: HttpContext) {
    ctx.cookie('bad name', 'x');
    return 'ok';
  }
}

/** Node's own response, which every provider has somewhere below its native one. */
function nodeResponse(ctx: HttpContext): ServerResponse {
  const { response } = ctx.native as { response: { raw?: ServerResponse; res?: ServerResponse } };
  return response.raw ?? response.res ?? (response as ServerResponse);
}

@Controller('/begun')
class BegunController {
  @Get('/throws')
  async throws(@Ctx() ctx: HttpContext, @Res() _response: unknown): Promise<never> {
    const response = nodeResponse(ctx);
    response.writeHead(200, { 'content-length': '100' });
    await new Promise((resolve) => response.write('half of it', resolve));
    throw new Error('came in the middle');
  }
}

@Controller('/after')
class AfterController {
  @Get('/rejects')
  async rejects(@Ctx() ctx: HttpContext): Promise<never> {
    ctx.send('first');
    await Promise.resolve();
    throw new Error('came too late');
  }

  @Get('/throws')
  throws(@Ctx() ctx: HttpContext): never {
    ctx.send('first');
    throw new ConflictError('came too late');
  }
}

const controllers = [
  HttpErrorController,
  UnknownErrorController,
  UnsendableController,
  BegunController,
  AfterController,
];
const problem = 'application/problem+json; charset=utf-8';
const internal = { title: 'Internal Server Error', status: 500 };

function expectNoLeak({ status, json, headers, text }: Answer): void {
  expect(status).toBe(500);
  expect(json).toEqual(internal);
  expect(headers['content-type']).toBe(problem);
  expect(headers['x-leak']).toBeUndefined();
  expect(text).not.toContain('secret');
}

describeProviders('errors', { controllers, overHttps: true }, (server) => {
  test('that are an HttpError are answered as a problem document', async () => {
    const answer = await server.get('/http/conflict');
    expect(answer).toMatchObject({ status: 409, headers: { 'content-type': problem } });
    expect(answer.text).toBe('{"title":"Conflict","status":409,"detail":"It has been paid already."}');
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
  });

  test('without a message have no detail', async () => {
    expect((await server.get('/http/plain')).json).toEqual({ title: 'Bad Request', status: 400 });
  });

  test('of a handler that takes its time are answered alike', async () => {
    expect(await server.get('/http/later')).toMatchObject({ status: 409, json: { detail: 'later' } });
  });

  test('show their details beside the standard members and never in place of them', async () => {
    expect((await server.get('/http/details')).json).toEqual({
      title: 'Bad Request',
      status: 400,
      detail: 'Too little.',
      balance: 30,
      type: 'https://example.com/too-little',
    });
  });

  test('send their headers, and none that described the body which is not sent', async () => {
    const answer = await server.get('/http/headers');
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '120', 'x-set-before': 'yes', 'content-type': problem },
    });
    expect(answer.headers['etag']).toBeUndefined();
    expect(answer.headers['x-decorated']).toBeUndefined();
    expect(await server.log.next()).toMatchObject({
      level: 'error',
      fields: { method: 'GET', route: '/http/headers' },
    });
  });

  test('are not kept as long as the answer would have been, and not at all where nothing may be stored', async () => {
    expect((await server.get('/http/kept')).headers['cache-control']).toBeUndefined();
    expect((await server.get('/http/secret')).headers['cache-control']).toBe('no-store');
  });

  test('keep their cause to the log', async () => {
    const answer = await server.get('/http/cause');
    expect(answer.text).not.toContain('ECONNREFUSED');
    const { fields } = await server.log.next();
    expect((fields['error'] as Error).cause).toMatchObject({ message: 'connect ECONNREFUSED 10.0.0.7' });
  });

  test('may have any status from 400 to 599', async () => {
    expect(await server.get('/http/rare')).toMatchObject({
      status: 451,
      json: { title: 'Unavailable For Legal Reasons', detail: 'Not here.' },
    });
    expect(await server.get('/http/unnamed')).toMatchObject({ status: 499, json: { title: 'Client Error' } });
  });

  test('whose status is none of an error are a logged 500', async () => {
    expectNoLeak(await server.get('/http/changed-status'));
    await server.log.next();
  });

  test('keep their members whatever the details are called', async () => {
    expect((await server.get('/http/details-to-json')).json).toEqual({
      title: 'Conflict',
      status: 409,
      detail: 'It has been paid already.',
      balance: 30,
    });
  });

  test('are counted in bytes', async () => {
    const answer = await server.get('/http/umlaut');
    expect(answer.json).toMatchObject({ detail: 'Größe passt nicht: 名' });
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
  });

  test('that are unknown are a 500 that leaks nothing', async () => {
    expectNoLeak(await server.get('/unknown/error/7'));
    await server.log.next();
  });

  test('that are unknown are logged once with method, route, handler, id and stack', async () => {
    await server.get('/unknown/error/7?token=secret');
    const { level, message, fields } = await server.log.next();
    expect(level).toBe('error');
    expect(message).toBe('GET /unknown/error/7 failed with 500');
    expect(fields).toMatchObject({
      method: 'GET',
      route: '/unknown/error/:id',
      handler: 'UnknownErrorController.error',
    });
    expect(fields['id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((fields['error'] as Error).stack).toContain('UnknownErrorController.error');
    expect(server.log.rest()).toEqual([]);
  });

  test('that are unknown are logged alike from a handler that takes its time', async () => {
    expectNoLeak(await server.get('/unknown/later'));
    expect((await server.log.next()).fields).toMatchObject({
      route: '/unknown/later',
      error: expect.any(TypeError) as unknown,
    });
  });

  test('that only look like an answer are unknown', async () => {
    expectNoLeak(await server.get('/unknown/status-like'));
    await server.log.next();
  });

  test.each([
    ['/unknown/string', 'A string was thrown in place of an error: secret-in-a-string'],
    ['/unknown/undefined', 'A undefined was thrown in place of an error: undefined'],
    ['/unknown/null-later', 'A object was thrown in place of an error: null'],
  ])('that are none are a logged 500: %s', async (path, message) => {
    expectNoLeak(await server.get(path));
    const { fields } = await server.log.next();
    expect(fields['error']).toMatchObject({ message });
  });

  test('that cannot even be looked at are a logged 500', async () => {
    expectNoLeak(await server.get('/unknown/proxy'));
    expect((await server.log.next()).fields['error']).toMatchObject({
      message: 'Something was thrown that cannot be looked at.',
    });
  });

  test('that are frozen are a logged 500', async () => {
    expectNoLeak(await server.get('/unknown/frozen'));
    await server.log.next();
  });

  const unsendable = ['cyclic', 'to-json', 'bigint', 'nested-bigint', 'symbol', 'function', 'read-stream', 'error'];
  const wouldBeEmpty = ['generator', 'entries', 'weak-map', 'weak-set', 'shared-buffer', 'form-data', 'search-params'];
  const named = ['error-with-code', 'nested-map', 'nested-error', 'nested-promise'];
  test.each([...unsendable, ...wouldBeEmpty, ...named])(
    'of a value that cannot be sent are a logged 500: %s',
    async (kind) => {
      expectNoLeak(await server.get(`/unsendable/${kind}`));
      expect((await server.log.next()).fields).toMatchObject({
        route: `/unsendable/${kind}`,
        error: expect.any(Error) as unknown,
      });
    },
  );

  test.each([
    ['nested-bigint', 'UnsendableController.nestedBigint', 'its id is a bigint'],
    ['cyclic', 'UnsendableController.cyclic', 'its tail leads back to the whole of it'],
  ])('of a value without JSON form say where it is in the log: %s', async (kind, handler, clause) => {
    expectNoLeak(await server.get(`/unsendable/${kind}`));
    const { fields } = await server.log.next();
    const message = expect.stringContaining(`The reply of ${handler} cannot be sent: ${clause}, `) as unknown;
    expect(fields['error']).toMatchObject({
      code: 'BOW_REPLY_INVALID',
      message,
      cause: expect.any(TypeError) as unknown,
    });
  });

  test.each([
    ['nested-map', 'nestedMap', 'its list[0].counts is a Map, which has no JSON form; return an object or a list.'],
    ['nested-error', 'nestedError', 'its [0].reason is an Error, which would be sent as {}; throw it'],
    ['nested-promise', 'nestedPromise', 'its later is a Promise, which has no JSON form; await it.'],
    ['form-data', 'formData', 'it is a FormData, which has no JSON form; return an object of its fields.'],
    ['locked-stream', 'lockedStream', 'its ReadableStream is locked, since somebody reads it already.'],
    ['locked-response', 'lockedResponse', 'its ReadableStream is locked, since somebody reads it already.'],
    ['error-response', 'errorResponse', 'it is Response.error(), which is no answer; throw an HttpError.'],
  ])('of a value that would not arrive say so in the log: %s', async (kind, handler, clause) => {
    expectNoLeak(await server.get(`/unsendable/${kind}`));
    expect((await server.log.next()).fields['error']).toMatchObject({
      code: 'BOW_REPLY_INVALID',
      message: expect.stringContaining(`The reply of UnsendableController.${handler} cannot be sent: ${clause}`),
    });
  });

  test.each(['header', 'header-name', 'cookie', 'transfer-encoding', 'trailer', 'content-types'])(
    'of a header that cannot be sent are a logged 500: %s',
    async (kind) => {
      const answer = await server.get(`/unsendable/${kind}`);
      expectNoLeak(answer);
      expect(answer.headers['x-injected']).toBeUndefined();
      expect((await server.log.next()).fields).toMatchObject({ route: `/unsendable/${kind}` });
    },
  );

  test('whose own header cannot be sent are a logged 500', async () => {
    const answer = await server.get('/unsendable/error-header');
    expectNoLeak(answer);
    expect(answer.headers['x-injected']).toBeUndefined();
    expect((await server.log.next()).fields).toMatchObject({ route: '/unsendable/error-header' });
  });

  test('after the answer are logged once, and the client sees the answer', async () => {
    expect(await server.get('/after/rejects')).toMatchObject({ status: 200, text: 'first' });
    const { message, fields } = await server.log.next();
    expect(message).toBe('An error came after the answer had been sent; the client did not see it');
    expect(fields).toMatchObject({ method: 'GET', route: '/after/rejects', error: { message: 'came too late' } });
    expect(await server.get('/after/throws')).toMatchObject({ status: 200, text: 'first' });
    expect((await server.log.next()).fields).toMatchObject({ error: { message: 'came too late' } });
  });

  test('after an answer that was begun natively break the connection off', async () => {
    const client = await server.connect();
    client.send('GET /begun/throws HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const received = await client.end();
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(received.endsWith('half of it')).toBe(true);
    expect((await server.log.next()).fields).toMatchObject({ error: { message: 'came in the middle' } });
  });

  test('give each request an id of its own', async () => {
    await server.get('/unknown/later');
    await server.get('/unknown/later');
    const ids = [await server.log.next(), await server.log.next()].map(({ fields }) => fields['id']);
    expect(new Set(ids).size).toBe(2);
  });

  test('of what is not HTTP are a problem document, and the connection ends', async () => {
    const client = await server.connect();
    client.send('GET / HTTP/9.9\r\n\r\n');
    const [answer] = answersIn(await client.end());
    expect(answer?.status).toBe(400);
    expect(answer?.head.toLowerCase()).toContain(`content-type: ${problem}`);
    expect(JSON.parse(answer?.body ?? '')).toEqual({
      title: 'Bad Request',
      status: 400,
      detail: 'The request is not valid HTTP.',
    });
  });

  test('of headers that are too large are a 431 problem document', async () => {
    const client = await server.connect();
    client.send(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    const [answer] = answersIn(await client.end());
    expect(answer?.status).toBe(431);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ title: 'Request Header Fields Too Large', status: 431 });
  });
});

type Bind = NonNullable<ModuleOptions['bind']>;

class Signup {
  @IsEmail()
  email!: string;
}

@Controller()
class NestShapeController {
  @Get('/conflict')
  conflict(): never {
    throw new ConflictError('It has been paid already.');
  }

  @Get('/unknown')
  unknown(): never {
    throw new Error('secret');
  }

  @Post('/signup')
  signup(@Body() signup: Signup) {
    return signup;
  }
}

const nest = {
  controllers: [NestShapeController],
  bind: (({ bind }) => bind(ErrorFormat).toConstantValue(nestFormat)) satisfies Bind,
};

describeProviders('a format for NestJS clients', nest, (server) => {
  test.each([
    ['GET', '/conflict', 409, { message: 'It has been paid already.', error: 'Conflict', statusCode: 409 }],
    ['GET', '/nothing', 404, { message: 'There is nothing at /nothing.', error: 'Not Found', statusCode: 404 }],
    [
      'DELETE',
      '/conflict',
      405,
      { message: 'DELETE is not allowed here, only GET, HEAD, OPTIONS.', error: 'Method Not Allowed', statusCode: 405 },
    ],
    [
      'GET',
      '/%zz',
      400,
      { message: 'The path is not validly percent-encoded.', error: 'Bad Request', statusCode: 400 },
    ],
  ])('shapes the error of %s %s', async (method, path, status, body) => {
    const answer = await server.call(method, path);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect(answer.json).toEqual(body);
  });

  test('shapes an unknown error', async () => {
    expect((await server.get('/unknown')).json).toEqual({ message: 'Internal Server Error', statusCode: 500 });
    await server.log.next();
  });

  test('shapes what was wrong with a body', async () => {
    expect((await server.post('/signup', { json: { email: 'x' } })).json).toEqual({
      message: ['email must be an email'],
      error: 'Bad Request',
      statusCode: 400,
    });
    expect((await server.post('/signup', { body: '{', headers: { 'content-type': 'application/json' } })).json).toEqual(
      {
        message: 'The body is not valid JSON.',
        error: 'Bad Request',
        statusCode: 400,
      },
    );
  });

  test('shapes what is not HTTP', async () => {
    const client = await server.connect();
    client.send('GET / HTTP/9.9\r\n\r\n');
    const [answer] = answersIn(await client.end());
    expect(answer?.head.toLowerCase()).toContain('content-type: application/json; charset=utf-8');
    expect(JSON.parse(answer?.body ?? '')).toEqual({
      message: 'The request is not valid HTTP.',
      error: 'Bad Request',
      statusCode: 400,
    });
  });
});

const brokenFormats = {
  'that throws': () => {
    throw new Error('the format is broken');
  },
  'that gives its body later': () => ({ contentType: 'text/plain', body: Promise.resolve('late') }),
  'that gives bytes': () => ({ contentType: 'text/plain', body: Buffer.from('bytes') }),
  'whose type no header can hold': () => ({ contentType: 'text/plain\r\nx-injected: yes', body: 'text' }),
};

describe.each(Object.entries(brokenFormats))('a format %s', (_, format) => {
  const broken = {
    controllers: [NestShapeController],
    bind: (({ bind }) => bind(ErrorFormat).toConstantValue({ format: format as never })) satisfies Bind,
  };
  describeProviders('of errors', broken, (server) => {
    test('is answered for by the default one with the same status, and logged', async () => {
      const answer = await server.get('/conflict');
      expect(answer).toMatchObject({ status: 409, headers: { 'content-type': problem } });
      expect(answer.json).toEqual({ title: 'Conflict', status: 409 });
      expect(answer.headers['x-injected']).toBeUndefined();
      expect((await server.log.next()).message).toBe('The bound ErrorFormat failed; the default one answered');
    });
  });
});

class BrokenLog extends Logger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): never {
    throw new Error('the disk is full');
  }
  child(): Logger {
    return this;
  }
}

describeProviders('a log that throws', { controllers, logger: new BrokenLog() }, (server) => {
  test('does not take the answer with it', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    expectNoLeak(await server.get('/unknown/error/7'));
    expect(warning.mock.calls).toEqual([
      ['The bound Logger threw (the disk is full) at: GET /unknown/error/7 failed with 500'],
    ]);
    warning.mockRestore();
  });
});
