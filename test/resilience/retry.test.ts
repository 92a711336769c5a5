import {
  attemptTimeout,
  BrokenCircuitError,
  circuitBreaker,
  pipeline,
  retry,
  retryBudget,
  SeededRandom,
  type RetryOptions,
  type RetryPolicy,
} from 'bowline/resilience';
import type { VirtualClock } from 'bowline/testing';
import { describe, expect, it } from 'vitest';
import { after, failAfter, make, never, see, untilAborted, type Fixture, type Seen } from './fixture.js';

interface Tried extends Fixture {
  readonly policy: RetryPolicy;
  readonly seen: Seen;
  /** When each attempt began. */
  readonly at: number[];
}

/** Lets a call end at once as `outcomes` say in turn, the last one for ever: an Error is thrown. */
async function tried(
  options: RetryOptions,
  outcomes: readonly unknown[],
  execute: object = {},
  duration = 60_000,
): Promise<Tried> {
  const policy = retry({ backoff: 100, budget: false, ...options });
  const fixture = make(policy);
  const { clock, calls } = fixture;
  const at: number[] = [];
  const call = (): unknown => {
    at.push(clock.elapsed());
    const outcome = outcomes[Math.min(at.length, outcomes.length) - 1];
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const seen = see(calls.execute(call, execute), clock);
  await clock.advance(duration);
  return { ...fixture, policy, seen, at };
}

const down = new Error('down');

describe('attempts', () => {
  it('are made until one succeeds', async () => {
    const { seen, at, policy } = await tried({}, [down, down, 'up']);
    expect(seen).toEqual({ state: 'value', outcome: 'up', at: 200 });
    expect(at).toEqual([0, 100, 200]);
    expect(policy.metrics).toMatchObject({ calls: 1, successes: 1, failures: 0, retries: 2, waiting: 0 });
  });

  it('are no more than allowed, and the last error is that of the call', async () => {
    const last = new Error('still down');
    const { seen, at } = await tried({ maxAttempts: 2 }, [down, last]);
    expect(at).toHaveLength(2);
    expect(seen.outcome).toBe(last);
  });

  it('are one where one is allowed', async () => {
    expect((await tried({ maxAttempts: 1 }, [down])).at).toEqual([0]);
  });

  it('know their number', async () => {
    const { clock, calls } = make(retry({ backoff: 1, budget: false }));
    const numbers: number[] = [];
    const seen = see(
      calls.execute(({ attempt }) => {
        numbers.push(attempt);
        throw down;
      }),
      clock,
    );
    await clock.advance(10);
    expect(numbers).toEqual([1, 2, 3]);
    expect(seen.state).toBe('error');
  });

  it('follow an attempt that timed out', async () => {
    const { clock, calls } = make(retry({ backoff: 10, budget: false }), attemptTimeout({ timeout: 100 }));
    const seen = see(
      calls.execute(({ attempt }) => (attempt === 1 ? never() : 'up')),
      clock,
    );
    await clock.advance(110);
    expect(seen).toEqual({ state: 'value', outcome: 'up', at: 110 });
  });
});

describe('the wait', () => {
  it('is constant where a number is given', async () => {
    expect((await tried({ maxAttempts: 4, backoff: 70 }, [down])).at).toEqual([0, 70, 140, 210]);
  });

  it('grows by its first with linear', async () => {
    const backoff = { type: 'linear', delay: 10, jitter: false } as const;
    expect((await tried({ maxAttempts: 4, backoff }, [down])).at).toEqual([0, 10, 30, 60]);
  });

  it('grows by its factor with exponential, up to its longest', async () => {
    const backoff = { type: 'exponential', delay: 10, factor: 3, maxDelay: 50, jitter: false } as const;
    expect((await tried({ maxAttempts: 5, backoff }, [down])).at).toEqual([0, 10, 40, 90, 140]);
  });

  it('is shortened by chance, to its half at most', async () => {
    const { at } = await tried({ maxAttempts: 50, backoff: { type: 'constant', delay: 100 } }, [down]);
    const waits = at.slice(1).map((each, index) => each - (at[index] ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
    expect(new Set(waits).size).toBeGreaterThan(30);
  });

  it('is between its first and three times the one before with decorrelated jitter', async () => {
    const backoff = { type: 'decorrelated-jitter', delay: 10, maxDelay: 400 } as const;
    const { at } = await tried({ maxAttempts: 30, backoff }, [down]);
    const waits = at.slice(1).map((each, index) => each - (at[index] ?? 0));
    expect(waits).toHaveLength(29);
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(10 - 1e-6);
      expect(wait).toBeLessThanOrEqual(Math.min(400, 3 * (waits[index - 1] ?? 10)) + 1e-6);
    }
  });
});

describe('what is tried again', () => {
  it('is only what the filter of errors accepts', async () => {
    const fatal = Object.assign(new Error('bad request'), { status: 400 });
    const retryOn = (error: unknown): boolean => (error as { status?: number }).status !== 400;
    expect((await tried({ retryOn }, [down, fatal])).at).toEqual([0, 100]);
  });

  it('is a result that the filter of results accepts', async () => {
    const retryOn = { result: (result: unknown) => result === 'busy' };
    const { seen, at } = await tried({ retryOn }, ['busy', 'fine']);
    expect(seen.outcome).toBe('fine');
    expect(at).toHaveLength(2);
  });

  it('is given as it is, where it is a result and the last attempt', async () => {
    const { seen, at } = await tried({ retryOn: { result: () => true } }, ['busy']);
    expect(seen).toMatchObject({ state: 'value', outcome: 'busy' });
    expect(at).toHaveLength(3);
  });

  it('is no abort', async () => {
    expect((await tried({}, [new DOMException('hung up', 'AbortError')])).at).toEqual([0]);
  });

  it('is no refusal', async () => {
    const refusal = new BrokenCircuitError('inner', 'open', 10);
    const retryOn = (): boolean => true;
    expect((await tried({ retryOn }, [refusal])).at).toEqual([0]);
  });

  it('is a refusal where another attempt reaches another target', async () => {
    const refusal = new BrokenCircuitError('inner', 'open', 10);
    expect((await tried({ retryRefusals: true }, [refusal, 'up'])).seen.outcome).toBe('up');
  });

  it('is no call that is not idempotent', async () => {
    expect((await tried({}, [down], { idempotent: false })).at).toEqual([0]);
  });

  it.each([
    [false, 1],
    [true, 3],
  ])('is no call whose attempt says so, where retryNonIdempotent is %s', async (retryNonIdempotent, attempts) => {
    const { clock, calls } = make(retry({ backoff: 100, budget: false, retryNonIdempotent }));
    let made = 0;
    const seen = see(
      calls.execute((attempt) => {
        made++;
        attempt.noRetry();
        throw down;
      }),
      clock,
    );
    await clock.advance(1_000);
    expect(made).toBe(attempts);
    expect(seen.outcome).toBe(down);
  });

  it('is a call that is not idempotent where one says so', async () => {
    expect((await tried({ retryNonIdempotent: true }, [down], { idempotent: false })).at).toHaveLength(3);
  });

  it('is nothing where the filter throws, and the error of the call reaches its caller', async () => {
    const warned = new Promise((resolve) => {
      process.once('warning', resolve);
    });
    const retryOn = (): boolean => {
      throw new TypeError('the filter is wrong');
    };
    const { seen, at } = await tried({ retryOn }, [down]);
    expect(seen.outcome).toBe(down);
    expect(at).toEqual([0]);
    expect(await warned).toMatchObject({ message: 'the filter is wrong' });
  });

  it('is nothing where the filter gives a promise, whatever that says', async () => {
    const warned = new Promise((resolve) => {
      process.once('warning', resolve);
    });
    const { at } = await tried({ retryOn: (() => Promise.reject(new Error('late'))) as never }, [down]);
    expect(at).toEqual([0]);
    expect(await warned).toMatchObject({ message: expect.stringContaining('gave a promise') as unknown });
  });
});

describe('Retry-After', () => {
  const asking = (more: object): Error => Object.assign(new Error('busy'), more);

  it.each<[what: string, make: (clock: VirtualClock) => unknown]>([
    ['the property of an error, in milliseconds', () => asking({ retryAfter: 3_000 })],
    ["seconds in the headers of an error's response", () => asking({ response: { headers: { 'retry-after': '3' } } })],
    [
      "seconds in the Headers of an error's response",
      () => asking({ response: new Response('', { headers: { 'retry-after': '3' } }) }),
    ],
    [
      'a date in the headers of an error',
      (clock) => asking({ headers: { 'retry-after': new Date(clock.now() + 3_000).toUTCString() } }),
    ],
    ['seconds in the headers of a Response', () => new Response('', { status: 503, headers: { 'retry-after': '3' } })],
    [
      'a date in the headers of a Response',
      (clock) =>
        new Response('', { status: 503, headers: { 'retry-after': new Date(clock.now() + 3_000).toUTCString() } }),
    ],
  ])('is waited for as %s', async (_what, makeOutcome) => {
    const retryOn = { result: (result: unknown) => result instanceof Response };
    const { clock, calls } = make(retry({ backoff: 100, maxAttempts: 2, budget: false, retryOn }));
    const outcome = makeOutcome(clock);
    const at: number[] = [];
    const seen = see(
      calls.execute(() => {
        at.push(clock.elapsed());
        if (at.length > 1) return 'up';
        if (outcome instanceof Error) throw outcome;
        return outcome;
      }),
      clock,
    );
    await clock.advance(10_000);
    expect(at).toEqual([0, 3_000]);
    expect(seen.outcome).toBe('up');
  });

  it('does not shorten the wait', async () => {
    expect((await tried({ maxAttempts: 2 }, [asking({ retryAfter: 5 })])).at).toEqual([0, 100]);
  });

  it('that is too long ends the call', async () => {
    const outcome = asking({ retryAfter: 2_001 });
    expect((await tried({ maxRetryAfter: 2_000 }, [outcome])).at).toEqual([0]);
  });

  it.each(['', 'soon', '-3', '1.5.'])('that says %o is not understood', async (header) => {
    expect((await tried({ maxAttempts: 2 }, [asking({ headers: { 'retry-after': header } })])).at).toEqual([0, 100]);
  });

  it('of a date that has passed asks for nothing', async () => {
    const headers = { 'retry-after': new Date(0).toUTCString() };
    expect((await tried({ maxAttempts: 2 }, [asking({ headers })])).at).toEqual([0, 100]);
  });
});

describe('the budget', () => {
  it('allows a share of the calls of the last ten seconds, and a few whatever there are', async () => {
    const policy = retry({ maxAttempts: 2, backoff: 0, budget: { ratio: 0.1, minRetries: 3 } });
    const { clock, calls } = make(policy);
    const fail = (): never => {
      throw down;
    };
    for (let each = 0; each < 3; each++) see(calls.execute(fail), clock);
    expect(policy.metrics.retries).toBe(3);
    for (let each = 3; each < 100; each++) see(calls.execute(fail), clock);
    await clock.advance(1);
    expect(policy.metrics).toMatchObject({ retries: 10, budgetExhausted: 90 });
  });

  it('forgets after ten seconds', async () => {
    const policy = retry({ maxAttempts: 2, backoff: 0, budget: { ratio: 0, minRetries: 1 } });
    const { clock, calls } = make(policy);
    const fail = (): never => {
      throw down;
    };
    for (const wait of [0, 9_000, 1_000, 0]) {
      await clock.advance(wait);
      see(calls.execute(fail), clock);
    }
    await clock.advance(1);
    expect(policy.metrics).toMatchObject({ retries: 2, budgetExhausted: 2 });
  });

  it('says how many more it allows, and counts no call for that', async () => {
    const policy = retry({ maxAttempts: 2, backoff: 0, budget: { ratio: 0.5, minRetries: 2 } });
    expect(policy.metrics.budgetLeft).toBe(2);
    const { clock, calls } = make(policy);
    for (let each = 0; each < 8; each++) await calls.execute(() => 'fine');
    expect(policy.metrics.budgetLeft).toBe(4);
    see(
      calls.execute(() => Promise.reject(down)),
      clock,
    );
    await clock.advance(1);
    expect(policy.metrics.budgetLeft).toBe(3);
    await clock.advance(10_000);
    expect(policy.metrics.budgetLeft).toBe(2);
    expect(retry({ budget: false }).metrics.budgetLeft).toBeUndefined();
  });

  it('may be shared', async () => {
    const budget = retryBudget({ ratio: 0, minRetries: 1 });
    const policies = [retry({ backoff: 0, budget }), retry({ backoff: 0, budget })] as const;
    for (const policy of policies) {
      const { clock, calls } = make(policy);
      see(
        calls.execute(() => Promise.reject(down)),
        clock,
      );
      await clock.advance(10);
    }
    expect(policies.map(({ metrics }) => metrics.retries)).toEqual([1, 0]);
  });

  it('that is wrong is refused', () => {
    expect(() => retryBudget({ ratio: 2 })).toThrow(/retryBudget\.ratio/);
    expect(() => retry({ budget: { minRetries: -1 } })).toThrow(/retry\.budget\.minRetries/);
  });
});

describe('a deadline', () => {
  it('ends the call with its error where the wait does not fit', async () => {
    const { seen, at, policy } = await tried({ backoff: 100 }, [down], { deadline: 100 });
    expect(at).toEqual([0]);
    expect(seen).toMatchObject({ at: 0, outcome: down });
    expect(policy.metrics.outOfTime).toBe(1);
  });

  it('ends the call where not even the fastest attempt would fit behind the wait', async () => {
    const policy = retry({ backoff: 10, budget: false });
    const { clock, calls } = make(policy);
    see(
      calls.execute(() => after(clock, 50, 'up')),
      clock,
    );
    await clock.advance(50);
    const seen = see(
      calls.execute(() => failAfter(clock, 20, down), { deadline: 75 }),
      clock,
    );
    await clock.advance(100);
    expect(seen).toMatchObject({ at: 70, outcome: down });
    expect(policy.metrics).toMatchObject({ outOfTime: 1, retries: 0 });
  });

  it('leaves time for what fits', async () => {
    expect((await tried({ backoff: 100, maxAttempts: 2 }, [down, 'up'], { deadline: 101 })).seen.outcome).toBe('up');
  });
});

describe('a caller that leaves', () => {
  it('is let go at once while the call waits', async () => {
    const { clock, calls } = make(retry({ backoff: 100, budget: false }));
    const caller = new AbortController();
    const seen = see(
      calls.execute(() => Promise.reject(down), { signal: caller.signal }),
      clock,
    );
    await clock.advance(50);
    caller.abort('enough');
    await clock.advance(0);
    expect(seen).toEqual({ state: 'error', outcome: 'enough', at: 50 });
    expect(clock.pending).toBe(0);
  });

  it('ends the attempt, and there is no other', async () => {
    const { clock, calls } = make(retry({ backoff: 0, budget: false, retryOn: () => true }));
    const caller = new AbortController();
    let attempts = 0;
    const seen = see(
      calls.execute(
        ({ signal }) => {
          attempts++;
          return untilAborted(clock, signal);
        },
        { signal: caller.signal },
      ),
      clock,
    );
    caller.abort(new Error('left'));
    await clock.advance(1_000);
    expect(attempts).toBe(1);
    expect(seen).toMatchObject({ state: 'error', outcome: { message: 'left' } });
  });

  it.each([1, 2])('within attempt %i is heard, though that has not returned yet', async (attemptToLeaveIn) => {
    const { clock, calls } = make(retry({ backoff: 10, budget: false }));
    const caller = new AbortController();
    const seen = see(
      calls.execute(
        ({ attempt }) => {
          if (attempt < attemptToLeaveIn) throw down;
          caller.abort('left');
          return never();
        },
        { signal: caller.signal },
      ),
      clock,
    );
    await clock.advance(100);
    expect(seen).toMatchObject({ state: 'error', outcome: 'left' });
  });

  it('when it hears of the retry gets none', async () => {
    const { clock, calls } = make(retry({ backoff: 10, budget: false }));
    const caller = new AbortController();
    calls.on('retry', () => caller.abort('left'));
    let attempts = 0;
    const seen = see(
      calls.execute(
        () => {
          attempts++;
          throw down;
        },
        { signal: caller.signal },
      ),
      clock,
    );
    await clock.advance(100);
    expect(attempts).toBe(1);
    expect(seen.outcome).toBe('left');
  });
});

it('only notes in the mode observe what it would have tried again', async () => {
  const told: unknown[] = [];
  const policy = retry({ backoff: 100, mode: 'observe' });
  const { clock, calls } = make(policy);
  calls.on('retry', ({ observed, delay, attempt, reason }) => told.push({ observed, delay, attempt, reason }));
  const seen = see(
    calls.execute(() => Promise.reject(down)),
    clock,
  );
  await clock.advance(0);
  expect(seen).toEqual({ state: 'error', outcome: down, at: 0 });
  expect(policy.metrics).toMatchObject({ retries: 0, observedRetries: 1 });
  expect(told).toEqual([{ observed: true, delay: 100, attempt: 1, reason: 'down' }]);
});

it('ends what waits as its last attempt did when the pipeline is shut down', async () => {
  const { clock, calls } = make(retry({ backoff: 100, budget: false, retryOn: { result: () => true } }));
  const failed = see(
    calls.execute(() => Promise.reject(down)),
    clock,
  );
  const answered = see(
    calls.execute(() => 'busy'),
    clock,
  );
  await clock.advance(50);
  calls.shutDown();
  await clock.advance(0);
  expect(failed).toEqual({ state: 'error', outcome: down, at: 50 });
  expect(answered).toEqual({ state: 'value', outcome: 'busy', at: 50 });
  expect(clock.pending).toBe(0);
});

it('does not wait when a listener of the retry shuts the pipeline down', async () => {
  const { clock, calls } = make(retry({ backoff: 100, budget: false }));
  calls.on('retry', () => calls.shutDown());
  const seen = see(
    calls.execute(() => Promise.reject(down)),
    clock,
  );
  await clock.advance(1);
  expect(seen).toEqual({ state: 'error', outcome: down, at: 0 });
});

it('keeps the same schedule for the same seed', async () => {
  const schedules: number[][] = [];
  for (const seed of [3, 3, 4]) {
    const { clock } = make();
    const calls = pipeline({ clock, random: new SeededRandom(seed) }, retry({ maxAttempts: 5, budget: false }));
    const at: number[] = [];
    see(
      calls.execute(() => {
        at.push(clock.elapsed());
        throw down;
      }),
      clock,
    );
    await clock.advance(10_000);
    schedules.push(at);
  }
  expect(schedules[1]).toEqual(schedules[0]);
  expect(schedules[2]).not.toEqual(schedules[0]);
});

it('stops to try as soon as the circuit within it is open', async () => {
  const { clock, calls } = make(
    retry({ maxAttempts: 10, backoff: 10, budget: false }),
    circuitBreaker({ minimumCalls: 2, failureRatio: 1 }),
  );
  let attempts = 0;
  const seen = see(
    calls.execute(() => {
      attempts++;
      throw down;
    }),
    clock,
  );
  await clock.advance(1_000);
  expect(attempts).toBe(2);
  expect(seen.outcome).toBeInstanceOf(BrokenCircuitError);
});
