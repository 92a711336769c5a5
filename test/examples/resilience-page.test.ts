import { existsSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { chromium, type Browser, type ConsoleMessage, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { patiently, send, startResilience, type ResilienceService } from './resilience-service.js';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const running: ResilienceService[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop('SIGKILL')));
});

async function start(env: Record<string, string> = {}): Promise<ResilienceService> {
  const service = await startResilience({ OPEN_DURATION: '500', ...env });
  running.push(service);
  return service;
}

if (!isThere)
  console.warn(`Skipped: there is no ${executablePath}. Run scripts/services install chromium, or set CHROMIUM_PATH.`);

describe.skipIf(!isThere)('the page of the resilience example', () => {
  let browser: Browser;

  beforeAll(async () => {
    // In a profile that is new and empty, as it is unless told otherwise.
    browser = await chromium.launch({ executablePath, args: flags });
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** The page with whatever it complains of. */
  async function open(url: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const context = await browser.newContext({ colorScheme: 'light' });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(describeMessage(message));
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url);
    await page.getByText('● Live').waitFor();
    return { page, complaints };
  }

  test('shows how the breaker opens under load and a fault, and closes again without them', async () => {
    const { url } = await start();
    const { page, complaints } = await open(url);
    const state = page.locator('[data-pipeline=payments] [data-policy=circuitBreaker] .state');
    await expect.poll(() => state.textContent(), patiently).toBe('● closed');

    await page.getByLabel(/^Orders per second/).fill('50');
    await page.getByRole('button', { name: 'Put load on' }).click();
    await page.getByText(/^50 orders per second for another \d+ s/).waitFor();
    await page.getByLabel(/^Failing/).check();
    await expect.poll(() => state.textContent(), patiently).toBe('✕ open');
    await page.getByText(/payments\.circuitBreaker went from closed to open/).waitFor();
    await expect.poll(() => page.locator('#answers').textContent(), patiently).toContain('503 refused');

    await page.getByLabel(/^Answers at once/).check();
    await expect.poll(() => state.textContent(), patiently).toBe('● closed');
    await page.getByRole('button', { name: 'End it' }).click();
    await page.getByText('No load', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Place one order' }).click();
    await page.getByText(/^201 after \d+ ms: .*"rateFrom":"the market"/).waitFor();
    expect(complaints).toEqual([]);
  });

  test('changes numbers and circuits, and shows what is wrong with a change', async () => {
    const { url } = await start();
    const { page, complaints } = await open(url);
    const retry = page.locator('[data-pipeline=payments] [data-policy=retry]');
    await retry.getByLabel('maxAttempts').fill('many');
    await retry.getByRole('button', { name: 'Set' }).click();
    await expect
      .poll(() => retry.getByRole('alert').textContent(), patiently)
      .toMatch(/^policies\.payments\.retry\.maxAttempts is 'many'; it must be a whole number from 1 to 100/);
    // The browser says of each such answer that it was one.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400 (Bad Request)')]);

    await retry.getByLabel('maxAttempts').fill('5');
    await retry.getByRole('button', { name: 'Set' }).click();
    await expect.poll(() => retry.getByRole('alert').textContent(), patiently).toBe('');
    await page.getByText('payments was changed: {"retry":{"maxAttempts":5}}').waitFor();
    await retry.getByLabel('mode').selectOption('observe');
    await page.getByText('payments was changed: {"retry":{"mode":"observe"}}').waitFor();

    const fallback = page.locator('[data-pipeline=rates] [data-policy=fallback]');
    expect(await fallback.textContent()).toContain('gives an object');
    const breaker = page.locator('[data-pipeline=rates] [data-policy=circuitBreaker]');
    await breaker.getByRole('button', { name: 'Isolate' }).click();
    await expect.poll(() => breaker.locator('.state').textContent(), patiently).toBe('⊘ isolated');
    await page.getByRole('button', { name: 'Place one order' }).click();
    await page.getByText(/^201 after \d+ ms: .*"rateFrom":"the price list"/).waitFor();
    await breaker.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => breaker.locator('.state').textContent(), patiently).toBe('● closed');
    expect(complaints).toEqual([]);
  });

  test('shows the numbers and the load of before where it is opened later', async () => {
    const { url } = await start();
    const change = { retry: { maxAttempts: 7 } };
    expect((await send('PATCH', `${url}/policies/payments`, change)).status).toBe(204);
    expect((await send('PUT', `${url}/load`, { perSecond: 33 })).status).toBe(204);

    const { page, complaints } = await open(url);

    const retry = page.locator('[data-pipeline=payments] [data-policy=retry]');
    await expect.poll(() => retry.getByLabel('maxAttempts').inputValue(), patiently).toBe('7');
    await expect.poll(() => page.getByLabel(/^Orders per second/).inputValue(), patiently).toBe('33');
    await page.getByText(/^33 orders per second for another/).waitFor();
    expect(complaints).toEqual([]);
  });

  test('says that the connection is lost, and goes on where the service comes back', async () => {
    const first = await start();
    const road = await roadTo(first.url);
    const { page, complaints } = await open(road.url);
    await page.getByRole('button', { name: 'Place one order' }).click();
    const charges = page.locator('#charges');
    await expect.poll(() => charges.textContent(), patiently).toBe('1');
    expect(complaints).toEqual([]);

    road.leadTo(undefined);
    expect(await first.stop()).toBe(0);
    await page.getByText('○ Connection lost, trying again').waitFor();

    const second = await start();
    road.leadTo(second.url);
    await page.getByText('● Live').waitFor();
    await expect.poll(() => charges.textContent(), patiently).toBe('0');
    await page.getByRole('button', { name: 'Place one order' }).click();
    await expect.poll(() => charges.textContent(), patiently).toBe('1');
    // Of each attempt to come back the browser says that it failed; the page itself has nothing to complain of.
    expect(complaints.filter((each) => !/^Failed to load resource: net::ERR_.* \/live\/events$/.test(each))).toEqual(
      [],
    );
  });
});

function describeMessage(message: ConsoleMessage): string {
  const { url } = message.location();
  return `${message.text()} ${URL.canParse(url) ? new URL(url).pathname : url}`;
}

/** Where the service is for the page, whichever process is behind it at the moment; with none, connections break. */
async function roadTo(service: string): Promise<{ readonly url: string; leadTo(service: string | undefined): void }> {
  let target: URL | undefined = new URL(service);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    keep(socket);
    if (target === undefined) return void socket.destroy();
    const beyond = keep(connect(Number(target.port), target.hostname));
    socket.pipe(beyond).pipe(socket);
    socket.on('close', () => beyond.destroy());
    beyond.on('close', () => socket.destroy());
  });
  const breakAll = (): void => sockets.forEach((socket) => socket.destroy());
  onTestFinished(() => {
    server.close();
    breakAll();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (next) => {
      target = next === undefined ? undefined : new URL(next);
      breakAll();
    },
  };
}
