import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { startProcess, type RunningProcess } from './running-process.js';

const main = 'examples/streaming/dist/main.js';
const running: RunningProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop('SIGKILL')));
});

async function start(env: Record<string, string> = {}): Promise<RunningProcess> {
  const service = await startProcess(process.execPath, [main], env);
  running.push(service);
  return service;
}

async function json(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

describe.each(['node', 'fastify', 'express', 'koa', 'hono'])('the streaming example on %s', (provider) => {
  test('streams in both directions, forgets who leaves, and ends with 0 on SIGTERM', async () => {
    const service = await start({ PROVIDER: provider });
    const { url } = service;

    const page = await fetch(url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<h1>Streaming</h1>');

    await expectEventsUntilTheClientLeaves(`${url}/clock?every=10`, url);
    await expectEventsUntilTheClientLeaves(`${url}/upstream/clock?every=10`, url);
    await expectRowsAsTheyAreTaken(url);
    await expectUploadToComeBackWhileItGoesOut(url);

    const archive = await fetch(`${url}/archive?bytes=1000000`);
    expect(archive.headers.get('content-length')).toBe('1000000');
    expect((await archive.bytes()).length).toBe(1_000_000);

    const packed = await fetch(`${url}/text/gzip`, { method: 'POST', body: 'one two '.repeat(50_000) });
    expect(gunzipSync(await packed.bytes()).toString()).toBe('one two '.repeat(50_000));

    const passed = await fetch(`${url}/upstream/readings/export.csv?rows=2`);
    expect(passed.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await passed.text()).toBe('id,sensor,celsius\n1,sensor-1,15.1\n2,sensor-2,15.2\n');
    expect((await fetch(`${url}/upstream/nowhere`)).status).toBe(404);

    expect((await fetch(`${url}/clock?every=1`)).status).toBe(400);
    expect((await fetch(`${url}/readings/export.csv?rows=1.5`)).status).toBe(400);

    expect(await service.stop()).toBe(0);
    expect(service.output()).not.toMatch(/"level":"(warn|error)"/);
  });
});

async function expectEventsUntilTheClientLeaves(events: string, url: string): Promise<void> {
  const answer = await open(events);
  expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let text = '';
  for await (const piece of answer) {
    text += String(piece);
    // The end of the loop breaks the connection off.
    if (text.split('\n\n').length > 3) break;
  }
  expect(text).toMatch(/^(event: tick\ndata: \d{4}-\d\d-\d\dT[\d:.]+Z\n\n){3}/);
  await expect.poll(() => json(`${url}/clock/listeners`)).toEqual({ listeners: 0 });
}

async function expectRowsAsTheyAreTaken(url: string): Promise<void> {
  const answer = await open(`${url}/readings/export.csv?rows=10000000`);
  await once(answer, 'readable');
  const rowsRead = (): Promise<unknown> => json(`${url}/readings/read`);
  // Once all buffers between are full, nothing is read any more.
  let before;
  let now = await rowsRead();
  do {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
    now = await rowsRead();
  } while (JSON.stringify(now) !== JSON.stringify(before));
  expect((now as { rows: number }).rows).toBeLessThan(5_000_000);
  answer.destroy();
}

async function expectUploadToComeBackWhileItGoesOut(url: string): Promise<void> {
  const upload = request(`${url}/text/capitals`, { method: 'POST', agent: false });
  upload.write('grüße ');
  const [answer] = (await once(upload, 'response')) as [IncomingMessage];
  const pieces: string[] = [];
  for await (const piece of answer.setEncoding('utf8')) {
    pieces.push(String(piece));
    if (pieces.length === 1) upload.end('und ende');
  }
  expect(pieces).toEqual(['GRÜSSE ', 'UND ENDE']);
}

/** A request on a connection of its own, whose answer is read by whoever asked. */
async function open(url: string): Promise<IncomingMessage> {
  const [answer] = (await once(request(url, { agent: false }).end(), 'response')) as [IncomingMessage];
  return answer;
}

test('a service behind it that does not answer is a 502', async () => {
  const { url } = await start({ UPSTREAM: 'http://127.0.0.1:1' });

  expect((await fetch(`${url}/upstream/anything`)).status).toBe(502);
});

test.each([
  [{ UPSTREAM: 'localhost' }, "UPSTREAM is 'localhost'; it must be a URL such as http://localhost:9000."],
  [{ PORT: '80a' }, "PORT is '80a'; it must be a whole number from 0 to 65535."],
])('%o is a sentence and ends with 1', async (env, sentence) => {
  await expect(start(env)).rejects.toThrow(`ended with 1 before it listened:\n${sentence}\n`);
});
