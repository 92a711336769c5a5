import {
  Controller,
  createApplication,
  defineModule,
  Get,
  Injectable,
  Signal,
  UsePolicy,
  type Application,
} from 'bowline';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FaultProxy, type Fault } from './fault-proxy.js';

/** How long the service may take for any answer, whatever its dependency does. Milliseconds. */
const bound = 400;
/** What a loaded machine may add: far less than any fault would, had nobody set a bound. */
const slack = 400;

async function dependency(): Promise<FaultProxy> {
  const server = createServer((_request, response) => response.end('"paid"'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await FaultProxy.open((server.address() as AddressInfo).port);
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return proxy;
}

async function service(proxy: FaultProxy): Promise<Application> {
  @Injectable()
  class Payments {
    @UsePolicy('payments')
    async pay(@Signal() signal?: AbortSignal): Promise<string> {
      // A connection of its own for each, so that a fault meets this call and no other.
      const answer = await fetch(proxy.url, { headers: { connection: 'close' }, signal: signal ?? null });
      return (await answer.json()) as string;
    }
  }

  @Controller('/orders')
  class OrderController {
    constructor(private readonly payments: Payments) {}

    @Get()
    async order(): Promise<{ readonly payment: string }> {
      return { payment: await this.payments.pay() };
    }
  }
  const app = await createApplication({
    modules: [defineModule({ services: [Payments], controllers: [OrderController] })],
    policies: {
      payments: {
        timeout: bound,
        retry: { maxAttempts: 2, backoff: 10 },
        circuitBreaker: { minimumCalls: 4, openDuration: 200, permittedCallsInHalfOpen: 1 },
        attemptTimeout: 150,
      },
    },
    servers: { main: { port: 0, host: '127.0.0.1' } },
    signals: false,
    logger: { level: 'silent' },
  });
  onTestFinished(async () => {
    await app.close();
  });
  return app.listen();
}

interface Seen {
  readonly statuses: Readonly<Record<string, number>>;
  readonly slowest: number;
}

/** Asks for some orders one after the other, and some at once. */
async function load(app: Application, count: number): Promise<Seen> {
  const statuses: Record<string, number> = {};
  let slowest = 0;
  const ask = async (): Promise<void> => {
    const from = performance.now();
    const { status } = await fetch(new URL('/orders', app.url));
    slowest = Math.max(slowest, performance.now() - from);
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  for (let index = 0; index < count; index += 4) await Promise.all([ask(), ask(), ask(), ask()]);
  return { statuses, slowest };
}

describe('a service whose dependency is behind a broken network', () => {
  const faults: readonly Fault[] = [
    { kind: 'latency', delay: 1_000 },
    { kind: 'reset' },
    { kind: 'halfClose' },
    { kind: 'slow', delay: 50 },
    { kind: 'blackHole' },
  ];

  it.each(faults)('stays within its bound and recovers by itself: $kind', { timeout: 20_000 }, async (fault) => {
    const proxy = await dependency();
    const app = await service(proxy);
    expect((await load(app, 8)).statuses).toEqual({ 200: 8 });

    proxy.fault = fault;
    const broken = await load(app, 24);
    proxy.fault = { kind: 'none' };
    const recovered = await recover(app);

    console.log(
      `${fault.kind.padEnd(9)} ${JSON.stringify(broken.statuses)}, slowest ${broken.slowest.toFixed(0)} ms, well again after ${recovered.toFixed(0)} ms`,
    );
    expect(Object.keys(broken.statuses)).toContain('503');
    expect(Object.keys(broken.statuses)).not.toContain('200');
    expect(broken.slowest).toBeLessThan(bound + slack);
  });
});

/** Resolves with how long it took until an order went through again. */
async function recover(app: Application): Promise<number> {
  const from = performance.now();
  for (;;) {
    const { status } = await fetch(new URL('/orders', app.url));
    if (status === 200) return performance.now() - from;
    await wait(20);
  }
}
