// oxlint-disable unicorn/no-thenable -- What looks like a promise and is none is the subject here.
import { bulkhead, circuitBreaker, hedge, pipeline, retry, type Policy } from 'bowline/resilience';
import { describe, expect, it } from 'vitest';

const thrown = new Error('thrown where nobody expects it');

function fail(): never {
  throw thrown;
}

/** All of its traps throw. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** What fails by being looked at. */
const results: Readonly<Record<string, () => unknown>> = {
  'an object whose `then` cannot be read': () => ({
    get then(): never {
      return fail();
    },
  }),
  'a promise whose `then` throws': () => Object.assign(Promise.resolve(1), { then: fail }),
  'a thenable that throws': () => ({ then: fail }),
};

const errors: Readonly<Record<string, unknown>> = {
  'an error whose `retryAfter` cannot be read': {
    get retryAfter(): never {
      return fail();
    },
  },
  'an error whose headers cannot be asked': { headers: { get: fail } },
  'an error whose `name` cannot be read': Object.defineProperty(new Error('nameless'), 'name', { get: fail }),
  'a revoked proxy': revoked(),
};

function policies(): Policy[] {
  return [bulkhead({ maxConcurrent: 1 }), retry({ maxAttempts: 2, backoff: 0 }), hedge(), circuitBreaker()];
}

describe('a call', () => {
  it.each(Object.entries(results))('that gives %s fails, and gives its place back', async (_, give) => {
    const calls = pipeline(...policies());
    const failed = calls.execute(give);
    await expect(failed).rejects.toBe(thrown);
    expect(await calls.execute(() => 'the next')).toBe('the next');
    expect(calls.metrics).toMatchObject({ calls: 2, successes: 1, failures: 1 });
  });

  it.each(Object.entries(errors))('that fails with %s ends with it', async (_, error) => {
    const calls = pipeline(...policies());
    const seen = await Promise.resolve(calls.execute(() => Promise.reject(error))).catch((caught: unknown) => [caught]);
    expect((seen as unknown[])[0] === error).toBe(true);
    expect(await calls.execute(() => 'the next')).toBe('the next');
  });

  it('that gives a promise which calls back twice ends once', async () => {
    class Twice extends Promise<number> {
      override then(onValue?: ((value: number) => unknown) | null): never {
        onValue?.(1);
        onValue?.(2);
        return undefined as never;
      }
    }
    const calls = pipeline(...policies());
    expect(await calls.execute(() => new Twice(() => undefined))).toBe(1);
    expect(calls.metrics).toMatchObject({ calls: 1, successes: 1 });
  });
});
