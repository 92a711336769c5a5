import { Test, type TestApplication } from 'bowline/testing';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { Pool, type PoolFigures } from '../../examples/multi-tenant/src/pool.js';
import { Restocking, restockingModule } from '../../examples/multi-tenant/src/restocking.js';
import { TenantDirectory } from '../../examples/multi-tenant/src/tenant-directory.js';
import { tenantsModule } from '../../examples/multi-tenant/src/tenants-module.js';
import { startProcess, type RunningProcess } from './running-process.js';

const main = 'examples/multi-tenant/dist/main.js';
const patiently = { interval: 10, timeout: 10_000 };
let service: RunningProcess | undefined;

afterEach(async () => {
  await service?.stop('SIGKILL');
});

function call(url: string, tenant: string, body?: object, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-tenant': tenant, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** 1000 lines, which take a second or longer to be stored. */
const longDelivery = { lines: Array.from({ length: 1_000 }, () => ({ sku: 'anchor', quantity: 1 })) };

describe.each(['node', 'fastify', 'express', 'koa', 'hono'])('the multi-tenant example on %s', (provider) => {
  test('keeps tenants apart and gives every connection back, whatever became of the request', async () => {
    const { url, stop, output } = (service = await startProcess(process.execPath, [main], { PROVIDER: provider }));
    const figures = async (): Promise<PoolFigures> => (await (await fetch(`${url}/pool`)).json()) as PoolFigures;

    const lines = [{ sku: 'rope', quantity: 5 }];
    expect(await (await call(`${url}/stock/deliveries`, 'north', { lines })).json()).toEqual({ lines: 1 });
    const placed = await call(`${url}/orders`, 'north', { sku: 'rope', quantity: 2 });
    expect([placed.status, await placed.json()]).toEqual([201, { id: 1, sku: 'rope', quantity: 2 }]);
    expect((await call(`${url}/orders`, 'north', { sku: 'rope', quantity: 9 })).status).toBe(409);
    expect((await call(`${url}/orders`, 'north', { sku: '', quantity: 0 })).status).toBe(400);
    expect(await (await call(`${url}/orders`, 'north')).json()).toEqual({
      tenant: 'Northern Chandlers',
      orders: [{ id: 1, sku: 'rope', quantity: 2 }],
    });
    expect(await (await call(`${url}/orders`, 'south')).json()).toEqual({ tenant: 'Southern Sails', orders: [] });
    expect(await (await call(`${url}/stock`, 'north')).json()).toEqual([{ sku: 'rope', quantity: 3 }]);
    // Read from the database piece by piece, while it is sent.
    expect(await (await call(`${url}/orders/export`, 'north')).text()).toBe('id,sku,quantity\n1,rope,2\n');
    await expect.poll(figures, patiently).toMatchObject({ acquired: 8, released: 8, committed: 2, rolledBack: 2 });

    expect((await call(`${url}/orders`, 'east')).status).toBe(404);
    expect((await fetch(`${url}/orders`)).status).toBe(400);
    expect(await figures()).toMatchObject({ acquired: 8 });

    const leaving = new AbortController();
    const delivery = call(`${url}/stock/deliveries`, 'south', longDelivery, leaving.signal);
    await expect.poll(async () => (await figures()).inUse, patiently).toBe(1);
    leaving.abort();
    await expect(delivery).rejects.toThrow();
    await expect.poll(figures, patiently).toMatchObject({ inUse: 0, acquired: 9, committed: 2, rolledBack: 3 });
    expect(await (await call(`${url}/stock`, 'south')).json()).toEqual([]);

    const reading = new AbortController();
    const exported = await call(`${url}/orders/export`, 'north', undefined, reading.signal);
    await exported.body?.getReader().read();
    reading.abort();
    await expect.poll(figures, patiently).toMatchObject({ inUse: 0, acquired: 11 });

    expect(await stop('SIGTERM')).toBe(0);
    expect(output()).not.toMatch(/"level":"error"/);
  });

  test('ends a request under way with its transaction before the pool is closed', async () => {
    const { url, stop, output } = (service = await startProcess(process.execPath, [main], { PROVIDER: provider }));
    const delivery = call(`${url}/stock/deliveries`, 'south', longDelivery);
    await expect.poll(async () => (await fetch(`${url}/pool`)).text(), patiently).toContain('"inUse":1');
    expect(await stop('SIGTERM')).toBe(0);
    expect(await (await delivery).json()).toEqual({ lines: 1_000 });
    expect(output()).not.toMatch(/"level":"error"/);
  });
});

async function create(): Promise<TestApplication> {
  // The job runs when a test says so.
  const modules = [tenantsModule, restockingModule(1_000_000)];
  const app = await Test.createApplication({ modules, logger: { level: 'silent' } }).create();
  onTestFinished(() => app.close());
  return app;
}

describe('the connection of the multi-tenant example', () => {
  const north = { 'x-tenant': 'north' };

  test('is one for all repositories of a request', async () => {
    const app = await create();
    const payload = { lines: [{ sku: 'rope', quantity: 50 }] };
    await app.inject({ url: '/stock/deliveries', headers: north, payload });
    await app.inject({ url: '/orders', headers: north, payload: { sku: 'rope', quantity: 1 } });
    await expect.poll(() => app.get(Pool).figures).toMatchObject({ acquired: 2, released: 2, committed: 2 });
  });

  test('is not opened where the tenant cannot be found', async () => {
    const app = await Test.createApplication({
      modules: [tenantsModule],
      logger: { level: 'silent' },
    })
      .mock(TenantDirectory, { find: () => Promise.reject(new Error('The directory is down.')) })
      .create();
    onTestFinished(() => app.close());
    expect((await app.inject({ url: '/orders', headers: north })).statusCode).toBe(500);
    expect(app.get(Pool).figures.acquired).toBe(0);
  });

  test('is waited for where all are in use, and none is lost or doubled', async () => {
    const app = await create();
    const payload = { lines: [{ sku: 'rope', quantity: 1 }] };
    const deliveries = Array.from({ length: 40 }, () =>
      app.inject({ url: '/stock/deliveries', headers: north, payload }),
    );
    await expect.poll(() => app.get(Pool).figures.waiting).toBeGreaterThan(0);
    expect((await Promise.all(deliveries)).every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect((await app.inject({ url: '/stock', headers: north })).json()).toEqual([{ sku: 'rope', quantity: 40 }]);
    await expect.poll(() => app.get(Pool).figures).toMatchObject({ acquired: 41, released: 41, waiting: 0 });
  });
});

describe('the job of the multi-tenant example', () => {
  test('fills up the stock of each tenant on a connection of its own', async () => {
    const app = await create();
    for (const tenant of ['north', 'south']) {
      const payload = { lines: [{ sku: `rope of ${tenant}`, quantity: 3 }] };
      await app.inject({ url: '/stock/deliveries', headers: { 'x-tenant': tenant }, payload });
    }
    await app.get(Restocking).runOnce();
    expect(app.get(Pool).figures).toMatchObject({ acquired: 4, inUse: 0, committed: 4 });
    const stock = await app.inject({ url: '/stock', headers: { 'x-tenant': 'south' } });
    expect(stock.json()).toEqual([{ sku: 'rope of south', quantity: 10 }]);
  });

  test('runs beside requests and is finished before a stop', async () => {
    const env = { RESTOCK_INTERVAL: '1' };
    const { url, stop, output } = (service = await startProcess(process.execPath, [main], env));
    await expect
      .poll(async () => ((await (await fetch(`${url}/pool`)).json()) as PoolFigures).committed, patiently)
      .toBeGreaterThan(4);
    expect(await stop('SIGTERM')).toBe(0);
    expect(output()).not.toMatch(/"level":"error"|was given back/);
  });
});

test('a wrong setting of the multi-tenant example is a sentence and ends with 1', async () => {
  await expect(startProcess(process.execPath, [main], { RESTOCK_INTERVAL: 'often' })).rejects.toThrow(
    "ended with 1 before it listened:\nRESTOCK_INTERVAL is 'often'; it must be a whole number of milliseconds.\n",
  );
});
