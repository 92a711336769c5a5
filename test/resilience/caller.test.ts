import {
  attemptTimeout,
  bulkhead,
  circuitBreaker,
  DeadlineExceededError,
  fallback,
  hedge,
  rateLimit,
  retry,
  timeout,
} from 'bowline/resilience';
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { MovableDeadline, type Deadline } from '../../src/foundation/deadline.js';
import { after, make, never, see, thrownBy, untilAborted } from './fixture.js';

describe("a caller's signal", () => {
  it('that has aborted already ends the call before it begins', async () => {
    const { calls } = make(retry());
    let isCalled = false;
    await expect(calls.execute(() => (isCalled = true), { signal: AbortSignal.abort('left') })).rejects.toBe('left');
    expect(isCalled).toBe(false);
  });

  it('aborts that of the running attempt, which may end by itself', async () => {
    const { clock, calls } = make();
    const caller = new AbortController();
    const seen = see(
      calls.execute(({ signal }) => untilAborted(clock, signal, 20), { signal: caller.signal }),
      clock,
    );
    await clock.advance(10);
    caller.abort(new Error('left'));
    await clock.advance(20);
    expect(seen).toMatchObject({ state: 'error', at: 30, outcome: { message: 'left' } });
    expect(clock.pending).toBe(0);
  });

  it('lets go at once of a call that has not asked for its own', async () => {
    const { clock, calls } = make();
    const caller = new AbortController();
    const seen = see(calls.execute(never, { signal: caller.signal }), clock);
    caller.abort('left');
    await clock.advance(0);
    expect(seen).toMatchObject({ outcome: 'left', at: 0 });
  });

  it('lets go half a second later of a call that is deaf to it', async () => {
    const { clock, calls } = make();
    const caller = new AbortController();
    const seen = see(
      calls.execute(({ signal }) => (signal.aborted ? undefined : never()), { signal: caller.signal }),
      clock,
    );
    caller.abort('left');
    await clock.advance(499);
    expect(seen.state).toBe('pending');
    await clock.advance(1);
    expect(seen).toMatchObject({ outcome: 'left', at: 500 });
    expect(clock.pending).toBe(0);
  });

  it('within the call itself is heard', async () => {
    const { clock, calls } = make(circuitBreaker(), retry());
    const caller = new AbortController();
    const seen = see(
      calls.execute(
        () => {
          caller.abort('left');
          return never();
        },
        { signal: caller.signal },
      ),
      clock,
    );
    await clock.advance(0);
    expect(seen.outcome).toBe('left');
  });

  it('has one listener for all calls, and no timer is left', async () => {
    const { clock, calls } = make<string>(
      fallback({ value: 'other' }),
      ...([
        rateLimit({ limit: 100_000, window: 1 }),
        bulkhead({ maxConcurrent: 1_000, maxQueue: 100 }),
        timeout({ timeout: 10_000 }),
        retry({ backoff: 1 }),
        hedge({ delay: 100 }),
        circuitBreaker({ failureRatio: 1 }),
        attemptTimeout({ timeout: 2_000 }),
      ] as never[]),
    );
    const caller = new AbortController();
    let done = 0;
    for (let round = 0; round < 100; round++) {
      const pending: Promise<unknown>[] = [];
      for (let each = 0; each < 1_000; each++) {
        const call = calls.execute(({ signal }) => (each % 7 === 0 ? Promise.reject(new Error('down')) : signal), {
          signal: caller.signal,
        });
        pending.push(Promise.resolve(call).then(() => done++));
      }
      await clock.advance(5);
      await Promise.all(pending);
    }
    expect(done).toBe(100_000);
    expect(getEventListeners(caller.signal, 'abort').length).toBeLessThanOrEqual(1);
    await clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });
});

describe("a caller's deadline", () => {
  it('in milliseconds ends the call', async () => {
    const { clock, calls } = make(retry());
    const seen = see(calls.execute(never, { deadline: 80 }), clock);
    await clock.advance(80);
    expect(seen.outcome).toBeInstanceOf(DeadlineExceededError);
    expect(seen).toMatchObject({ at: 80, outcome: { policy: 'payments' } });
  });

  it.each([0, -5, NaN])('of %d has passed before the call', async (deadline) => {
    const { calls } = make();
    let isCalled = false;
    await expect(calls.execute(() => (isCalled = true), { deadline })).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(isCalled).toBe(false);
  });

  it('whose signal has aborted ends the call before it begins, though there is time left', async () => {
    const { calls } = make();
    let isCalled = false;
    const deadline = { remaining: 1_000, expired: false, signal: AbortSignal.abort('left') } as Deadline;
    await expect(calls.execute(() => (isCalled = true), { deadline })).rejects.toBe('left');
    expect(isCalled).toBe(false);
  });

  it.each([Infinity, 1e12])('of %d never comes', async (deadline) => {
    const { clock, calls } = make();
    const seen = see(
      calls.execute(() => after(clock, 5, 'done'), { deadline }),
      clock,
    );
    expect(clock.pending).toBe(1);
    await clock.advance(5);
    expect(seen.outcome).toBe('done');
  });

  it('ends a deaf call half a second later', async () => {
    const { clock, calls } = make();
    const seen = see(
      calls.execute(({ signal }) => (signal.aborted ? undefined : never()), { deadline: 100 }),
      clock,
    );
    await clock.advance(600);
    expect(seen).toMatchObject({ at: 600, outcome: { code: 'BOW_DEADLINE_EXCEEDED' } });
  });

  it('leaves no timer behind a call that is faster', async () => {
    const { clock, calls } = make();
    void calls.execute(() => 'at once', { deadline: 1_000 });
    expect(clock.pending).toBe(0);
  });

  it('that is moved closer ends the call then', async () => {
    const { clock, calls } = make();
    const deadline = new MovableDeadline(clock, 1_000, 'the request');
    const seen = see(calls.execute(never, { deadline }), clock);
    deadline.shorten(50);
    await clock.advance(50);
    expect(seen).toMatchObject({ at: 50, outcome: { code: 'BOW_DEADLINE_EXCEEDED' } });
  });

  it('that is moved away lets the call go on', async () => {
    const { clock, calls } = make();
    const deadline = new MovableDeadline(clock, 50, 'the request');
    const seen = see(
      calls.execute(() => after(clock, 200, 'done'), { deadline }),
      clock,
    );
    deadline.moveTo(500);
    await clock.advance(200);
    expect(seen.outcome).toBe('done');
    expect(getEventListeners(deadline.signal, 'abort')).toEqual([]);
  });

  it('that has passed ends the call before it begins', async () => {
    const { clock, calls } = make();
    const deadline = new MovableDeadline(clock, 10, 'the request');
    await clock.advance(10);
    await expect(calls.execute(() => 'up', { deadline })).rejects.toBeInstanceOf(DeadlineExceededError);
  });
});

describe('a call that cannot be made', () => {
  it.each<[call: unknown, options: unknown, wrong: string]>([
    [undefined, undefined, 'A call of payments is given undefined; it must be given a function'],
    ['fetch', undefined, "A call of payments is given 'fetch'"],
    [never, null, 'A call of payments is given null as its options'],
    [never, new AbortController().signal, 'it must be given { signal }'],
    [never, { signal: new AbortController() }, "'signal' (a call of payments) is an object; it must be an AbortSignal"],
    [never, { deadline: new Date(0) }, "'deadline' (a call of payments) is an object"],
    [never, { deadline: null }, "'deadline' (a call of payments) is null"],
  ])('fails at once and says why: %s, %s', async (call, options, wrong) => {
    const { clock, calls } = make(retry());
    const seen = see(calls.execute(call as never, options as never), clock);
    await clock.advance(0);
    expect(seen.outcome).toMatchObject({ code: 'BOW_OPTION_INVALID' });
    expect((seen.outcome as Error).message).toContain(wrong);
    expect(calls.metrics).toMatchObject({ calls: 1, failures: 1 });
    expect(thrownBy(() => calls.wrap(call as never, options as never))).toEqual(seen.outcome);
  });

  it('is found where it is wrapped, misspelt options too', () => {
    const { calls } = make(retry());
    const error = thrownBy(() => calls.wrap(never, { sginal: undefined, idempotent: 'no' } as never));
    expect((error as Error).message).toContain("Did you mean 'signal' (a call of payments)?");
    expect((error as Error).message).toContain("'idempotent' (a call of payments) is 'no'");
  });
});

it('a pipeline tells of the calls that it refuses itself', async () => {
  const { clock, calls } = make(retry());
  const told: string[] = [];
  calls.on('refused', ({ policy, code }) => told.push(`${policy} ${code}`));
  see(calls.execute(never, { deadline: 0 }), clock);
  calls.shutDown();
  see(calls.execute(never), clock);
  await clock.advance(0);
  expect(told).toEqual(['payments BOW_DEADLINE_EXCEEDED', 'payments BOW_SHUTTING_DOWN']);
  expect(calls.metrics.refused).toBe(2);
});
