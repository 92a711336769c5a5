import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { startProcess, type RunningProcess } from './running-process.js';

const main = 'examples/graceful/dist/main.js';
const script = 'examples/graceful/dist/stop-under-load.js';
const patiently = { interval: 10, timeout: 10_000 };
const running: RunningProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop('SIGKILL')));
});

interface Service extends RunningProcess {
  urlOf(server: 'main' | 'partners' | 'admin' | 'management'): string;
}

async function start(env: Record<string, string> = {}): Promise<Service> {
  const service = await startProcess(process.execPath, [main], env);
  running.push(service);
  // The first to listen is the management server.
  await expect.poll(service.output, patiently).toContain("'admin' listens on");
  const urlOf = (server: string): string =>
    new RegExp(`'${server}' listens on (\\S+)"`).exec(service.output())?.[1] ?? '';
  return { ...service, urlOf };
}

function post(url: string, cents: number): Promise<Response> {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  return fetch(`${url}/orders`, { method: 'POST', headers, body: JSON.stringify({ cents }) });
}

async function ask(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  return `${answer.status} ${await answer.text()}`;
}

/** The report, which is printed as plain lines between those of the log. */
function reportIn(output: string): string {
  const lines = output.split('\n').filter((line) => !line.startsWith('{'));
  return lines.join('\n').trim();
}

describe('the graceful example', () => {
  test('serves on as a lame duck, finishes what is under way and closes the database last', async () => {
    const service = await start({ LAME_DUCK_DELAY: '1500' });
    const shop = service.urlOf('main');
    const partners = service.urlOf('partners');
    const readiness = `${service.urlOf('management')}/readyz`;

    expect((await post(shop, 700)).status).toBe(201);
    expect((await post(partners, 1)).status).toBe(202);
    await post(partners, 2);
    expect(await ask(readiness)).toBe('200 ok');
    expect(await ask(`${service.urlOf('admin')}/figures`)).toMatch(/^200 \{"waiting":\d,"queries":\d\}$/);

    const report = ask(`${shop}/reports/total?ms=3000`);
    await expect
      .poll(() => ask(`${service.urlOf('management')}/health`), patiently)
      .toContain('"route":"/reports/total"');
    const stopped = service.stop();
    await expect.poll(() => ask(readiness), patiently).toBe('503 lame-duck');
    expect((await post(shop, 300)).status).toBe(201);
    expect((await post(partners, 3)).status).toBe(202);
    await expect.poll(() => ask(readiness), patiently).toBe('503 draining');
    // The port is closed once nobody waits to be let in: who came before is answered, and would be in the figures.
    await expect.poll(() => ask(`${service.urlOf('management')}/health`), patiently).not.toContain('"listening":true');
    await expect(post(shop, 1)).rejects.toThrow('fetch failed');

    expect(await report).toBe('200 {"cents":1000}');
    expect(await stopped).toBe(0);
    const output = service.output();
    expect(output).not.toMatch(/"level":"(warn|error)"/);
    const text = reportIn(output);
    expect(text).toMatch(/^Stopped by SIGTERM in [23]\.\d s, exit code 0: no request was cut\n/);
    expect(text).toMatch(/^ {2}requests +1 in flight at the start; since then 3 finished, /m);
    expect(text).toMatch(/^ {2}server +main: 1 in flight, 2 finished; /m);
    expect(text).toMatch(/^ +GET \/reports\/total: 1 in flight, 1 finished$/m);
    expect(text).toMatch(/^ {2}server +partners: 1 finished; /m);
    expect(text).toMatch(/^ {2}OnLameDuck +Registry\.leave: \d+ ms$/m);
    expect(text).toMatch(/^ {2}service +.*Database/m);
    inOrder(output, [
      'Deregistered',
      'Handed over',
      'The application is draining',
      'The consumer has finished its message',
      'The application is stopping',
      'Sent the last figures',
    ]);
  });

  test('finishes the message that the consumer has begun, and leaves the rest in the queue', async () => {
    const service = await start({ LAME_DUCK_DELAY: '0' });
    for (let cents = 1; cents <= 4; cents++) await post(service.urlOf('partners'), cents);
    expect(await service.stop()).toBe(0);
    // One takes 300 ms.
    expect(service.output()).toMatch(/"waiting":[123],"msg":"The consumer has finished its message"/);
    expect(service.output()).not.toContain('could not be stored');
  });

  test('cuts a handler that hangs, says which, and ends with 20', async () => {
    const service = await start({ BOWLINE_GRACE_PERIOD: '2' });
    const answer = ask(`${service.urlOf('main')}/reports/stuck`);
    await expect
      .poll(() => ask(`${service.urlOf('management')}/health`), patiently)
      .toContain('"route":"/reports/stuck"');

    expect(await service.stop()).toBe(20);
    expect(await answer).toMatch(/^503 /);
    const text = reportIn(service.output());
    expect(text).toMatch(/^Stopped by SIGTERM in 1\.\d s, exit code 20: 1 request was cut; 1 handler ran on\n/);
    expect(text).toMatch(/^ +cut: GET \/reports\/stuck, 1\.\d s old$/m);
    expect(text).toMatch(/^ +1 handler still ran when services had to be closed$/m);
    expect(text).toMatch(/^ {2}service +.*Database/m);
  });

  test('loses no request when it is stopped under load', async () => {
    const load = await startProcess(process.execPath, [script]);
    running.push(load);
    const [code] = (await once(load.child, 'close')) as [number | null];
    const output = load.output();
    expect(code, output).toBe(0);
    expect(output).toMatch(/^readiness: 200 ok, then 503 lame-duck, then 503 draining, /m);
    expect(output).toMatch(/^a report of 2 s that was asked for before the signal: 200 \{"cents":\d+\}$/m);
    for (const server of ['main', 'partners', 'admin'])
      expect(output).toMatch(new RegExp(`^clients of ${server}: [1-9]\\d+ requests answered, \\d+ .*; 0 lost$`, 'm'));
    expect(output).toContain('exit code 0: no request was cut');
  });

  test.each([
    [{ PORT: '65533' }, "PORT is '65533'; it must be a whole number from 0 to 65532."],
    [{ LAME_DUCK_DELAY: '5s' }, "LAME_DUCK_DELAY is '5s'; it must be a whole number of milliseconds."],
  ])('%o is a sentence and ends with 1', async (env, sentence) => {
    await expect(start(env)).rejects.toThrow(`ended with 1 before it listened:\n${sentence}\n`);
  });
});

function inOrder(output: string, lines: readonly string[]): void {
  const places = lines.map((line) => output.indexOf(line));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
}
