import {
  bulkhead,
  circuitBreaker,
  rateLimit,
  retry,
  type BackoffType,
  type CircuitBreakerPolicy,
  type RateLimitAlgorithm,
} from 'bowline/resilience';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { make, makeNamed, see, type Seen } from './fixture.js';

const down = new Error('down');

/** What a test does with the calls of a circuit breaker. */
type Step =
  | { readonly kind: 'begin' }
  | { readonly kind: 'succeed' | 'fail' | 'cancel'; readonly which: number }
  | { readonly kind: 'wait'; readonly duration: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ kind: 'begin' }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('succeed', 'fail', 'fail', 'cancel'), which: fc.nat(20) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), duration: fc.constantFrom(1, 30, 100, 400) }),
  },
);

/** A circuit breaker as one would explain it: all calls of the window are kept, and all states counted anew. */
class ModelBreaker {
  state: 'closed' | 'open' | 'halfOpen' = 'closed';
  /** Each state of its own has a number, so that late ends are known. */
  generation = 0;
  ended: { failed: boolean; slow: boolean }[] = [];
  until = 0;
  taken = 0;
  readonly #settings: { minimumCalls: number; ratio: number; slow: number; permits: number; window: number };

  constructor(settings: { minimumCalls: number; ratio: number; slow: number; permits: number; window: number }) {
    this.#settings = settings;
  }

  /** The generation that the call belongs to; undefined where it is refused. */
  begin(now: number): number | undefined {
    if (this.state === 'closed') return this.generation;
    const isFull = this.state === 'open' || this.taken >= this.#settings.permits;
    if (isFull && now < this.until) return undefined;
    if (isFull) {
      this.#become('halfOpen');
      this.until = now + 100;
    }
    this.taken++;
    return this.generation;
  }

  end(generation: number, outcome: 'succeed' | 'fail' | 'cancel', duration: number, now: number): void {
    if (generation !== this.generation) return;
    const slow = duration >= this.#settings.slow;
    const { minimumCalls, ratio, permits, window } = this.#settings;
    if (this.state === 'halfOpen' && outcome === 'cancel') {
      this.taken--;
      return;
    }
    if (outcome === 'cancel' && !slow) return;
    this.ended.push({ failed: outcome === 'fail', slow });
    if (this.state === 'closed') {
      this.ended = this.ended.slice(-window);
      const bad = this.#bad();
      if (this.ended.length >= minimumCalls && bad >= ratio * this.ended.length) this.#open(now);
      return;
    }
    const left = permits - this.ended.length;
    if (this.#bad() >= ratio * permits) this.#open(now);
    else if (this.#bad() + left < ratio * permits) this.#become('closed');
  }

  #bad(): number {
    return Math.max(this.ended.filter(({ failed }) => failed).length, this.ended.filter(({ slow }) => slow).length);
  }

  #open(now: number): void {
    this.#become('open');
    this.until = now + 100;
  }

  #become(state: 'closed' | 'open' | 'halfOpen'): void {
    this.state = state;
    this.generation++;
    this.ended = [];
    this.taken = 0;
  }
}

it('a circuit breaker does what its model does, whatever calls do and however they overlap', async () => {
  const settings = fc.record({
    minimumCalls: fc.integer({ min: 1, max: 4 }),
    ratio: fc.constantFrom(0.25, 0.5, 0.75, 1),
    slow: fc.constantFrom(60, 1_000_000),
    permits: fc.integer({ min: 1, max: 4 }),
    window: fc.integer({ min: 4, max: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { minLength: 10, maxLength: 80 }), async (given, steps) => {
      const policy = circuitBreaker({
        failureRatio: given.ratio,
        slowCallRatio: given.ratio,
        slowCallDuration: given.slow,
        minimumCalls: given.minimumCalls,
        permittedCallsInHalfOpen: given.permits,
        openDuration: 100,
        window: { calls: given.window },
      });
      await compare(policy, new ModelBreaker(given), steps);
    }),
    { numRuns: 150 },
  );
});

async function compare(policy: CircuitBreakerPolicy, model: ModelBreaker, steps: readonly Step[]): Promise<void> {
  const { clock, calls } = make(policy);
  const running: { end: (how: 'succeed' | 'fail' | 'cancel') => void; generation: number; startedAt: number }[] = [];
  for (const each of steps) {
    const now = clock.elapsed();
    if (each.kind === 'begin') {
      const generation = model.begin(now);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const caller = new AbortController();
      const seen = see(
        calls.execute(() => promise, { signal: caller.signal }),
        clock,
      );
      const end = { succeed: resolve, fail: () => reject(down), cancel: () => caller.abort() };
      if (generation !== undefined) running.push({ end: (how) => end[how](), generation, startedAt: now });
      await clock.advance(0);
      expect(seen.state).toBe(generation === undefined ? 'error' : 'pending');
    } else if (each.kind === 'wait') {
      await clock.advance(each.duration);
    } else if (running.length > 0) {
      const [call] = running.splice(each.which % running.length, 1);
      if (call === undefined) continue;
      call.end(each.kind);
      model.end(call.generation, each.kind, now - call.startedAt, now);
      await clock.advance(0);
    }
    const isDue = model.state === 'open' && clock.elapsed() >= model.until;
    expect(policy.state).toBe(isDue ? 'halfOpen' : model.state);
  }
}

describe('a bulkhead', () => {
  const call = fc.record({
    after: fc.integer({ min: 0, max: 60 }),
    duration: fc.integer({ min: 0, max: 200 }),
    cancelAfter: fc.option(fc.integer({ min: 0, max: 150 }), { nil: undefined }),
    deadline: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    priority: fc.constantFrom(undefined, undefined, 'checkout', 'search'),
    fails: fc.boolean(),
    listens: fc.boolean(),
  });

  it('never runs more than its limit, and loses no call', async () => {
    const options = fc.record({
      maxConcurrent: fc.integer({ min: 1, max: 5 }),
      maxQueue: fc.integer({ min: 0, max: 6 }),
      queueTimeout: fc.integer({ min: 1, max: 150 }),
      priorities: fc.constantFrom({}, { checkout: 0.5 }, { checkout: 0.4, search: 0.4 }),
    });
    await fc.assert(
      fc.asyncProperty(options, fc.array(call, { minLength: 1, maxLength: 40 }), async (given, traffic) => {
        const policy = bulkhead(given);
        const { clock, calls } = make(policy);
        let running = 0;
        const all: Seen[] = [];
        for (const { after, duration, cancelAfter, deadline, priority, fails, listens } of traffic) {
          await clock.advance(after);
          const caller = new AbortController();
          if (cancelAfter !== undefined) clock.schedule(() => caller.abort(), cancelAfter);
          const run = async ({ signal }: { signal: AbortSignal }): Promise<void> => {
            running++;
            expect(running).toBeLessThanOrEqual(given.maxConcurrent);
            await clock.wait(duration);
            running--;
            if (fails || signal.aborted) throw down;
          };
          // Who does not ask for its signal is abandoned, and runs on without a place.
          const deaf = (): Promise<void> => clock.wait(duration);
          all.push(
            see(
              calls.execute(listens ? run : deaf, {
                signal: caller.signal,
                ...(deadline === undefined ? {} : { deadline }),
                ...(priority === undefined ? {} : { priority }),
              }),
              clock,
            ),
          );
          expect(policy.metrics.running).toBeLessThanOrEqual(given.maxConcurrent);
          expect(policy.metrics.queued).toBeLessThanOrEqual(given.maxQueue);
        }
        await clock.advance(10_000);
        expect(all.filter(({ state }) => state === 'pending')).toEqual([]);
        const { calls: sum, successes, failures, refused, ...now } = policy.metrics;
        expect(now).toMatchObject({ running: 0, queued: 0 });
        // What its caller's deadline had ended before it came here is none of the policy's.
        expect(successes + failures + refused).toBe(sum);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 120 },
    );
  });

  it('begins calls in the order in which they came', async () => {
    const traffic = fc.array(fc.record({ after: fc.nat(40), duration: fc.integer({ min: 1, max: 90 }) }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), traffic, async (maxConcurrent, given) => {
        const { clock, calls } = make(bulkhead({ maxConcurrent, maxQueue: 1_000, queueTimeout: 100_000 }));
        const begun: number[] = [];
        for (const [index, { after, duration }] of given.entries()) {
          await clock.advance(after);
          const run = (): Promise<void> => {
            begun.push(index);
            return clock.wait(duration);
          };
          see(calls.execute(run), clock);
        }
        await clock.advance(10_000);
        expect(begun).toEqual(given.map((_each, index) => index));
      }),
      { numRuns: 60 },
    );
  });
});

it('a retry waits within its bounds, and makes no more attempts than allowed', async () => {
  const options = fc.record({
    type: fc.constantFrom<BackoffType>('constant', 'linear', 'exponential', 'decorrelated-jitter'),
    delay: fc.integer({ min: 1, max: 200 }),
    maxDelay: fc.integer({ min: 1, max: 2_000 }),
    factor: fc.constantFrom(1, 1.5, 2, 10),
    jitter: fc.boolean(),
    maxAttempts: fc.integer({ min: 1, max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(options, fc.nat(15), async ({ maxAttempts, ...backoff }, failures) => {
      const { clock, calls } = make(retry({ maxAttempts, backoff, budget: false }));
      const at: number[] = [];
      const run = (): string => {
        at.push(clock.elapsed());
        if (at.length <= failures) throw down;
        return 'up';
      };
      const seen = see(calls.execute(run), clock);
      await clock.advance(1_000_000);
      expect(at).toHaveLength(Math.min(maxAttempts, failures + 1));
      expect(seen.state).toBe(failures < maxAttempts ? 'value' : 'error');
      for (const [index, time] of at.slice(1).entries()) {
        const waited = time - (at[index] ?? 0);
        const previous = index === 0 ? 0 : (at[index] ?? 0) - (at[index - 1] ?? 0);
        const [least, most] = bounds(backoff, index + 1, previous);
        expect(waited).toBeGreaterThanOrEqual(least - 1e-6);
        expect(waited).toBeLessThanOrEqual(most + 1e-6);
      }
    }),
    { numRuns: 100 },
  );
});

interface Waits {
  readonly type: BackoffType;
  readonly delay: number;
  readonly maxDelay: number;
  readonly factor: number;
  readonly jitter: boolean;
}

/** By the documentation of the options. */
function bounds({ type, delay, maxDelay, factor, jitter }: Waits, times: number, previous: number): [number, number] {
  if (type === 'decorrelated-jitter') {
    return [Math.min(delay, maxDelay), Math.min(maxDelay, Math.max(delay, 3 * previous))];
  }
  const grown = { constant: delay, linear: delay * times, exponential: delay * factor ** (times - 1) }[type];
  const whole = Math.min(maxDelay, grown);
  return [jitter ? whole / 2 : whole, whole];
}

describe('a rate limit', () => {
  const arrivals = fc.array(fc.nat(60), { minLength: 1, maxLength: 80 });
  const rule = fc.record({
    limit: fc.integer({ min: 1, max: 10 }),
    window: fc.constantFrom(50, 100, 333),
    maxWait: fc.constantFrom(0, 20, 500),
  });

  /** When the calls began, in the order of coming; undefined for those that were refused. */
  async function begunAt(
    algorithm: RateLimitAlgorithm,
    options: { limit: number; window: number; maxWait: number; burst?: number },
    gaps: readonly number[],
  ): Promise<(number | undefined)[]> {
    const { clock, calls } = makeNamed({}, rateLimit({ algorithm, ...options }));
    const seen: Seen[] = [];
    for (const gap of gaps) {
      await clock.advance(gap);
      seen.push(
        see(
          calls.execute(() => clock.elapsed()),
          clock,
        ),
      );
    }
    await clock.advance(10_000);
    return seen.map(({ state, outcome }) => (state === 'value' ? (outcome as number) : undefined));
  }

  it('by a sliding window never lets more begin in any window', async () => {
    await fc.assert(
      fc.asyncProperty(rule, arrivals, async (options, gaps) => {
        const begun = (await begunAt('sliding-window', options, gaps)).filter((each) => each !== undefined);
        for (const from of begun) {
          const within = begun.filter((each) => each >= from && each < from + options.window);
          expect(within.length).toBeLessThanOrEqual(options.limit);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('by a sliding window refuses nobody for whom there was room', async () => {
    await fc.assert(
      fc.asyncProperty(rule, arrivals, async (options, gaps) => {
        const begun = await begunAt('sliding-window', { ...options, maxWait: 0 }, gaps);
        let now = 0;
        for (const [index, gap] of gaps.entries()) {
          now += gap;
          const before = begun.slice(0, index).filter((each) => each !== undefined && each > now - options.window);
          expect(begun[index] !== undefined).toBe(before.length < options.limit);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('by a token bucket does what a bucket does that is filled evenly', async () => {
    const bucket = fc.record({ limit: fc.integer({ min: 1, max: 10 }), burst: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(bucket, arrivals, async ({ limit, burst }, gaps) => {
        // A window of whole milliseconds per token, so that the model is exact.
        const perToken = 20;
        const begun = await begunAt('token-bucket', { limit, burst, window: limit * perToken, maxWait: 0 }, gaps);
        let parts = burst * perToken;
        for (const [index, gap] of gaps.entries()) {
          parts = Math.min(burst * perToken, parts + gap);
          const isAllowed = parts >= perToken;
          if (isAllowed) parts -= perToken;
          expect(begun[index] !== undefined).toBe(isAllowed);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('by a leaky bucket keeps calls apart', async () => {
    await fc.assert(
      fc.asyncProperty(rule, arrivals, async (options, gaps) => {
        const begun = (await begunAt('leaky-bucket', options, gaps)).filter((each) => each !== undefined);
        for (const [index, at] of begun.slice(1).entries()) {
          expect(at - (begun[index] ?? 0)).toBeGreaterThanOrEqual(options.window / options.limit - 1e-6);
        }
      }),
      { numRuns: 80 },
    );
  });
});
