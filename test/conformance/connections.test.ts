import { Body, Controller, Ctx, Get, HttpContext, Injectable, Post } from 'bowline';
import { expect, test, vi } from 'vitest';
import { connectTo } from '../server/raw-client.js';
import { answersIn, send } from './harness/client.js';
import { describeProviders, ProviderUnderTest } from './harness/describe-providers.js';

/** Lets handlers wait until a behaviour opens it. */
@Injectable()
class Gate {
  #opened = Promise.withResolvers<void>();
  #entered = Promise.withResolvers<void>();

  pass(): Promise<void> {
    this.#entered.resolve();
    return this.#opened.promise;
  }

  get entered(): Promise<void> {
    return this.#entered.promise;
  }

  open(): void {
    this.#opened.resolve();
    this.#opened = Promise.withResolvers();
    this.#entered = Promise.withResolvers();
  }
}

@Controller()
class ConnectionController {
  constructor(private readonly gate: Gate) {}

  @Get('/fast')
  fast() {
    return 'fast';
  }

  @Get('/slow')
  async slow() {
    await this.gate.pass();
    return 'slow';
  }

  @Post('/echo')
  echo(@Body({ validate: false }) body: unknown) {
    return { got: body };
  }

  @Get('/protocol')
  protocol(@Ctx() ctx: HttpContext) {
    return ctx.protocol;
  }
}

@Controller()
class OtherController {
  @Get('/other')
  other() {
    return 'other';
  }
}

const fixture = { controllers: [ConnectionController], services: [Gate], overHttps: true };
const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

describeProviders('connections', fixture, (server) => {
  test('are kept for the next request', async () => {
    const client = await server.connect();
    client.send(request('/fast'));
    const first = await client.until('fast');
    expect(first.toLowerCase()).not.toContain('connection: close');
    client.send(request('/fast', 'Connection: close\r\n'));
    const answers = answersIn(await client.end());
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, 'fast'],
      [200, 'fast'],
    ]);
    expect(answers[1]?.head.toLowerCase()).toContain('connection: close');
  });

  test('of HTTP/1.0 are closed after the answer, and kept where the client asks', async () => {
    const closing = await server.connect();
    closing.send('GET /fast HTTP/1.0\r\nHost: localhost\r\n\r\n');
    expect(answersIn(await closing.end())).toMatchObject([{ status: 200, body: 'fast' }]);
    const kept = await server.connect();
    kept.send('GET /fast HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
    await kept.until('fast');
    kept.send('GET /fast HTTP/1.0\r\nHost: localhost\r\n\r\n');
    expect(answersIn(await kept.end())).toHaveLength(2);
  });

  test('answer pipelined requests in their order', async () => {
    const client = await server.connect();
    const gate = server.app.container.get(Gate);
    client.send(request('/slow') + request('/fast') + request('/nothing') + request('/fast', 'Connection: close\r\n'));
    await gate.entered;
    gate.open();
    expect(answersIn(await client.end()).map(({ status, body }) => [status, body.slice(0, 4)])).toEqual([
      [200, 'slow'],
      [200, 'fast'],
      [404, '{"ti'],
      [200, 'fast'],
    ]);
  });

  test('answer pipelined requests with bodies', async () => {
    const client = await server.connect();
    const post = (body: string, more = '') =>
      `POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
    client.send(post('{"n":1}') + post('{') + post('{"n":3}', 'Connection: close\r\n'));
    const answers = answersIn(await client.end());
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200]);
    expect(answers.map(({ body }) => body)[2]).toBe('{"got":{"n":3}}');
  });

  test('take a request byte by byte', async () => {
    const client = await server.connect();
    for (const character of request('/fast', 'Connection: close\r\n')) client.send(character);
    expect(answersIn(await client.end())).toMatchObject([{ status: 200, body: 'fast' }]);
  });

  test('tell a client that expects it to go on before its body', async () => {
    const client = await server.connect();
    client.send(
      'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 7\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    expect(await client.until('\r\n\r\n')).toContain('HTTP/1.1 100 Continue');
    client.send('{"n":1}');
    expect(await client.end()).toContain('{"got":{"n":1}}');
  });

  test('serve a request for an upgrade that nobody offers as an ordinary one', async () => {
    const client = await server.connect();
    client.send(request('/fast', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
    expect(answersIn(await client.until('fast'))).toMatchObject([{ status: 200, body: 'fast' }]);
    client.stream.destroy();
  });

  test('say what they speak', async () => {
    expect(await server.get('/protocol')).toMatchObject({ text: server.secure ? 'https' : 'http' });
  });

  test.each([
    ['a length beside a transfer coding', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a length that is no number', 'Content-Length: 3x\r\n\r\nabc'],
    ['a space before the colon', 'X-Name : x\r\n\r\n'],
  ])('with %s are ended with a 400', async (_what, rest) => {
    const client = await server.connect();
    client.send(`POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${rest}`);
    expect(answersIn(await client.end())).toMatchObject([{ status: 400 }]);
  });

  test('without a Host are ended with a 400', async () => {
    const client = await server.connect();
    client.send('GET /fast HTTP/1.1\r\n\r\n');
    expect(await client.end()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describeProviders('closing', fixture, (server) => {
  test('finishes a request in flight, whose answer says Connection: close', async () => {
    const app = await server.startAnother();
    const gate = app.container.get(Gate);
    const client = await connectTo(app.url);
    client.send(request('/slow'));
    await gate.entered;
    const closed = app.close();
    await expect.poll(() => app.servers['main']?.getHealthStatus().listening).toBe(false);
    gate.open();
    const [answer] = answersIn(await client.end());
    expect(answer).toMatchObject({ status: 200, body: 'slow' });
    expect(answer?.head.toLowerCase()).toContain('connection: close');
    await closed;
    expect(app.state).toBe('stopped');
  });

  test('answers a request that comes on an idle connection', async () => {
    const app = await server.startAnother({ drainIdleTimeout: 5_000 });
    const client = await connectTo(app.url);
    client.send(request('/fast'));
    await client.until('fast');
    const closed = app.close();
    await expect.poll(() => app.servers['main']?.getHealthStatus().listening).toBe(false);
    client.send(request('/fast'));
    const [, second] = answersIn(await client.end());
    expect(second).toMatchObject({ status: 200, body: 'fast' });
    expect(second?.head.toLowerCase()).toContain('connection: close');
    await closed;
  });

  test('ends a connection that stays idle', async () => {
    const app = await server.startAnother({ drainIdleTimeout: 50 });
    const client = await connectTo(app.url);
    client.send(request('/fast'));
    await client.until('fast');
    await app.close();
    expect(answersIn(await client.end())).toHaveLength(1);
  });

  test('cuts what does not finish within the drain timeout', async () => {
    const app = await server.startAnother({ drainTimeout: 100 });
    const client = await connectTo(app.url);
    client.send(request('/slow'));
    const gate = app.container.get(Gate);
    await gate.entered;
    await app.close();
    const [answer] = answersIn(await client.end());
    expect(answer).toMatchObject({ status: 503 });
    expect(answer?.head.toLowerCase()).toMatch(/retry-after: 1\r\n[^]*connection: close/);
    expect(await server.log.next()).toMatchObject({ message: 'GET /slow was cut: its time was over' });
    expect(await server.log.next()).toMatchObject({ message: 'The application has stopped' });
    gate.open();
    expect(await server.log.next()).toMatchObject({ message: 'A second answer was dropped' });
  });

  test('refuses connections afterwards', async () => {
    const app = await server.startAnother();
    const { url } = app;
    expect(await send(url, 'GET', '/fast')).toMatchObject({ status: 200 });
    await app.close();
    await expect(send(url, 'GET', '/fast')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('leaves another application of the process alone', async () => {
    const other = new ProviderUnderTest(server.name, server.secure, { controllers: [OtherController] });
    await other.start();
    try {
      expect(await other.get('/other')).toMatchObject({ status: 200, text: 'other' });
      expect(await other.get('/fast')).toMatchObject({ status: 404 });
      expect(await server.get('/other')).toMatchObject({ status: 404 });
    } finally {
      await other.stop();
    }
    expect(await server.get('/fast')).toMatchObject({ status: 200, text: 'fast' });
  });

  test('leaves no connection behind', async () => {
    await server.get('/fast');
    await vi.waitFor(() => expect(server.app.servers['main']?.connections).toBe(0));
  });
});
