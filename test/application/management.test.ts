import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import {
  createApplication,
  defineModule,
  Controller,
  Get,
  HealthIndicator,
  HostedService,
  Injectable,
  UnauthorizedError,
  type Application,
  type ApplicationOptions,
  type HealthFinding,
  type HealthResult,
  type HttpContext,
  type ModuleOptions,
} from 'bowline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loopbackGuard } from '../../src/application/management/management-routes.js';
import { send, type Answer } from '../conformance/harness/client.js';
import { RecordedLog } from '../conformance/harness/recorded-log.js';
import { connectTo } from '../server/raw-client.js';

const local = { port: 0, host: '127.0.0.1' };

/** Holds whoever waits for it until it is opened. */
class Gate {
  readonly #reached = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();

  readonly wait = async (): Promise<void> => {
    this.#reached.resolve();
    await this.#opened.promise;
  };

  reached(): Promise<void> {
    return this.#reached.promise;
  }

  open(): void {
    this.#opened.resolve();
  }
}

/** Holds an application in each of its phases. */
class Gates extends HostedService {
  override readonly name = 'gates';
  readonly gates = { start: new Gate(), lameDuck: new Gate(), drain: new Gate(), stop: new Gate() };
  override readonly start = this.gates.start.wait;
  override readonly lameDuck = this.gates.lameDuck.wait;
  override readonly drain = this.gates.drain.wait;
  override readonly stop = this.gates.stop.wait;
}

interface Options extends ApplicationOptions {
  readonly bind?: NonNullable<ModuleOptions['bind']>;
}

async function make({ bind, ...options }: Options = {}): Promise<Application> {
  const app = (await createApplication({
    logger: { level: 'silent' },
    signals: false,
    drainIdleTimeout: 20,
    management: { port: 0 },
    ...options,
    modules: [defineModule(bind === undefined ? {} : { bind }), ...((options.modules as []) ?? [])],
  })) as Application;
  onTestFinished(() => app.close());
  return app;
}

/** An application with these checks, which listens. */
async function checked(...indicators: readonly HealthIndicator[]): Promise<Application> {
  const app = await make({
    bind: ({ bind }) => {
      for (const each of indicators) bind(HealthIndicator).toConstantValue(each);
    },
  });
  return app.listen(local);
}

function saying(
  name: string,
  check: () => HealthResult | Promise<HealthResult>,
  more: Partial<HealthIndicator> = {},
): HealthIndicator {
  return { name, check, cacheDuration: 0, ...more };
}

async function probe(app: Application, path: string): Promise<string> {
  const { status, text } = await send(app.managementUrl, 'GET', path);
  return `${status} ${text}`;
}

async function probes(app: Application): Promise<Record<'livez' | 'readyz' | 'startupz', string>> {
  const [livez, readyz, startupz] = await Promise.all(
    ['/livez', '/readyz', '/startupz'].map((path) => probe(app, path)),
  );
  return { livez: livez ?? '', readyz: readyz ?? '', startupz: startupz ?? '' };
}

async function health(app: Application): Promise<Answer & { readonly json: Record<string, unknown> }> {
  return (await send(app.managementUrl, 'GET', '/health')) as Answer & { readonly json: Record<string, unknown> };
}

describe('the management server', () => {
  it('tells the truth in every phase', async () => {
    const gates = new Gates();
    const { start, lameDuck, drain, stop } = gates.gates;
    const check = saying('db', () => 'up');
    const app = await make({
      bind: ({ bind }) => {
        bind(HostedService).toConstantValue(gates);
        bind(HealthIndicator).toConstantValue(check);
      },
    });
    const listening = app.listen(local);
    await start.reached();
    expect(await probes(app)).toEqual({ livez: '200 ok', readyz: '503 starting', startupz: '503 starting' });
    expect(await health(app)).toMatchObject({
      status: 503,
      json: { phase: 'starting', ready: false, secondsLeft: null, running: ['gates'] },
    });

    start.open();
    await listening;
    expect(await probes(app)).toEqual({ livez: '200 ok', readyz: '200 ok', startupz: '200 ok' });
    expect(await health(app)).toMatchObject({
      status: 200,
      json: { phase: 'ready', ready: true, servers: [{ name: 'main', listening: true }], running: [] },
    });

    const closing = app.gracefulStop();
    expect(app.state).toBe('lame-duck');
    const afterwards = { livez: '200 ok', startupz: '200 ok' };
    expect(await probes(app)).toEqual({ ...afterwards, readyz: '503 lame-duck' });
    await lameDuck.reached();
    expect(await health(app)).toMatchObject({
      status: 503,
      json: { phase: 'lame-duck', ready: false, running: ['gates'], checks: [{ name: 'db', state: 'up' }] },
    });

    lameDuck.open();
    await drain.reached();
    expect(await probes(app)).toEqual({ ...afterwards, readyz: '503 draining' });
    const { secondsLeft, phase } = (await health(app)).json;
    expect(phase).toBe('draining');
    expect(secondsLeft).toBeGreaterThan(0);
    expect(secondsLeft).toBeLessThanOrEqual(9);

    drain.open();
    await stop.reached();
    expect(await probes(app)).toEqual({ ...afterwards, readyz: '503 stopping' });
    expect(await health(app)).toMatchObject({ status: 503, json: { phase: 'stopping', running: ['gates'] } });

    const { managementUrl } = app;
    stop.open();
    const report = await closing;
    expect(report.servers.map(({ name }) => name)).toEqual(['main']);
    expect(report.requests).toMatchObject({ finished: 0, cut: 0 });
    await expect(send(managementUrl, 'GET', '/livez')).rejects.toThrow('ECONNREFUSED');
    expect(() => app.managementUrl).toThrow('managementUrl was called while the application is stopped.');
  });

  it('answers before anything is built', async () => {
    const built = new Gate();
    const app = await make({
      bind: ({ bind }) => {
        bind(Gate).toDynamicValue(async () => {
          await built.wait();
          return built;
        });
      },
    });
    const listening = app.listen(local);
    await built.reached();
    expect(await probes(app)).toEqual({ livez: '200 ok', readyz: '503 starting', startupz: '503 starting' });
    built.open();
    await listening;
  });

  it('shows requests in flight by route', async () => {
    const gate = new Gate();
    @Controller('/orders')
    class OrderController {
      @Get('/:id') async find(): Promise<string> {
        await gate.wait();
        return 'found';
      }
    }
    const app = await make({ modules: [defineModule({ controllers: [OrderController] })] });
    await app.listen(local);
    const answer = send(app.url, 'GET', '/orders/7');
    await gate.reached();
    expect((await health(app)).json).toMatchObject({
      connections: { total: 1, active: 1, idle: 0 },
      inFlight: 1,
      servers: [{ name: 'main', inFlight: 1, routes: [{ method: 'GET', route: '/orders/:id', inFlight: 1 }] }],
    });
    gate.open();
    expect((await answer).text).toBe('found');
  });

  it('answers HEAD without a body, no other method, and nothing that may be kept', async () => {
    const app = await (await make()).listen(local);
    for (const path of ['/livez', '/readyz', '/startupz', '/health']) {
      const answer = await send(app.managementUrl, 'GET', path);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
      expect(answer.headers['content-type']).toMatch(path === '/health' ? /^application\/json/ : /^text\/plain/);
      const head = await send(app.managementUrl, 'HEAD', path);
      expect(head).toMatchObject({ status: 200, text: '' });
      expect(await send(app.managementUrl, 'POST', path)).toMatchObject({ status: 405 });
    }
    expect(await send(app.managementUrl, 'GET', '/')).toMatchObject({ status: 404 });
  });

  it('is not in the sums, and has its routes in the list', async () => {
    const app = await (await make()).listen(local);
    const client = await connectTo(app.managementUrl);
    client.send('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until('ok');
    expect(app.manager.getHealthStatus()).toMatchObject({ connections: { total: 0 }, servers: [{ name: 'main' }] });
    expect(Object.keys(app.servers)).toEqual(['main']);
    expect(app.routes.map(({ server, path }) => `${server} ${path}`)).toEqual([
      'management /livez',
      'management /readyz',
      'management /startupz',
      'management /health',
    ]);
  });

  it('lets an idle connection of a probe go with the application', async () => {
    const app = await (await make()).listen(local);
    const client = await connectTo(app.managementUrl);
    client.send('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until('ok');
    // It would stay for five seconds, and longer where somebody sets it.
    await app.close();
    await client.end();
  });

  it('does not wait for whoever sends half a request', async () => {
    const app = await (await make()).listen(local);
    const client = await connectTo(app.managementUrl);
    client.send('GET /livez HTTP/1.1\r\nHo');
    expect(await probe(app, '/livez')).toBe('200 ok');
    await app.close();
    await client.end();
  });

  it('is opened by listen and not by start', async () => {
    const app = await make();
    await app.start();
    expect(() => app.managementUrl).toThrow('managementUrl was called while the application is ready.');
    await app.listen(local);
    expect(await probes(app)).toEqual({ livez: '200 ok', readyz: '200 ok', startupz: '200 ok' });
  });

  it('keeps the application from starting where its port is taken, before anything is built', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    let isBuilt = false;
    const options: Options = {
      management: { port },
      bind: ({ bind }) => void bind(Gate).toDynamicValue(() => ((isBuilt = true), new Gate())),
    };
    const message = `The server 'management' cannot listen on 127.0.0.1:${port}: another process listens there`;
    const app = await make(options);
    await expect(app.listen(local)).rejects.toThrow(message);
    expect({ isBuilt, state: app.state }).toEqual({ isBuilt: false, state: 'stopped' });
    const late = await make(options);
    await late.start();
    await expect(late.listen(local)).rejects.toThrow(message);
    expect(late.state).toBe('stopped');
  });

  it('is closed again where the start fails, and was never ready', async () => {
    const gates = new Gates();
    const app = await make({
      bind: ({ bind }) => {
        bind(HostedService).toConstantValue(gates);
        bind(HostedService).toConstantValue({
          name: 'broken',
          dependsOn: ['gates'],
          start: () => Promise.reject(new Error('no broker')),
        });
      },
    });
    const failed = expect(app.listen(local)).rejects.toThrow('no broker');
    await gates.gates.start.reached();
    const { managementUrl } = app;
    gates.gates.start.open();
    await gates.gates.drain.reached();
    expect(await probes(app)).toEqual({ livez: '200 ok', readyz: '503 draining', startupz: '503 draining' });
    gates.gates.drain.open();
    gates.gates.stop.open();
    await failed;
    await expect(send(managementUrl, 'GET', '/livez')).rejects.toThrow('ECONNREFUSED');
  });

  it('listens on this machine alone, and on all interfaces in Kubernetes unless told', async () => {
    const lines: string[] = [];
    const log = new RecordedLog();
    log.info = (message = '') => void lines.push(message);
    const environment = process.env;
    onTestFinished(() => {
      process.env = environment;
    });
    const hostOf = async (management: { readonly port: number; readonly host?: string }): Promise<string> => {
      const app = await make({ management, logger: log });
      let host = '';
      app.lifecycle.on('server:started', ({ server, url }) => {
        if (server === 'management') host = new URL(url).host;
      });
      await app.listen(local);
      const said = lines.splice(0).filter((line) => line.includes('management') || line.includes('since Kubernetes'));
      await app.close();
      return said.join('; ').replaceAll(host, 'HOST');
    };
    process.env = { ...environment };
    delete process.env['KUBERNETES_SERVICE_HOST'];
    expect(await hostOf({ port: 0 })).toBe("The server 'management' listens on http://HOST");
    process.env['KUBERNETES_SERVICE_HOST'] = '10.0.0.1';
    expect(await hostOf({ port: 0 })).toBe(
      "The server 'management' listens on http://HOST; It listens on all interfaces, since Kubernetes probes the address of the pod",
    );
    expect(await hostOf({ port: 0, host: '127.0.0.1' })).toBe("The server 'management' listens on http://HOST");
  });
});

describe('a health indicator', () => {
  it('that is down takes readiness away, and liveness never', async () => {
    let state: HealthFinding = { state: 'down', reason: 'password of admin refused' };
    const app = await checked(
      saying('db', () => state),
      saying('queue', () => 'down'),
      saying('cache', () => 'up'),
    );
    expect(await probes(app)).toEqual({ livez: '200 ok', readyz: '503 down: db, queue', startupz: '200 ok' });
    const { status, json } = await health(app);
    expect(status).toBe(503);
    expect(json).toMatchObject({ phase: 'ready', ready: false });
    expect(json['checks']).toMatchObject([
      { name: 'db', groups: ['ready'], state: 'down', reason: 'password of admin refused' },
      { name: 'queue', state: 'down' },
      { name: 'cache', state: 'up' },
    ]);
    state = { state: 'up' };
    expect(await probe(app, '/readyz')).toBe('503 down: queue');
  });

  it('that is degraded is ready', async () => {
    const app = await checked(saying('db', () => 'degraded'));
    expect(await probe(app, '/readyz')).toBe('200 ok');
    expect(await health(app)).toMatchObject({ status: 200, json: { ready: true, checks: [{ state: 'degraded' }] } });
  });

  it('of liveness fails it while everything runs, and no longer when it stops', async () => {
    const gates = new Gates();
    gates.gates.start.open();
    const stuck = saying('worker', () => 'down', { groups: ['live'] });
    const app = await make({
      bind: ({ bind }) => {
        bind(HostedService).toConstantValue(gates);
        bind(HealthIndicator).toConstantValue(stuck);
      },
    });
    await app.listen(local);
    expect(await probes(app)).toEqual({ livez: '503 down: worker', readyz: '200 ok', startupz: '200 ok' });
    const closing = app.close();
    expect(await probe(app, '/livez')).toBe('200 ok');
    for (const gate of Object.values(gates.gates)) gate.open();
    await closing;
  });

  it('of the start is asked until it was well once', async () => {
    const answers: HealthResult[] = ['down', 'up', 'down'];
    let count = 0;
    const app = await checked(saying('warm', () => answers[count++], { groups: ['startup'] }));
    const seen = [];
    for (let round = 0; round < 4; round++) seen.push(await probe(app, '/startupz'));
    expect(seen).toEqual(['503 down: warm', '200 ok', '200 ok', '200 ok']);
    expect(count).toBe(2);
  });

  it('that answers when the lame duck has begun does not make it ready', async () => {
    const gates = new Gates();
    gates.gates.start.open();
    const check = new Gate();
    const app = await make({
      bind: ({ bind }) => {
        bind(HostedService).toConstantValue(gates);
        bind(HealthIndicator).toConstantValue(saying('db', check.wait));
      },
    });
    await app.listen(local);
    const answer = probe(app, '/readyz');
    await check.reached();
    const closing = app.close();
    check.open();
    expect(await answer).toBe('503 lame-duck');
    for (const gate of Object.values(gates.gates)) gate.open();
    await closing;
  });

  it('is told to end before services are closed, and not asked any more', async () => {
    const stuck = new Gate();
    const signals: AbortSignal[] = [];
    class StuckCheck extends HealthIndicator {
      override readonly timeout = 60_000;
      override readonly groups = ['ready', 'live'] as const;
      check(signal: AbortSignal): Promise<void> {
        signals.push(signal);
        return stuck.wait();
      }
    }
    const gates = new Gates();
    const { start, lameDuck, drain, stop } = gates.gates;
    for (const gate of [start, lameDuck, drain]) gate.open();
    const app = await make({
      bind: ({ bind }) => {
        bind(HostedService).toConstantValue(gates);
        bind(HealthIndicator).to(StuckCheck);
      },
    });
    await app.listen(local);
    const asked = health(app);
    await stuck.reached();
    const closing = app.close();
    await stop.reached();
    expect(signals[0]?.aborted).toBe(true);
    expect((await asked).json).toMatchObject({ phase: 'stopping', checks: [] });
    expect((await health(app)).json).toMatchObject({ phase: 'stopping', checks: [] });
    expect(signals).toHaveLength(1);
    stop.open();
    await closing;
  });

  it('is built with what it needs, once, however it is bound', async () => {
    @Injectable()
    class Database {
      readonly isUp = true;
    }
    let count = 0;
    @Injectable()
    class DatabaseCheck extends HealthIndicator {
      constructor(private readonly database: Database) {
        super();
        count++;
      }
      check(): HealthResult {
        return this.database.isUp ? 'up' : 'down';
      }
    }
    const app = await make({
      bind: ({ bind }) => {
        bind(Database).toSelf();
        bind(DatabaseCheck).toSelf();
        bind(HealthIndicator).toService(DatabaseCheck);
      },
    });
    await app.listen(local);
    expect((await health(app)).json['checks']).toMatchObject([{ name: 'DatabaseCheck', state: 'up' }]);
    expect(count).toBe(1);
  });
});

describe('who may see /health', () => {
  it('is whoever comes from this machine, by the socket', () => {
    const from = (remoteAddress: string | undefined, headers = {}): boolean =>
      loopbackGuard({ native: { request: { socket: { remoteAddress }, headers } } } as unknown as HttpContext);
    const own = ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'];
    const others = ['10.0.0.1', '192.0.2.7', '::ffff:10.0.0.1', '2001:db8::1', 'fe80::1%eth0', '', undefined];
    expect(own.map((address) => from(address))).toEqual(own.map(() => true));
    expect(others.map((address) => from(address, { 'x-forwarded-for': '127.0.0.1' }))).toEqual(others.map(() => false));
  });

  it('is decided by a guard where one was given; probes are for everybody', async () => {
    const guard = (ctx: HttpContext): boolean => {
      if (ctx.header('authorization') === undefined) throw new UnauthorizedError('Who are you?');
      return ctx.header('authorization') === 'Bearer secret';
    };
    const app = await (await make({ management: { port: 0, guard } })).listen(local);
    const ask = (authorization?: string): Promise<Answer> =>
      send(app.managementUrl, 'GET', '/health', { headers: authorization === undefined ? {} : { authorization } });
    expect(await ask()).toMatchObject({ status: 401, json: { detail: 'Who are you?' } });
    const refused = await ask('Bearer guess');
    expect(refused).toMatchObject({ status: 403, json: { title: 'Forbidden' } });
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(await ask('Bearer secret')).toMatchObject({ status: 200, json: { phase: 'ready' } });
    expect(await probe(app, '/readyz')).toBe('200 ok');
  });

  it('is nobody where the guard says anything but true, or fails', async () => {
    const log = new RecordedLog();
    const statusWith = async (guard: unknown): Promise<number> => {
      const app = await make({ management: { port: 0, guard: guard as () => boolean }, logger: log });
      await app.listen(local);
      return (await health(app)).status;
    };
    expect(await statusWith(() => 'yes')).toBe(403);
    expect(await statusWith(() => Promise.resolve(false))).toBe(403);
    expect(await statusWith(() => Promise.resolve(true))).toBe(200);
    expect(await statusWith(() => Promise.reject(new Error('no directory')))).toBe(500);
    expect(log.rest()).toMatchObject([{ message: 'GET /health failed with 500' }]);
  });
});

describe('without a server of its own', () => {
  it('the probes are on one of the application, and /health is not, for lack of a guard', async () => {
    const app = await make({ management: { mountOn: 'main' }, servers: { main: { prefix: '/api' } } });
    await app.listen(local);
    expect(await send(app.url, 'GET', '/readyz')).toMatchObject({ status: 200, text: 'ok' });
    expect(await send(app.url, 'GET', '/health')).toMatchObject({ status: 404 });
    expect(() => app.managementUrl).toThrow('It takes the option management: { port } and a call of listen().');
  });
});
