import { Controller, Ctx, Get, HttpContext, HttpProvider, Post, Req, Res, type LoadableProvider } from 'bowline';
import { expect, test, vi } from 'vitest';
import { answersIn } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

/** The members of native objects that are used here; each provider hands out its own. */
interface NativeRequest {
  readonly method: string;
  readonly req?: { method: string; header(name: string): string | undefined };
  readonly headers: Readonly<Record<string, string>>;
}

interface NativeResponse {
  statusCode: number;
  status: number | ((code: number) => NativeResponse);
  body: unknown;
  setHeader(name: string, value: string): void;
  set(name: string, value: string): NativeResponse;
  header(name: string, value: string): NativeResponse;
  code(status: number): NativeResponse;
  send(text: string): void;
  end(text: string): void;
}

/** As somebody who knows the framework would answer. */
const answerNatively: Readonly<Record<LoadableProvider, (response: NativeResponse, text: string) => void>> = {
  node(response, text) {
    response.statusCode = 202;
    response.setHeader('x-native', 'node');
    response.end(text);
  },
  fastify(response, text) {
    response.code(202).header('x-native', 'fastify').send(text);
  },
  express(response, text) {
    (response.status as (code: number) => NativeResponse)(202).set('x-native', 'express').send(text);
  },
  koa(response, text) {
    response.status = 202;
    response.set('x-native', 'koa');
    response.body = text;
  },
  hono(response, text) {
    response.statusCode = 202;
    response.setHeader('x-native', 'hono');
    response.end(text);
  },
};

function nativeMethod(name: string, request: NativeRequest): string | undefined {
  return name === 'hono' ? request.req?.method : request.method;
}

function nativeHeader(name: string, request: NativeRequest): string | undefined {
  return name === 'hono' ? request.req?.header('x-asked') : request.headers['x-asked'];
}

@Controller('/native')
class NativeController {
  constructor(private readonly provider: HttpProvider) {}

  @Get('/request')
  request(@Req() request: NativeRequest) {
    const { name } = this.provider;
    return { provider: name, method: nativeMethod(name, request), asked: nativeHeader(name, request) };
  }

  @Get('/same')
  same(@Req() request: unknown, @Res({ passthrough: true }) response: unknown, @Ctx() ctx: HttpContext) {
    return { request: request === ctx.native.request, response: response === ctx.native.response };
  }

  @Get('/answers')
  answers(@Res() response: NativeResponse) {
    this.#answer(response, 'answered natively');
  }

  @Post('/answers-later')
  async answersLater(@Res() response: NativeResponse) {
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    this.#answer(response, 'answered later');
  }

  @Get('/answers-and-returns')
  answersAndReturns(@Res() response: NativeResponse) {
    this.#answer(response, 'answered natively');
    return 'ignored';
  }

  @Get('/throws')
  throws(@Res() _response: NativeResponse): never {
    throw new Error('broken');
  }

  @Get('/throws-later')
  async throwsLater(@Res() _response: NativeResponse): Promise<never> {
    await Promise.resolve();
    throw new Error('broken');
  }

  @Get('/sends-by-context')
  sendsByContext(@Res() _response: NativeResponse, @Ctx() ctx: HttpContext) {
    ctx.status(203).send('by context');
  }

  @Get('/forgets')
  forgets(@Res() _response: NativeResponse) {}

  @Get('/forgets-later')
  async forgetsLater(@Res() _response: NativeResponse) {
    await Promise.resolve();
  }

  @Get('/passes-header')
  passesHeader(@Res({ passthrough: true }) response: NativeResponse) {
    const { name } = this.provider;
    if (name === 'fastify') response.header('x-native', name);
    else if (name === 'koa') response.set('x-native', name);
    else response.setHeader('x-native', name);
    return { passed: true };
  }

  @Get('/passes')
  passes(@Res({ passthrough: true }) _response: NativeResponse) {
    return { passed: true };
  }

  #answer(response: NativeResponse, text: string): void {
    answerNatively[this.provider.name as LoadableProvider](response, text);
  }
}

const fixture = { controllers: [NativeController], servers: { main: { timeouts: { handler: 40 } } } };

describeProviders('native objects', fixture, (server) => {
  test('are those of the provider', async () => {
    const answer = await server.get('/native/request', { headers: { 'x-asked': 'yes' } });
    expect(answer.json).toEqual({ provider: server.name, method: 'GET', asked: 'yes' });
  });

  test('are the same by decorator and by context', async () => {
    expect((await server.get('/native/same')).json).toEqual({ request: true, response: true });
  });

  test('take headers that go with the answer of Bowline', async () => {
    expect(await server.get('/native/passes-header')).toMatchObject({
      status: 200,
      headers: { 'x-native': server.name },
      json: { passed: true },
    });
  });

  test('answer where a handler takes @Res', async () => {
    expect(await server.get('/native/answers')).toMatchObject({
      status: 202,
      text: 'answered natively',
      headers: { 'x-native': server.name },
    });
  });

  test('answer later where a handler takes @Res and its time', async () => {
    expect(await server.post('/native/answers-later')).toMatchObject({
      status: 202,
      text: 'answered later',
      headers: { 'x-native': server.name },
    });
  });

  test('answer in place of what the handler returns', async () => {
    expect(await server.get('/native/answers-and-returns')).toMatchObject({ status: 202, text: 'answered natively' });
  });

  test.each(['/native/throws', '/native/throws-later'])(
    'leave an error of the handler to Bowline: %s',
    async (path) => {
      expect(await server.get(path)).toMatchObject({
        status: 500,
        json: { title: 'Internal Server Error', status: 500 },
      });
      expect((await server.log.next()).fields).toMatchObject({ route: path, error: { message: 'broken' } });
    },
  );

  test('leave the answer to a handler that gives it by the context', async () => {
    expect(await server.get('/native/sends-by-context')).toMatchObject({ status: 203, text: 'by context' });
  });

  test.each([
    ['/native/forgets', 'forgets'],
    ['/native/forgets-later', 'forgetsLater'],
  ])('that nobody answers on are a 503 and reported with the route: %s', async (path, handler) => {
    const client = await server.connect();
    client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const line = await server.log.next();
    expect(line).toMatchObject({
      level: 'error',
      message: `GET ${path} failed with 503`,
      fields: { method: 'GET', route: path, handler: `NativeController.${handler}` },
    });
    expect((line.fields['error'] as Error).cause).toMatchObject({
      message: expect.stringContaining('has not answered within 40 ms. It takes @Res: answer on it') as string,
    });
    expect(answersIn(await client.until('"status":503'))[0]?.status).toBe(503);
    expect(line.fields['id']).toEqual(expect.any(String));
    client.stream.destroy();
  });

  test('that nobody answers on are not reported once the client has left', async () => {
    const inFlight = (count: number) =>
      vi.waitFor(() => expect(server.app.servers['main']?.inFlight).toBe(count), { interval: 2 });
    const leaving = await server.connect();
    leaving.send('GET /native/forgets HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await inFlight(1);
    leaving.stream.destroy();
    await inFlight(0);
    // What the first would have said comes before what this one says.
    const staying = await server.connect();
    staying.send('GET /native/forgets-later HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await server.log.next()).fields).toMatchObject({ route: '/native/forgets-later' });
    staying.stream.destroy();
  });

  test('leave the answer to Bowline where they pass through', async () => {
    expect(await server.get('/native/passes')).toMatchObject({ status: 200, json: { passed: true } });
  });

  test('answer HEAD without a body', async () => {
    const client = await server.connect();
    client.send('HEAD /native/answers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const received = await client.end();
    expect(answersIn(received)).toMatchObject([{ status: 202 }]);
    expect(received.endsWith('\r\n\r\n')).toBe(true);
  });
});
