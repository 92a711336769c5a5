import { Controller, Get, HealthIndicator, type HealthResult } from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

let state: HealthResult = 'up';

class DatabaseCheck extends HealthIndicator {
  override readonly name = 'database';
  override readonly cacheDuration = 0;
  check(): HealthResult {
    return state;
  }
}

@Controller()
class PageController {
  @Get('/:page')
  page() {
    return 'page';
  }

  @Get('/*')
  rest() {
    return 'rest';
  }
}

const fixture = {
  controllers: [PageController],
  bind: ({ bind }: { bind: (id: typeof HealthIndicator) => { to(type: typeof DatabaseCheck): unknown } }) =>
    void bind(HealthIndicator).to(DatabaseCheck),
  management: { port: 0, mountOn: 'main' },
};

describeProviders('probes that are mounted', fixture, (server) => {
  test('answer beside the routes of controllers', async () => {
    for (const path of ['/livez', '/readyz', '/startupz', '/readyz/', '/readyz?verbose']) {
      const { status, text, headers } = await server.get(path);
      expect({ status, text }).toEqual({ status: 200, text: 'ok' });
      expect(headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '2',
        'cache-control': 'no-store',
      });
    }
    expect(await server.get('/live')).toMatchObject({ text: 'page' });
  });

  test('answer HEAD with what GET would say, and OPTIONS with both', async () => {
    const head = await server.call('HEAD', '/readyz');
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '2' } });
    const { status, headers } = await server.call('OPTIONS', '/readyz');
    expect({ status, allow: headers.allow }).toEqual({ status: 204, allow: 'GET, HEAD, OPTIONS' });
    expect(await server.post('/readyz')).toMatchObject({ status: 405 });
  });

  test('leave /health to whatever else stands there, for lack of a guard', async () => {
    expect(await server.get('/health')).toMatchObject({ text: 'page' });
  });

  test('name the check that is down, which is no matter of liveness', async () => {
    state = { state: 'down', reason: 'password of admin refused' };
    try {
      const { status, text, headers } = await server.get('/readyz');
      expect({ status, text }).toEqual({ status: 503, text: 'down: database' });
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' });
      expect(await server.get('/livez')).toMatchObject({ status: 200 });
    } finally {
      state = 'up';
    }
    expect(await server.get('/readyz')).toMatchObject({ status: 200 });
    expect(await server.log.next()).toMatchObject({ message: "The health check 'database' is down" });
  });

  test('say no while everything is still served', async () => {
    const app = await server.startAnother();
    const lameDuck = Promise.withResolvers<void>();
    app.manager.preShutdownHook('until it was looked at', () => lameDuck.promise);
    const ask = async (path: string): Promise<string> =>
      (await app.inject({ method: 'GET', url: path })).body.toString();
    const closing = app.close();
    expect(await ask('/readyz')).toBe('lame-duck');
    expect(await ask('/livez')).toBe('ok');
    expect(await ask('/startupz')).toBe('ok');
    expect(await ask('/page')).toBe('page');
    lameDuck.resolve();
    await closing;
  });
});

const guarded = { management: { mountOn: 'main', guard: () => true }, servers: { main: { prefix: '/api' } } };

describeProviders('a health report that is mounted', guarded, (server) => {
  test('is shown to whom the guard admits, at its own path', async () => {
    const answer = await server.get('/health');
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(answer.json).toMatchObject({
      phase: 'ready',
      ready: true,
      inFlight: 1,
      servers: [{ name: 'main', routes: [{ method: 'GET', route: '/health', inFlight: 1 }] }],
      running: [],
      secondsLeft: null,
      checks: [],
    });
    expect(await server.get('/api/health')).toMatchObject({ status: 404 });
  });
});
