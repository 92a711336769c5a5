import { Controller, Get, Injectable, ServiceUnavailableError, UsePolicy, type Application } from 'bowline';
import { isRefusal } from 'bowline/resilience';
import { expectNoDroppedRequests, type LoadReport } from 'bowline/testing';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { certificate } from './harness/certificate.js';
import { describeProviders } from './harness/describe-providers.js';

/** What the service depends on; well until a behaviour says otherwise. */
@Injectable()
class Bank {
  isDown = false;
  calls = 0;

  async book(): Promise<string> {
    this.calls++;
    await wait(5);
    if (this.isDown) throw new Error('The bank is down.');
    return 'booked';
  }
}

@Injectable()
class Payments {
  constructor(private readonly bank: Bank) {}

  @UsePolicy('payments')
  pay(): Promise<string> {
    return this.bank.book();
  }
}

@Controller('/orders')
class OrderController {
  constructor(private readonly payments: Payments) {}

  /** A failure is told as a refusal is: come back, nothing was ordered. */
  @Get()
  async order(): Promise<string> {
    try {
      return await this.payments.pay();
    } catch (error) {
      if (isRefusal(error)) throw error;
      throw new ServiceUnavailableError('The bank does not answer.', { headers: { 'retry-after': '1' }, cause: error });
    }
  }
}

const fixture = {
  controllers: [OrderController],
  services: [Bank, Payments],
  policies: {
    payments: {
      bulkhead: { maxConcurrent: 4, maxQueue: 100, queueTimeout: 60_000 },
      timeout: 60_000,
      // What waits in the queue, or for the next attempt, would hold the stop for a minute.
      retry: { maxAttempts: 3, backoff: 60_000, budget: false },
      circuitBreaker: { minimumCalls: 20, openDuration: 60_000 },
    },
  },
  drainIdleTimeout: 1_000,
} as const;

/** Its dependency goes down under load, and stays so while it stops. */
async function stopUnderLoad(startOne: () => Promise<Application>): Promise<LoadReport> {
  let goingDown: NodeJS.Timeout | undefined;
  const start = async (): Promise<Application> => {
    const app = await startOne();
    const bank = app.container.get(Bank);
    goingDown = setTimeout(() => (bank.isDown = true), 200);
    return app;
  };
  try {
    return await expectNoDroppedRequests({
      start,
      requests: { get: '/orders' },
      stopAfter: 500,
      deadline: 8_000,
      allowRetryAfter: true,
      tls: { ca: certificate.cert },
    });
  } finally {
    clearTimeout(goingDown);
  }
}

describeProviders('a stop of a service whose dependency is down', fixture, (server) => {
  test('loses no request to full queues and waiting retries, and holds no stop', { timeout: 30_000 }, async () => {
    const report = await stopUnderLoad(() => server.startAnother());

    expect(Object.keys(report.statuses)).toEqual(['200', '503']);
    // Who waited was told at once; what is left is the silence of its clients.
    expect(report.stops[0]?.took).toBeLessThan(5_000);
    server.log.rest();
  });

  test('loses no request to open circuits', { timeout: 30_000 }, async () => {
    const policies = { payments: { circuitBreaker: { minimumCalls: 2, openDuration: 60_000 } } };
    const report = await stopUnderLoad(() => server.startAnother({ policies }));

    expect(Object.keys(report.statuses)).toEqual(['200', '503']);
    server.log.rest();
  });
});
