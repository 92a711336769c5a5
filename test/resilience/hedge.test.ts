import { hedge, retryBudget, type HedgeOptions } from 'bowline/resilience';
import { describe, expect, it } from 'vitest';
import { after, failAfter, make, never, see, untilAborted } from './fixture.js';

const down = new Error('down');

function hedged(options: HedgeOptions = {}) {
  const policy = hedge({ delay: 50, budget: false, ...options });
  return { policy, ...make(policy) };
}

describe('a hedge', () => {
  it('begins no other attempt where the first one is fast', async () => {
    const { clock, calls, policy } = hedged();
    const seen = see(
      calls.execute(() => after(clock, 49, 'fast')),
      clock,
    );
    await clock.advance(200);
    expect(seen).toMatchObject({ outcome: 'fast', at: 49 });
    expect(policy.metrics).toMatchObject({ hedges: 0, wins: 0, successes: 1 });
  });

  it('gives what comes first, and aborts the others', async () => {
    const { clock, calls, policy } = hedged();
    const signals: AbortSignal[] = [];
    const seen = see(
      calls.execute(({ signal, attempt }) => {
        signals.push(signal);
        return attempt === 1 ? untilAborted(clock, signal) : after(clock, 20, attempt);
      }),
      clock,
    );
    await clock.advance(70);
    expect(seen).toMatchObject({ state: 'value', outcome: 2, at: 70 });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toMatchObject({ name: 'AbortError' });
    expect(policy.metrics).toMatchObject({ hedges: 1, wins: 1 });
  });

  it('gives the result of the first attempt where that is still faster', async () => {
    const { clock, calls, policy } = hedged();
    const seen = see(
      calls.execute(({ attempt }) => after(clock, attempt === 1 ? 60 : 500, attempt)),
      clock,
    );
    await clock.advance(60);
    expect(seen).toMatchObject({ outcome: 1, at: 60 });
    expect(policy.metrics).toMatchObject({ hedges: 1, wins: 0 });
  });

  it('begins each further attempt of each call in its own time', async () => {
    const { clock, calls } = hedged({ maxAttempts: 3 });
    const begun: [string, number][] = [];
    const call = (name: string) => () => {
      begun.push([name, clock.elapsed()]);
      return never();
    };
    see(calls.execute(call('a')), clock);
    await clock.advance(10);
    see(calls.execute(call('b')), clock);
    await clock.advance(500);
    expect(begun).toEqual([
      ['a', 0],
      ['b', 10],
      ['a', 50],
      ['b', 60],
      ['a', 100],
      ['b', 110],
    ]);
  });

  it('gives a failure only when no attempt is left', async () => {
    const { clock, calls } = hedged();
    const last = new Error('last');
    const seen = see(
      calls.execute(({ attempt }) => failAfter(clock, attempt === 1 ? 60 : 30, attempt === 1 ? down : last)),
      clock,
    );
    await clock.advance(79);
    expect(seen.state).toBe('pending');
    await clock.advance(1);
    expect(seen).toMatchObject({ state: 'error', outcome: last, at: 80 });
  });

  it('does not begin another attempt when the only one has failed', async () => {
    const { clock, calls, policy } = hedged();
    const seen = see(
      calls.execute(() => failAfter(clock, 10, down)),
      clock,
    );
    await clock.advance(200);
    expect(seen).toMatchObject({ outcome: down, at: 10 });
    expect(policy.metrics.hedges).toBe(0);
  });

  it.each([
    [false, 1],
    [true, 2],
  ])(
    'leaves calls alone whose attempt says so, where hedgeNonIdempotent is %s',
    async (hedgeNonIdempotent, attempts) => {
      const { clock, calls } = hedged({ hedgeNonIdempotent });
      let made = 0;
      void see(
        calls.execute((attempt) => {
          made++;
          attempt.noRetry();
          return after(clock, 300, 'done');
        }),
        clock,
      );
      await clock.advance(500);
      expect(made).toBe(attempts);
    },
  );

  it('leaves calls alone that are not idempotent, unless told otherwise', async () => {
    for (const [hedgeNonIdempotent, hedges] of [
      [false, 0],
      [true, 1],
    ] as const) {
      const { clock, calls, policy } = hedged({ hedgeNonIdempotent });
      see(calls.execute(never, { idempotent: false }), clock);
      await clock.advance(200);
      expect(policy.metrics.hedges).toBe(hedges);
    }
  });

  it('keeps to its budget', async () => {
    const { clock, calls, policy } = hedged({ budget: retryBudget({ ratio: 0, minRetries: 2 }) });
    for (let each = 0; each < 5; each++) see(calls.execute(never), clock);
    await clock.advance(200);
    expect(policy.metrics.hedges).toBe(2);
  });

  it('ends all attempts when the caller leaves', async () => {
    const { clock, calls } = hedged({ maxAttempts: 3 });
    const caller = new AbortController();
    const signals: AbortSignal[] = [];
    const seen = see(
      calls.execute(
        ({ signal }) => {
          signals.push(signal);
          return untilAborted(clock, signal);
        },
        { signal: caller.signal },
      ),
      clock,
    );
    await clock.advance(60);
    caller.abort('left');
    await clock.advance(500);
    expect(signals.map(({ reason }) => reason as unknown)).toEqual(['left', 'left']);
    expect(seen).toMatchObject({ outcome: 'left', at: 60 });
    expect(clock.pending).toBe(0);
  });

  it('only counts in the mode observe what it would have begun', async () => {
    const { clock, calls, policy } = hedged({ mode: 'observe', maxAttempts: 3 });
    let attempts = 0;
    const seen = see(
      calls.execute(() => {
        attempts++;
        return after(clock, 120, 'done');
      }),
      clock,
    );
    await clock.advance(500);
    expect(attempts).toBe(1);
    expect(seen.outcome).toBe('done');
    expect(policy.metrics).toMatchObject({ hedges: 0, observedHedges: 2 });
  });
});
