import { Body, Controller, createApplication, defineModule, Post } from 'bowline';
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
