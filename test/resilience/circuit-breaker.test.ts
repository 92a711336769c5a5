import {
  attemptTimeout,
  BootError,
  BrokenCircuitError,
  BulkheadRejectedError,
  circuitBreaker,
  orderedPipeline,
  timeout,
  type CircuitBreakerOptions,
  type CircuitBreakerPolicy,
  type EngineCapabilities,
} from 'bowline/resilience';
import { describe, expect, it } from 'vitest';
import { after, failAfter, make, never, see, thrownBy, untilAborted, type Fixture, type Seen } from './fixture.js';

interface Guarded extends Fixture {
  readonly policy: CircuitBreakerPolicy;
  succeed(times?: number): Promise<void>;
  fail(times?: number): Promise<void>;
  /** Calls, and ends when told to. */
  begin(): Trial;
}

interface Trial {
  readonly seen: Seen;
  readonly abort: (reason?: unknown) => void;
  succeed(): Promise<void>;
  fail(): Promise<void>;
}

const down = new Error('down');

function guard(options: CircuitBreakerOptions): Guarded {
  const policy = circuitBreaker({ minimumCalls: 4, failureRatio: 0.5, openDuration: 1_000, ...options });
  const fixture = make(policy);
  const { clock, calls } = fixture;
  const repeat = async (times: number, call: () => unknown): Promise<void> => {
    for (let each = 0; each < times; each++) see(calls.execute(call), clock);
    await clock.advance(0);
  };
  return {
    ...fixture,
    policy,
    succeed: (times = 1) => repeat(times, () => 'up'),
    fail: (times = 1) => repeat(times, () => Promise.reject(down)),
    begin: () => beginTrial(fixture),
  };
}

function beginTrial({ calls, clock }: Fixture): Trial {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const caller = new AbortController();
  const seen = see(
    calls.execute(() => promise, { signal: caller.signal }),
    clock,
  );
  return {
    seen,
    abort: (reason) => caller.abort(reason),
    succeed: () => {
      resolve('up');
      return clock.advance(0);
    },
    fail: () => {
      reject(down);
      return clock.advance(0);
    },
  };
}

async function openAndWait(guarded: Guarded, openDuration = 1_000): Promise<void> {
  await guarded.fail(4);
  expect(guarded.policy.state).toBe('open');
  await guarded.clock.advance(openDuration);
  expect(guarded.policy.state).toBe('halfOpen');
}

const capabilities: Record<'ring' | 'opossum', EngineCapabilities> = {
  ring: capable('ring'),
  opossum: capable('opossum'),
};

function capable(engine: 'ring' | 'opossum'): EngineCapabilities {
  const policy = circuitBreaker({ engine });
  make(policy);
  return policy.engine.capabilities;
}

describe.each(['ring', 'opossum'] as const)('a circuit breaker by the engine %s', (engine) => {
  const can = capabilities[engine];
  const of = (options: CircuitBreakerOptions = {}): Guarded => guard({ engine, ...options });
  /** The reason stands in the title of what is skipped. */
  const where = (capability: keyof EngineCapabilities, reason: string) => (title: string, test: () => Promise<void>) =>
    can[capability] ? it(title, test) : it.skip(`${title} (${engine} cannot: ${reason})`, test);

  it('lets calls pass while they succeed', async () => {
    const { policy, succeed } = of();
    await succeed(20);
    expect(policy.state).toBe('closed');
    expect(policy.metrics).toMatchObject({ calls: 20, successes: 20, refused: 0, opened: 0 });
  });

  it('opens at the ratio of failures, and refuses calls then', async () => {
    const { calls, clock, policy, succeed, fail } = of();
    await succeed(2);
    await fail(1);
    expect(policy.state).toBe('closed');
    await fail(1);
    expect(policy.state).toBe('open');
    let isCalled = false;
    const refused = see(
      calls.execute(() => {
        isCalled = true;
      }),
      clock,
    );
    await clock.advance(400);
    const later = see(
      calls.execute(() => undefined),
      clock,
    );
    await clock.advance(0);
    expect(isCalled).toBe(false);
    expect(refused.outcome).toBeInstanceOf(BrokenCircuitError);
    expect(refused.outcome).toMatchObject({ code: 'BOW_CIRCUIT_OPEN', state: 'open', retryAfter: 1_000 });
    expect(later.outcome).toMatchObject({ retryAfter: 600 });
    expect(policy.metrics).toMatchObject({ refused: 2, opened: 1, failures: 2 });
  });

  it('does not open before enough calls have ended', async () => {
    const { policy, fail } = of({ minimumCalls: 5 });
    await fail(4);
    expect(policy.state).toBe('closed');
    await fail(1);
    expect(policy.state).toBe('open');
  });

  it('opens only if all fail where the ratio is 1', async () => {
    const { policy, succeed, fail } = of({ failureRatio: 1 });
    await succeed(1);
    await fail(20);
    expect(policy.state).toBe('closed');
  });

  it('forgets what is older than its window', async () => {
    const { clock, policy, fail } = of({ window: 1_000 });
    await fail(3);
    await clock.advance(1_000);
    await fail(3);
    expect(policy.state).toBe('closed');
    await clock.advance(800);
    await fail(1);
    expect(policy.state).toBe('open');
  });

  where('countWindow', 'its window is one of time')('counts the last calls, however long ago', async () => {
    const { clock, policy, succeed, fail } = of({ window: { calls: 4 }, minimumCalls: 4 });
    await fail(1);
    await succeed(2);
    await clock.advance(3_600_000);
    await fail(1);
    expect(policy.state).toBe('open');
    policy.close();
    await fail(1);
    await succeed(4);
    await fail(1);
    expect(policy.state).toBe('closed');
  });

  where('slowCalls', 'it knows failures only')('opens at the ratio of slow calls, though all succeed', async () => {
    const { calls, clock, policy } = of({ slowCallDuration: 100, slowCallRatio: 0.75 });
    for (const duration of [99, 100, 250]) {
      see(
        calls.execute(() => after(clock, duration, 'late')),
        clock,
      );
    }
    await clock.advance(250);
    expect(policy.state).toBe('closed');
    see(
      calls.execute(() => after(clock, 100, 'late')),
      clock,
    );
    await clock.advance(100);
    expect(policy.state).toBe('open');
  });

  where('slowCalls', 'it knows failures only')('counts a call as slow whose caller left after so long', async () => {
    const { clock, policy, begin } = of({ slowCallDuration: 100 });
    const trials = Array.from({ length: 4 }, () => begin());
    await clock.advance(100);
    for (const trial of trials) trial.abort();
    await clock.advance(0);
    expect(policy.state).toBe('open');
  });

  where('slowCalls', 'it knows failures only')('does not count a refusal as slow', async () => {
    const { calls, clock, policy } = of({ slowCallDuration: 100, minimumCalls: 1 });
    see(
      calls.execute(() => failAfter(clock, 500, new BulkheadRejectedError('inner', 'queueTimeout', 'full'))),
      clock,
    );
    await clock.advance(500);
    expect(policy.state).toBe('closed');
  });

  where('exactRatio', 'what runs counts as a call from its beginning')('does not count what still runs', async () => {
    const { policy, fail, begin } = of({ minimumCalls: 4, failureRatio: 1 });
    const running = begin();
    await fail(4);
    expect(policy.state).toBe('open');
    await running.succeed();
  });

  where('exactRatio', 'what was ignored counts as a call')('does not count refusals and aborts', async () => {
    const { calls, clock, policy, fail } = of({ minimumCalls: 4, failureRatio: 1 });
    const refusal = new BulkheadRejectedError('inner', 'full', 'full');
    for (let each = 0; each < 10; each++)
      see(
        calls.execute(() => Promise.reject(refusal)),
        clock,
      );
    await fail(3);
    expect(policy.state).toBe('closed');
    await fail(1);
    expect(policy.state).toBe('open');
    expect(policy.metrics).toMatchObject({ refused: 10, failures: 4 });
  });

  it('does not open by refusals, nor by aborts', async () => {
    const { calls, clock, policy } = of();
    const refusal = new BulkheadRejectedError('inner', 'full', 'full');
    for (let each = 0; each < 10; each++)
      see(
        calls.execute(() => Promise.reject(refusal)),
        clock,
      );
    const abort = new DOMException('hung up', 'AbortError');
    for (let each = 0; each < 10; each++)
      see(
        calls.execute(() => Promise.reject(abort)),
        clock,
      );
    await clock.advance(0);
    expect(policy.state).toBe('closed');
  });

  it('counts as failures only what its filter accepts', async () => {
    const handle = { error: (error: unknown) => error === down, result: (result: unknown) => result === 'busy' };
    const { calls, clock, policy } = of({ handle });
    for (let each = 0; each < 10; each++)
      see(
        calls.execute(() => Promise.reject(new Error('not found'))),
        clock,
      );
    await clock.advance(0);
    expect(policy.state).toBe('closed');
    policy.reset();
    for (let each = 0; each < 4; each++)
      see(
        calls.execute(() => 'busy'),
        clock,
      );
    expect(policy.state).toBe('open');
  });

  it('counts a call as failed that a timeout around it has ended', async () => {
    const policy = circuitBreaker({ engine, minimumCalls: 2 });
    const { clock, calls } = make(timeout({ timeout: 100 }), policy);
    for (let each = 0; each < 2; each++)
      see(
        calls.execute(({ signal }) => untilAborted(clock, signal)),
        clock,
      );
    await clock.advance(100);
    expect(policy.state).toBe('open');
  });

  it('counts a call as failed that a timeout within it has ended', async () => {
    const policy = circuitBreaker({ engine, minimumCalls: 2 });
    const { clock, calls } = make(policy, attemptTimeout({ timeout: 100 }));
    for (let each = 0; each < 2; each++) see(calls.execute(never), clock);
    await clock.advance(100);
    expect(policy.state).toBe('open');
  });

  it('does not count a call as failed whose caller has left', async () => {
    const { clock, policy, begin } = of();
    for (let each = 0; each < 10; each++) begin().abort();
    await clock.advance(0);
    expect(policy.state).toBe('closed');
  });

  it('lets a call try when it was open for its time, and closes when that succeeds', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    const { policy, succeed, fail } = guarded;
    await openAndWait(guarded);
    await succeed(1);
    expect(policy.state).toBe('closed');
    await fail(3);
    expect(policy.state).toBe('closed');
  });

  it('opens again when the call that tries fails', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    await openAndWait(guarded);
    await guarded.fail(1);
    expect(guarded.policy.state).toBe('open');
    expect(guarded.policy.metrics.opened).toBe(2);
  });

  it('refuses others while a call tries', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    await openAndWait(guarded);
    const trial = guarded.begin();
    const other = guarded.begin();
    await guarded.clock.advance(0);
    expect(other.seen.outcome).toMatchObject({ code: 'BOW_CIRCUIT_OPEN', state: 'halfOpen' });
    await trial.succeed();
    expect(trial.seen.outcome).toBe('up');
  });

  where('halfOpenPermits', 'one call alone may try')('lets no more calls try than permitted', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 3 });
    await openAndWait(guarded);
    const trials = Array.from({ length: 5 }, () => guarded.begin());
    await guarded.clock.advance(0);
    expect(trials.map(({ seen }) => seen.state)).toEqual(['pending', 'pending', 'pending', 'error', 'error']);
  });

  where('halfOpenPermits', 'one call alone may try')('decides as soon as the rest cannot change it', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 4 });
    await openAndWait(guarded);
    const [first, second, third] = Array.from({ length: 4 }, () => guarded.begin());
    await first?.succeed();
    await second?.succeed();
    expect(guarded.policy.state).toBe('halfOpen');
    await third?.succeed();
    expect(guarded.policy.state).toBe('closed');
  });

  where('halfOpenPermits', 'one call alone may try')('opens as soon as enough trials failed', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 4 });
    await openAndWait(guarded);
    const [first, second] = Array.from({ length: 4 }, () => guarded.begin());
    await first?.fail();
    expect(guarded.policy.state).toBe('halfOpen');
    await second?.fail();
    expect(guarded.policy.state).toBe('open');
  });

  where('slowCalls', 'it knows failures only')('opens again when the trials are slow', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1, slowCallDuration: 100 });
    await openAndWait(guarded);
    const trial = guarded.begin();
    await guarded.clock.advance(100);
    await trial.succeed();
    expect(guarded.policy.state).toBe('open');
  });

  it('gives the permit of a call back whose caller has left', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    await openAndWait(guarded);
    const left = guarded.begin();
    left.abort('left');
    await guarded.clock.advance(0);
    expect(guarded.policy.state).toBe('halfOpen');
    await guarded.succeed(1);
    expect(guarded.policy.state).toBe('closed');
  });

  it('gives the permit of a refused call back', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    const { calls, clock } = guarded;
    await openAndWait(guarded);
    see(
      calls.execute(() => Promise.reject(new BulkheadRejectedError('inner', 'full', 'full'))),
      clock,
    );
    await clock.advance(0);
    await guarded.succeed(1);
    expect(guarded.policy.state).toBe('closed');
  });

  it('lets others try where calls never end that have a permit', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    await openAndWait(guarded);
    const hanging = guarded.begin();
    await guarded.clock.advance(999);
    const refused = guarded.begin();
    await guarded.clock.advance(1);
    expect(refused.seen.outcome).toMatchObject({ code: 'BOW_CIRCUIT_OPEN', retryAfter: 1 });
    await guarded.succeed(1);
    expect(guarded.policy.state).toBe('closed');
    await hanging.fail();
    expect(guarded.policy.state).toBe('closed');
  });

  it('ignores what ends late and began in another state', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    const early = Array.from({ length: 8 }, () => guarded.begin());
    // Some engines count what runs, so half of all has to fail.
    await guarded.fail(8);
    expect(guarded.policy.state).toBe('open');
    for (const trial of early.slice(0, 4)) await trial.succeed();
    expect(guarded.policy.state).toBe('open');
    await guarded.clock.advance(1_000);
    const trial = guarded.begin();
    for (const late of early.slice(4)) await late.fail();
    expect(guarded.policy.state).toBe('halfOpen');
    await trial.succeed();
    expect(guarded.policy.state).toBe('closed');
  });

  it('stays open for longer each time that it opens again', async () => {
    const openDuration = { type: 'exponential', delay: 100, factor: 2, maxDelay: 300, jitter: false } as const;
    const guarded = of({ permittedCallsInHalfOpen: 1, openDuration });
    await openAndWait(guarded, 100);
    for (const duration of [200, 300, 300]) {
      await guarded.fail(1);
      await guarded.clock.advance(duration - 1);
      expect(guarded.policy.state).toBe('open');
      await guarded.clock.advance(1);
      expect(guarded.policy.state).toBe('halfOpen');
    }
    await guarded.succeed(1);
    await openAndWait(guarded, 100);
  });

  it('stays open for longer by chance with decorrelated jitter', async () => {
    const openDuration = { type: 'decorrelated-jitter', delay: 100, maxDelay: 1_000_000 } as const;
    const guarded = of({ permittedCallsInHalfOpen: 1, openDuration });
    await guarded.fail(4);
    const durations: number[] = [];
    for (let each = 0; each < 12; each++) {
      const refused = guarded.begin();
      await guarded.clock.advance(0);
      const { retryAfter = 0 } = refused.seen.outcome as BrokenCircuitError;
      durations.push(retryAfter);
      await guarded.clock.advance(Math.ceil(retryAfter));
      await guarded.fail(1);
    }
    expect(Math.max(...durations)).toBeGreaterThan(300);
  });

  it('tells how long it will still refuse', async () => {
    const { clock, policy, fail } = of();
    expect(policy.metrics.retryAfter).toBe(0);
    await fail(4);
    await clock.advance(400);
    expect(policy.metrics).toMatchObject({ state: 'open', retryAfter: 600 });
    await clock.advance(600);
    expect(policy.metrics).toMatchObject({ state: 'halfOpen', retryAfter: 0 });
    policy.isolate();
    expect(policy.metrics).toMatchObject({ state: 'isolated', retryAfter: undefined });
    expect(circuitBreaker().metrics).toMatchObject({ state: 'closed', retryAfter: 0 });
  });

  it('isolated refuses calls until it is closed by hand', async () => {
    const { clock, calls, policy, succeed } = of();
    policy.isolate();
    await clock.advance(1_000_000);
    const refused = see(
      calls.execute(() => 'up'),
      clock,
    );
    await clock.advance(0);
    expect(refused.outcome).toMatchObject({ state: 'isolated', retryAfter: undefined });
    expect((refused.outcome as Error).message).toContain('until close() is called');
    policy.close();
    await succeed(1);
    expect(policy.state).toBe('closed');
  });

  it.each(['succeed', 'fail'] as const)('isolated stays so where running calls %s', async (end) => {
    const { policy, begin } = of({ minimumCalls: 1 });
    const running = begin();
    policy.isolate();
    await running[end]();
    expect(policy.state).toBe('isolated');
  });

  it.each(['succeed', 'fail'] as const)('isolated stays so where a trial %ss', async (end) => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    await openAndWait(guarded);
    const trial = guarded.begin();
    guarded.policy.isolate();
    await trial[end]();
    expect(guarded.policy.state).toBe('isolated');
  });

  it('refuses the call at whose begin a listener isolates it', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    await openAndWait(guarded);
    guarded.calls.on('stateChange', ({ to }) => to === 'halfOpen' && guarded.policy.isolate());
    const trial = guarded.begin();
    await trial.succeed();
    expect([trial.seen.outcome, guarded.policy.state]).toMatchObject([{ state: 'isolated' }, 'isolated']);
  });

  it('gives no more permits than there are where a listener calls too', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    await openAndWait(guarded);
    const trials: Trial[] = [];
    guarded.calls.on('stateChange', ({ to }) => to === 'halfOpen' && trials.push(guarded.begin()));
    trials.push(guarded.begin());
    await guarded.clock.advance(0);
    expect(trials.map(({ seen }) => seen.state)).toEqual(['pending', 'error']);
  });

  it.each(['close', 'reset'] as const)('counts anew after %s()', async (mend) => {
    const { policy, fail } = of();
    await fail(4);
    policy[mend]();
    expect(policy.state).toBe('closed');
    await fail(3);
    expect(policy.state).toBe('closed');
    await fail(1);
    expect(policy.state).toBe('open');
  });

  it('tells of every change of its state', async () => {
    const guarded = of({ permittedCallsInHalfOpen: 1 });
    const told: string[] = [];
    guarded.calls.on('stateChange', ({ from, to, policy }) => told.push(`${policy}: ${from} -> ${to}`));
    await openAndWait(guarded);
    await guarded.succeed(1);
    guarded.policy.isolate();
    guarded.policy.isolate();
    guarded.policy.reset();
    expect(told).toEqual(
      ['closed -> open', 'open -> halfOpen', 'halfOpen -> closed', 'closed -> isolated', 'isolated -> closed'].map(
        (change) => `payments.circuitBreaker: ${change}`,
      ),
    );
  });

  it('only notes in the mode observe what it would have refused, and sees no end of that', async () => {
    const guarded = of({ mode: 'observe', permittedCallsInHalfOpen: 1 });
    await guarded.fail(4);
    await guarded.fail(3);
    expect(guarded.policy.metrics).toMatchObject({ state: 'open', refused: 0, observedRefusals: 3, opened: 1 });
    await guarded.clock.advance(1_000);
    await guarded.succeed(1);
    expect(guarded.policy.state).toBe('closed');
  });

  it('sets no timer of the pipeline', async () => {
    const guarded = of();
    await guarded.fail(6);
    expect(guarded.clock.pending).toBe(0);
  });
});

it('tells what it decides by, and leaves out what is too old by now', async () => {
  const { clock, policy, succeed, fail, begin } = guard({ window: 1_000, minimumCalls: 10, slowCallDuration: 500 });
  expect(policy.metrics.seen).toEqual({ calls: 0, failures: 0, slow: 0 });
  await succeed(3);
  await fail(1);
  const slow = begin();
  await clock.advance(600);
  await slow.succeed();
  expect(policy.metrics.seen).toEqual({ calls: 5, failures: 1, slow: 1 });
  await clock.advance(400);
  expect(policy.metrics.seen).toEqual({ calls: 1, failures: 0, slow: 1 });
  await clock.advance(600);
  expect(policy.metrics.seen).toEqual({ calls: 0, failures: 0, slow: 0 });
});

it('tells of the calls that try, while it is half open', async () => {
  const guarded = guard({ permittedCallsInHalfOpen: 3 });
  await guarded.fail(4);
  expect(guarded.policy.metrics.seen).toBeUndefined();
  await guarded.clock.advance(1_000);
  expect(guarded.policy.metrics.seen).toEqual({ calls: 0, failures: 0, slow: 0 });
  await guarded.succeed(1);
  expect(guarded.policy.metrics.seen).toEqual({ calls: 1, failures: 0, slow: 0 });
  guarded.policy.isolate();
  expect(guarded.policy.metrics.seen).toBeUndefined();
});

it('breaks all pipelines that hold it', async () => {
  const policy = circuitBreaker({ minimumCalls: 1 });
  const { clock, random, calls } = make(policy);
  const told: string[] = [];
  const other = orderedPipeline({ name: 'refunds', clock, random }, policy);
  calls.on('stateChange', ({ pipeline, policy: name }) => told.push(`${pipeline} ${name}`));
  other.on('stateChange', ({ pipeline, policy: name }) => told.push(`${pipeline} ${name}`));
  see(
    calls.execute(() => Promise.reject(down)),
    clock,
  );
  await clock.advance(0);
  await expect(other.execute(() => 'up')).rejects.toMatchObject({ code: 'BOW_CIRCUIT_OPEN' });
  expect(told).toEqual(['payments payments.circuitBreaker', 'refunds payments.circuitBreaker']);
});

it('refuses with opossum what opossum cannot do', () => {
  const error = thrownBy(() =>
    circuitBreaker({ engine: 'opossum', window: { calls: 10 }, slowCallDuration: 5, permittedCallsInHalfOpen: 2 }),
  );
  expect(error).toBeInstanceOf(BootError);
  const { message } = error as Error;
  expect(message).toMatch(/circuitBreaker\.window is the last 10 calls/);
  expect(message).toMatch(/circuitBreaker\.slowCallDuration is 5/);
  expect(message).toMatch(/circuitBreaker\.permittedCallsInHalfOpen is 2; it must be 1 with the engine 'opossum'/);
});

it.each<[CircuitBreakerOptions, RegExp]>([
  [{ failureRatio: 0 }, /circuitBreaker\.failureRatio/],
  [{ minimumCalls: 11, window: { calls: 10 } }, /minimumCalls is 11; it must be at most 10/],
  [{ openDuration: -1 }, /circuitBreaker\.openDuration/],
  [{ engine: 'other' as 'ring' }, /circuitBreaker\.engine/],
  [{ failureRate: 1 } as CircuitBreakerOptions, /circuitBreaker\.failureRatio/],
])('cannot be made with %o', (options, message) => {
  expect(() => circuitBreaker(options)).toThrow(message);
});

it('a circuit breaker that belongs to no pipeline is closed, and says what it needs to be isolated', () => {
  const breaker = circuitBreaker();
  expect(breaker.metrics).toMatchObject({ state: 'closed', calls: 0 });
  expect(thrownBy(() => breaker.isolate())).toMatchObject({
    message: 'circuitBreaker does not belong to a pipeline yet. Hand it to pipeline(...) first.',
  });
});
