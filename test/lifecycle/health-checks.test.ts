import { VirtualClock } from 'bowline/testing';
import { describe, expect, it } from 'vitest';
import type { HealthIndicator, HealthResult } from '../../src/foundation/index.js';
import { HealthChecks, type HealthCheckReport } from '../../src/lifecycle/index.js';
import { listing } from './manager-fixture.js';

interface Fixture {
  readonly clock: VirtualClock;
  readonly checks: HealthChecks;
  readonly lines: string[];
}

function make(...indicators: readonly HealthIndicator[]): Fixture {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const checks = new HealthChecks(clock, listing(lines));
  for (const indicator of indicators) checks.add(indicator);
  return { clock, checks, lines };
}

function saying(result: unknown, more: Partial<HealthIndicator> = {}): HealthIndicator {
  return { name: 'db', check: () => result as HealthResult, ...more };
}

async function first(checks: HealthChecks): Promise<HealthCheckReport | undefined> {
  return (await checks.run())[0];
}

describe('a health check', () => {
  it.each<[result: unknown, state: string, reason: string | undefined]>([
    [undefined, 'up', undefined],
    ['up', 'up', undefined],
    ['degraded', 'degraded', undefined],
    ['down', 'down', undefined],
    [{ state: 'degraded', reason: '3 s behind' }, 'degraded', '3 s behind'],
    [{ state: 'up' }, 'up', undefined],
    [Promise.resolve('down'), 'down', undefined],
    [false, 'down', 'It said false, which is none of up, degraded and down.'],
    ['fine', 'down', "It said 'fine', which is none of up, degraded and down."],
    [null, 'down', 'It said null, which is none of up, degraded and down.'],
    [{ ok: true }, 'down', 'It said undefined, which is none of up, degraded and down.'],
  ])('that says %o is %s', async (result, state, reason) => {
    expect(await first(make(saying(result)).checks)).toMatchObject({ name: 'db', groups: ['ready'], state, reason });
  });

  it.each<[how: string, check: () => Promise<void>]>([
    [
      'throws',
      () => {
        throw new Error('no route');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no route'))],
  ])('that %s is down for that reason', async (_how, check) => {
    expect(await first(make({ name: 'db', check }).checks)).toMatchObject({ state: 'down', reason: 'no route' });
  });

  it('that says something unreadable is down', async () => {
    const trap = {
      get state(): never {
        throw new Error('look away');
      },
    };
    expect(await first(make(saying(trap)).checks)).toMatchObject({ state: 'down', reason: 'look away' });
  });

  it('is called after its class unless it has a name', async () => {
    class QueueCheck {
      check(): void {}
    }
    expect(await first(make(new QueueCheck()).checks)).toMatchObject({ name: 'QueueCheck' });
  });

  it('that takes too long is down, its signal aborted, and is asked anew later', async () => {
    const signals: AbortSignal[] = [];
    const check = (signal: AbortSignal): Promise<void> => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const { checks, clock } = make({ name: 'db', timeout: 300, check });
    const report = first(checks);
    await clock.advance(299);
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect(await report).toMatchObject({
      state: 'down',
      duration: 300,
      reason: expect.stringContaining("The health check 'db' was not done after 300 ms") as string,
    });
    expect(signals[0]?.aborted).toBe(true);
    await clock.advance(1_000);
    void first(checks);
    expect(signals).toHaveLength(2);
    await clock.advance(300);
    expect(clock.pending).toBe(0);
  });

  it('takes a second at most unless it says otherwise', async () => {
    const { checks, clock } = make({ name: 'db', check: () => new Promise<void>(() => undefined) });
    const report = first(checks);
    await clock.advance(1_000);
    expect(await report).toMatchObject({ state: 'down', duration: 1_000 });
  });

  it('that fails after its time was over disturbs nobody', async () => {
    let fail: (error: Error) => void = () => undefined;
    const check = (): Promise<void> =>
      new Promise((_resolve, reject) => {
        fail = reject;
      });
    const { checks, clock, lines } = make({ name: 'db', check });
    const report = first(checks);
    await clock.advance(1_000);
    await report;
    fail(new Error('at last'));
    await clock.advance(0);
    expect(lines).toEqual(["warn The health check 'db' is down"]);
  });

  it('stands for a while, counted from its end', async () => {
    let count = 0;
    const { checks, clock } = make(
      saying(undefined, { check: () => void count++ }),
      saying(undefined, { name: 'queue', cacheDuration: 5_000, check: () => void (count += 100) }),
      saying(undefined, { name: 'disk', cacheDuration: 0, check: () => void (count += 10_000) }),
    );
    await checks.run();
    expect(count).toBe(10_101);
    await clock.advance(999);
    await checks.run();
    expect(count).toBe(20_101);
    await clock.advance(1);
    await checks.run();
    expect(count).toBe(30_102);
    await clock.advance(4_000);
    await checks.run();
    expect(count).toBe(40_203);
  });

  it('that runs is joined and not started twice', async () => {
    let count = 0;
    let end: () => void = () => undefined;
    const check = (): Promise<void> => {
      count++;
      return new Promise((resolve) => {
        end = resolve;
      });
    };
    const { checks } = make({ name: 'db', cacheDuration: 0, check });
    const both = Promise.all([first(checks), first(checks)]);
    end();
    const [one, other] = await both;
    expect(count).toBe(1);
    expect(one).toBe(other);
  });

  it('tells the log when its state changes, and only then', async () => {
    let state: HealthResult = 'up';
    const { checks, lines } = make({ name: 'db', cacheDuration: 0, check: () => state });
    for (state of ['up', 'up', 'down', 'down', 'degraded', 'up', 'up'] as const) await checks.run();
    expect(lines).toEqual([
      "warn The health check 'db' is down",
      "warn The health check 'db' is degraded",
      "info The health check 'db' is up",
    ]);
  });
});

describe('health checks', () => {
  it('run at once, and the slowest does not lengthen the others', async () => {
    const { checks, clock } = make();
    const taking = (name: string, delay: number, timeout: number): void =>
      void checks.add({ name, timeout, check: () => clock.wait(delay) });
    taking('quick', 100, 1_000);
    taking('slow', 700, 1_000);
    taking('stuck', 60_000, 800);
    const start = clock.elapsed();
    let ended = Number.NaN;
    const reports = checks.run().finally(() => {
      ended = clock.elapsed() - start;
    });
    await clock.advance(2_000);
    expect((await reports).map(({ name, state, duration }) => `${name} ${state} ${duration}`)).toEqual([
      'quick up 100',
      'slow up 700',
      'stuck down 800',
    ]);
    expect(ended).toBe(800);
  });

  it('are asked by their groups, and one of two groups once', async () => {
    let count = 0;
    const { checks } = make(
      saying('up'),
      saying('up', { name: 'loop', groups: ['live'] }),
      saying('up', { name: 'cache', groups: ['startup', 'ready'], check: () => void count++ }),
    );
    const names = async (...group: Parameters<HealthChecks['run']>): Promise<readonly string[]> =>
      (await checks.run(...group)).map(({ name }) => name);
    expect(await names('live')).toEqual(['loop']);
    expect(await names('startup')).toEqual(['cache']);
    expect(await names('ready')).toEqual(['db', 'cache']);
    expect(await names()).toEqual(['db', 'loop', 'cache']);
    expect(count).toBe(1);
  });

  it('that were closed end what runs, begin nothing, and say what was known', async () => {
    const signals: AbortSignal[] = [];
    const check = (signal: AbortSignal): void | Promise<void> => {
      signals.push(signal);
      return signals.length === 1 ? undefined : new Promise(() => undefined);
    };
    const { checks, clock, lines } = make({ name: 'db', check }, saying('up', { name: 'other', groups: ['live'] }));
    await checks.run('ready');
    await clock.advance(1_000);
    const running = checks.run('ready');
    await clock.advance(0);
    checks.close();
    expect(await running).toMatchObject([{ name: 'db', state: 'up' }]);
    expect(signals[1]?.aborted).toBe(true);
    expect(await checks.run()).toMatchObject([{ name: 'db', state: 'up' }]);
    expect(signals).toHaveLength(2);
    expect(clock.pending).toBe(0);
    expect(lines).toEqual([]);
  });
});
