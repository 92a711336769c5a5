import { circuitBreaker, fallback, isRefusal, retry, type FallbackOptions } from 'bowline/resilience';
import { describe, expect, it } from 'vitest';
import { after, failAfter, make, never, see, thrownBy } from './fixture.js';

const down = new Error('down');

it('gives the last known value for the arguments of a wrapped function', async () => {
  const known = new Map([['rope', 12]]);
  const { calls } = make(fallback({ run: (_error, { args }) => known.get(String(args[0])) ?? 0 }));
  const find = calls.wrap(async (sku: string): Promise<number> => {
    throw new Error(`Nobody knows the price of ${sku}.`);
  });

  expect(await find('rope')).toBe(12);
  expect(await find('sail')).toBe(0);
});

describe('a fallback', () => {
  it('gives its value in place of an error', async () => {
    const policy = fallback({ value: 'other' });
    const { calls } = make(policy);
    expect(await calls.execute(() => Promise.reject(down))).toBe('other');
    expect(policy.metrics).toMatchObject({ calls: 1, failures: 1, fallbacks: 1 });
    expect(calls.metrics).toMatchObject({ successes: 1, failures: 0 });
  });

  it('gives its value by a promise where the call throws at once', async () => {
    const { calls } = make(fallback({ value: 'other' }));
    const given = calls.execute((): string => {
      throw down;
    });
    expect(given).toBeInstanceOf(Promise);
    expect(await given).toBe('other');
  });

  it('gives undefined where that is its value', async () => {
    const { calls } = make(fallback({ value: undefined }));
    expect(await calls.execute(() => Promise.reject(down))).toBeUndefined();
  });

  it.each([
    ['what a function makes of the error', (error: unknown) => `after ${(error as Error).message}`],
    ['what a function promises', (error: unknown) => Promise.resolve(`after ${(error as Error).message}`)],
  ])('gives %s', async (_what, run) => {
    const { calls } = make(fallback({ run }));
    expect(await calls.execute(() => Promise.reject(down))).toBe('after down');
  });

  it('fails with what its function throws', async () => {
    const worse = new Error('worse');
    const { calls } = make(
      fallback({
        run: (): string => {
          throw worse;
        },
      }),
    );
    await expect(calls.execute(() => Promise.reject(down))).rejects.toBe(worse);
  });

  it('covers refusals', async () => {
    const breaker = circuitBreaker();
    const { calls } = make<unknown>(breaker as never, fallback({ run: (error) => isRefusal(error) }));
    breaker.isolate();
    expect(await calls.execute(() => 'up')).toBe(true);
  });

  it('covers the last of all attempts', async () => {
    const { clock, calls } = make<string>(
      retry({ backoff: 10, budget: false }) as never,
      fallback({ run: (_error, { attempt }) => `after ${attempt} attempts` }),
    );
    const seen = see(
      calls.execute(() => Promise.reject(down)),
      clock,
    );
    await clock.advance(20);
    expect(seen.outcome).toBe('after 3 attempts');
  });

  it('leaves errors alone that its filter does not accept', async () => {
    const { calls } = make(fallback({ value: 'other', handle: (error) => error !== down }));
    await expect(calls.execute(() => Promise.reject(down))).rejects.toBe(down);
  });

  it('leaves aborts alone', async () => {
    const { calls } = make(fallback({ value: 'other' }));
    const abort = new DOMException('hung up', 'AbortError');
    await expect(calls.execute(() => Promise.reject(abort))).rejects.toBe(abort);
  });

  it('replaces results that its filter accepts', async () => {
    const { calls } = make(fallback({ value: 'other', handle: { result: (result) => result === null } }));
    expect(await calls.execute(() => null)).toBe('other');
    expect(calls.execute(() => 'fine')).toBe('fine');
  });

  it('gives nothing to a caller that has left', async () => {
    const policy = fallback({ value: 'other', handle: () => true });
    const { clock, calls } = make(policy);
    const caller = new AbortController();
    const seen = see(calls.execute(never, { signal: caller.signal }), clock);
    caller.abort(down);
    await clock.advance(0);
    expect(seen.outcome).toBe(down);
    expect(policy.metrics.fallbacks).toBe(0);
  });

  it('is ended itself when the caller leaves', async () => {
    const { clock, calls } = make(fallback({ run: () => never() as Promise<string> }));
    const seen = see(
      calls.execute(() => failAfter(clock, 10, down), { deadline: 100 }),
      clock,
    );
    await clock.advance(100);
    expect(seen).toMatchObject({ state: 'error', at: 100, outcome: { code: 'BOW_DEADLINE_EXCEEDED' } });
  });

  it('only counts in the mode observe what it would have replaced', async () => {
    const policy = fallback({ value: 'other', mode: 'observe' });
    const { clock, calls } = make(policy);
    const seen = see(
      calls.execute(() => failAfter(clock, 5, down)),
      clock,
    );
    see(
      calls.execute(() => after(clock, 5, 'fine')),
      clock,
    );
    await clock.advance(5);
    expect(seen.outcome).toBe(down);
    expect(policy.metrics).toMatchObject({ fallbacks: 0, observedFallbacks: 1 });
  });

  it.each([
    [{}, 'given neither value nor run'],
    [{ value: 1, run: () => 2 }, 'given both value and run'],
  ])('cannot be made with %o', (options, got) => {
    const error = thrownBy(() => fallback(options as FallbackOptions<number>));
    expect(error).toMatchObject({ code: 'BOW_OPTION_INVALID' });
    expect((error as Error).message).toContain(got);
  });
});
