import {
  bulkhead,
  circuitBreaker,
  fallback,
  hedge,
  rateLimit,
  retry,
  timeout,
  type Policy,
  type PolicyMode,
} from 'bowline/resilience';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { make, see } from './fixture.js';

/** One call of a trace, which does the same whenever it begins. Times are milliseconds. */
interface TracedCall {
  readonly after: number;
  readonly duration: number;
  readonly fails: boolean;
  readonly deadline: number | undefined;
  readonly priority: string | undefined;
}

/** Large and without a bias, so that no two things happen at the same time, whose order would be by chance. */
function time(max: number): fc.Arbitrary<number> {
  return fc.noBias(fc.integer({ min: 1, max: max * 1_000 }));
}

function trace(withDeadlines: boolean): fc.Arbitrary<TracedCall[]> {
  return fc.array(
    fc.record({
      after: time(40),
      duration: time(200),
      fails: fc.boolean(),
      deadline: withDeadlines ? fc.option(time(400), { nil: undefined }) : fc.constant(undefined),
      priority: fc.constantFrom(undefined, 'checkout'),
    }),
    { minLength: 1, maxLength: 50 },
  );
}

/** What the policy decides for a trace: its events, but for whether they were only observed. */
async function decisions(makePolicy: (mode: PolicyMode) => Policy, mode: PolicyMode, calls: readonly TracedCall[]) {
  const policy = makePolicy(mode);
  const { clock, calls: guarded } = make(policy);
  const told: { event: string; what: unknown; at: number }[] = [];
  const note = (event: string, what: unknown): void => {
    told.push({ event, what, at: clock.elapsed() });
  };
  guarded.on('refused', ({ code }) => note('refused', code));
  guarded.on('timeout', () => note('timeout', undefined));
  guarded.on('retry', ({ attempt }) => note('retry', attempt));
  guarded.on('stateChange', ({ from, to }) => note(from, to));
  for (const { after, duration, fails, deadline, priority } of calls) {
    await clock.advance(after);
    const call = async (): Promise<void> => {
      await clock.wait(duration);
      if (fails) throw new Error('down');
    };
    see(
      guarded.execute(call, {
        ...(deadline === undefined ? {} : { deadline }),
        ...(priority === undefined ? {} : { priority }),
      }),
      clock,
    );
  }
  await clock.advance(100_000_000);
  return { told, metrics: { ...policy.metrics } as Record<string, unknown> };
}

const policies: readonly [
  name: string,
  withDeadlines: boolean,
  make: (mode: PolicyMode) => Policy,
  isTimed: boolean,
][] = [
  ['a circuit breaker', true, (mode) => circuitBreaker({ mode, minimumCalls: 3, openDuration: 100_000 }), true],
  ['a timeout', true, (mode) => timeout({ mode, timeout: 100_000 }), true],
  // With more attempts, what the second one does is known only to who makes it.
  ['a retry', true, (mode) => retry({ mode, maxAttempts: 2, budget: { ratio: 0.2, minRetries: 2 } }), false],
  ['a token bucket', true, (mode) => rateLimit({ mode, limit: 3, window: 100_000, maxWait: 20_000 }), true],
  ['a leaky bucket', true, (mode) => rateLimit({ mode, limit: 3, window: 100_000, algorithm: 'leaky-bucket' }), true],
  [
    'a sliding window',
    true,
    (mode) => rateLimit({ mode, limit: 3, window: 100_000, algorithm: 'sliding-window' }),
    true,
  ],
  // Refusals of the queue are told when the play has come there.
  ['a bulkhead', true, (mode) => bulkhead({ mode, maxConcurrent: 2 }), true],
  [
    'a bulkhead with a queue',
    false,
    (mode) => bulkhead({ mode, maxConcurrent: 2, maxQueue: 3, queueTimeout: 90_000 }),
    false,
  ],
  [
    'a bulkhead with a queue and deadlines',
    true,
    (mode) => bulkhead({ mode, maxConcurrent: 2, maxQueue: 3, queueTimeout: 90_000 }),
    false,
  ],
  [
    'a bulkhead with a queue, shares and deadlines',
    true,
    (mode) => bulkhead({ mode, maxConcurrent: 3, maxQueue: 3, queueTimeout: 90_000, priorities: { checkout: 0.5 } }),
    false,
  ],
];

it.each(policies)('%s decides the same in the mode observe', async (_name, withDeadlines, makePolicy, isTimed) => {
  await fc.assert(
    fc.asyncProperty(trace(withDeadlines), async (calls) => {
      const enforced = await decisions(makePolicy, 'enforce', calls);
      const observed = await decisions(makePolicy, 'observe', calls);
      if (isTimed) expect(observed.told).toEqual(enforced.told);
      else expect(summary(observed.told)).toEqual(summary(enforced.told));
    }),
    { numRuns: 60 },
  );
});

function summary(told: readonly { event: string; what: unknown }[]): string[] {
  return told.map(({ event, what }) => `${event} ${String(what)}`).toSorted();
}

it('a hedge decides the same in the mode observe', async () => {
  await fc.assert(
    fc.asyncProperty(trace(false), async (calls) => {
      const makePolicy = (mode: PolicyMode): Policy =>
        hedge({ mode, delay: 40_000, maxAttempts: 4, budget: { ratio: 0.3, minRetries: 3 } });
      // Attempts that fail may do so one after the other; of those that succeed the first one ends all.
      const fine = calls.map((call) => ({ ...call, fails: false }));
      const enforced = await decisions(makePolicy, 'enforce', fine);
      const observed = await decisions(makePolicy, 'observe', fine);
      expect(observed.metrics['observedHedges']).toBe(enforced.metrics['hedges']);
    }),
    { numRuns: 40 },
  );
});

it('a fallback decides the same in the mode observe', async () => {
  await fc.assert(
    fc.asyncProperty(trace(true), async (calls) => {
      const makePolicy = (mode: PolicyMode): Policy => fallback({ mode, value: 'other' }) as unknown as Policy;
      const enforced = await decisions(makePolicy, 'enforce', calls);
      const observed = await decisions(makePolicy, 'observe', calls);
      expect(observed.metrics['observedFallbacks']).toBe(enforced.metrics['fallbacks']);
    }),
    { numRuns: 40 },
  );
});
