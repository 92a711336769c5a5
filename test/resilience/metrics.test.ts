import {
  attemptTimeout,
  bulkhead,
  chaos,
  circuitBreaker,
  fallback,
  hedge,
  rateLimit,
  retry,
  timeout,
  type CallMetrics,
  type Policy,
  type PolicyMode,
} from 'bowline/resilience';
import { expect, it } from 'vitest';
import { failAfter, make, never, see, type Fixture } from './fixture.js';

function everyPolicy(mode: PolicyMode): Policy[] {
  return [
    fallback({ mode, value: 'other', handle: () => false }) as unknown as Policy,
    rateLimit({ mode, limit: 20, window: 100, algorithm: 'leaky-bucket' }),
    bulkhead({ mode, maxConcurrent: 2, maxQueue: 2 }),
    timeout({ mode, timeout: 300 }),
    retry({ mode, maxAttempts: 2 }),
    hedge({ mode, delay: 20 }),
    circuitBreaker({ mode, minimumCalls: 2 }),
    attemptTimeout({ mode, timeout: 100 }),
    chaos.latency({ mode, rate: 0.5, seed: 1 }),
  ];
}

/** Calls of every kind, until none runs. */
async function callAll({ calls, clock }: Fixture): Promise<void> {
  for (const idempotent of [true, false]) {
    for (let each = 0; each < 5; each++) {
      see(
        calls.execute(() => 'fine', { idempotent }),
        clock,
      );
      see(
        calls.execute(() => failAfter(clock, 5, new Error('down')), { idempotent }),
        clock,
      );
      see(
        calls.execute(() => never(), { idempotent, deadline: 500 }),
        clock,
      );
    }
    await clock.advance(10_000);
  }
  calls.drain();
  for (let each = 0; each < 3; each++) {
    see(
      calls.execute(() => 'fine'),
      clock,
    );
  }
  await clock.advance(10_000);
}

function sumOf({ metrics }: { readonly metrics: object }): number {
  const { successes, failures, refused } = metrics as CallMetrics;
  return successes + failures + refused;
}

it.each(['enforce', 'observe'] as const)('in the mode %s every call is counted by its end, once', async (mode) => {
  const fixture = make(...everyPolicy(mode));
  await callAll(fixture);
  for (const each of [fixture.calls, ...fixture.calls.policies]) {
    expect([each.name, sumOf(each)]).toEqual([each.name, (each.metrics as CallMetrics).calls]);
  }
});

it('a breaker that observes counts the ends of calls that it would have refused', async () => {
  const breaker = circuitBreaker({ mode: 'observe', minimumCalls: 1 });
  const { calls } = make(breaker);
  for (let each = 0; each < 3; each++)
    await Promise.resolve(calls.execute(() => Promise.reject(new Error('down')))).catch(() => undefined);
  expect(breaker.metrics).toMatchObject({ calls: 3, failures: 3, observedRefusals: 2 });
});

it('a rate limit that is drained counts and tells of whom it does not let wait', async () => {
  const limit = rateLimit({ algorithm: 'leaky-bucket', limit: 1, window: 1_000, maxWait: 5_000 });
  const { calls, clock } = make(limit);
  const told: string[] = [];
  calls.on('refused', ({ code }) => told.push(code));
  see(
    calls.execute(() => 1),
    clock,
  );
  see(
    calls.execute(() => 2),
    clock,
  );
  calls.drain();
  see(
    calls.execute(() => 3),
    clock,
  );
  await clock.advance(0);
  expect(limit.metrics).toMatchObject({ calls: 3, successes: 1, refused: 2 });
  expect(told).toEqual(['BOW_SHUTTING_DOWN', 'BOW_SHUTTING_DOWN']);
});
