import { chaos, circuitBreaker, retry, timeout } from 'bowline/resilience';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { after, make, never, see, thrownBy, untilAborted } from './fixture.js';

describe('chaos', () => {
  it('by latency lets attempts wait before they begin', async () => {
    const { clock, calls } = make(chaos.latency({ rate: 1, delay: 300 }));
    const seen = see(
      calls.execute(() => clock.elapsed()),
      clock,
    );
    await clock.advance(300);
    expect(seen).toMatchObject({ outcome: 300, at: 300 });
  });

  it('by latency lets nobody wait who has left', async () => {
    const { clock, calls } = make(timeout({ timeout: 100 }), chaos.latency({ rate: 1, delay: 300 }));
    let isCalled = false;
    const seen = see(
      calls.execute(() => (isCalled = true)),
      clock,
    );
    await clock.advance(1_000);
    expect(seen).toMatchObject({ state: 'error', at: 100, outcome: { code: 'BOW_TIMED_OUT' } });
    expect(isCalled).toBe(false);
  });

  it('by faults lets attempts fail without calling', async () => {
    const wanted = new Error('wanted');
    const { calls } = make(chaos.fault({ rate: 1, error: () => wanted }));
    let isCalled = false;
    await expect(calls.execute(() => (isCalled = true))).rejects.toBe(wanted);
    expect(isCalled).toBe(false);
  });

  it('by outcomes gives results without calling, by a promise', async () => {
    const { calls } = make(chaos.outcome({ rate: 1, result: () => 'harmed' }));
    const given = calls.execute(() => 'fine');
    expect(given).toBeInstanceOf(Promise);
    expect(await given).toBe('harmed');
  });

  it('by aborts aborts the signal of an attempt under way', async () => {
    const { clock, calls } = make(chaos.abort({ rate: 1, after: 40 }));
    const seen = see(
      calls.execute(({ signal }) => untilAborted(clock, signal)),
      clock,
    );
    await clock.advance(40);
    expect(seen).toMatchObject({ state: 'error', at: 40, outcome: { name: 'AbortError' } });
  });

  it('by aborts leaves no timer behind an attempt that was faster', async () => {
    const { clock, calls } = make(chaos.abort({ rate: 1, after: 40 }));
    expect(calls.execute(() => 'at once')).toBe('at once');
    const seen = see(
      calls.execute(() => after(clock, 10, 'fast')),
      clock,
    );
    await clock.advance(10);
    expect(seen.outcome).toBe('fast');
    expect(clock.pending).toBe(0);
  });

  it('is met by what surrounds it', async () => {
    const breaker = circuitBreaker({ minimumCalls: 3 });
    const { clock, calls } = make(chaos.fault({ rate: 1 }), breaker, retry({ backoff: 1, budget: false }));
    see(calls.execute(never), clock);
    await clock.advance(10);
    expect(breaker.state).toBe('open');
  });

  it('harms the share that is told, by the same seed the same attempts', async () => {
    const harmed: number[][] = [];
    for (const seed of [5, 5, 6]) {
      const policy = chaos.fault({ rate: 0.3, seed });
      const { calls } = make(policy);
      const which: number[] = [];
      for (let each = 0; each < 500; each++) {
        await Promise.resolve(calls.execute(() => 'fine')).catch(() => which.push(each));
      }
      expect(policy.metrics.injected).toBe(which.length);
      harmed.push(which);
    }
    expect(harmed[0]?.length).toBeGreaterThan(110);
    expect(harmed[0]?.length).toBeLessThan(190);
    expect(harmed[1]).toEqual(harmed[0]);
    expect(harmed[2]).not.toEqual(harmed[0]);
  });

  it('is switched by its mode and its rate while it runs', () => {
    const policy = chaos.outcome({ rate: 1, result: () => 'harmed', mode: 'off' });
    const { calls } = make(policy);
    expect(calls.execute(() => 'fine')).toBe('fine');
    policy.mode = 'observe';
    expect(calls.execute(() => 'fine')).toBe('fine');
    expect(policy.metrics).toMatchObject({ injected: 0, observedInjections: 1 });
    policy.mode = 'enforce';
    expect(calls.execute(() => 'fine')).toBeInstanceOf(Promise);
    policy.rate = 0;
    expect(calls.execute(() => 'fine')).toBe('fine');
    expect(thrownBy(() => (policy.rate = 2))).toMatchObject({ code: 'BOW_OPTION_INVALID' });
  });

  it('is called after its pipeline and what it does', () => {
    const policy = chaos.latency();
    make(policy);
    expect(policy.name).toBe('payments.chaos.latency');
  });

  it('describes every option', () => {
    const busy = (): Error => new Error('busy');
    expect(chaos.fault({ error: busy, seed: 7 }).toJSON().options).toEqual({
      rate: 0.1,
      seed: 7,
      allowInProduction: false,
      error: 'busy',
    });
    expect(chaos.outcome({ result: () => 1 }).toJSON().options).toMatchObject({ result: 'a function' });
  });

  it('by outcomes cannot be made without a result', () => {
    expect(thrownBy(() => chaos.outcome({} as never))).toMatchObject({ code: 'BOW_OPTION_INVALID' });
  });

  it.each(['latency', 'fault', 'outcome', 'abort'] as const)('by %s says what is wrong with its options', (kind) => {
    const error = thrownBy(() => chaos[kind](null as never));
    expect(error).toMatchObject({ message: expect.stringContaining(`chaos.${kind}(...) is null`) as unknown });
  });
});

describe('chaos in production', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is refused unless it is allowed', () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(thrownBy(() => chaos.fault())).toMatchObject({ code: 'BOW_CHAOS_IN_PRODUCTION' });
    expect(chaos.fault({ allowInProduction: true }).kind).toBe('chaos');
  });
});
