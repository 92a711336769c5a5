import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PassThrough, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  createApplication,
  PolicyRegistry,
  type Application,
  type ContainerModule,
  type PipelineDefinitions,
} from 'bowline';
import { HttpClient } from 'bowline/client';
import { CircuitBreakerPolicy } from 'bowline/resilience';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeGuide } from './code-blocks.js';

let folder: string;

beforeAll(async () => {
  folder = await writeGuide('resilience/client');
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

const servers: Server[] = [];

async function serve(listener: RequestListener, port = 0): Promise<string> {
  const server = createServer(listener).listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(baseUrl: string): HttpClient {
  const client = new HttpClient({ baseUrl });
  onTestFinished(() => client.close());
  return client;
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

describe('docs/guides/resilience/client.md', () => {
  it('begins with a client that tries again and gives an instance', async () => {
    const { stockAt, find, Item } = await load<{
      stockAt(baseUrl: string): HttpClient;
      find(stock: HttpClient, sku: string): Promise<object>;
      Item: new () => object;
    }>('quick.ts');
    const asked: (string | undefined)[] = [];
    const url = await serve(({ url: path }, response) => {
      asked.push(path);
      if (asked.length === 1) json(response, {}, 503);
      else json(response, { sku: 'rope', count: 3 });
    });
    const stock = stockAt(url);
    onTestFinished(() => stock.close());

    const item = await find(stock, 'rope');

    expect(item).toBeInstanceOf(Item);
    expect(asked).toEqual([
      '/items/rope?warehouse=north&warehouse=south',
      '/items/rope?warehouse=north&warehouse=south',
    ]);
  });

  /** The application of the guide, before the service at `url`. */
  async function startApplication(url: string): Promise<Application> {
    process.env['STOCK_URL'] = url;
    onTestFinished(() => void delete process.env['STOCK_URL']);
    const { itemModule, policies } = await load<{ itemModule: ContainerModule; policies: PipelineDefinitions }>(
      'application.ts',
    );
    const app = await createApplication({
      modules: [itemModule],
      policies,
      logger: { level: 'silent' },
      signals: false,
    });
    await app.listen(0);
    onTestFinished(() => app.close());
    return app;
  }

  it('shows a client of an application', async () => {
    const url = await serve(({ headers, url: path }, response) => {
      json(response, { path, tenant: headers['x-tenant'], left: Number(headers['x-request-timeout-ms']) <= 600 });
    });
    const app = await startApplication(url);

    const answer = await fetch(`${app.url}/items/rope`);

    expect(await answer.json()).toEqual({ path: '/items/rope', tenant: 'shop', left: true });
  });

  it('shows policies that see a service which hangs or is gone, and that it is back', async () => {
    let hangs = true;
    const answer: RequestListener = (_request, response) => {
      if (!hangs) json(response, { sku: 'rope' });
    };
    const url = await serve(answer);
    const first = servers.at(-1);
    const app = await startApplication(url);
    const { StockClient } = await load<{ StockClient: new (policies: PolicyRegistry) => HttpClient }>('application.ts');
    const stock = app.container.get(StockClient);
    const registry = app.container.get(PolicyRegistry);
    registry.configure({ stock: { circuitBreaker: { minimumCalls: 4, openDuration: 50 } } });
    const breaker = registry.get('stock').policies.find((policy) => policy instanceof CircuitBreakerPolicy);
    const statusOf = async (): Promise<number> => (await fetch(`${app.url}/items/rope`)).status;
    const patiently = { interval: 10, timeout: 20_000 };
    /** Each call that goes well is a trial. */
    const recovered = (): Promise<void> =>
      expect.poll(async () => [await statusOf(), breaker?.state], patiently).toEqual([200, 'closed']);

    // All of them leave before an attempt has timed out.
    const ends = await Promise.allSettled(Array.from({ length: 4 }, () => stock.get('/items/rope', { deadline: 450 })));
    expect(ends.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    expect(breaker?.metrics).toMatchObject({ opened: 1, failures: 0 });
    hangs = false;
    await recovered();

    first?.closeAllConnections();
    first?.close();
    await expect.poll(statusOf, patiently).toBe(503);
    expect(breaker?.metrics).toMatchObject({ opened: expect.toSatisfy((opened: number) => opened >= 2) });

    await serve(answer, Number(new URL(url).port));
    await recovered();
  });

  it('sends and takes bodies of all kinds', async () => {
    const { place, upload, download } = await load<{
      place(shop: HttpClient, sku: string, key: string): Promise<{ placedAt: Date }>;
      upload(shop: HttpClient, file: string): Promise<void>;
      download(shop: HttpClient, to: Writable): Promise<void>;
    }>('bodies.ts');
    let manual = '';
    const shop = clientOf(
      await serve((request: IncomingMessage, response) => {
        if (request.method === 'POST')
          json(response, { id: 1, placedAt: '2026-02-01', key: request.headers['idempotency-key'] });
        else if (request.method === 'GET') response.end(manual);
        else void text(request).then((sent) => response.end((manual = sent) && ''));
      }),
    );

    expect((await place(shop, 'rope', '7')).placedAt.getUTCFullYear()).toBe(2026);
    await upload(shop, fileURLToPath(import.meta.url));
    const copy = new PassThrough();
    const [read] = await Promise.all([text(copy), download(shop, copy)]);

    expect(read).toContain('sends and takes bodies of all kinds');
  });

  it('tells errors apart', async () => {
    const { countOf } = await load<{ countOf(stock: HttpClient, sku: string): Promise<number | string> }>('errors.ts');
    const stock = clientOf(
      await serve(({ url: path }, response) => {
        if (path === '/items/rope/count') json(response, 12);
        else if (path === '/items/knot/count') json(response, {}, 404);
        else
          response
            .writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '2' })
            .end('{"code":"BOW_CIRCUIT_OPEN"}');
      }),
    );

    expect(await countOf(stock, 'rope')).toBe(12);
    expect(await countOf(stock, 'knot')).toBe(0);
    expect(await countOf(stock, 'cleat')).toBe('ask again in 2000 ms');
  });
});
