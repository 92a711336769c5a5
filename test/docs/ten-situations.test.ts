import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startProcess, type RunningProcess } from '../examples/running-process.js';
import { codeBlocksOf, typeCheck, writeGenerated } from './code-blocks.js';

let folder: string;

beforeAll(async () => {
  const blocks = await codeBlocksOf('ten-situations.md');
  const files = blocks.flatMap(({ name, text }) => (name === undefined ? [] : [[name, text] as const]));
  folder = await writeGenerated('ten-situations', Object.fromEntries(files));
});

async function withService(
  file: string,
  use: (url: string, service: RunningProcess) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const service = await startProcess(process.execPath, ['--import', 'bowline/register', folder + file], env);
  try {
    await use(service.url, service);
  } finally {
    expect(await service.stop()).toBe(0);
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function ask(url: string, method = 'GET', body?: unknown): Promise<Answer> {
  const headers = { connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const given = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(url, { method, headers, ...given });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

describe('docs/ten-situations.md', () => {
  it('compiles under strict', async () => {
    expect(await typeCheck(folder)).toBe('');
  });

  it('lists, finds, creates, replaces and deletes', async () => {
    await withService('crud-main.ts', async (url) => {
      const rope = { name: 'rope', price: 1_200 };
      const created = await ask(`${url}/items`, 'POST', rope);
      expect([created.status, created.headers.get('location')]).toEqual([201, '/items/1']);
      expect((await ask(`${url}/items?limit=1`)).body).toEqual({ items: [{ ...rope, id: 1 }], next: 1 });
      expect((await ask(`${url}/items/12abc`)).status).toBe(400);
      expect((await ask(`${url}/items?limit=1000`)).status).toBe(400);
      expect((await ask(`${url}/items`, 'POST', { name: '', price: -1 })).status).toBe(400);
      expect((await ask(`${url}/items/1`, 'PUT', { ...rope, price: 900 })).body).toEqual({
        ...rope,
        price: 900,
        id: 1,
      });
      expect((await ask(`${url}/items/1`, 'DELETE')).status).toBe(204);
      expect((await ask(`${url}/items/1`)).status).toBe(404);
    });
  });

  it('serves two servers from one catalogue', async () => {
    await withService(
      'two-servers.ts',
      async (url, service) => {
        const admin = await vi.waitFor(() => {
          const [, found] = /'admin' listens on (http:[\d./:]+\d)/.exec(service.output()) ?? [];
          if (found === undefined) throw new Error('not yet');
          return found;
        });
        expect((await ask(`${url}/v1/articles/a1`)).body).toEqual({ id: 'a1', title: 'Bowline on a bight' });
        expect(await ask(`${admin}/catalogue/reload`, 'POST')).toMatchObject({ status: 202, body: { loads: 2 } });
        expect((await ask(`${url}/v1/catalogue/reload`, 'POST')).status).toBe(404);
      },
      { ADMIN_PORT: '0' },
    );
  });

  it('pays through a client that tries again with the same key', async () => {
    const keys: (string | string[] | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      const isFirst = keys.push(headers['idempotency-key']) === 1;
      response.writeHead(isFirst ? 503 : 201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ receipt: '0f8fad5b-d9cb-469f-a165-70867728950e' }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const payments = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await withService(
      'payments-main.ts',
      async (url) => {
        const paid = await ask(`${url}/payments`, 'POST', { id: 'order-7', cents: 1_950 });
        expect(paid).toMatchObject({ status: 200, body: { receipt: '0f8fad5b-d9cb-469f-a165-70867728950e' } });
      },
      { PAYMENTS_URL: payments },
    );
    server.closeAllConnections();
    server.close();
    expect(keys).toEqual(['order-7', 'order-7']);
  });

  it('is tested as a unit, injected and over a socket', async () => {
    const output = await new Promise<string>((resolve) => {
      const args = ['--import', 'bowline/register', `${folder}crud-test.ts`];
      execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
    expect(output).toContain('pass 3');
    expect(output).toContain('fail 0');
  });

  it('streams an upload into an archive that is never left with half of one', async () => {
    const archive = await mkdtemp(join(tmpdir(), 'bowline-archive-'));
    await withService(
      'recordings-main.ts',
      async (url) => {
        const meeting = '0f8fad5b-d9cb-469f-a165-70867728950e';
        const mp4 = Buffer.concat([Buffer.from('000000186674797069736f6d', 'hex'), Buffer.alloc(2_000_000)]);
        const send = async (title: string, bytes: Uint8Array): Promise<Response> => {
          const form = new FormData();
          form.append('title', title);
          form.append('recording', new Blob([new Uint8Array(bytes)]), 'talk.mp4');
          return fetch(`${url}/meetings/${meeting}/recordings`, { method: 'POST', body: form });
        };
        const kept = await send('Talk', mp4);
        expect(kept.status).toBe(201);
        const facts = (await kept.json()) as { id: string };
        expect(facts).toMatchObject({ title: 'Talk', type: 'video/mp4', size: mp4.length });
        expect((await send('', mp4)).status).toBe(400);
        expect((await send('Talk', Buffer.from('no film'))).status).toBe(415);
        expect((await fetch(`${url}/meetings/..%2F/recordings`, { method: 'POST', body: new FormData() })).status).toBe(
          400,
        );
        expect(await readdir(join(archive, meeting))).toEqual([facts.id]);
      },
      { ARCHIVE: archive },
    );
    await rm(archive, { recursive: true });
  });

  it('answers as the NestJS module did', async () => {
    await withService('cats-main.ts', async (url) => {
      const cat = { name: 'Tom', age: 3 };
      expect(await ask(`${url}/cats`, 'POST', cat)).toMatchObject({ status: 201, body: { id: 1, ...cat } });
      expect((await ask(`${url}/cats`)).body).toEqual([cat]);
      expect((await ask(`${url}/cats/7`)).body).toEqual({
        message: 'Cat 7 not found',
        error: 'Not Found',
        statusCode: 404,
      });
    });
  });

  it('takes a route over from Express and leaves the others', async () => {
    await withService('takeover.ts', async (url) => {
      expect((await ask(`${url}/invoices/7`)).body).toEqual({ id: 7, account: 'guest', from: 'bowline' });
      expect((await ask(`${url}/invoices/x`)).status).toBe(400);
      expect((await ask(`${url}/customers/7`)).body).toEqual({ id: '7', from: 'legacy' });
      expect((await ask(`${url}/nowhere`)).body).toBe('No such page');
    });
  });

  it('mounts the controllers of a library where the application says', async () => {
    await withService('feedback-main.ts', async (url) => {
      const entry = { stars: 1, text: 'no ladder' };
      expect((await ask(`${url}/site/feedback`, 'POST', entry)).status).toBe(204);
      expect((await ask(`${url}/site/feedback?count=5`)).body).toEqual([entry]);
      expect((await ask(`${url}/site/feedback`, 'POST', { stars: 5, text: 'x'.repeat(501) })).status).toBe(400);
    });
  });

  it('finishes the orders that a consumer has, and closes the pool after them', async () => {
    await withService('consumer.ts', async (url, service) => {
      for (const id of [1, 2]) expect((await ask(`${url}/orders`, 'POST', { id, total: 100 })).status).toBe(202);
      expect(await service.stop()).toBe(0);
      expect(service.output()).toContain('The pool is closed after 2 orders');
      expect(service.output()).not.toMatch(/"level":"(warn|error)"/);
    });
  });
});
