import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  circuitBreaker,
  MemoryRateLimitStore,
  pipeline,
  rateLimit,
  RateLimitedError,
  retry,
} from 'bowline/resilience';
import { describe, expect, it } from 'vitest';

const ofFirst = ({ args }: { readonly args: readonly unknown[] }): string => String(args[0]);

describe('a policy with a key', () => {
  it('opens the circuit of one key, and leaves the others closed', async () => {
    const breaker = circuitBreaker({ minimumCalls: 1, key: ofFirst });
    const calls = pipeline({ name: 'hosts' }, breaker);
    const ask = calls.wrap(async (host: string) => {
      if (host === 'down') throw new Error('down');
      return host;
    });

    await expect(ask('down')).rejects.toThrow('down');
    await expect(ask('down')).rejects.toThrow(BrokenCircuitError);
    await expect(ask('down')).rejects.toThrow('hosts.circuitBreaker[down] refused the call');
    expect(await ask('well')).toBe('well');
    expect([breaker.of('down')?.state, breaker.of('well')?.state, breaker.of('other')]).toEqual([
      'open',
      'closed',
      undefined,
    ]);
  });

  it('limits rates, concurrency and retries for each key', async () => {
    const key = ofFirst;
    const options = { args: ['one'] };
    const limited = pipeline(rateLimit({ limit: 1, window: 60_000, key }));
    expect(await limited.execute(() => 1, options)).toBe(1);
    await expect(limited.execute(() => 1, options)).rejects.toBeInstanceOf(RateLimitedError);
    expect(await limited.execute(() => 1, { args: ['two'] })).toBe(1);

    const single = pipeline(bulkhead({ maxConcurrent: 1, key }));
    const { promise, resolve } = Promise.withResolvers<number>();
    const first = single.execute(() => promise, options);
    await expect(single.execute(() => promise, options)).rejects.toBeInstanceOf(BulkheadRejectedError);
    const other = single.execute(() => promise, { args: ['two'] });
    resolve(7);
    expect(await Promise.all([first, other])).toEqual([7, 7]);

    const budget = { ratio: 0, minRetries: 1 };
    const repeated = pipeline(retry({ maxAttempts: 3, backoff: 0, budget, key }));
    let attempts = 0;
    const fail = async (): Promise<void> => {
      attempts++;
      throw new Error('down');
    };
    for (const name of ['one', 'two']) await repeated.execute(fail, { args: [name] }).catch(() => {});
    expect(attempts).toBe(4);
  });

  it('counts long keys apart that begin alike, in a store that all share', async () => {
    const limited = pipeline(rateLimit({ limit: 1, window: 60_000, store: new MemoryRateLimitStore(), key: ofFirst }));
    const token = 'x'.repeat(200);
    expect(await limited.execute(() => 1, { args: [`${token}1`] })).toBe(1);
    expect(await limited.execute(() => 1, { args: [`${token}2`] })).toBe(1);
    await expect(limited.execute(() => 1, { args: [`${token}1`] })).rejects.toBeInstanceOf(RateLimitedError);
  });

  it('is forgotten by a store of many keys when it was not used for longest', async () => {
    const store = new MemoryRateLimitStore({ maxKeys: 2 });
    const limited = pipeline(rateLimit({ limit: 1, window: 60_000, store, key: ofFirst }));
    const ask = (name: string): unknown => limited.execute(() => 1, { args: [name] });
    expect([ask('one'), ask('two')]).toEqual([1, 1]);
    await expect(ask('one')).rejects.toBeInstanceOf(RateLimitedError);
    expect(ask('three')).toBe(1);
    expect(ask('two')).toBe(1);
    await expect(ask('three')).rejects.toBeInstanceOf(RateLimitedError);
  });

  it('keeps a bounded number of states, and lets go of the one that was not used for longest', async () => {
    const breaker = circuitBreaker({ key: ofFirst, maxKeys: 2 });
    const calls = pipeline(breaker);
    for (const name of ['one', 'two', 'one', 'three']) await calls.execute(() => name, { args: [name] });

    expect([...breaker.states.keys()]).toEqual(['one', 'three']);
    expect(breaker.metrics).toEqual({ keys: 2, evicted: 1 });
  });

  it('lets go of a state that no call is in before one that is used, and of none that is', async () => {
    const breaker = bulkhead({ maxConcurrent: 1, maxKeys: 2, key: ofFirst });
    const calls = pipeline(breaker);
    const { promise, resolve } = Promise.withResolvers<void>();
    const ask = (name: string): unknown => calls.execute(() => promise, { args: [name] });
    const first = [ask('one'), ask('two'), ask('three')];

    await expect(ask('one')).rejects.toBeInstanceOf(BulkheadRejectedError);
    expect([breaker.metrics, [...breaker.states.keys()].toSorted()]).toEqual([
      { keys: 3, evicted: 0 },
      ['one', 'three', 'two'],
    ]);
    resolve();
    await Promise.all(first);
    await calls.execute(() => 1, { args: ['four'] });
    expect(breaker.metrics).toEqual({ keys: 2, evicted: 2 });
    expect(breaker.of('four')).toBeDefined();
  });

  it('lets go of what is too much when the only key in use is the last one', async () => {
    const limited = bulkhead({ maxConcurrent: 1, maxKeys: 1, key: ofFirst });
    const calls = pipeline(limited);
    const { promise, resolve } = Promise.withResolvers<void>();
    const both = ['one', 'two'].map((name) => calls.execute(() => promise, { args: [name] }));
    resolve();
    await Promise.all(both);
    await calls.execute(() => 1, { args: ['two'] });

    expect([...limited.states.keys()]).toEqual(['two']);
  });

  it('comes back to the number of states that is kept, a few with each call', async () => {
    const limited = bulkhead({ maxConcurrent: 1, maxKeys: 2, key: ofFirst });
    const calls = pipeline(limited);
    const { promise, resolve } = Promise.withResolvers<void>();
    const many = Array.from({ length: 40 }, (_, each) => calls.execute(() => promise, { args: [each] }));
    expect(limited.metrics.keys).toBe(40);
    resolve();
    await Promise.all(many);
    for (let call = 0; call < 8; call++) await calls.execute(() => 1, { args: ['next'] });

    expect(limited.metrics.keys).toBe(2);
  });

  it('has one mode for all its states, which may change while it runs', async () => {
    const breaker = circuitBreaker({ minimumCalls: 1, key: ofFirst });
    const calls = pipeline(breaker);
    const fail = (): Promise<never> => Promise.reject(new Error('down'));
    await expect(calls.execute(fail, { args: ['one'] })).rejects.toThrow('down');

    breaker.mode = 'observe';
    await expect(calls.execute(fail, { args: ['one'] })).rejects.toThrow('down');
    expect(breaker.of('one')?.metrics.observedRefusals).toBe(1);
    breaker.mode = 'enforce';
    await expect(calls.execute(fail, { args: ['one'] })).rejects.toBeInstanceOf(BrokenCircuitError);
  });

  it('fails the call whose key cannot be made, and checks its options at once', async () => {
    const calls = pipeline(
      circuitBreaker({
        key: () => {
          throw new Error('no tenant');
        },
      }),
    );

    await expect(calls.execute(() => 1)).rejects.toThrow('no tenant');
    expect(() => circuitBreaker({ key: ofFirst, maxKeys: 0 })).toThrow('circuitBreaker.maxKeys is 0');
    expect(() => circuitBreaker({ key: ofFirst, minimumCalls: 0 })).toThrow('circuitBreaker.minimumCalls is 0');
  });

  it('describes the options of its states, and its key', () => {
    const described = pipeline(bulkhead({ maxConcurrent: 3, key: ofFirst })).describe();
    expect(described).toContain('maxConcurrent 3');
    expect(described).toContain('key ofFirst, maxKeys 1000');
  });
});
