import { attemptTimeout, retry, TimedOutError, timeout } from 'bowline/resilience';
import { describe, expect, it } from 'vitest';
import { after, failAfter, make, never, see, untilAborted } from './fixture.js';

describe.each([
  ['timeout', timeout],
  ['attemptTimeout', attemptTimeout],
] as const)('%s', (kind, policyOf) => {
  it('leaves a call alone that is done in time', async () => {
    const policy = policyOf({ timeout: 100 });
    const { clock, calls } = make(policy);
    const seen = see(
      calls.execute(() => after(clock, 99, 'done')),
      clock,
    );
    await clock.advance(99);
    expect(seen).toEqual({ state: 'value', outcome: 'done', at: 99 });
    expect(policy.metrics).toMatchObject({ calls: 1, successes: 1, failures: 0, timeouts: 0, abandoned: 0 });
  });

  it('abandons a call at once that has not asked for its signal', async () => {
    const policy = policyOf({ timeout: 100 });
    const { clock, calls } = make(policy);
    const seen = see(calls.execute(never), clock);
    await clock.advance(100);
    expect(seen).toMatchObject({ state: 'error', at: 100 });
    expect(seen.outcome).toBeInstanceOf(TimedOutError);
    expect(seen.outcome).toMatchObject({ code: 'BOW_TIMED_OUT', policy: `payments.${kind}`, timeout: 100 });
    expect(policy.metrics).toMatchObject({ failures: 1, timeouts: 1, abandoned: 1 });
  });

  it('aborts the signal of a call that has asked for it, and waits until that has ended', async () => {
    const policy = policyOf({ timeout: 100, abortGrace: 500 });
    const { clock, calls } = make(policy);
    const seen = see(
      calls.execute(({ signal }) => untilAborted(clock, signal, 40)),
      clock,
    );
    await clock.advance(139);
    expect(seen.state).toBe('pending');
    await clock.advance(1);
    expect(seen).toMatchObject({ state: 'error', at: 140, outcome: { code: 'BOW_TIMED_OUT' } });
    expect(policy.metrics).toMatchObject({ timeouts: 1, abandoned: 0 });
    expect(clock.pending).toBe(0);
  });

  it('gives the signal the error that the call ends with as its reason', async () => {
    const { clock, calls } = make(policyOf({ timeout: 100 }));
    let reason: unknown;
    const seen = see(
      calls.execute(({ signal }) => {
        signal.addEventListener('abort', () => (reason = signal.reason));
        return untilAborted(clock, signal);
      }),
      clock,
    );
    await clock.advance(100);
    expect(reason).toBeInstanceOf(TimedOutError);
    expect(seen.outcome).toBe(reason);
  });

  it('abandons a call that is deaf to its signal after the grace', async () => {
    const policy = policyOf({ timeout: 100, abortGrace: 50 });
    const { clock, calls } = make(policy);
    const seen = see(
      calls.execute(({ signal }) => (signal.aborted ? undefined : never())),
      clock,
    );
    await clock.advance(149);
    expect(seen.state).toBe('pending');
    await clock.advance(1);
    expect(seen).toMatchObject({ state: 'error', at: 150, outcome: { code: 'BOW_TIMED_OUT' } });
    expect(policy.metrics).toMatchObject({ timeouts: 1, abandoned: 1 });
  });

  it('abandons every call at once without a grace', async () => {
    const { clock, calls } = make(policyOf({ timeout: 100, abortGrace: 0 }));
    let isAborted = false;
    const seen = see(
      calls.execute(({ signal }) => {
        signal.addEventListener('abort', () => (isAborted = true));
        return untilAborted(clock, signal, 1);
      }),
      clock,
    );
    await clock.advance(100);
    expect(seen).toMatchObject({ state: 'error', at: 100 });
    expect(isAborted).toBe(true);
  });

  it('gives a result that comes within the grace', async () => {
    const policy = policyOf({ timeout: 100, abortGrace: 50 });
    const { clock, calls } = make(policy);
    const seen = see(
      calls.execute(({ signal }) => after(clock, 120, signal.aborted)),
      clock,
    );
    await clock.advance(120);
    expect(seen).toMatchObject({ state: 'value', at: 120 });
    expect(policy.metrics).toMatchObject({ timeouts: 1, successes: 1, failures: 0 });
  });

  it('has no cause that was caused by itself', async () => {
    const { clock, calls } = make(timeout({ timeout: 100 }));
    const call = ({ signal }: { signal: AbortSignal }): Promise<never> =>
      untilAborted(clock, signal).catch((reason: unknown) => {
        throw new Error('The lookup failed.', { cause: reason });
      });
    const seen = see(calls.execute(call), clock);
    await clock.advance(100);
    expect(seen.outcome).toMatchObject({ code: 'BOW_TIMED_OUT' });
    expect((seen.outcome as Error).cause).toBeUndefined();
  });

  it('keeps what a call fails with within the grace as the cause', async () => {
    const late = new Error('too late');
    const { clock, calls } = make(policyOf({ timeout: 100, abortGrace: 50 }));
    const seen = see(
      calls.execute(({ signal }) => failAfter(clock, 120, signal.aborted ? undefined : late)),
      clock,
    );
    await clock.advance(120);
    expect(seen.outcome).toBeInstanceOf(TimedOutError);
    expect((seen.outcome as Error).cause).toBe(late);
  });

  it('ignores what an abandoned call gives in the end', async () => {
    const policy = policyOf({ timeout: 100 });
    const { clock, calls } = make(policy);
    const seen = see(
      calls.execute(() => failAfter(clock, 150, new Error('late'))),
      clock,
    );
    await clock.advance(1_000);
    expect(seen).toMatchObject({ state: 'error', at: 100, outcome: { code: 'BOW_TIMED_OUT' } });
    expect(policy.metrics).toMatchObject({ calls: 1, failures: 1, successes: 0 });
  });

  it('tells the call how much time is left', async () => {
    const { clock, calls } = make(policyOf({ timeout: 100 }));
    const left: (number | undefined)[] = [];
    const seen = see(
      calls.execute(async ({ deadline }) => {
        left.push(deadline?.remaining);
        await clock.wait(60);
        left.push(deadline?.remaining);
        expect(deadline?.expired).toBe(false);
      }),
      clock,
    );
    await clock.advance(60);
    expect(left).toEqual([100, 40]);
    expect(seen.state).toBe('value');
  });

  it('never gives the call more time than its caller has', async () => {
    const { clock, calls } = make(policyOf({ timeout: 100 }));
    const left = calls.execute(({ deadline }) => deadline?.remaining, { deadline: 30 });
    expect(left).toBe(30);
    await clock.advance(100);
  });

  it('only notes in the mode observe what it would have ended', async () => {
    const policy = policyOf({ timeout: 100, mode: 'observe' });
    const { clock, calls } = make(policy);
    const told: unknown[] = [];
    calls.on('timeout', (event) => told.push(event));
    const seen = see(
      calls.execute(({ deadline }) => after(clock, 150, deadline)),
      clock,
    );
    await clock.advance(150);
    expect(seen).toEqual({ state: 'value', outcome: undefined, at: 150 });
    expect(policy.metrics).toMatchObject({ timeouts: 0, observedTimeouts: 1, successes: 1 });
    expect(told).toEqual([{ pipeline: 'payments', policy: `payments.${kind}`, timeout: 100, observed: true }]);
  });

  it('treats a call to its end in the mode that it began in', async () => {
    const policy = policyOf({ timeout: 100, mode: 'observe' });
    const { clock, calls } = make(policy);
    const seen = see(
      calls.execute(() => after(clock, 150, 'done')),
      clock,
    );
    policy.mode = 'enforce';
    await clock.advance(150);
    expect(seen.state).toBe('value');
  });

  it('gives calls of another timeout up in the order of their own', async () => {
    const { clock, calls } = make(policyOf({ timeout: 100 }));
    const first = see(calls.execute(never), clock);
    await clock.advance(70);
    const second = see(calls.execute(never), clock);
    await clock.advance(100);
    expect([first.at, second.at]).toEqual([100, 170]);
  });
});

it('ends all attempts together, whatever each of them may take', async () => {
  const { clock, calls } = make(
    timeout({ timeout: 250 }),
    retry({ maxAttempts: 10, backoff: 0, budget: false }),
    attemptTimeout({ timeout: 100 }),
  );
  let attempts = 0;
  const seen = see(
    calls.execute(() => {
      attempts++;
      return never();
    }),
    clock,
  );
  await clock.advance(1_000);
  expect(attempts).toBe(3);
  expect(seen).toMatchObject({ at: 250, outcome: { policy: 'payments.timeout' } });
});

it('gives each attempt a signal of its own', async () => {
  const { clock, calls } = make(retry({ backoff: 10, budget: false }), attemptTimeout({ timeout: 100 }));
  const signals: AbortSignal[] = [];
  const seen = see(
    calls.execute(({ signal, attempt }) => {
      signals.push(signal);
      return attempt < 3 ? untilAborted(clock, signal) : 'third';
    }),
    clock,
  );
  await clock.advance(220);
  expect(seen).toMatchObject({ state: 'value', outcome: 'third' });
  expect(signals.map((signal) => signal.aborted)).toEqual([true, true, false]);
  expect(new Set(signals).size).toBe(3);
});
