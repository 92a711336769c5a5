import { Body, Controller, createApplication, defineModule, Injectable, OnStart, Post } from 'bowline';
import { expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../server/raw-client.js';

it('leaves no handler behind that waits for the rest of a body', async () => {
  @Controller()
  class Orders {
    @Post('/orders') take(@Body({ validate: false }) body: unknown): unknown {
      return body;
    }
  }
  const app = await createApplication({
    modules: [defineModule({ controllers: [Orders] })],
    logger: { level: 'silent' },
    signals: false,
    drainTimeout: 100,
    abortGrace: 50,
  });
  onTestFinished(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const client = await connectTo(app.url);
  client.send('POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{');
  await expect.poll(() => app.manager.getHealthStatus().inFlight).toBe(1);
  const report = await app.gracefulStop();
  expect(await client.end()).toContain('503 Service Unavailable');
  expect(report.servers).toMatchObject([{ cut: 1, running: 0 }]);
});

it('gives the start up when the signal of listen() aborts in the middle of it, and says why', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const closed: string[] = [];

  @Injectable()
  class Slow {
    @OnStart()
    async start(): Promise<void> {
      begin();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }

    [Symbol.dispose](): void {
      closed.push('slow');
    }
  }
  const app = await createApplication({
    modules: [defineModule({ services: [Slow] })],
    logger: { level: 'silent' },
    signals: false,
  });
  const abort = new AbortController();
  const listening = app.listen({ port: 0, host: '127.0.0.1', signal: abort.signal });
  await begun;
  const reason = new Error('no longer wanted');
  abort.abort(reason);
  await expect(listening).rejects.toBe(reason);
  expect([app.state, closed]).toEqual(['stopped', ['slow']]);
});

it('refuses an option of a stop that it does not know', async () => {
  const app = await createApplication({ logger: { level: 'silent' }, signals: false });
  onTestFinished(() => app.close());
  await expect(app.gracefulStop({ lameduckDelay: 5 } as object)).rejects.toThrow(
    'There is no option lameduckDelay of gracefulStop(). Did you mean lameDuckDelay?',
  );
  expect(app.state).toBe('created');
});
