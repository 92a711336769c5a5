import { afterEach, describe, expect, test } from 'vitest';
import {
  patiently,
  policyOf,
  send,
  startResilience,
  stateOf,
  type ResilienceService,
  type Sent,
} from './resilience-service.js';

const running: ResilienceService[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop('SIGKILL')));
});

async function start(env: Record<string, string> = {}): Promise<ResilienceService> {
  const service = await startResilience({ OPEN_DURATION: '300', ...env });
  running.push(service);
  return service;
}

function place(url: string, headers: Record<string, string> = {}): Promise<Sent> {
  return send('POST', `${url}/orders`, { item: 'rope', cents: 1_950 }, headers);
}

async function setFault(url: string, kind: string): Promise<void> {
  expect((await send('PUT', `${url}/fault`, { kind })).status).toBe(204);
}

async function circuitOf(url: string, pipeline: string): Promise<unknown> {
  return (await policyOf(url, pipeline, 'circuitBreaker')).metrics;
}

describe('the resilience example', () => {
  test('pays an order, and once only where the same key comes again', async () => {
    const { url } = await start();
    const first = await place(url, { 'idempotency-key': 'a' });
    expect(first).toMatchObject({ status: 201, body: { item: 'rope', cents: 1_950, rateFrom: 'the market' } });
    expect((await place(url, { 'idempotency-key': 'a' })).body).toMatchObject({
      receipt: (first.body as { receipt: string }).receipt,
    });
    expect((await stateOf(url)).ledger).toEqual({ charges: 1, repeated: 1 });
  });

  test('refuses what is no order, and charges nobody for it', async () => {
    const { url } = await start();
    const { status, body } = await send('POST', `${url}/orders`, { item: '', cents: 1.5 });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toMatch(/item.*cents/);
    expect((await stateOf(url)).ledger.charges).toBe(0);
  });

  test('refuses orders without asking while the payment service is down, and recovers by itself', async () => {
    // Long enough to look at it while it is open.
    const { url, management } = await start({ OPEN_DURATION: '3000' });
    await setFault(url, 'failing');
    await expect.poll(async () => (await place(url)).status, patiently).toBe(503);
    expect(await circuitOf(url, 'payments')).toMatchObject({ state: 'open', opened: 1 });

    const asked = (await policyOf(url, 'payments', 'attemptTimeout')).metrics;
    const refused = await place(url);
    expect(refused).toMatchObject({ status: 503, body: { code: 'BOW_CIRCUIT_OPEN' } });
    expect(Number(refused.retryAfter)).toBeGreaterThanOrEqual(1);
    expect((await policyOf(url, 'payments', 'attemptTimeout')).metrics).toEqual(asked);

    expect(await send('GET', `${management}/livez`)).toMatchObject({ status: 200 });
    expect(await send('GET', `${management}/readyz`)).toMatchObject({ status: 200 });
    const health = await send('GET', `${management}/health`);
    expect(health.status).toBe(200);
    expect(JSON.stringify(health.body)).toContain('"state":"degraded","reason":"the circuit of payments is open"');

    await setFault(url, 'none');
    await expect.poll(async () => (await place(url)).status, patiently).toBe(201);
    await expect
      .poll(async () => {
        await place(url);
        return circuitOf(url, 'payments');
      }, patiently)
      .toMatchObject({ state: 'closed' });
    const told = (await stateOf(url)).log.map(({ text }) => text);
    expect(told).toContain('payments.circuitBreaker went from closed to open');
    expect(told).toContain('payments.circuitBreaker went from halfOpen to closed');
  });

  test.each([
    ['slow', 504],
    ['hanging', 504],
    ['resetting', 502],
    ['failing', 502],
    ['busy', 502],
  ])('answers an order in its own time where the payment service is %s', async (kind, status) => {
    const { url } = await start();
    await setFault(url, kind);
    const answer = await place(url);
    expect(answer.status).toBe(status);
    // What took too long, or was lost on its way, may have been done.
    expect(JSON.stringify(answer.body)).not.toContain('Nothing was ordered');
    expect((await policyOf(url, 'payments', 'bulkhead')).metrics).toMatchObject({ calls: 1, running: 0, queued: 0 });
    await setFault(url, 'none');
    expect((await place(url)).status).toBe(201);
  });

  test('tries again what is flaky, so that clients see nothing of it', async () => {
    const { url } = await start();
    await setFault(url, 'flaky');
    for (let each = 0; each < 6; each++) expect((await place(url)).status).toBe(201);
    expect((await policyOf(url, 'payments', 'retry')).metrics).toMatchObject({ successes: 6, failures: 0 });
  });

  test('takes the rate of the price list while nobody may ask for that of the market', async () => {
    const { url } = await start();
    const act = (action: string): Promise<Sent> => send('POST', `${url}/policies/rates/circuit`, { action });
    expect((await act('isolate')).status).toBe(204);
    expect(await place(url)).toMatchObject({ status: 201, body: { usd: 21.45, rateFrom: 'the price list' } });
    expect((await policyOf(url, 'rates', 'fallback')).metrics).toMatchObject({ fallbacks: 1 });
    expect((await act('close')).status).toBe(204);
    expect((await place(url)).body).toMatchObject({ rateFrom: 'the market' });
    expect((await act('explode')).status).toBe(400);
    expect((await send('POST', `${url}/policies/orders/circuit`, { action: 'close' })).status).toBe(404);
  });

  test('changes numbers while it runs: what comes beyond a limit is a 429 with Retry-After', async () => {
    const { url } = await start();
    const change = { rateLimit: { limit: 1, window: 60_000 } };
    expect((await send('PATCH', `${url}/policies/orders`, change)).status).toBe(204);
    expect((await place(url)).status).toBe(201);
    const refused = await place(url);
    expect(refused).toMatchObject({ status: 429, body: { code: 'BOW_RATE_LIMITED' } });
    expect(Number(refused.retryAfter)).toBeGreaterThan(1);
    await send('PATCH', `${url}/policies/orders`, { rateLimit: { mode: 'observe' } });
    expect((await place(url)).status).toBe(201);
    expect((await policyOf(url, 'orders', 'rateLimit')).metrics).toMatchObject({ refused: 1, observedRefusals: 1 });
  });

  test.each([
    [
      'payments',
      { retry: { maxAttempts: 'many' } },
      /payments\.retry\.maxAttempts is 'many'; it must be a whole number/,
    ],
    ['payments', { retry: { maxAttempts: 1 }, timeout: -1 }, /payments\.timeout is -1/],
    ['paymets', { retry: {} }, /paymets.*payments/],
    ['payments', null, /./],
    ['payments', [], /./],
  ])(
    'says what is wrong with a change of %s to %j, and takes over nothing of it',
    async (pipeline, change, sentence) => {
      const { url } = await start();
      const { status, body } = await send('PATCH', `${url}/policies/${pipeline}`, change);
      expect(status).toBe(400);
      expect((body as { detail: string }).detail).toMatch(sentence);
      expect((await policyOf(url, 'payments', 'retry')).options['maxAttempts']).toBe(3);
    },
  );

  test('puts load on that is bounded, and ends by itself', async () => {
    const { url } = await start({ LOAD_DURATION: '500' });
    expect((await send('PUT', `${url}/load`, { perSecond: 51 })).status).toBe(400);
    expect((await send('PUT', `${url}/load`, { perSecond: 50 })).status).toBe(204);
    expect((await stateOf(url)).load.perSecond).toBe(50);
    await expect.poll(async () => (await stateOf(url)).load.perSecond, patiently).toBe(0);
    const { answers } = (await stateOf(url)).load;
    expect(Object.keys(answers)).toEqual(['201']);
    expect(answers['201']).toBeLessThanOrEqual(25);
  });

  test('serves the page, and its stream tells the state again and again', async () => {
    const { url } = await start();
    const page = await send('GET', url);
    expect(page.status).toBe(200);
    expect(page.body).toContain('<h1>Orders and a flaky payment service</h1>');
    const stream = await fetch(`${url}/live/events`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const piece of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      if (text.split('\n\n').length > 3) break;
    }
    const [hint, first, second] = text.split('\n\n');
    expect(hint).toBe('retry: 1000');
    for (const event of [first, second])
      expect(JSON.parse(event?.slice('data: '.length) ?? '')).toHaveProperty('pipelines');
  });

  test('stops in time while calls hang and a page looks on: the stream ends, the orders are answered, the code is 0', async () => {
    const service = await start({ OPEN_DURATION: '60000' });
    const { url } = service;
    await setFault(url, 'hanging');
    const stream = await fetch(`${url}/live/events`);
    const ended = stream.text();
    const orders = [place(url), place(url), place(url)];
    await expect
      .poll(async () => (await policyOf(url, 'payments', 'bulkhead')).metrics, { interval: 5, timeout: 20_000 })
      .toMatchObject({ running: 3 });

    expect(await service.stop()).toBe(0);
    expect(await ended).toMatch(/\n\n$/);
    expect((await Promise.all(orders)).map(({ status }) => status)).toEqual([504, 504, 504]);
    // What it has printed last may come after its end.
    await expect
      .poll(service.output, patiently)
      .toMatch(/"reason":"SIGTERM".*"route":"\/live\/events","inFlight":1,"finished":1,"cut":0/);
    expect(service.output()).toMatch(/"hook":"PostShutdown","name":"the payment service"/);
  });

  test.each([
    [{ PORT: '65534' }, "PORT is '65534'; it must be a whole number from 0 to 65533."],
    [{ OPEN_DURATION: '5s' }, "OPEN_DURATION is '5s'; it must be a whole number of milliseconds from 1 to 99999."],
  ])('%o is a sentence and ends with 1', async (env, sentence) => {
    await expect(start(env)).rejects.toThrow(`ended with 1 before it listened:\n${sentence}\n`);
  });
});
