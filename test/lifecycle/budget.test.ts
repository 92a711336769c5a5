import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeBudget, divideGracePeriod, type BudgetOptions } from '../../src/lifecycle/index.js';

function parts(
  options: BudgetOptions = {},
  environment: Record<string, string> = {},
  isInteractive = false,
): Record<string, number | string | undefined> {
  const budget = divideGracePeriod(options, { environment, isInteractive });
  return {
    gracePeriod: budget.gracePeriod.value,
    lameDuckDelay: budget.lameDuckDelay.value,
    drainTimeout: budget.drainTimeout.value,
    abortGrace: budget.abortGrace.value,
    stopTimeout: budget.stopTimeout.value,
    reserve: budget.reserve.value,
    conflict: budget.conflict,
  };
}

const kubernetes = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

describe('the grace period', () => {
  it('is what was set, else what the environment says, else 30 s in Kubernetes and 9 s elsewhere', () => {
    expect(parts()).toMatchObject({ gracePeriod: 9_000, lameDuckDelay: 500, stopTimeout: 1_800, reserve: 900 });
    expect(parts({}, kubernetes)).toMatchObject({ gracePeriod: 30_000, lameDuckDelay: 5_000, stopTimeout: 6_000 });
    expect(parts({}, { ...kubernetes, BOWLINE_GRACE_PERIOD: '60' })).toMatchObject({ gracePeriod: 60_000 });
    expect(parts({ gracePeriod: 5_000 }, { BOWLINE_GRACE_PERIOD: '60' })).toMatchObject({ gracePeriod: 5_000 });
    expect(parts({}, {}, true)).toMatchObject({ lameDuckDelay: 0 });
  });

  it('grows with a part that was set where nobody says how long the platform waits', () => {
    const { gracePeriod, drainTimeout, stopTimeout, conflict } = parts({ drainTimeout: 20_000 });
    expect(conflict).toBeUndefined();
    expect(drainTimeout).toBe(20_000);
    expect(gracePeriod).toBe(26_500);
    expect(stopTimeout).toBeGreaterThan(4_000);
  });

  it('refuses parts that leave nothing for services and the end of the process, with the sum', () => {
    expect(parts({ drainTimeout: 30_000 }, kubernetes).conflict).toBe(
      'drainTimeout 30000 + 2000 for services and the end of the process = 32000 ms, and the grace period is 30000 ms (Kubernetes)',
    );
    expect(parts({ gracePeriod: 10_000, lameDuckDelay: 4_000, stopTimeout: 6_000 }).conflict).toBe(
      'lameDuckDelay 4000 + stopTimeout 6000 + 1000 for the end of the process = 11000 ms, and the grace period is 10000 ms (as set)',
    );
  });

  it('leaves the drain the most where it is short', () => {
    expect(parts({}, { ...kubernetes, BOWLINE_GRACE_PERIOD: '7' })).toMatchObject({
      lameDuckDelay: 1_750,
      drainTimeout: 2_650,
      stopTimeout: 1_400,
    });
  });

  it('is never exceeded by its parts, and starves none that nobody has set', () => {
    const part = fc.option(fc.integer({ min: 0, max: 40_000 }), { nil: undefined });
    const given = fc.record({
      gracePeriod: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined }),
      lameDuckDelay: part,
      drainTimeout: part,
      abortGrace: part,
      stopTimeout: part,
    });
    fc.assert(
      fc.property(given, fc.boolean(), (options, isKubernetes) => {
        const budget = parts(options, isKubernetes ? kubernetes : {});
        if (budget['conflict'] !== undefined) return;
        const names = ['lameDuckDelay', 'drainTimeout', 'abortGrace', 'stopTimeout', 'reserve'];
        const sum = names.reduce((total, name) => total + Number(budget[name]), 0);
        expect(sum).toBeLessThanOrEqual(Number(budget['gracePeriod']) + 3);
        if (
          options.drainTimeout === undefined &&
          Number(budget['gracePeriod']) > 100 &&
          Object.values(options).every((value) => value === undefined)
        )
          expect(Number(budget['drainTimeout'])).toBeGreaterThan(0);
      }),
    );
  });

  it('is told in one line, each number with where it comes from', () => {
    const budget = divideGracePeriod({ drainTimeout: 4_000 }, { environment: {}, isInteractive: true });
    expect(describeBudget(budget)).toBe(
      'A stop takes at most 9000 ms (the default): lameDuckDelay 0 ms (on a terminal or under --watch), drainTimeout 4000 ms (as set), abortGrace 500 ms (the default), stopTimeout 1800 ms (a fifth of the grace period), reserve 900 ms (a tenth, at most 1 s)',
    );
  });
});
