import { Clock, PolicyRegistry, type ContainerModule, type PipelineDefinitions } from 'bowline';
import {
  pipeline,
  rateLimit,
  type CircuitBreakerPolicy,
  type HedgePolicy,
  type PolicyEvents,
  type RateLimitStore,
  type ResiliencePipeline,
} from 'bowline/resilience';
import { Test, VirtualClock } from 'bowline/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { codeBlocksOf, writeGuide } from './code-blocks.js';

/** What the pages of the policies say of their programs, on a clock that the tests own. */
function describePage(page: string, tests: (load: <T>(file: string) => Promise<T>) => void): void {
  describe(`docs/guides/resilience/${page}.md`, () => {
    const run = new Set<string>();
    let folder: string;

    beforeAll(async () => {
      folder = await writeGuide(`resilience/${page}`);
    });
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    });
    afterEach(() => {
      vi.useRealTimers();
      vi.unstubAllGlobals();
    });
    afterAll(async () => {
      const blocks = await codeBlocksOf(`guides/resilience/${page}.md`);
      const named = blocks.flatMap(({ name }) => name ?? []);
      expect([...run].toSorted()).toEqual(named.toSorted());
    });

    tests((file) => {
      run.add(file);
      return import(folder + file);
    });
  });
}

interface ApplicationBlock {
  readonly policies: PipelineDefinitions;
}

async function start(module: ContainerModule, { policies }: Partial<ApplicationBlock>, clock = new VirtualClock()) {
  const made = Test.createApplication({ modules: [module], policies: policies ?? {}, logger: { level: 'silent' } });
  const app = await made.override(Clock).useValue(clock).create();
  onTestFinished(() => app.close());
  return { app, clock };
}

/** What `fetch` gives from now on. */
function stubFetch(answer: (url: string, signal: AbortSignal) => Promise<Response>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string, { signal }: { signal: AbortSignal }) => {
    asked.push(url);
    return answer(url, signal);
  });
  return asked;
}

/** A callee that never answers, and hears when it is to end. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

/** How a call ends: with its value, or the code or the words of its error. */
function endOf(call: unknown): Promise<unknown> {
  return Promise.resolve(call).catch(
    (error: { readonly code?: string; readonly message: string }) => error.code ?? error.message,
  );
}

const fail = (): Promise<never> => Promise.reject(new Error('down'));

describePage('timeout', (load) => {
  it('asks a callee that never answers three times, and gives it up after 2 s', async () => {
    const { reportBy } = await load<{
      reportBy(ask: (signal: AbortSignal) => Promise<string>): Promise<string | undefined>;
    }>('timeout.ts');
    const begin = performance.now();
    const asked: number[] = [];
    const reported = reportBy((signal) => {
      asked.push(performance.now() - begin);
      return untilAborted(signal);
    }).then((report) => [report, performance.now() - begin]);
    await vi.advanceTimersByTimeAsync(3_000);

    expect(await reported).toEqual([undefined, 2_000]);
    expect(asked).toEqual([0, 800, 1_600]);
    expect(await reportBy(async () => 'the report')).toBe('the report');
  });

  it('does the same in an application', async () => {
    const { Reports, reportsModule, ...block } = await load<
      ApplicationBlock & {
        Reports: new () => { find(year: number): Promise<string> };
        reportsModule: ContainerModule;
      }
    >('timeout-application.ts');
    const { app, clock } = await start(reportsModule, block);
    const asked = stubFetch((_url, signal) => untilAborted(signal));

    const ended = endOf(app.get(Reports).find(2026)).then((end) => [end, clock.elapsed()]);
    await clock.advance(3_000);

    expect(await ended).toEqual(['BOW_TIMED_OUT', 2_000]);
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'https://reports.example/2026'));
  });
});

describePage('retry', (load) => {
  it('shows which errors and results are worth another attempt', async () => {
    const { search } = await load<{ search: ResiliencePipeline }>('retry.ts');
    const statuses = [503, 503, 200];
    const found = search.execute(() => new Response(null, { status: statuses.shift() ?? 500 }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect([(await found).status, statuses]).toEqual([200, []]);

    const lost = endOf(search.execute(() => Promise.reject(new TypeError('fetch failed'))));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await lost).toBe('fetch failed');
    expect(await endOf(search.execute(fail))).toBe('down');
    expect(search.policies[0]?.metrics).toMatchObject({ calls: 3, retries: 2 + 3 });
  });

  it('shows options of the code, of which an operator says less', async () => {
    const { Stock, stockModule, ...block } = await load<
      ApplicationBlock & { Stock: new () => { count(sku: string): Promise<number> }; stockModule: ContainerModule }
    >('retry-application.ts');
    const { app, clock } = await start(stockModule, block);
    const statuses = [503, 200, 503, 503];
    const asked = stubFetch(async () => new Response('12', { status: statuses.shift() ?? 500 }));

    const counted = app.get(Stock).count('rope');
    await clock.advance(100);
    expect(await counted).toBe(12);
    const failed = endOf(app.get(Stock).count('rope'));
    await clock.advance(100);
    expect(await failed).toBe('The stock answered 503.');
    expect(asked).toHaveLength(2 + 2);
  });

  it('shares a budget, so that a search is tried once after a read that failed three times', async () => {
    const { reads, searches } = await load<Record<'reads' | 'searches', ResiliencePipeline>>('retry-budget.ts');
    let attempts = 0;
    const count = (): Promise<never> => {
      attempts++;
      return fail();
    };
    const read = endOf(reads.execute(count));
    await vi.advanceTimersByTimeAsync(10);
    expect([await read, attempts]).toEqual(['down', 3]);
    expect([await endOf(searches.execute(count)), attempts]).toEqual(['down', 4]);
    expect(searches.policies[0]?.metrics).toMatchObject({ budgetExhausted: 1 });
  });

  it('does not try again what must not happen twice', async () => {
    const { place } = await load<{
      place(send: (key: string | undefined) => Promise<string>, key?: string): Promise<string>;
    }>('retry-writes.ts');
    const keys: (string | undefined)[] = [];
    const send = (key: string | undefined): Promise<never> => {
      keys.push(key);
      return fail();
    };
    expect(await endOf(place(send))).toBe('down');
    const placed = endOf(place(send, 'order 7'));
    await vi.advanceTimersByTimeAsync(100);
    expect(await placed).toBe('down');
    expect(keys).toEqual([undefined, 'order 7', 'order 7', 'order 7']);
  });
});

describePage('circuit-breaker', (load) => {
  it('opens with the fourth call, refuses for 5 s, and closes with two of three trials', async () => {
    const { stock, breaker } = await load<{ stock: ResiliencePipeline; breaker: CircuitBreakerPolicy }>(
      'circuit-breaker.ts',
    );
    const told: string[] = [];
    stock.on('stateChange', ({ from, to }: PolicyEvents['stateChange']) => told.push(`${from} to ${to}`));
    const calls: readonly (() => unknown)[] = [fail, fail, () => 1];
    for (const call of calls) await endOf(stock.execute(call));
    expect(breaker.state).toBe('closed');
    expect(await stock.execute(() => 1)).toBe(1);
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(4_999);
    expect(await endOf(stock.execute(() => 1))).toBe('BOW_CIRCUIT_OPEN');

    await vi.advanceTimersByTimeAsync(1);
    for (const call of [fail, fail]) expect(await endOf(stock.execute(call))).toBe('down');
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(5_000);
    const trials = [1, 2, 3].map(() => stock.execute(() => Promise.resolve(1)));
    expect(await endOf(stock.execute(() => 1))).toBe('BOW_CIRCUIT_OPEN');
    await Promise.all(trials);
    expect(breaker.state).toBe('closed');
    expect(told).toEqual([
      'closed to open',
      'open to halfOpen',
      'halfOpen to open',
      'open to halfOpen',
      'halfOpen to closed',
    ]);
  });

  it('takes a 404 for an answer in an application, and opens by what is a failure', async () => {
    const { Stock, stockModule, ...block } = await load<
      ApplicationBlock & { Stock: new () => { count(sku: string): Promise<number> }; stockModule: ContainerModule }
    >('circuit-breaker-application.ts');
    const { app, clock } = await start(stockModule, block);
    let status = 404;
    stubFetch(async () => new Response('12', { status }));
    for (let call = 0; call < 10; call++) await endOf(app.get(Stock).count('knot'));
    expect(app.get(PolicyRegistry).get('stock').policies[0]?.metrics).toMatchObject({ state: 'closed', calls: 10 });

    status = 500;
    for (let call = 0; call < 10; call++) await endOf(app.get(Stock).count('rope'));
    expect(await endOf(app.get(Stock).count('rope'))).toBe('BOW_CIRCUIT_OPEN');
    await clock.advance(1_000);
    status = 200;
    expect(await app.get(Stock).count('rope')).toBe(12);
  });

  it('is isolated and closed by hand', async () => {
    const { Maintenance, maintenanceModule } = await load<{
      Maintenance: new () => { begin(pipeline: string): void; end(pipeline: string): void };
      maintenanceModule: ContainerModule;
    }>('circuit-breaker-by-hand.ts');
    const { app } = await start(maintenanceModule, {
      policies: { stock: { circuitBreaker: {} }, other: { timeout: 1 } },
    });
    const stock = app.get(PolicyRegistry).get('stock');

    app.get(Maintenance).begin('stock');
    expect(await endOf(stock.execute(() => 1))).toBe('BOW_CIRCUIT_OPEN');
    app.get(Maintenance).end('stock');
    expect(await endOf(stock.execute(() => 1))).toBe(1);
    expect(() => app.get(Maintenance).begin('other')).toThrow('other has no circuit breaker.');
  });
});

describePage('bulkhead', (load) => {
  it('lets two of four calls run and one wait, no longer than the timeout of the queue', async () => {
    const { renders } = await load<{ renders: ResiliencePipeline }>('bulkhead.ts');
    const places = [1, 2].map(() => Promise.withResolvers<string>());
    let begun = 0;
    const calls = [1, 2, 3, 4].map(() => endOf(renders.execute(() => places[begun++]?.promise ?? 'after them')));
    expect(begun).toBe(2);
    expect(await calls[3]).toBe('BOW_BULKHEAD_FULL');

    places[0]?.resolve('first');
    expect([await calls[0], await calls[2]]).toEqual(['first', 'after them']);
    places[1]?.resolve('second');
    expect(await calls[1]).toBe('second');

    const late = [1, 2, 3].map(() => endOf(renders.execute(() => new Promise(() => undefined))));
    await vi.advanceTimersByTimeAsync(500);
    expect(await late[2]).toBe('BOW_BULKHEAD_FULL');
  });

  it('has its queue from elsewhere in an application', async () => {
    const { Reports, reportsModule, ...block } = await load<
      ApplicationBlock & {
        Reports: new () => { render(title: string): Promise<string> };
        reportsModule: ContainerModule;
      }
    >('bulkhead-application.ts');
    const { app } = await start(reportsModule, block);
    const rendered = Array.from({ length: 13 }, () => endOf(app.get(Reports).render('Rope')));
    expect(await Promise.all(rendered)).toEqual([
      ...Array.from({ length: 12 }, () => '<h1>Rope</h1>'),
      'BOW_BULKHEAD_FULL',
    ]);
  });

  it('keeps two of four places for checkouts', async () => {
    const { search, checkOut } =
      await load<Record<'search' | 'checkOut', (call: () => Promise<string>) => Promise<string>>>(
        'bulkhead-priorities.ts',
      );
    const never = (): Promise<never> => new Promise(() => undefined);
    const refused: string[] = [];
    const note = (who: string, call: Promise<unknown>) => void call.catch(() => refused.push(who));
    for (let each = 0; each < 3; each++) note('search', search(never));
    for (let each = 0; each < 3; each++) note('checkout', checkOut(never));
    await vi.advanceTimersByTimeAsync(0);
    expect(refused).toEqual(['search', 'checkout']);
  });
});

describePage('rate-limit', (load) => {
  it('lets three of six calls begin at once, and two wait', async () => {
    const { invoices } = await load<{ invoices: ResiliencePipeline }>('rate-limit.ts');
    const begin = performance.now();
    const calls = Array.from({ length: 6 }, () => Promise.resolve(invoices.execute(() => performance.now() - begin)));
    await expect(calls[5]).rejects.toMatchObject({ code: 'BOW_RATE_LIMITED', retryAfter: 300 });
    await vi.advanceTimersByTimeAsync(200);
    expect(await Promise.all(calls.slice(0, 5))).toEqual([0, 0, 0, 100, 200]);
  });

  it('answers the third search of a user with 429', async () => {
    const { searchModule, ...block } = await load<ApplicationBlock & { searchModule: ContainerModule }>(
      'rate-limit-application.ts',
    );
    const { app } = await start(searchModule, block);
    const search = async (user: string): Promise<unknown> => {
      const { statusCode, headers } = await app.inject(`/search?user=${user}&text=rope`);
      return [statusCode, headers['retry-after']];
    };
    expect([await search('ada'), await search('ada')]).toEqual([
      [200, undefined],
      [200, undefined],
    ]);
    expect(await search('ada')).toEqual([429, '30']);
    expect(await search('bob')).toEqual([200, undefined]);
  });

  it('counts in a store that is shared, and lets calls pass where that fails', async () => {
    const { SharedStore } = await load<{ SharedStore: new (buckets: object) => RateLimitStore }>('rate-limit-store.ts');
    const delays: unknown[] = [0, 40, new Error('the store is down')];
    const taken: unknown[] = [];
    const take = async (...args: unknown[]): Promise<unknown> => {
      taken.push(args);
      const delay = delays.shift();
      if (delay instanceof Error) throw delay;
      return delay;
    };
    const store = new SharedStore({ take });
    const limited = pipeline({ name: 'shared' }, rateLimit({ limit: 10, burst: 2, store }));
    const ends = [];
    for (let call = 0; call < 3; call++) ends.push(await endOf(limited.execute(() => 1)));
    expect(ends).toEqual([1, 'BOW_RATE_LIMITED', 1]);
    expect(taken[0]).toEqual(['shared.rateLimit', 100, 2, 0]);
    const other = pipeline(
      { name: 'other' },
      rateLimit({ algorithm: 'sliding-window', store, onStoreFailure: 'refuse' }),
    );
    expect(await endOf(other.execute(() => 1))).toBe('BOW_RATE_LIMITED');
  });
});

describePage('fallback', (load) => {
  it('gives the latest titles, and says that they are stale', async () => {
    const { titlesFrom } = await load<{
      titlesFrom(ask: (signal: AbortSignal) => Promise<readonly string[]>): Promise<unknown>;
    }>('fallback.ts');
    expect(await titlesFrom(fail)).toEqual({ titles: [], isStale: true });
    expect(await titlesFrom(async () => ['Knots'])).toEqual({ titles: ['Knots'], isStale: false });
    const late = titlesFrom(untilAborted);
    await vi.advanceTimersByTimeAsync(300);
    expect(await late).toEqual({ titles: ['Knots'], isStale: true });
  });

  it('gives nothing in place of an error of our own', async () => {
    const { Recommendations, recommendationsModule, ...block } = await load<
      ApplicationBlock & {
        Recommendations: new () => { titles(customer: number): Promise<readonly string[]> };
        recommendationsModule: ContainerModule;
      }
    >('fallback-application.ts');
    const { app, clock } = await start(recommendationsModule, block);
    const late = app.get(Recommendations).titles(7);
    await clock.advance(300);
    expect(await late).toEqual([]);
    expect(await endOf(app.get(Recommendations).titles(-1))).toBe('There is no customer -1.');
  });
});

describePage('hedge', (load) => {
  it('asks the second replica after 80 ms, and breaks the request to the first off', async () => {
    const { read, reads } = await load<{
      read(path: string, ask: (url: string, signal: AbortSignal) => Promise<string>): Promise<string>;
      reads: ResiliencePipeline;
    }>('hedge.ts');
    let first: AbortSignal | undefined;
    const begin = performance.now();
    const page = read('/rope', (url, signal) => {
      if (!url.startsWith('https://one')) return Promise.resolve(`${url} after ${performance.now() - begin} ms`);
      first = signal;
      return untilAborted(signal);
    });
    await vi.advanceTimersByTimeAsync(80);
    expect(await page).toBe('https://two.example/rope after 80 ms');
    expect(first?.aborted).toBe(true);
    expect((reads.policies[1] as HedgePolicy).metrics).toMatchObject({ hedges: 1, wins: 1, failures: 0 });
  });

  it('does the same in an application', async () => {
    const { Pages, pagesModule, ...block } = await load<
      ApplicationBlock & { Pages: new () => { find(path: string): Promise<string> }; pagesModule: ContainerModule }
    >('hedge-application.ts');
    const { app, clock } = await start(pagesModule, block);
    const asked = stubFetch(async (url, signal) =>
      url.startsWith('https://one') ? untilAborted(signal) : new Response(url),
    );
    const page = app.get(Pages).find('/rope');
    await clock.advance(80);
    expect(await page).toBe('https://two.example/rope');
    expect(asked).toEqual(['https://one.example/rope', 'https://two.example/rope']);
  });
});

describePage('chaos', (load) => {
  it('opens the circuit with two calls, both of which get the price of yesterday', async () => {
    const { prices, breaker, breakIt } = await load<{
      prices: ResiliencePipeline<string>;
      breaker: CircuitBreakerPolicy;
      breakIt(): void;
    }>('chaos.ts');
    const calls = { count: 0 };
    const price = async (): Promise<string> => `the price of today, asked ${++calls.count} times`;
    expect(await prices.execute(price)).toBe('the price of today, asked 1 times');
    breaker.reset();

    breakIt();
    for (let call = 0; call < 2; call++) {
      const given = endOf(prices.execute(price));
      await vi.advanceTimersByTimeAsync(0);
      expect(await given).toBe('the price of yesterday');
    }
    expect(breaker.state).toBe('open');
    expect(calls.count).toBe(1);
  });

  it('is begun and ended by an operator', async () => {
    const { Prices, GameDay, pricesModule, ...block } = await load<
      ApplicationBlock & {
        Prices: new () => { find(sku: string): Promise<string> };
        GameDay: new () => { begin(rate: number): void; end(): void };
        pricesModule: ContainerModule;
      }
    >('chaos-application.ts');
    const { app } = await start(pricesModule, block);
    const price = () => app.get(Prices).find('rope');
    expect(await price()).toBe('the price of rope');
    app.get(GameDay).begin(1);
    expect(await price()).toBe('the price of yesterday');
    app.get(GameDay).end();
    expect(await price()).toBe('the price of rope');
  });
});
