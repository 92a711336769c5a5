import {
  bulkhead,
  BulkheadRejectedError,
  DeadlineExceededError,
  orderedPipeline,
  ShuttingDownError,
  timeout,
  type BulkheadOptions,
  type BulkheadPolicy,
} from 'bowline/resilience';
import { describe, expect, it } from 'vitest';
import { after, make, see, type Fixture, type Seen } from './fixture.js';

interface Filled extends Fixture {
  readonly policy: BulkheadPolicy;
  /** The names of the calls that have begun, in that order. */
  readonly begun: string[];
  /** Begins a call that takes 100 ms, or as long as is said. */
  call(name: string, options?: object, duration?: number): Seen;
}

function fill(options: BulkheadOptions): Filled {
  const policy = bulkhead(options);
  const fixture = make(policy);
  const { clock, calls } = fixture;
  const begun: string[] = [];
  const call = (name: string, execute: object = {}, duration = 100): Seen => {
    const run = (): Promise<string> => {
      begun.push(name);
      return after(clock, duration, name);
    };
    return see(calls.execute(run, execute), clock);
  };
  return { ...fixture, policy, begun, call };
}

describe('a bulkhead', () => {
  it('lets no more calls run than its limit, and refuses others', async () => {
    const { clock, policy, call, begun } = fill({ maxConcurrent: 2 });
    const seen = ['a', 'b', 'c'].map((name) => call(name));
    await clock.advance(0);
    expect(begun).toEqual(['a', 'b']);
    expect(seen[2]?.outcome).toBeInstanceOf(BulkheadRejectedError);
    expect(seen[2]?.outcome).toMatchObject({ code: 'BOW_BULKHEAD_FULL', state: 'full' });
    expect(String(seen[2]?.outcome)).toContain('payments.bulkhead refused the call: 2 of 2 run');
    expect(policy.metrics).toMatchObject({ calls: 3, running: 2, queued: 0, limit: 2, refused: 1 });
    await clock.advance(100);
    expect(policy.metrics).toMatchObject({ running: 0, successes: 2 });
    expect(call('d').state).toBe('pending');
  });

  it('lets others wait in the order in which they came', async () => {
    const { clock, begun, call } = fill({ maxConcurrent: 1, maxQueue: 2 });
    const seen = ['a', 'b', 'c', 'd'].map((name) => call(name));
    await clock.advance(300);
    expect(begun).toEqual(['a', 'b', 'c']);
    expect(seen.map(({ state, at }) => [state, at])).toEqual([
      ['value', 100],
      ['value', 200],
      ['value', 300],
      ['error', 0],
    ]);
  });

  it('serves all that wait when what runs ends at once', async () => {
    const { clock, begun, call } = fill({ maxConcurrent: 1, maxQueue: 10 });
    call('first');
    const { calls } = { calls: begun };
    const seen = ['a', 'b', 'c'].map((name) => call(name, {}, 0));
    await clock.advance(100);
    expect(calls).toEqual(['first', 'a', 'b', 'c']);
    expect(seen.every(({ at }) => at === 100)).toBe(true);
  });

  it('frees the place of a call that throws at once', async () => {
    const { clock, calls, policy } = fill({ maxConcurrent: 1 });
    const fail = (): never => {
      throw new Error('at once');
    };
    for (let each = 0; each < 3; each++) see(calls.execute(fail), clock);
    await clock.advance(0);
    expect(policy.metrics).toMatchObject({ failures: 3, refused: 0, running: 0 });
  });

  it('lets nobody wait longer than the timeout of the queue', async () => {
    const { clock, policy, call } = fill({ maxConcurrent: 1, maxQueue: 5, queueTimeout: 50 });
    call('a', {}, 500);
    const seen = call('b');
    await clock.advance(50);
    expect(seen).toMatchObject({ at: 50, outcome: { code: 'BOW_BULKHEAD_FULL', state: 'queueTimeout' } });
    expect(policy.metrics).toMatchObject({ refused: 1, queued: 0 });
  });

  it('lets a caller go that leaves while it waits', async () => {
    const { clock, policy, begun, call } = fill({ maxConcurrent: 1, maxQueue: 5 });
    const caller = new AbortController();
    call('a');
    const seen = call('b', { signal: caller.signal });
    call('c');
    caller.abort('left');
    await clock.advance(200);
    expect(seen).toMatchObject({ state: 'error', outcome: 'left', at: 0 });
    expect(begun).toEqual(['a', 'c']);
    expect(policy.metrics).toMatchObject({ calls: 3, successes: 2, failures: 1 });
  });

  it('refuses a caller whose deadline passes while it waits', async () => {
    const { clock, call, begun } = fill({ maxConcurrent: 1, maxQueue: 5 });
    call('a');
    const seen = call('b', { deadline: 60 });
    await clock.advance(200);
    expect(seen.outcome).toBeInstanceOf(DeadlineExceededError);
    expect(seen.at).toBe(60);
    expect(begun).toEqual(['a']);
  });

  it('does not begin what cannot be done before its deadline any longer', async () => {
    const { clock, call, begun } = fill({ maxConcurrent: 1, maxQueue: 5 });
    call('a');
    const seen = call('b', { deadline: 150 });
    const behind = call('c', { deadline: 250 });
    await clock.advance(200);
    expect(seen).toMatchObject({ at: 100, outcome: { code: 'BOW_DEADLINE_EXCEEDED', policy: 'payments.bulkhead' } });
    expect(behind).toMatchObject({ state: 'value', at: 200 });
    expect(begun).toEqual(['a', 'c']);
  });

  it('heeds the deadline of a timeout around it', async () => {
    const policy = bulkhead({ maxConcurrent: 1, maxQueue: 5 });
    const { clock, random } = make();
    const calls = orderedPipeline({ clock, random }, timeout({ timeout: 150 }), policy);
    see(
      calls.execute(() => after(clock, 100, 'a')),
      clock,
    );
    const seen = see(
      calls.execute(() => after(clock, 100, 'b')),
      clock,
    );
    await clock.advance(100);
    expect(seen).toMatchObject({ at: 100, outcome: { code: 'BOW_DEADLINE_EXCEEDED' } });
  });

  it('keeps the place of a call whose caller has left until that has ended', async () => {
    const { clock, calls, policy, call } = fill({ maxConcurrent: 1 });
    const caller = new AbortController();
    const seen = see(
      calls.execute(({ signal }) => after(clock, 80, signal.aborted), { signal: caller.signal }),
      clock,
    );
    caller.abort();
    await clock.advance(40);
    expect(policy.metrics.running).toBe(1);
    expect(call('b').state).toBe('pending');
    await clock.advance(40);
    expect(policy.metrics.running).toBe(0);
    expect(seen.state).toBe('value');
  });

  it('refuses who waits when the pipeline is shut down, and lets what runs end', async () => {
    const { clock, calls, policy, call } = fill({ maxConcurrent: 1, maxQueue: 5 });
    const running = call('a');
    const waiting = call('b');
    calls.shutDown();
    await clock.advance(100);
    expect(waiting.outcome).toBeInstanceOf(ShuttingDownError);
    expect(running).toMatchObject({ state: 'value', at: 100 });
    expect(policy.metrics).toMatchObject({ queued: 0, refused: 1 });
    expect(clock.pending).toBeLessThanOrEqual(1);
  });

  it('lets those of another pipeline wait on when one is shut down', async () => {
    const { clock, random, calls, policy, call } = fill({ maxConcurrent: 1, maxQueue: 5 });
    const other = orderedPipeline({ name: 'refunds', clock, random }, policy);
    call('a');
    const mine = call('b');
    const others = see(
      other.execute(() => 'c'),
      clock,
    );
    calls.shutDown();
    await clock.advance(100);
    expect(mine.outcome).toBeInstanceOf(ShuttingDownError);
    expect(others).toMatchObject({ state: 'value', outcome: 'c' });
  });
});

describe('shares', () => {
  const priorities = { checkout: 0.5 };

  it('are kept for those who have them', async () => {
    const { clock, call, begun } = fill({ maxConcurrent: 4, priorities });
    for (const name of ['a', 'b', 'c']) call(name);
    for (const name of ['x', 'y', 'z']) call(name, { priority: 'checkout' });
    await clock.advance(0);
    expect(begun).toEqual(['a', 'b', 'x', 'y']);
  });

  it('let those who have them take what is for all as well', async () => {
    const { clock, call, begun } = fill({ maxConcurrent: 4, priorities });
    for (const name of ['w', 'x', 'y', 'z', 'v']) call(name, { priority: 'checkout' });
    await clock.advance(0);
    expect(begun).toEqual(['w', 'x', 'y', 'z']);
  });

  it('let those who have them pass others in the queue', async () => {
    const { clock, call, begun } = fill({ maxConcurrent: 2, maxQueue: 5, priorities });
    call('a');
    call('b');
    call('x', { priority: 'checkout' });
    await clock.advance(0);
    expect(begun).toEqual(['a', 'x']);
    await clock.advance(100);
    expect(begun).toEqual(['a', 'x', 'b']);
  });

  it('let nobody pass who has the same', async () => {
    const { clock, call, begun } = fill({ maxConcurrent: 2, maxQueue: 5, priorities });
    for (const name of ['x', 'y', 'z', 'u']) call(name, { priority: 'checkout' });
    await clock.advance(200);
    expect(begun).toEqual(['x', 'y', 'z', 'u']);
  });

  it.each([{ a: 0 }, { a: 0.7, b: 0.4 }, { a: 'half' }, [0.5]])('cannot be %o', (wrong) => {
    expect(() => bulkhead({ priorities: wrong as never })).toThrow(/bulkhead\.priorities/);
  });
});

describe('in the mode observe', () => {
  const options = { maxConcurrent: 1, maxQueue: 1, queueTimeout: 120, mode: 'observe' } as const;

  it('lets all calls run at once, and tells of those that it would have refused', async () => {
    const { clock, calls, policy, call, begun } = fill(options);
    const told: unknown[] = [];
    calls.on('refused', ({ code, observed }) => told.push([code, observed, clock.elapsed()]));
    const seen = ['a', 'b', 'c'].map((name) => call(name));
    expect(begun).toEqual(['a', 'b', 'c']);
    expect(told).toEqual([['BOW_BULKHEAD_FULL', true, 0]]);
    await clock.advance(100);
    expect(seen.every(({ at }) => at === 100)).toBe(true);
    expect(policy.metrics).toMatchObject({ observedRefusals: 1, refused: 0, successes: 3, running: 0 });
  });

  it('knows that a call would still wait that has really ended', async () => {
    const { clock, policy, call } = fill(options);
    call('a', {}, 100);
    call('b', {}, 10);
    await clock.advance(50);
    call('c', {}, 10);
    expect(policy.metrics.observedRefusals).toBe(1);
    await clock.advance(55);
    // Now b would run, until 110, and d wait.
    call('d', {}, 10);
    expect(policy.metrics.observedRefusals).toBe(1);
    call('e', {}, 10);
    expect(policy.metrics.observedRefusals).toBe(2);
  });

  it('knows who would have waited for too long', async () => {
    const { clock, policy, call } = fill(options);
    call('a', {}, 300);
    call('b', {}, 10);
    await clock.advance(119);
    expect(policy.metrics.observedRefusals).toBe(0);
    await clock.advance(1);
    expect(policy.metrics.observedRefusals).toBe(1);
  });

  it('sets no timer for that', async () => {
    const { clock, call } = fill(options);
    call('a');
    call('b');
    expect(clock.pending).toBe(2);
    await clock.advance(100);
    expect(clock.pending).toBe(0);
  });

  it('counts what runs for calls that are bounded from now on', async () => {
    const { clock, policy, call } = fill(options);
    call('a');
    policy.mode = 'enforce';
    const waits = call('b');
    await clock.advance(100);
    expect(policy.metrics.running).toBe(1);
    await clock.advance(100);
    expect(waits).toMatchObject({ state: 'value', at: 200 });
  });
});
