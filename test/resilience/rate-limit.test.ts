import {
  DeadlineExceededError,
  rateLimit,
  RateLimitedError,
  RateLimitStore,
  ShuttingDownError,
  type RateLimitDecision,
  type RateLimitOptions,
  type RateLimitPolicy,
} from 'bowline/resilience';
import { describe, expect, it } from 'vitest';
import { make, see, type Fixture, type Seen } from './fixture.js';

interface Limited extends Fixture {
  readonly policy: RateLimitPolicy;
  call(times: number, options?: object): Seen[];
}

function limit(options: RateLimitOptions): Limited {
  const policy = rateLimit(options);
  const fixture = make(policy);
  const { clock, calls } = fixture;
  const call = (times: number, execute: object = {}): Seen[] =>
    Array.from({ length: times }, () =>
      see(
        calls.execute(() => clock.elapsed(), execute),
        clock,
      ),
    );
  return { ...fixture, policy, call };
}

function begun(seen: readonly Seen[]): unknown[] {
  return seen.map(({ state, outcome }) => (state === 'value' ? outcome : state));
}

describe('a token bucket', () => {
  it('lets so many pass at once, and then evenly', async () => {
    const { clock, call } = limit({ limit: 4, window: 1_000 });
    const first = call(5);
    await clock.advance(249);
    const early = call(1);
    await clock.advance(1);
    const next = call(2);
    await clock.advance(0);
    expect(begun([...first, ...early, ...next])).toEqual([0, 0, 0, 0, 'error', 'error', 250, 'error']);
  });

  it('saves no more than its burst', async () => {
    const { clock, call } = limit({ limit: 10, window: 1_000, burst: 2 });
    await clock.advance(60_000);
    const seen = call(3);
    await clock.advance(0);
    expect(begun(seen)).toEqual([60_000, 60_000, 'error']);
  });

  it('says when it is worth to ask again', async () => {
    const { clock, policy, call } = limit({ limit: 2, window: 1_000 });
    const [refused] = call(3).slice(2);
    await clock.advance(0);
    expect(refused?.outcome).toBeInstanceOf(RateLimitedError);
    expect(refused?.outcome).toMatchObject({ limit: 2, window: 1_000, retryAfter: 500, policy: 'payments.rateLimit' });
    expect(policy.metrics).toMatchObject({ calls: 3, successes: 2, refused: 1 });
  });

  it('lets those wait that could begin soon enough', async () => {
    const { clock, policy, call } = limit({ limit: 2, window: 1_000, maxWait: 1_000 });
    const seen = call(5);
    await clock.advance(1_000);
    expect(begun(seen)).toEqual([0, 0, 500, 1_000, 'error']);
    expect(policy.metrics).toMatchObject({ delayed: 2, refused: 1 });
  });
});

describe('a leaky bucket', () => {
  it('spreads calls evenly, and refuses who would wait for longer than the window', async () => {
    const { clock, call } = limit({ limit: 4, window: 1_000, algorithm: 'leaky-bucket' });
    const seen = call(6);
    await clock.advance(1_000);
    expect(begun(seen)).toEqual([0, 250, 500, 750, 1_000, 'error']);
  });
});

describe('a sliding window', () => {
  it('lets the next call pass when the first of the last ones is a window ago', async () => {
    const { clock, call } = limit({ limit: 2, window: 1_000, algorithm: 'sliding-window' });
    const seen = call(1);
    await clock.advance(900);
    seen.push(...call(2));
    await clock.advance(100);
    seen.push(...call(2));
    await clock.advance(0);
    expect(begun(seen)).toEqual([0, 900, 'error', 1_000, 'error']);
  });
});

describe('who waits', () => {
  const options = { limit: 1, window: 1_000, maxWait: 5_000 };

  it('is let go when its caller leaves', async () => {
    const { clock, policy, call } = limit(options);
    const caller = new AbortController();
    const seen = call(2, { signal: caller.signal });
    await clock.advance(500);
    caller.abort('left');
    await clock.advance(0);
    expect(seen[1]).toMatchObject({ outcome: 'left', at: 500 });
    expect(policy.metrics).toMatchObject({ successes: 1, failures: 1 });
  });

  it('leaves its turn to the next one where that comes after its deadline', async () => {
    const { clock, call } = limit(options);
    const seen = [...call(1), ...call(1, { deadline: 900 }), ...call(1)];
    await clock.advance(1_000);
    expect(begun(seen)).toEqual([0, 'error', 1_000]);
    expect(seen[1]).toMatchObject({ outcome: { code: 'BOW_DEADLINE_EXCEEDED' }, at: 0 });
  });

  it('is refused at once where its turn comes after its deadline', async () => {
    const { clock, call } = limit(options);
    const seen = call(2, { deadline: 900 });
    await clock.advance(0);
    expect(seen[1]?.outcome).toBeInstanceOf(DeadlineExceededError);
    expect(seen[1]?.outcome).toMatchObject({ policy: 'payments.rateLimit' });
  });

  it('is refused when the pipeline is shut down', async () => {
    const { clock, calls, policy, call } = limit(options);
    const seen = call(2);
    calls.shutDown();
    await clock.advance(0);
    expect(seen[1]?.outcome).toBeInstanceOf(ShuttingDownError);
    expect(policy.metrics.refused).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

class FakeStore extends RateLimitStore {
  readonly keys: string[] = [];
  readonly #answer: () => RateLimitDecision | Promise<RateLimitDecision>;

  constructor(answer: () => RateLimitDecision | Promise<RateLimitDecision>) {
    super();
    this.#answer = answer;
  }

  override take(key: string): RateLimitDecision | Promise<RateLimitDecision> {
    this.keys.push(key);
    return this.#answer();
  }
}

describe('a store', () => {
  it('is asked under the name of the policy, and decides later', async () => {
    const store = new FakeStore(() => Promise.resolve({ allowed: true, delay: 0 }));
    const { clock, call } = limit({ store });
    const seen = call(1);
    await clock.advance(0);
    expect(store.keys).toEqual(['payments.rateLimit']);
    expect(begun(seen)).toEqual([0]);
    expect(clock.pending).toBe(0);
  });

  it('can let calls wait, and refuse them', async () => {
    const decisions = [
      { allowed: true, delay: 70 },
      { allowed: false, delay: 40 },
    ];
    const store = new FakeStore(() => Promise.resolve(decisions.shift() ?? { allowed: true, delay: 0 }));
    const { clock, call } = limit({ store });
    const seen = call(2);
    await clock.advance(70);
    expect(begun(seen)).toEqual([70, 'error']);
    expect(seen[1]?.outcome).toMatchObject({ retryAfter: 40 });
  });

  const failing: readonly [how: string, answer: () => Promise<RateLimitDecision>, at: number][] = [
    ['rejects', () => Promise.reject(new Error('down')), 0],
    [
      'throws',
      () => {
        throw new Error('down');
      },
      0,
    ],
    ['does not answer', () => new Promise(() => undefined), 30],
    ['answers nothing', () => Promise.resolve(undefined as never), 0],
    ['answers something else at once', () => ({ allowed: true }) as never, 0],
    ['answers nothing at once', () => undefined as never, 0],
    ['answers a delay that is no number', () => Promise.resolve({ allowed: false, delay: NaN }), 0],
  ];

  it.each(failing)('that %s lets calls pass', async (_how, answer, at) => {
    const { clock, policy, call } = limit({ store: new FakeStore(answer), storeTimeout: 30 });
    const seen = call(1);
    await clock.advance(30);
    expect(begun(seen)).toEqual([at]);
    expect(policy.metrics.storeFailures).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it.each(failing)('that %s refuses calls where that is wanted', async (_how, answer, at) => {
    const { clock, call } = limit({ store: new FakeStore(answer), storeTimeout: 30, onStoreFailure: 'refuse' });
    const [seen] = call(1);
    await clock.advance(30);
    expect(seen).toMatchObject({ at, outcome: { code: 'BOW_RATE_LIMITED' } });
  });

  it('that answers late is not heard any more', async () => {
    const { promise, resolve } = Promise.withResolvers<RateLimitDecision>();
    const { clock, policy, call } = limit({ store: new FakeStore(() => promise), storeTimeout: 30 });
    const seen = call(1);
    await clock.advance(30);
    resolve({ allowed: false, delay: 1 });
    await clock.advance(0);
    expect(begun(seen)).toEqual([30]);
    expect(policy.metrics).toMatchObject({ refused: 0, successes: 1 });
  });

  it('is not waited for when the caller has left', async () => {
    const store = new FakeStore(() => new Promise(() => undefined));
    const { clock, policy, call } = limit({ store });
    const caller = new AbortController();
    const [seen] = call(1, { signal: caller.signal });
    caller.abort('left');
    await clock.advance(1_000);
    expect(seen).toMatchObject({ outcome: 'left', at: 0 });
    expect(policy.metrics.storeFailures).toBe(0);
  });
});

describe('in the mode observe', () => {
  it('lets all pass at once, and tells of those that it would have refused', async () => {
    const { clock, calls, policy, call } = limit({ limit: 1, window: 1_000, maxWait: 1_000, mode: 'observe' });
    const told: string[] = [];
    calls.on('refused', ({ code, observed }) => told.push(`${code} ${observed}`));
    const seen = [...call(1), ...call(1, { deadline: 500 }), ...call(2)];
    await clock.advance(0);
    expect(begun(seen)).toEqual([0, 0, 0, 0]);
    expect(told).toEqual(['BOW_DEADLINE_EXCEEDED true', 'BOW_RATE_LIMITED true']);
    expect(policy.metrics).toMatchObject({ refused: 0, observedRefusals: 2, delayed: 0 });
  });

  it('does not let calls wait for the store', async () => {
    const { promise, resolve } = Promise.withResolvers<RateLimitDecision>();
    const { clock, policy, call } = limit({ store: new FakeStore(() => promise), mode: 'observe' });
    const seen = call(1);
    await clock.advance(10);
    expect(seen[0]).toMatchObject({ state: 'value', at: 0 });
    resolve({ allowed: false, delay: 5 });
    await clock.advance(0);
    expect(policy.metrics).toMatchObject({ observedRefusals: 1, storeFailures: 0 });
  });
});

it.each<[RateLimitOptions, RegExp]>([
  [{ limit: 0 }, /rateLimit\.limit/],
  [{ algorithm: 'fixed' as 'leaky-bucket' }, /rateLimit\.algorithm/],
  [{ store: {} as RateLimitStore }, /rateLimit\.store/],
])('cannot be made with %o', (options, message) => {
  expect(() => rateLimit(options)).toThrow(message);
});
