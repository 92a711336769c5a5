import { Controller, createApplication, defineModule, Get, Injectable, UsePolicy, type Application } from 'bowline';
import { expectNoDroppedRequests, RequestsDroppedError, type LoadReport } from 'bowline/testing';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';

/** Well for as long as the load is being set up, then down for longer than the circuit stays open, and so on. */
class Flaky {
  isDown = false;
  calls = 0;

  async pay(): Promise<string> {
    this.calls++;
    await wait(5);
    if (this.isDown) throw new Error('The payment service is down.');
    return 'paid';
  }
}

async function serve(dependency: Flaky, backoff: number): Promise<Application> {
  @Injectable()
  class Payments {
    @UsePolicy('payments')
    pay(): Promise<string> {
      return dependency.pay();
    }
  }

  @Controller('/orders')
  class OrderController {
    constructor(private readonly payments: Payments) {}

    @Get()
    order(): Promise<string> {
      return this.payments.pay();
    }
  }
  const app = await createApplication({
    modules: [defineModule({ services: [Payments], controllers: [OrderController] })],
    policies: {
      payments: {
        bulkhead: { maxConcurrent: 4, maxQueue: 100, queueTimeout: 5_000 },
        timeout: 5_000,
        // What waits for the next attempt, or in the queue, would hold the drain.
        retry: { maxAttempts: 3, backoff, budget: false },
        circuitBreaker: { minimumCalls: 20, failureRatio: 1, openDuration: 60_000 },
      },
    },
    servers: { main: { port: 0, host: '127.0.0.1' } },
    signals: false,
    logger: { level: 'silent' },
  });
  return app.listen();
}

it(
  'a stop ends in time with open circuits, full queues and waiting retries, and loses no request',
  { timeout: 30_000 },
  async () => {
    const dependency = new Flaky();
    const down = setTimeout(() => {
      dependency.isDown = true;
    }, 300);
    onTestFinished(() => clearTimeout(down));

    const report = await expectNoDroppedRequests({
      start: () => serve(dependency, 3_000),
      requests: { get: '/orders' },
      stopAfter: 1_500,
      deadline: 8_000,
    }).catch((error: unknown): LoadReport => {
      if (error instanceof RequestsDroppedError) return error.report;
      throw error;
    });

    console.log(`${JSON.stringify(report.statuses)}, stops ${JSON.stringify(report.stops)}`);
    // Every answer of 500 and above counts as lost there; these are answers that policies mean, and all others are whole.
    expect(report.lostByKind).toMatchObject({ refused: 0, reset: 0, empty: 0, truncated: 0 });
    expect(Object.keys(report.statuses)).toContain('503');
    expect(dependency.calls).toBeGreaterThan(0);
  },
);

it('refusals of an open circuit say when to come back', async () => {
  const dependency = new Flaky();
  dependency.isDown = true;
  const app = await serve(dependency, 1);
  onTestFinished(async () => {
    await app.close();
  });
  const ask = (): Promise<Response> => fetch(new URL('/orders', app.url));

  const all = await Promise.all(Array.from({ length: 40 }, ask));

  const refused = all.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
});
