import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Controller,
  createApplication,
  describeReport,
  Get,
  HostedHttpServer,
  HostedService,
  hostConsumer,
  HttpProvider,
  NodeProvider,
  Injectable,
  defineModule,
  type Application,
  type ApplicationOptions,
} from 'bowline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectTo, get } from '../server/raw-client.js';

async function make(options: ApplicationOptions = {}): Promise<Application> {
  const app = await createApplication({
    logger: { level: 'silent' },
    signals: false,
    drainIdleTimeout: 50,
    ...options,
  });
  onTestFinished(() => app.close());
  return app as Application;
}

const local = { port: 0, host: '127.0.0.1' };

describe('a plain http.Server in an application', () => {
  it('is opened with it, finishes what is in flight and counts in its sums', async () => {
    const gate = Promise.withResolvers<void>();
    const legacy = createServer((request, response) => {
      if (request.url === '/slow') void gate.promise.then(() => response.end('slow'));
      else response.end('fast');
    });
    const app = await make();
    app.manager.add('legacy', new HostedHttpServer(legacy, { name: 'legacy', ...local, drainIdleTimeout: 100 }));
    await app.listen(local);
    const url = `http://127.0.0.1:${(legacy.address() as AddressInfo).port}`;
    const idle = await connectTo(url);
    await idle.send(get('/fast')).until('fast');
    const slow = (await connectTo(url)).send(get('/slow'));
    await expect.poll(() => app.manager.getHealthStatus().inFlight).toBe(1);
    expect(app.manager.getConnectionsCount()).toEqual({ total: 2, active: 1, idle: 1 });
    const stopped = app.gracefulStop();
    await expect.poll(() => legacy.listening).toBe(false);
    gate.resolve();
    expect(await slow.end()).toMatch(/connection: close[^]*slow$/i);
    await idle.end();
    const report = await stopped;
    expect(report.requests).toMatchObject({ inFlight: 1, finished: 1, cut: 0 });
    expect(report.servers.find(({ name }) => name === 'legacy')).toMatchObject({
      routes: [{ method: 'GET', route: '(native)', inFlight: 1, finished: 1, cut: 0 }],
      connections: { idle: 1, told: 1 },
    });
  });

  it('fails the start where its port is taken, and names itself', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await expect.poll(() => other.listening).toBe(true);
    const { port } = other.address() as AddressInfo;
    const app = await make();
    app.manager.add('legacy', new HostedHttpServer(createServer(), { name: 'legacy', port, host: '127.0.0.1' }));
    await expect(app.listen(local)).rejects.toThrow(`The server 'legacy' cannot listen on 127.0.0.1:${port}`);
    expect(app.state).toBe('stopped');
  });
});

describe('a consumer in an application', () => {
  it('takes no further message once it drains, is waited for, and is stopped then', async () => {
    const notes: string[] = [];
    const idle = Promise.withResolvers<void>();
    const app = await make();
    app.manager.add(
      'orders',
      hostConsumer({
        start: () => notes.push('start'),
        pause: () => notes.push('pause'),
        whenIdle: () => idle.promise,
        stop: () => notes.push('stop'),
        running: () => 2,
      }),
    );
    await app.listen(local);
    expect(app.manager.getHealthStatus().hosted).toEqual([{ name: 'orders', active: 2 }]);
    const stopped = app.gracefulStop();
    await expect.poll(() => notes).toEqual(['start', 'pause']);
    idle.resolve();
    await stopped;
    expect(notes).toEqual(['start', 'pause', 'stop']);
  });

  it('may be bound in a module, also as an alias of itself', async () => {
    const notes: string[] = [];
    @Injectable()
    class Consumer extends HostedService {
      override start(): void {
        notes.push('start');
      }
      override stop(): void {
        notes.push('stop');
      }
    }
    const module = defineModule({
      services: [Consumer],
      bind: ({ bind }) => bind(HostedService).toService(Consumer),
    });
    const app = await make({ modules: [module] });
    await app.start();
    await app.close();
    expect(notes).toEqual(['start', 'stop']);
  });

  it('has a name of its own where it was given none, and is one however often it was bound', async () => {
    const notes: string[] = [];
    const plain = (): HostedService => ({ start: () => void notes.push('start') });
    class Consumer extends HostedService {
      override stop(): void {}
    }
    class Named extends HostedService {
      override readonly name = 'Consumer';
      override stop(): void {}
    }
    const once = plain();
    const mail = defineModule({
      name: 'mail',
      bind: ({ bind }) => {
        bind(HostedService).to(Consumer);
        bind(HostedService).to(Consumer);
        bind(HostedService).toConstantValue(plain());
        bind(HostedService).toConstantValue(plain());
        bind(HostedService).toConstantValue(once);
      },
    });
    const rest = defineModule({
      name: 'rest',
      bind: ({ bind }) => {
        bind(HostedService).to(Named);
        bind(HostedService).toConstantValue(once);
      },
    });
    const app = await make({ modules: [mail, rest] });
    await app.start();
    expect(app.manager.getHealthStatus().hosted.map(({ name }) => name)).toEqual([
      'Consumer',
      'Consumer 2',
      'Consumer 3',
      'HostedService of mail',
      'HostedService of mail 2',
      'HostedService of mail 3',
    ]);
    expect(notes).toHaveLength(3);
  });

  it('cannot take the name of another that has given itself one', async () => {
    class Named extends HostedService {
      override readonly name = 'orders';
      override stop(): void {}
    }
    const bindIt = {
      bind: ({ bind }: { bind: (id: typeof HostedService) => { to(type: typeof Named): unknown } }) =>
        void bind(HostedService).to(Named),
    };
    const app = await make({
      modules: [defineModule({ ...bindIt, name: 'a' } as never), defineModule({ ...bindIt, name: 'b' } as never)],
    });
    await expect(app.start()).rejects.toMatchObject({ code: 'BOW_SERVICE_NAME_TAKEN' });
  });
});

describe('a start', () => {
  it('opens no port before all that works behind it has started', async () => {
    const app = await make();
    const started = Promise.withResolvers<void>();
    app.manager.add('queue', { start: () => started.promise });
    const listening = app.listen(local);
    await expect.poll(() => app.manager.getHealthStatus().running).toEqual(['queue']);
    expect(app.manager.getHealthStatus().servers.map((server) => server.listening)).toEqual([false]);
    started.resolve();
    await listening;
    expect((await fetch(app.url)).status).toBe(404);
  });

  it('says who hangs where a provider never mounts, and stops what had started', async () => {
    const closed: string[] = [];
    @Injectable()
    class Pool {
      [Symbol.dispose](): void {
        closed.push('pool');
      }
    }
    class HangingProvider extends NodeProvider {
      override mount(): Promise<never> {
        return new Promise(() => undefined);
      }
    }
    const module = defineModule({
      services: [Pool],
      bind: ({ bind }) => void bind(HttpProvider).toConstantValue(new HangingProvider()),
    });
    const app = await make({ modules: [module], startTimeout: 100 });
    await expect(app.listen(local)).rejects.toThrow('providers was not done after');
    expect(closed).toEqual(['pool']);
    expect(app.state).toBe('stopped');
  });

  it('refuses a hosted service of which nothing would ever be called', async () => {
    class Each extends HostedService {
      override start(): void {}
    }
    const problems = async (bind: Parameters<typeof defineModule>[0] & {}): Promise<string> => {
      const app = await make({ modules: [defineModule(bind)] });
      return app.start().then(
        () => 'started',
        (error: unknown) => (error as Error).message,
      );
    };
    expect(await problems({ bind: ({ bind }) => void bind(HostedService).to(Each).inTransientScope() })).toContain(
      'a hosted service lives as long as the application, and this one is transient-scoped',
    );
    expect(await problems({ bind: ({ bind }) => void bind(HostedService).toConstantValue(42 as never) })).toContain(
      'it has none of start, lameDuck, drain and stop',
    );
  });
});

describe('an application on a server of somebody else', () => {
  it('counts its requests, waits for them, and cuts them in time', async () => {
    const gate = Promise.withResolvers<void>();
    @Controller()
    class Slow {
      @Get('/slow/:id') async slow(): Promise<string> {
        await gate.promise;
        return 'slow';
      }
      @Get('/hung') hung(): Promise<string> {
        return new Promise(() => undefined);
      }
    }
    const app = await make({
      modules: [defineModule({ controllers: [Slow] })],
      drainTimeout: 300,
      abortGrace: 50,
    });
    await app.start();
    const foreign = createServer(app.handler()).listen(0, '127.0.0.1');
    onTestFinished(() => void foreign.close());
    await expect.poll(() => foreign.listening).toBe(true);
    const url = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
    const slow = fetch(`${url}/slow/1`);
    const hung = fetch(`${url}/hung`);
    await expect.poll(() => app.manager.getHealthStatus().inFlight).toBe(2);
    const stopped = app.gracefulStop();
    await expect.poll(() => app.state).toBe('draining');
    gate.resolve();
    expect(await (await slow).text()).toBe('slow');
    expect((await hung).status).toBe(503);
    const report = await stopped;
    expect(report.requests).toMatchObject({ inFlight: 2, finished: 1, cut: 1 });
    expect(report.servers[0]?.cuts).toMatchObject([{ method: 'GET', route: '/hung' }]);
  });
});

describe('an application in another', () => {
  it('starts and stops with it, step by step', async () => {
    const outer = await make({ lameDuckDelay: 100 });
    const inner = await make();
    outer.manager.add('inner', inner.asHostedService(local));
    await outer.listen(local);
    expect(inner.state).toBe('ready');
    expect((await fetch(inner.url)).status).toBe(404);
    const stopped = outer.gracefulStop();
    await expect.poll(() => inner.state).toBe('lame-duck');
    await stopped;
    expect(inner.state).toBe('stopped');
  });

  it('has its figures and failures in the report of the whole', async () => {
    @Injectable()
    class Pool {
      [Symbol.asyncDispose](): Promise<void> {
        return Promise.reject(new Error('still in use'));
      }
    }
    const gate = Promise.withResolvers<void>();
    @Controller()
    class Slow {
      @Get('/slow') async slow(): Promise<string> {
        await gate.promise;
        return 'slow';
      }
    }
    const outer = await make();
    const inner = await make({ modules: [defineModule({ controllers: [Slow], services: [Pool] })] });
    outer.manager.add('inner', inner.asHostedService(local));
    await outer.listen(local);
    const slow = fetch(`${inner.url}/slow`);
    await expect.poll(() => outer.manager.getHealthStatus().inFlight).toBe(1);
    expect(outer.manager.getConnectionsCount()).toEqual({ total: 1, active: 1, idle: 0 });
    const stopped = outer.gracefulStop();
    await expect.poll(() => inner.state).toBe('draining');
    gate.resolve();
    await (await slow).text();
    const report = await stopped;
    expect(report.requests).toMatchObject({ inFlight: 1, finished: 1 });
    expect(report.servers.map(({ name }) => name).toSorted()).toEqual(['inner/main', 'main']);
    expect(report.exitCode).toBe(21);
    expect(describeReport(report)).toContain('service      inner: ');
    expect(describeReport(report)).toContain('failed: Pool: still in use');
  });
});

it('tells who sends a request into an application that has taken leave of everybody', async () => {
  const app = await make();
  const gate = Promise.withResolvers<void>();
  app.manager.add('queue', { drain: () => gate.promise });
  await app.start();
  const stopped = app.gracefulStop();
  await expect.poll(() => app.state).toBe('draining');
  await expect(app.inject({ url: '/' })).rejects.toThrow(/server 'main' .*takes no new one/);
  await expect(app.fetch(new Request('http://localhost/'))).rejects.toThrow(/takes no new one/);
  gate.resolve();
  await stopped;
});
