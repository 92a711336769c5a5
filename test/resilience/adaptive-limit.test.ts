import { bulkhead, type AdaptiveLimitOptions } from 'bowline/resilience';
import { describe, expect, it } from 'vitest';
import { play, type Goodput, type Scenario } from './adaptive-scenario.js';
import { after, make, see } from './fixture.js';

const step = 15_000;
const end = 36_000;

/**
 * The first two seconds are for finding the limit. Across the step there are five: the calls under way have to run out of
 * time, which is one second, before any that begins later can show what the callee has become, and a round of those is
 * to be seen.
 */
const phases = { before: [2_000, step], across: [step, 20_000], after: [20_000, end] } as const;

const fixedLimits = [3, 5, 7, 10, 14, 20, 30, 60, 120, 200];

/** Twenty milliseconds, then ten times as much. */
const stepUp = (now: number): number => (now < step ? 20 : 200);

function scenario(more: Partial<Scenario>): Scenario {
  return { seed: 1, servers: 10, load: () => 600, service: stepUp, deadline: 1_000, duration: end, ...more };
}

function goodput({ perPeriod }: Goodput, [from, to]: readonly [number, number]): number {
  const counted = perPeriod.slice(from / 1_000, to / 1_000);
  return counted.reduce((sum, each) => sum + each, 0) / counted.length;
}

describe.each([
  ['a load above what the callee can do at any time', scenario({})],
  ['a load that the callee can do only before', scenario({ load: () => 300 })],
  ['a load near what the callee can do before', scenario({ load: () => 450 })],
  ['a load in bursts', scenario({ load: (now) => (Math.floor(now / 2_000) % 2 === 0 ? 600 : 300) })],
  ['a load that grows', scenario({ load: (now) => 100 + now / 50 })],
  ['a small callee', scenario({ servers: 4, load: () => 250 })],
  ['a large callee', scenario({ servers: 40, load: (now) => (now < step ? 1_800 : 500) })],
])('an adaptive limit under %s', (_name, given) => {
  it.each([1, 2])('does 80 % of the best fixed limit around a tenfold latency, by the seed %i', async (seed) => {
    const seeded = { ...given, seed };
    const adaptive = await play(seeded, 'adaptive', 1_000);
    const fixed: Goodput[] = [];
    for (const limit of fixedLimits) fixed.push(await play(seeded, limit, 1_000));
    for (const [name, phase] of Object.entries(phases)) {
      const best = Math.max(...fixed.map((each) => goodput(each, phase)));
      expect(goodput(adaptive, phase) / best, name).toBeGreaterThan(0.8);
    }
  });
});

it('does 80 % of the best fixed limit when the callee has become fast again', async () => {
  const service = (now: number): number => (now >= step && now < 25_000 ? 200 : 20);
  const adaptive = await play(scenario({ service }), 'adaptive', 1_000);
  const fixed = await play(scenario({ service }), 14, 1_000);
  expect(goodput(adaptive, [27_000, end]) / goodput(fixed, [27_000, end])).toBeGreaterThan(0.8);
});

it('stays as it is under a light load, though the callee becomes ten times as slow', async () => {
  const { limits } = await play(scenario({ load: () => 20 }), 'adaptive', 1_000);
  expect(new Set(limits)).toEqual(new Set([20]));
});

it('shrinks under overload, to about what the callee does at a time', async () => {
  const { limits } = await play(scenario({ service: () => 50 }), { initialLimit: 200, maxLimit: 200 }, 1_000);
  expect(Math.max(...limits.slice(14))).toBeLessThan(40);
});

it('recovers from its lowest', async () => {
  const service = (now: number): number => (now < step ? 5_000 : 20);
  const { limits } = await play(scenario({ service }), 'adaptive', 1_000);
  expect(Math.min(...limits.slice(0, 16))).toBeLessThanOrEqual(3);
  expect(Math.max(...limits.slice(25))).toBeGreaterThan(10);
});

it('never leaves its bounds', async () => {
  const { limits } = await play(scenario({}), { minLimit: 12, initialLimit: 15, maxLimit: 18 }, 1_000);
  expect(Math.min(...limits)).toBeGreaterThanOrEqual(12);
  expect(Math.max(...limits)).toBeLessThanOrEqual(18);
});

it('takes failures that come fast for no sign of load', async () => {
  const policy = bulkhead({ maxConcurrent: 'adaptive' });
  const { clock, calls } = make(policy);
  for (let each = 0; each < 200; each++) {
    for (let call = 0; call < 20; call++)
      see(
        calls.execute(() => Promise.reject(new Error('no'))),
        clock,
      );
    await clock.advance(10);
  }
  expect(policy.metrics.limit).toBe(20);
});

it('grows while it is used and calls take no longer', async () => {
  const policy = bulkhead({ maxConcurrent: 'adaptive' });
  const { clock, calls } = make(policy);
  for (let each = 0; each < 100; each++) {
    const { limit } = policy.metrics;
    for (let call = 0; call < limit; call++)
      see(
        calls.execute(() => after(clock, 10, 'fine')),
        clock,
      );
    await clock.advance(20);
  }
  expect(policy.metrics.limit).toBeGreaterThan(60);
});

it.each<[AdaptiveLimitOptions, RegExp]>([
  [{ minLimit: 0 }, /bulkhead\.maxConcurrent\.minLimit/],
  [{ minLimit: 30, initialLimit: 10 }, /from 30 to 200, beginning at 10/],
  [{ maxLimits: 3 } as AdaptiveLimitOptions, /maxLimit/],
])('cannot be made with %o', (maxConcurrent, message) => {
  expect(() => bulkhead({ maxConcurrent })).toThrow(message);
});
