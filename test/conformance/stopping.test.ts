import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Body,
  Controller,
  Get,
  HostedService,
  Injectable,
  OnReady,
  OnStart,
  Param,
  Post,
  PostShutdown,
  PreShutdown,
  Signal,
  type Application,
  type LifecycleEvents,
} from 'bowline';
import { expect, test } from 'vitest';
import { connectTo, get, type RawClient } from '../server/raw-client.js';
import { answersIn, send } from './harness/client.js';
import { describeProviders, type Fixture, type ProviderUnderTest } from './harness/describe-providers.js';

/** What a behaviour holds back, and what has been noted, in this order. */
@Injectable()
class Work {
  readonly notes: string[] = [];
  readonly gate = Promise.withResolvers<void>();
  readonly entered = Promise.withResolvers<void>();
}

/** Something that a request uses, and that must be there as long as it does. */
@Injectable()
class Database {
  open = true;
  constructor(private readonly work: Work) {}
  query(): string {
    return this.open ? 'a row' : 'closed';
  }
  [Symbol.asyncDispose](): Promise<void> {
    this.open = false;
    this.work.notes.push('database closed');
    return Promise.resolve();
  }
}

@Injectable()
class Hooks {
  constructor(private readonly work: Work) {}
  @OnStart() start(): void {
    this.work.notes.push('OnStart');
  }
  @OnReady() ready(): void {
    this.work.notes.push('OnReady');
  }
  @PreShutdown() before(): void {
    this.work.notes.push('PreShutdown');
  }
  @PostShutdown() after(): void {
    this.work.notes.push('PostShutdown');
  }
}

@Injectable()
class Consumer extends HostedService {
  constructor(private readonly work: Work) {
    super();
  }
  override start(): void {
    this.work.notes.push('consumer started');
  }
  override drain(): void {
    this.work.notes.push('consumer drained');
  }
  override stop(): void {
    this.work.notes.push('consumer stopped');
  }
}

@Controller()
class StoppingController {
  constructor(
    private readonly work: Work,
    private readonly database: Database,
  ) {}

  @Get('/fast') fast(): string {
    return 'fast';
  }

  @Get('/slow/:id') async slow(@Param('id') _id: string): Promise<string> {
    this.work.entered.resolve();
    await this.work.gate.promise;
    return this.database.query();
  }

  /** Ends as whatever takes a signal ends: with an AbortError. */
  @Get('/asleep') async asleep(@Signal() signal: AbortSignal): Promise<string> {
    this.work.entered.resolve();
    await sleep(60_000, undefined, { signal });
    return 'awake';
  }

  /** Answers with what it has when its time is over. */
  @Get('/modest') async modest(@Signal() signal: AbortSignal): Promise<string> {
    this.work.entered.resolve();
    await sleep(60_000, undefined, { signal }).catch(() => undefined);
    return 'half of it';
  }

  /** Ends when its signal says so, and answers with what the signal says. */
  @Get('/obedient') async obedient(@Signal() signal: AbortSignal): Promise<string> {
    this.work.entered.resolve();
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    this.work.notes.push((signal.reason as Error).message);
    signal.throwIfAborted();
    return 'not aborted';
  }

  @Get('/stream') stream(): Readable {
    return Readable.from(this.#pieces());
  }

  async *#pieces(): AsyncIterable<string> {
    yield 'first,';
    this.work.entered.resolve();
    await this.work.gate.promise;
    yield 'last';
  }

  @Post('/upload') async upload(@Body() body: Readable): Promise<number> {
    this.work.entered.resolve();
    let bytes = 0;
    for await (const piece of body) bytes += (piece as Buffer).length;
    return bytes;
  }
}

const fixture = {
  controllers: [StoppingController],
  services: [Work, Database, Hooks],
  bind: ({ bind }) => void bind(HostedService).to(Consumer),
} satisfies Fixture;

function workOf(app: Application): Work {
  return app.container.get(Work);
}

/** Resolves once the port is closed and everybody is told to leave. */
async function portClosed(app: Application): Promise<void> {
  await expect.poll(() => app.servers['main']?.getHealthStatus().listening).toBe(false);
}

function slowRequest(app: Application): Promise<RawClient> {
  return startRequest(app, '/slow/1');
}

async function startRequest(app: Application, path: string): Promise<RawClient> {
  const client = (await connectTo(app.url)).send(get(path));
  await workOf(app).entered.promise;
  return client;
}

async function idleConnection(app: Application): Promise<RawClient> {
  const client = await connectTo(app.url);
  await client.send(get('/fast')).until('fast');
  return client;
}

/** Takes what a stop that was not clean tells. */
async function takeVerdict(server: ProviderUnderTest, ...messages: readonly string[]): Promise<void> {
  for (const message of messages) expect(await server.log.next()).toMatchObject({ message });
}

describeProviders('a lame duck', fixture, (server) => {
  test('serves old and new connections until its last hook has ended, and is not ready', async () => {
    const app = await server.startAnother();
    const hook = Promise.withResolvers<void>();
    app.manager.preShutdownHook('held', () => hook.promise);
    const old = await idleConnection(app);
    const stopped = app.gracefulStop();
    expect(app.state).toBe('lame-duck');
    await expect.poll(() => app.manager.getHealthStatus().running).toEqual(['held']);
    expect(app.manager.getHealthStatus()).toMatchObject({ phase: 'lame-duck', ready: false });
    expect((await send(app.url, 'GET', '/fast')).text).toBe('fast');
    await old.send(get('/fast')).until('fast', 2);
    hook.resolve();
    expect((await stopped).exitCode).toBe(0);
  });

  test('tells a growing share of its clients to leave', async () => {
    const app = await server.startAnother({ lameDuckDelay: 400 });
    const stopped = app.gracefulStop();
    const told: boolean[] = [];
    while (app.state === 'lame-duck') {
      const client = await connectTo(app.url);
      told.push(/connection: close/i.test(await client.send(get('/fast')).until('\r\nfast')));
      client.stream.destroy();
    }
    await stopped;
    const half = Math.floor(told.length / 2);
    const shareOf = (part: readonly boolean[]): number => part.filter(Boolean).length / part.length;
    expect(told[0]).toBe(false);
    expect(shareOf(told.slice(0, half))).toBeLessThan(shareOf(told.slice(half)));
  });
});

describeProviders('draining', fixture, (server) => {
  test('answers a reused connection with close, and refuses a new one', async () => {
    const app = await server.startAnother({ drainIdleTimeout: 2_000 });
    const { url } = app;
    const slow = await slowRequest(app);
    const old = await idleConnection(app);
    const stopped = app.gracefulStop();
    await portClosed(app);
    expect(app.state).toBe('draining');
    old.send(get('/fast'));
    expect(answersIn(await old.end())[1]?.head).toMatch(/connection: close/i);
    await expect(send(url, 'GET', '/fast')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    workOf(app).gate.resolve();
    expect(answersIn(await slow.end())[0]).toMatchObject({ status: 200, body: 'a row' });
    expect((await stopped).requests).toEqual({ inFlight: 1, finished: 2, abandoned: 0, cut: 0, refused: 0 });
  });

  test('finishes a slow upload, a stream and a head that has come by half', async () => {
    const app = await server.startAnother({ drainIdleTimeout: 2_000 });
    const work = workOf(app);
    const upload = await connectTo(app.url);
    upload.send('POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345');
    await work.entered.promise;
    const stream = (await connectTo(app.url)).send(get('/stream'));
    await stream.until('first,');
    const half = (await connectTo(app.url)).send('GET /fast HTTP/1.1\r\nHo');
    await expect.poll(() => app.manager.getConnectionsCount().total).toBe(3);
    const stopped = app.gracefulStop();
    await portClosed(app);
    half.send('st: x\r\n\r\n');
    upload.send('67890');
    work.gate.resolve();
    expect(await half.end()).toMatch(/200 OK[^]*fast/);
    expect(await upload.end()).toMatch(/200 OK[^]*10/);
    expect(await stream.end()).toContain('last');
    expect((await stopped).requests).toMatchObject({ finished: 3, cut: 0, abandoned: 0 });
  });

  test('tells the late by their signal, and one that obeys answers 503', async () => {
    const app = await server.startAnother({ drainTimeout: 100 });
    const client = await startRequest(app, '/obedient');
    const { notes } = workOf(app);
    const report = await app.gracefulStop();
    expect(answersIn(await client.end())[0]).toMatchObject({ status: 503 });
    expect(notes).toContain('The server is stopping, and the time for this request is over.');
    expect(report.requests).toMatchObject({ inFlight: 1, finished: 0, cut: 1 });
    expect(report.servers[0]?.cuts).toMatchObject([{ method: 'GET', route: '/obedient' }]);
    expect(report.exitCode).toBe(20);
    await takeVerdict(server, 'GET /obedient was cut: its time was over', 'The application has stopped');
  });

  test('answers 503 for what breaks off by its signal', async () => {
    const app = await server.startAnother({ drainTimeout: 100 });
    const client = await startRequest(app, '/asleep');
    const report = await app.gracefulStop();
    const answer = await client.end();
    expect(answersIn(answer)[0]).toMatchObject({ status: 503 });
    expect(answer).toMatch(/^retry-after: 1\r$/im);
    expect(report.requests).toMatchObject({ inFlight: 1, finished: 0, cut: 1 });
    await takeVerdict(server, 'GET /asleep was cut: its time was over', 'The application has stopped');
  });

  test('counts as finished what is answered though its signal has aborted', async () => {
    const app = await server.startAnother({ drainTimeout: 100 });
    const client = await startRequest(app, '/modest');
    const report = await app.gracefulStop();
    expect(answersIn(await client.end())[0]).toMatchObject({ status: 200, body: 'half of it' });
    expect(report.requests).toMatchObject({ inFlight: 1, finished: 1, cut: 0 });
    expect(report.exitCode).toBe(0);
  });

  test('cuts what does not end, and names it by its route', async () => {
    const app = await server.startAnother({ drainTimeout: 100, abortGrace: 50 });
    const client = await slowRequest(app);
    const work = workOf(app);
    const report = await app.gracefulStop();
    expect(answersIn(await client.end())[0]).toMatchObject({ status: 503 });
    expect(report.exitCode).toBe(20);
    expect(report.servers[0]).toMatchObject({
      name: 'main',
      inFlight: 1,
      cut: 1,
      routes: [{ method: 'GET', route: '/slow/:id', inFlight: 1, finished: 0, cut: 1 }],
      cuts: [{ method: 'GET', route: '/slow/:id' }],
      running: 1,
      connections: { active: 1, told: 0, idle: 0 },
    });
    await takeVerdict(server, 'GET /slow/:id was cut: its time was over', 'The application has stopped');
    work.gate.resolve();
    await takeVerdict(server, 'A second answer was dropped');
  });

  test('tells all at once where it refuses, and keeps nobody whose answer has said close', async () => {
    const app = await server.startAnother({
      drainIdleTimeout: 5_000,
      servers: { main: { ...server.mainOptions, whileDraining: 'refuse' } },
    });
    const slow = await slowRequest(app);
    const stopped = app.gracefulStop();
    await expect.poll(() => app.state).toBe('draining');
    workOf(app).gate.resolve();
    const [answer] = answersIn(await slow.end());
    expect(answer).toMatchObject({ status: 200, body: 'a row' });
    expect(answer?.head).toMatch(/connection: close/i);
    const report = await stopped;
    expect(report.servers[0]?.connections).toMatchObject({ told: 1, idle: 0 });
    expect(report.duration).toBeLessThan(2_500);
  });

  test('closes nothing under a handler whose client has left', async () => {
    const app = await server.startAnother();
    const client = await slowRequest(app);
    const work = workOf(app);
    client.stream.destroy();
    await expect.poll(() => app.manager.getHealthStatus().inFlight).toBe(0);
    const stopped = app.gracefulStop();
    await portClosed(app);
    await expect.poll(() => app.manager.getConnectionsCount().total).toBe(0);
    expect(work.notes).not.toContain('database closed');
    work.gate.resolve();
    await stopped;
    expect(work.notes).toContain('database closed');
  });

  test('refuses with 503 on old and new connections where it is told to, and finishes what is in flight', async () => {
    const app = await server.startAnother({
      drainIdleTimeout: 2_000,
      servers: { main: { ...server.mainOptions, whileDraining: 'refuse' } },
    });
    const slow = await slowRequest(app);
    const old = await idleConnection(app);
    const stopped = app.gracefulStop();
    await expect.poll(() => app.state).toBe('draining');
    const refusal = { status: 503, headers: { 'retry-after': '1', connection: 'close' } };
    expect(await send(app.url, 'GET', '/fast')).toMatchObject(refusal);
    old.send(get('/fast'));
    expect(answersIn(await old.end())[1]).toMatchObject({ status: 503 });
    workOf(app).gate.resolve();
    expect(answersIn(await slow.end())[0]).toMatchObject({ status: 200, body: 'a row' });
    expect((await stopped).requests).toMatchObject({ inFlight: 1, finished: 1, refused: 2, cut: 0 });
  });

  test('takes another time while it goes on, and tells how many connections are left', async () => {
    const app = await server.startAnother({ abortGrace: 50 });
    const work = workOf(app);
    const client = await slowRequest(app);
    const idle = await idleConnection(app);
    expect(app.manager.getConnectionsCount()).toEqual({ total: 2, active: 1, idle: 1 });
    const stopped = app.gracefulStop();
    await portClosed(app);
    await idle.end();
    const count = { total: 1, active: 1, idle: 0 };
    await expect.poll(() => app.servers['main']?.getConnectionsCount()).toEqual(count);
    expect(app.servers['main']?.getHealthStatus()).toMatchObject({
      phase: 'draining',
      inFlight: 1,
      routes: [{ method: 'GET', route: '/slow/:id', inFlight: 1 }],
    });
    const gone = app.manager.waitForConnections();
    app.manager.setDrainTimeout(1);
    await gone;
    await client.end();
    expect((await stopped).requests.cut).toBe(1);
    await takeVerdict(server, 'GET /slow/:id was cut: its time was over', 'The application has stopped');
    work.gate.resolve();
    await takeVerdict(server, 'A second answer was dropped');
  });
});

describeProviders('a life', fixture, (server) => {
  test('runs hooks and hosted services each in its phase, and closes services last of all', async () => {
    const app = await server.startAnother();
    const { notes } = workOf(app);
    await app.close();
    expect(notes).toEqual([
      'OnStart',
      'consumer started',
      'OnReady',
      'PreShutdown',
      'consumer drained',
      'consumer stopped',
      'database closed',
      'PostShutdown',
    ]);
  });

  test('is told by events, each request by its route', async () => {
    const app = await server.startAnother();
    const phases: string[] = [];
    const requests: LifecycleEvents['request:finished'][] = [];
    app.lifecycle.on('phase:entered', ({ server: of, phase }) => phases.push(`${of ?? 'application'} ${phase}`));
    app.lifecycle.on('request:finished', (event) => requests.push(event));
    workOf(app).gate.resolve();
    await send(app.url, 'GET', '/slow/7');
    await send(app.url, 'GET', '/none');
    await app.close();
    expect(requests).toContainEqual({
      application: 'application',
      server: 'main',
      method: 'GET',
      url: '/slow/7',
      route: '/slow/:id',
      status: 200,
      finished: true,
    });
    expect(requests.find(({ url }) => url === '/none')).toMatchObject({ route: undefined, status: 404 });
    expect(phases.filter((line) => line.startsWith('application'))).toEqual([
      'application lame-duck',
      'application draining',
      'application stopping',
      'application stopped',
    ]);
    expect(phases.filter((line) => line.startsWith('main'))).toEqual([
      'main lame-duck',
      'main draining',
      'main stopping',
      'main stopped',
    ]);
  });

  test('goes on where one server of two is stopped alone, with hooks of its own', async () => {
    const app = await server.startAnother({
      servers: { main: server.mainOptions, other: { ...server.mainOptions, port: 0, host: '127.0.0.1' } },
    });
    const { other } = app.servers as Record<string, NonNullable<Application['servers'][string]>>;
    if (other === undefined) throw new Error('There is no other server.');
    const order: string[] = [];
    other.preShutdownHook('before', () => order.push(`before ${other.phase}`));
    other.postShutdownHook('after', () => order.push(`after ${other.phase}`));
    expect(await other.gracefulStop()).toMatchObject({ name: 'other', cut: 0 });
    expect(order).toEqual(['before lame-duck', 'after stopping']);
    expect(other.phase).toBe('stopped');
    expect(app.state).toBe('ready');
    expect(await send(app.url, 'GET', '/fast')).toMatchObject({ status: 200 });
    expect((await app.gracefulStop()).servers.map(({ name }) => name).toSorted()).toEqual(['main', 'other']);
  });
});
