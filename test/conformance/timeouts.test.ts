import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Ctx,
  Get,
  HttpContext,
  Injectable,
  Param,
  Post,
  Signal,
  UploadedFile,
  UploadedStream,
  UseInterceptors,
  type Interceptor,
} from 'bowline';
import { expect, test } from 'vitest';
import { answersIn, boundary, partHead, send } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

/** What a handler waits for, until a behaviour lets it go on. */
@Injectable()
class Gates {
  /** Handlers behind an interceptor that were called. */
  begun = 0;
  readonly #all = new Map<string, PromiseWithResolvers<void>>();

  at(name: string): PromiseWithResolvers<void> {
    const gate = this.#all.get(name) ?? Promise.withResolvers<void>();
    this.#all.set(name, gate);
    return gate;
  }
}

@Injectable()
class WaitingInterceptor implements Interceptor {
  constructor(private readonly gates: Gates) {}

  async intercept({ params }: HttpContext, next: () => unknown) {
    await this.gates.at(params['gate'] ?? '').promise;
    return next();
  }
}

@Controller('/slow')
class SlowController {
  constructor(private readonly gates: Gates) {}

  @Get('/handler/:gate')
  async handler(@Param('gate') gate: string) {
    await this.gates.at(gate).promise;
    return 'too late';
  }

  @Get('/fails/:gate')
  async fails(@Param('gate') gate: string) {
    await this.gates.at(gate).promise;
    throw new Error('failed too late');
  }

  @Get('/behind/:gate')
  @UseInterceptors(WaitingInterceptor)
  behind() {
    this.gates.begun++;
  }

  @Get('/signal')
  async signal(@Signal() signal: AbortSignal) {
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  }

  @Get('/stream')
  stream(@Ctx() ctx: HttpContext) {
    return new Readable({
      read() {},
      destroy(error, done) {
        ctx.services.log.warn('destroyed', { aborted: ctx.signal.aborted });
        done(error);
      },
    });
  }

  @Get('/begun')
  async *begun() {
    yield 'begun, ';
    await new Promise((resolve) => setTimeout(resolve, 150));
    yield 'and ended';
  }

  @Post('/body')
  body(@Body({ validate: false }) body: unknown) {
    return { body };
  }

  @Post('/upload')
  async upload(@Body() body: Readable) {
    let length = 0;
    for await (const piece of body) length += (piece as Buffer).length;
    return { length };
  }
}

@Controller('/held')
class HeldController {
  @Post('/body')
  async body(@Body() _body: Readable, @Ctx() ctx: HttpContext) {
    await new Promise((resolve) => ctx.onClose(() => resolve(undefined)));
  }

  @Post('/file')
  async file(@UploadedFile('file', { to: 'stream' }) _file: UploadedStream, @Ctx() ctx: HttpContext) {
    await new Promise((resolve) => ctx.onClose(() => resolve(undefined)));
  }

  @Post('/slowly')
  async slowly(@Body() body: Readable) {
    let length = 0;
    for await (const piece of body) {
      length += (piece as Buffer).length;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { length };
  }
}

const fixture = {
  overHttps: true,
  controllers: [SlowController, HeldController],
  services: [Gates, WaitingInterceptor],
  servers: { main: { timeouts: { handler: 60 } } },
};

describeProviders('a request that nobody answers', fixture, (server) => {
  const detail = 'The request took too long.';

  test('ends with a 503 whose log line names the route', async () => {
    expect(await server.get('/slow/handler/never')).toMatchObject({
      status: 503,
      json: { title: 'Service Unavailable', status: 503, detail },
    });
    const { level, message, fields } = await server.log.next();
    expect([level, message]).toEqual(['error', 'GET /slow/handler/never failed with 503']);
    expect(fields).toMatchObject({ route: '/slow/handler/:gate', handler: 'SlowController.handler' });
    expect((fields['error'] as Error).cause).toMatchObject({
      message: 'SlowController.handler has not answered within 60 ms.',
    });
  });

  test('has its late answer dropped and reported once', async () => {
    const gate = crypto.randomUUID();
    expect((await server.get(`/slow/handler/${gate}`)).status).toBe(503);
    await server.log.next();
    server.app.container.get(Gates).at(gate).resolve();
    expect(await server.log.next()).toMatchObject({
      level: 'warn',
      message: 'A second answer was dropped',
      fields: { route: '/slow/handler/:gate' },
    });
  });

  test('does not begin its handler any more', async () => {
    const gate = crypto.randomUUID();
    const app = await server.startAnother();
    expect((await send(app.url, 'GET', `/slow/behind/${gate}`)).status).toBe(503);
    await server.log.next();
    const gates = app.container.get(Gates);
    gates.at(gate).resolve();
    await app.close();
    expect(gates.begun).toBe(0);
    expect(server.log.rest()).toEqual([]);
  });

  test('has its late error logged', async () => {
    const gate = crypto.randomUUID();
    expect((await server.get(`/slow/fails/${gate}`)).status).toBe(503);
    await server.log.next();
    server.app.container.get(Gates).at(gate).resolve();
    expect((await server.log.next()).fields).toMatchObject({ error: { message: 'failed too late' } });
  });

  test('has its signal aborted', async () => {
    expect((await server.get('/slow/signal')).status).toBe(503);
    const lines = [await server.log.next(), await server.log.next()];
    expect(lines.map(({ fields }) => (fields['error'] as Error).name)).toContain('TimeoutError');
  });

  test('is one whose stream has no first piece, too', async () => {
    expect(await server.get('/slow/stream')).toMatchObject({ status: 503, json: { detail } });
    const lines = [await server.log.next(), await server.log.next()];
    expect(lines.map(({ message }) => message).toSorted()).toEqual(['GET /slow/stream failed with 503', 'destroyed']);
    expect(lines.find(({ message }) => message === 'destroyed')?.fields).toEqual({ aborted: true });
  });

  test('is none whose answer has begun', async () => {
    expect(await server.get('/slow/begun')).toMatchObject({ status: 200, text: 'begun, and ended' });
  });

  test.each(['/slow/body', '/slow/upload'])('is none whose body is still arriving: %s', async (path) => {
    const client = await server.connect();
    const type = path === '/slow/body' ? 'application/json' : 'application/octet-stream';
    client.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 7\r\n\r\n`);
    for (const piece of ['{"a', '":', '1}']) {
      client.send(piece);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await client.until('HTTP/1.1');
    expect(answersIn(client.text)[0]?.status).toBe(200);
    client.stream.destroy();
  });

  test.each([
    ['/held/body', 'application/octet-stream', ''],
    [
      '/held/file',
      `multipart/form-data; boundary=${boundary}`,
      partHead({ name: 'file', fileName: 'a.bin' }).toString(),
    ],
  ])('is one that takes its body and does not read it: %s', async (path, type, head) => {
    const client = await server.connect();
    const size = 5_000_000;
    client.send(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${size}\r\n\r\n${head}`,
    );
    client.send('x'.repeat(1_000_000));
    await client.until('"status":503');
    expect((await server.log.next()).message).toBe(`POST ${path} failed with 503`);
    client.send('x'.repeat(size - 1_000_000 - head.length)).send('GET /slow/begun HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.until('and ended');
    client.stream.destroy();
  });

  test('is none that reads its body slowly', async () => {
    expect(await server.post('/held/slowly', { body: Buffer.alloc(2_000_000) })).toMatchObject({
      json: { length: 2_000_000 },
    });
  });

  test('leaves its connection open', async () => {
    const client = await server.connect();
    client.send('GET /slow/handler/never HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.until('"status":503');
    client.send('GET /slow/begun HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await client.until('and ended')).not.toMatch(/connection: close/i);
    client.stream.destroy();
    await server.log.next();
  });
});

describeProviders(
  'a handler without a time-out',
  { ...fixture, servers: { main: { timeouts: { handler: 0 } } } },
  (server) => {
    test('may take as long as it likes', async () => {
      const gate = crypto.randomUUID();
      const answer = server.get(`/slow/handler/${gate}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      server.app.container.get(Gates).at(gate).resolve();
      expect(await answer).toMatchObject({ status: 200, text: 'too late' });
    });
  },
);
