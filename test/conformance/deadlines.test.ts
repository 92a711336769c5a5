import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Ctx,
  currentContext,
  Deadline,
  Get,
  HttpContext,
  Injectable,
  loadProvider,
  Param,
  Post,
  Signal,
  StaticFolder,
  UploadedFile,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  type ContainerModuleLoadOptions,
  type DiskFile,
  type LoadableProvider,
} from 'bowline';
import { DeadlineExceededError } from 'bowline/resilience';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { expect, test, vi } from 'vitest';
import { answersIn, boundary, partHead, send } from './harness/client.js';
import { temporaryFolder } from './harness/folder.js';
import { describeProviders, type Fixture, type ProviderUnderTest } from './harness/describe-providers.js';

/** What handlers have come to, by the place that a behaviour chose. */
@Injectable()
class Findings {
  readonly #all = new Map<string, PromiseWithResolvers<unknown>>();
  /** Handlers that were called. */
  readonly called: string[] = [];

  at(place: string): PromiseWithResolvers<unknown> {
    const found = this.#all.get(place) ?? Promise.withResolvers<unknown>();
    this.#all.set(place, found);
    return found;
  }
}

/** Until the signal aborts; rejects with its reason. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Takes 20 ms more than any deadline here that it is used with. */
async function slowPipe(value: unknown): Promise<unknown> {
  await new Promise((resolve) => setTimeout(resolve, 80));
  return value;
}

const piped: unknown[] = [];

function notedPipe(value: unknown): unknown {
  piped.push(value);
  return value;
}

@Controller('/limited')
@Deadline(60_000)
class LimitedController {
  constructor(private readonly findings: Findings) {}

  @Get('/left')
  left(@Ctx() { deadline }: HttpContext) {
    return { remaining: deadline?.remaining, expired: deadline?.expired };
  }

  @Get('/late')
  @Deadline(60)
  async late(@Signal() signal: AbortSignal) {
    await untilAborted(signal);
  }

  @Get('/patient')
  async patient(@Signal() signal: AbortSignal) {
    await untilAborted(signal).catch(() => undefined);
  }

  @Get('/noted/:place')
  @Deadline(60)
  noted(@Param('place') place: string) {
    this.findings.called.push(place);
    return 'in time';
  }

  @Get('/guarded/:place')
  @Deadline(60)
  @UseGuards(async ({ signal }) => {
    await untilAborted(signal).catch(() => undefined);
    return true;
  })
  guarded(@Param('place') place: string) {
    this.findings.called.push(place);
  }

  @Get('/behind-middleware/:place')
  @Deadline(60)
  @UseMiddleware(async ({ signal }, next) => {
    await untilAborted(signal).catch(() => undefined);
    await next();
  })
  behindMiddleware(@Param('place') place: string) {
    this.findings.called.push(place);
  }

  @Get('/behind-interceptor/:place')
  @Deadline(60)
  @UseInterceptors(async ({ signal }, next) => {
    await untilAborted(signal).catch(() => undefined);
    return next();
  })
  behindInterceptor(@Param('place') place: string) {
    this.findings.called.push(place);
  }

  @Get('/behind-pipe/:place')
  @Deadline(60)
  behindPipe(@Param('place', slowPipe, notedPipe) place: string) {
    this.findings.called.push(place);
  }

  @Get('/raced')
  @Deadline(60)
  raced(@Ctx() ctx: HttpContext) {
    return ctx.deadline?.race(new Promise(() => undefined));
  }

  @Get('/deaf/:place')
  @Deadline(60)
  async deaf(@Param('place') place: string, @Ctx() ctx: HttpContext) {
    const { signal } = ctx;
    await this.findings.at(place).promise;
    return { reason: (signal.reason as Error).name };
  }

  @Get('/stops/:place')
  @Deadline(60)
  async stops(@Param('place') place: string, @Ctx() { signal }: HttpContext) {
    await untilAborted(signal).catch((error: unknown) => this.findings.at(place).resolve(error));
    signal.throwIfAborted();
  }

  @Get('/in-time')
  @Deadline(60)
  async inTime(@Ctx() { signal }: HttpContext) {
    await Promise.resolve();
    return { aborted: signal.aborted };
  }

  @Get('/kept/:place')
  @Deadline(60)
  async kept(@Param('place') place: string, @Signal() signal: AbortSignal) {
    signal.addEventListener('abort', () => this.findings.at(place).resolve('aborted'), { once: true });
    await Promise.resolve();
    return 'in time';
  }

  @Get('/silent')
  @Deadline(60)
  silent() {
    return new Readable({ read() {} });
  }

  @Get('/stream/:place')
  @Deadline(60)
  async *stream(@Param('place') place: string, @Ctx() { signal }: HttpContext) {
    yield 'begun, ';
    await untilAborted(signal).catch((error: unknown) => this.findings.at(place).resolve(error));
    yield 'and ended';
  }

  @Get('/obedient')
  @Deadline(60)
  async *obedient(@Ctx() { signal }: HttpContext) {
    yield 'begun, ';
    await untilAborted(signal);
  }

  @Post('/body/:place')
  @Deadline(100)
  body(@Param('place') place: string, @Body({ validate: false }) body: unknown) {
    this.findings.called.push(place);
    return { body };
  }

  @Post('/upload')
  @Deadline(100)
  async upload(@Body() body: Readable) {
    for await (const _piece of body);
    return 'whole';
  }

  @Post('/form')
  @Deadline(100)
  form(@UploadedFile('file', { to: 'disk' }) _file: DiskFile) {
    return 'whole';
  }

  @Get('/current/:place')
  @Deadline(60)
  async current(@Param('place') place: string, @Ctx() { signal }: HttpContext) {
    signal.addEventListener('abort', () => this.findings.at(place).resolve(currentContext().path), { once: true });
    await untilAborted(signal);
  }
}

@Controller('/unlimited')
class UnlimitedController {
  constructor(private readonly findings: Findings) {}

  @Get('/left/:place')
  left(@Param('place') place: string, @Ctx() { deadline }: HttpContext) {
    this.findings.called.push(place);
    return { remaining: deadline?.remaining ?? 'no deadline' };
  }

  @Get('/free')
  @Deadline(0)
  free(@Ctx() { deadline }: HttpContext) {
    return { remaining: deadline?.remaining ?? 'no deadline' };
  }

  @Get('/late')
  async late(@Signal() signal: AbortSignal) {
    await untilAborted(signal);
  }
}

const controllers = [LimitedController, UnlimitedController];
const services = [Findings];
const problem = { title: 'Gateway Timeout', status: 504, code: 'BOW_DEADLINE_EXCEEDED' };

function findingsOf(server: ProviderUnderTest): Findings {
  return server.app.container.get(Findings);
}

const fixture = { controllers, services, overHttps: true, context: 'on' } as const;

describeProviders('a request with a deadline', fixture, (server) => {
  test('that has passed ends with a 504 whose log line names the route', async () => {
    const { status, json, headers } = await server.get('/limited/late');
    expect([status, json]).toEqual([504, problem]);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(headers['retry-after']).toBeUndefined();
    expect(server.log.rest()).toEqual([
      expect.objectContaining({
        level: 'warn',
        message: 'GET /limited/late was refused with 504',
        fields: expect.objectContaining({
          code: 'BOW_DEADLINE_EXCEEDED',
          reason: 'LimitedController.late gave the call up: its deadline of 60 ms has passed.',
        }),
      }),
    ]);
  });

  test('does not reach its handler where a guard has taken all of its time', async () => {
    const place = crypto.randomUUID();
    expect((await server.get(`/limited/guarded/${place}`)).status).toBe(504);
    expect(findingsOf(server).called).not.toContain(place);
    server.log.rest();
  });

  test.each(['middleware', 'interceptor', 'pipe'])(
    'does not begin its handler late behind a slow stage: %s',
    async (stage) => {
      const place = crypto.randomUUID();
      const app = await server.startAnother();
      expect((await send(app.url, 'GET', `/limited/behind-${stage}/${place}`)).json).toEqual(problem);
      const { called } = app.container.get(Findings);
      // A stop waits for what still runs of the call.
      await app.close();
      expect(called).not.toContain(place);
      expect(piped).not.toContain(place);
      expect(server.log.rest().map(({ level }) => level)).toEqual(['warn']);
    },
  );

  test('can race what takes no signal', async () => {
    expect((await server.get('/limited/raced')).json).toEqual(problem);
    expect(server.log.rest()).toHaveLength(1);
  });

  test('sees a refusal as the reason of its signal', async () => {
    const place = crypto.randomUUID();
    expect((await server.get(`/limited/stops/${place}`)).status).toBe(504);
    expect(await findingsOf(server).at(place).promise).toBeInstanceOf(DeadlineExceededError);
    expect(server.log.rest()).toHaveLength(1);
  });

  test('is waited for by a stop until its handler ends, whose late answer is dropped', async () => {
    const place = crypto.randomUUID();
    const app = await server.startAnother();
    expect((await send(app.url, 'GET', `/limited/deaf/${place}`)).status).toBe(504);
    expect(server.log.rest()).toHaveLength(1);
    let isClosed = false;
    const closed = app.close().then(() => (isClosed = true));
    await vi.waitFor(() => expect(app.servers['main']?.phase).toBe('draining'));
    expect(isClosed).toBe(false);
    app.container.get(Findings).at(place).resolve(undefined);
    await closed;
    expect(server.log.rest().map(({ message }) => message)).toEqual(['A second answer was dropped']);
  });

  test('works for itself when its signal aborts', async () => {
    const place = crypto.randomUUID();
    await Promise.all([server.get('/limited/late'), server.get(`/limited/current/${place}`)]);
    expect(await findingsOf(server).at(place).promise).toBe(`/limited/current/${place}`);
    server.log.rest();
  });

  test('is told what is left', async () => {
    const { remaining, expired } = (await server.get('/limited/left')).json as { remaining: number; expired: boolean };
    expect(expired).toBe(false);
    expect(remaining).toBeGreaterThan(50_000);
    expect(remaining).toBeLessThan(60_000);
  });

  test('that was answered in time hears nothing of it', async () => {
    const place = crypto.randomUUID();
    expect((await server.get('/limited/in-time')).json).toEqual({ aborted: false });
    expect((await server.get(`/limited/kept/${place}`)).text).toBe('in time');
    // Its deadline is behind theirs.
    await server.get('/limited/late');
    server.log.rest();
    expect(await Promise.race([findingsOf(server).at(place).promise, Promise.resolve('nothing')])).toBe('nothing');
  });

  test('is refused where its stream has no first piece', async () => {
    expect(await server.get('/limited/silent')).toMatchObject({ status: 504, json: problem });
    expect(server.log.rest()).toHaveLength(1);
  });

  test('has its signal aborted when its answer has begun, and goes on', async () => {
    const place = crypto.randomUUID();
    expect(await server.get(`/limited/stream/${place}`)).toMatchObject({ status: 200, text: 'begun, and ended' });
    expect(await findingsOf(server).at(place).promise).toBeInstanceOf(DeadlineExceededError);
  });

  test('is broken off where what streams does as the signal says', async () => {
    await expect(server.get('/limited/obedient')).rejects.toThrow();
  });

  test('may wait for its body no longer than that', async () => {
    const place = crypto.randomUUID();
    const client = await server.connect();
    client.send(
      `POST /limited/body/${place} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a"`,
    );
    await client.until('BOW_DEADLINE_EXCEEDED');
    expect(answersIn(client.text)[0]?.status).toBe(504);
    client.send(':1}GET /unlimited/left/after HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.until('no deadline');
    expect(findingsOf(server).called).not.toContain(place);
    client.stream.destroy();
    expect(server.log.rest()).toHaveLength(1);
  });

  test.each([
    ['/limited/upload', 'application/octet-stream', ''],
    [
      '/limited/form',
      `multipart/form-data; boundary=${boundary}`,
      partHead({ name: 'file', fileName: 'a' }).toString(),
    ],
  ])('may take its body as a stream no longer than that: %s', async (path, type, head) => {
    const client = await server.connect();
    client.send(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 1000\r\n\r\n${head}x`,
    );
    await client.until('BOW_DEADLINE_EXCEEDED');
    expect(answersIn(client.text)[0]?.status).toBe(504);
    client.stream.destroy();
    await vi.waitFor(() => expect(server.app.servers['main']?.connections).toBe(0));
    expect(server.log.rest()).toHaveLength(1);
  });

  test('leaves its connection open', async () => {
    const client = await server.connect();
    client.send('GET /limited/late HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.until('BOW_DEADLINE_EXCEEDED');
    client.send('GET /limited/in-time HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await client.until('"aborted":false')).not.toMatch(/connection: close/i);
    client.stream.destroy();
    server.log.rest();
  });
});

describeProviders('a request without a deadline', fixture, (server) => {
  test('has none, whatever a caller says that is not trusted', async () => {
    const headers = { 'x-request-timeout-ms': '0' };
    expect((await server.get('/unlimited/left/here', { headers })).json).toEqual({ remaining: 'no deadline' });
  });
});

const believing = { ...fixture, servers: { main: { trustProxy: 1, deadline: { max: 40_000 } } } };

describeProviders('what a trusted caller says of its deadline', believing, (server) => {
  const leftWith = async (value: string, path = '/unlimited/left/here') => {
    const { json } = await server.get(path, { headers: { 'x-request-timeout-ms': value } });
    return (json as { remaining: number }).remaining;
  };

  test('is one where the route has none', async () => {
    const remaining = await leftWith('30000');
    expect(remaining).toBeGreaterThan(20_000);
    expect(remaining).toBeLessThan(30_000);
  });

  test('counts where it is less than what the route says, and not where it is more', async () => {
    expect(await leftWith('20000', '/limited/left')).toBeLessThan(20_000);
    expect(await leftWith('39000', '/limited/left')).toBeLessThan(39_000);
  });

  test('counts for no more than the server allows', async () => {
    const remaining = await leftWith('99999999');
    expect(remaining).toBeGreaterThan(30_000);
    expect(remaining).toBeLessThan(40_000);
  });

  test('counts from the right-hand end, which the nearest has written', async () => {
    expect(await leftWith('10, 30000')).toBeGreaterThan(20_000);
  });

  test('ends the request', async () => {
    const { status, json } = await server.get('/unlimited/late', { headers: { 'x-request-timeout-ms': '50' } });
    expect([status, json]).toEqual([504, problem]);
    expect(server.log.rest()).toHaveLength(1);
  });

  test('refuses the request before its handler where nothing is left', async () => {
    const place = crypto.randomUUID();
    const { status, json } = await server.get(`/unlimited/left/${place}`, { headers: { 'x-request-timeout-ms': '0' } });
    expect([status, json]).toEqual([504, problem]);
    expect(findingsOf(server).called).not.toContain(place);
    expect(server.log.rest().map(({ fields }) => fields['reason'])).toEqual([
      'UnlimitedController.left gave the call up: no time was left for it.',
    ]);
  });

  test.each(['', '-1', '1.5', '1e3', 'soon', '0x10', '9999999999999999'])(
    'is ignored where it is no number of milliseconds: %j',
    async (value) => {
      expect(await leftWith(value)).toBe('no deadline');
    },
  );
});

/** Native code that takes 80 ms in front of every route. */
const slowly: Fixture = {
  ...fixture,
  overHttps: false,
  provider: async (name) => {
    const delay = () => new Promise((resolve) => setTimeout(resolve, 80));
    const instances: Partial<Record<LoadableProvider, () => object>> = {
      fastify: () =>
        fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } }).addHook('onRequest', delay),
      express: () => express().use((_request, _response, next) => void delay().then(() => next())),
      koa: () => new Koa().use((_koa, next) => delay().then(next)),
      hono: () => new Hono().use((_c, next) => delay().then(next)),
    };
    const instance = instances[name];
    return instance === undefined ? loadProvider(name) : loadProvider(name, { instance });
  },
};

describeProviders('the deadline of a request behind slow native middleware', slowly, (server) => {
  test('counts from the arrival of its head', async () => {
    const place = crypto.randomUUID();
    expect(await server.get(`/limited/noted/${place}`)).toMatchObject(
      server.name === 'node' ? { status: 200 } : { status: 504, json: problem },
    );
    expect(findingsOf(server).called.includes(place)).toBe(server.name === 'node');
    server.log.rest();
  });
});

const byDefault = { ...fixture, servers: { main: { deadline: { default: 60 } } } };

describeProviders('the deadline of a server', byDefault, (server) => {
  test('is that of a route that says nothing', async () => {
    expect((await server.get('/unlimited/late')).json).toEqual(problem);
    expect(server.log.rest()).toHaveLength(1);
  });

  test('is not that of a route, or of a controller, with its own', async () => {
    expect((await server.get('/unlimited/free')).json).toEqual({ remaining: 'no deadline' });
    expect((await server.get('/limited/left')).json).toMatchObject({ expired: false });
  });

  test('is what the description of a route says', () => {
    const deadlines = Object.fromEntries(server.app.routes.map(({ handler, deadline }) => [handler, deadline]));
    expect(deadlines).toMatchObject({ late: 60, body: 100, left: 60, free: undefined });
  });
});

const files = temporaryFolder({ 'a.txt': 'whole' });
const ofFiles = {
  ...byDefault,
  servers: { main: { trustProxy: 1, deadline: { default: 60_000 } } },
  bind: ({ bind }: ContainerModuleLoadOptions) => {
    bind(StaticFolder).toConstantValue(new StaticFolder('/files', files));
  },
};

describeProviders('a file of a server with deadlines', ofFiles, (server) => {
  test('is sent in time, and refused where its caller has no time left', async () => {
    expect((await server.get('/files/a.txt')).text).toBe('whole');
    const { status, json } = await server.get('/files/a.txt', { headers: { 'x-request-timeout-ms': '0' } });
    expect([status, json]).toEqual([504, problem]);
    server.log.rest();
  });
});

const named = { ...fixture, servers: { main: { trustProxy: 1, deadline: { header: 'X-Time-Left' } } } };

describeProviders('the header of a deadline', named, (server) => {
  test('may have another name', async () => {
    const { json } = await server.get('/unlimited/left/here', { headers: { 'x-time-left': '30000' } });
    expect((json as { remaining: number }).remaining).toBeLessThan(30_000);
    const other = await server.get('/unlimited/left/here', { headers: { 'x-request-timeout-ms': '0' } });
    expect(other.json).toEqual({ remaining: 'no deadline' });
  });
});

const silenced = { ...fixture, servers: { main: { trustProxy: 1, deadline: { header: false } } } } as const;

describeProviders('a server that reads no deadlines', silenced, (server) => {
  test('takes no notice of what a trusted caller says', async () => {
    const { json } = await server.get('/unlimited/left/here', { headers: { 'x-request-timeout-ms': '0' } });
    expect(json).toEqual({ remaining: 'no deadline' });
  });
});

const both = { ...fixture, servers: { main: { timeouts: { handler: 120 } } } };

describeProviders('a time-out of handlers beside a deadline', both, (server) => {
  test('ends what has not answered, whichever comes first', async () => {
    const answers = await Promise.all([server.get('/limited/late'), server.get('/limited/patient')]);
    expect(answers.map(({ status }) => status)).toEqual([504, 503]);
    server.log.rest();
  });
});
