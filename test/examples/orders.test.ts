import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startProcess, type RunningProcess } from './running-process.js';

const main = 'examples/orders/dist/main.js';
const running: RunningProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop('SIGKILL')));
});

async function start(
  args: readonly string[],
  env?: Record<string, string>,
  command = process.execPath,
): Promise<RunningProcess> {
  const service = await startProcess(command, args, env);
  running.push(service);
  return service;
}

const order = { customerId: 1, lines: [{ sku: 'rope-10m', quantity: 2, unitPrice: 1_950 }] };

function post(url: string, body?: unknown): Promise<Response> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return fetch(url, { method: 'POST', ...(body === undefined ? {} : json) });
}

describe.each(['node', 'fastify', 'express', 'koa', 'hono'])('the orders example on %s', (provider) => {
  test('places, lists, pays and refuses orders, and ends with 0 on SIGTERM', async () => {
    const service = await start([main], { PROVIDER: provider });
    const { url } = service;

    const placed = await post(`${url}/orders`, order);
    expect(placed.status).toBe(201);
    const { id, total } = (await placed.json()) as { id: number; total: number };
    expect(total).toBe(3_900);

    const paid = await post(`${url}/orders/${id}/pay`);
    expect(await paid.json()).toMatchObject({ id, status: 'paid' });
    expect((await post(`${url}/orders/${id}/pay`)).status).toBe(409);

    const listed = await fetch(`${url}/orders?status=paid&limit=1`);
    expect(await listed.json()).toMatchObject({ total: 2, limit: 1, items: [{ id: 1 }] });

    const refused = await post(`${url}/orders`, { customerId: 1, lines: [{ sku: '', quantity: 0, unitPrice: 1 }] });
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { errors: { path: string }[] }).errors.map(({ path }) => path)).toEqual([
      '/lines/0/sku',
      '/lines/0/quantity',
    ]);
    for (const line of [[], null, 5, { ...order.lines[0], unitPrice: 1e300 }])
      expect((await post(`${url}/orders`, { customerId: 1, lines: [line] })).status).toBe(400);
    expect((await post(`${url}/orders`, { ...order, customerId: 77 })).status).toBe(422);
    expect((await fetch(`${url}/orders/999`)).status).toBe(404);
    expect((await fetch(`${url}/orders/one`)).status).toBe(400);

    const page = await fetch(url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain(`curl -i ${new URL(url).host}/orders -H`);

    expect(await service.stop('SIGTERM')).toBe(0);
  });
});

test('a payment that is too large is declined', async () => {
  const { url } = await start([main]);
  const placed = await post(`${url}/orders`, {
    customerId: 1,
    lines: [{ sku: 'yacht', quantity: 1, unitPrice: 9_000_000 }],
  });
  const { id } = (await placed.json()) as { id: number };

  const declined = await post(`${url}/orders/${id}/pay`);

  expect(declined.status).toBe(402);
  expect(await declined.json()).toMatchObject({ detail: 'The payment was declined: the amount is above the limit.' });
});

test('orders in SQLite outlive the process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bowline-orders-'));
  const env = { STORE: 'sqlite', STORE_FILE: join(folder, 'orders.db') };
  const first = await start([main], env);
  const placed = (await (await post(`${first.url}/orders`, order)).json()) as { id: number };
  expect(await first.stop()).toBe(0);

  const second = await start([main], env);
  const found = await fetch(`${second.url}/orders/${placed.id}`);

  expect(await found.json()).toEqual(placed);
  expect(await second.stop()).toBe(0);
  await rm(folder, { recursive: true });
});

test('SIGTERM to npm ends the service with 0 after the request in flight', async () => {
  // The build has been done before the tests; its hook must not run again beside them.
  const service = await start(['start', '--ignore-scripts'], {}, 'npm');
  const paying = post(`${service.url}/orders/2/pay`);
  await expect.poll(() => fetch(`${service.url}/orders/2`).then((found) => found.status)).toBe(200);

  const ended = service.stop('SIGTERM');

  expect((await paying).status).toBe(200);
  expect(await ended).toBe(0);
});

test('an unknown provider is a sentence', async () => {
  await expect(start([main], { PROVIDER: 'nest' })).rejects.toThrow(
    "the provider is 'nest'; it must be one of node, fastify, express, koa, hono",
  );
});

test.each([
  [{ STORE: 'foo' }, "STORE is 'foo'; it must be memory or sqlite."],
  [{ PORT: '' }, "PORT is ''; it must be a whole number from 0 to 65535."],
  [{ PORT: '80a' }, "PORT is '80a'; it must be a whole number from 0 to 65535."],
])('%o is a sentence and ends with 1', async (env, sentence) => {
  await expect(start([main], env)).rejects.toThrow(`ended with 1 before it listened:\n${sentence}\n`);
});

test('runs under a compiler that emits no types', async () => {
  const { url } = await start(
    // Not by its own command, which is a process around this one and would leave it behind when it is killed.
    ['--import', 'tsx', 'examples/orders/src/main.ts'],
    { TSX_TSCONFIG_PATH: 'test/examples/tsconfig.no-metadata.json' },
  );

  const placed = await post(`${url}/orders`, order);

  expect(placed.status).toBe(201);
  expect(await (await fetch(`${url}/orders?status=pending`)).json()).toMatchObject({ total: 3, limit: 20, offset: 0 });
});
