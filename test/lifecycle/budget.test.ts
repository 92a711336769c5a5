import { describe, expect, it } from 'vitest';
import { describeBudget, divideGracePeriod, type Budget, type BudgetOptions } from '../../src/lifecycle/index.js';

function divide(
  options: BudgetOptions,
  environment: Readonly<Record<string, string>> = {},
  isInteractive = false,
): Budget {
  return divideGracePeriod(options, { environment, isInteractive });
}

function partsOf(budget: Budget): number[] {
  const { gracePeriod, lameDuckDelay, drainTimeout, abortGrace, stopTimeout, reserve } = budget;
  return [gracePeriod, lameDuckDelay, drainTimeout, abortGrace, stopTimeout, reserve].map(({ value }) => value);
}

describe('the grace period', () => {
  it.each([
    ['nowhere in particular', {}, false, [9_000, 500, 5_300, 500, 1_800, 900]],
    ['on a terminal', {}, true, [9_000, 0, 5_800, 500, 1_800, 900]],
    ['in Kubernetes', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, false, [30_000, 5_000, 17_500, 500, 6_000, 1_000]],
    ['told by the environment', { BOWLINE_GRACE_PERIOD: '59' }, false, [59_000, 500, 45_200, 500, 11_800, 1_000]],
  ] as const)('is divided whole (%s)', (_where, environment, isInteractive, expected) => {
    const parts = partsOf(divide({}, environment, isInteractive));
    expect(parts).toEqual(expected);
    const [whole, ...rest] = parts;
    expect(rest.reduce((sum, part) => sum + part, 0)).toBe(whole);
  });

  it('leaves the rest what it usually has where a part was set that is longer than all of it', () => {
    expect(partsOf(divide({ drainTimeout: 60_000 }))).toEqual([77_500, 500, 60_000, 500, 15_500, 1_000]);
    expect(partsOf(divide({ lameDuckDelay: 10_000 }))).toEqual([20_625, 10_000, 5_000, 500, 4_125, 1_000]);
    expect(partsOf(divide({ drainTimeout: 20_000, stopTimeout: 1_000 }))).toEqual([
      23_000, 500, 20_000, 500, 1_000, 1_000,
    ]);
  });

  it('says so where what was set leaves too little', () => {
    const budget = divide({ gracePeriod: 10_000, drainTimeout: 9_000 });
    expect(partsOf(budget)).toEqual([10_000, 0, 9_000, 0, 0, 1_000]);
    expect(describeBudget(budget)).toMatch(/^A stop takes at most 10000 ms .* Some parts have less than usual: /);
    expect(divide({ lameDuckDelay: 8_000 }).isTight).toBe(true);
    expect(divide({}).isTight).toBe(false);
    expect(describeBudget(divide({}))).not.toContain('less than usual');
  });

  it('names the parts that do not fit', () => {
    expect(divide({ gracePeriod: 5_000, drainTimeout: 4_000, lameDuckDelay: 2_000 }).conflict).toBe(
      'lameDuckDelay 2000 + drainTimeout 4000 = 6000 ms, and the grace period is 5000 ms (as set)',
    );
  });
});
