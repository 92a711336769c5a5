import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PassThrough, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createApplication, type ContainerModule } from 'bowline';
import { HttpClient } from 'bowline/client';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeGuide } from './code-blocks.js';

let folder: string;

beforeAll(async () => {
  folder = await writeGuide('resilience/client');
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
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

  it('shows a client of an application', async () => {
    const url = await serve(({ headers, url: path }, response) => {
      json(response, { path, tenant: headers['x-tenant'], left: Number(headers['x-request-timeout-ms']) <= 1_000 });
    });
    process.env['STOCK_URL'] = url;
    onTestFinished(() => void delete process.env['STOCK_URL']);
    const { itemModule } = await load<{ itemModule: ContainerModule }>('application.ts');
    const app = await createApplication({ modules: [itemModule], logger: { level: 'silent' }, signals: false });
    await app.listen(0);
    onTestFinished(() => app.close());

    const answer = await fetch(`${app.url}/items/rope`);

    expect(await answer.json()).toEqual({ path: '/items/rope', tenant: 'shop', left: true });
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
