import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  attemptTimeout,
  bulkhead,
  BootError,
  chaos,
  circuitBreaker,
  fallback,
  hedge,
  orderedPipeline,
  pipeline,
  rateLimit,
  retry,
  ShuttingDownError,
  timeout,
  type Policy,
} from 'bowline/resilience';
import { VirtualClock } from 'bowline/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after, failAfter, make, makeNamed, see, thrownBy } from './fixture.js';

const down = new Error('down');

function everyPolicy(): Policy<string>[] {
  return [
    fallback({ value: 'other' }),
    rateLimit(),
    bulkhead(),
    timeout(),
    retry(),
    hedge(),
    circuitBreaker(),
    attemptTimeout(),
    chaos.latency({ rate: 0 }),
  ] as Policy<string>[];
}

describe('a pipeline', () => {
  it('has its policies in the usual order, in whatever order they are given', () => {
    const usual = everyPolicy().map(({ kind }) => kind);
    fc.assert(
      fc.property(fc.shuffledSubarray(everyPolicy().map((_policy, index) => index)), (indices) => {
        const all = everyPolicy();
        const given = indices.map((index) => all[index]).filter((each) => each !== undefined);
        const kinds = pipeline<string>(...given).policies.map(({ kind }) => kind);
        expect(kinds).toEqual(usual.filter((kind) => kinds.includes(kind)));
        expect(kinds).toHaveLength(indices.length);
      }),
    );
  });

  it('has them as given where that is wanted', () => {
    const kinds = orderedPipeline(circuitBreaker(), retry(), circuitBreaker()).policies.map(({ kind }) => kind);
    expect(kinds).toEqual(['circuitBreaker', 'retry', 'circuitBreaker']);
  });

  it('gives at once what the call gives at once', () => {
    const { calls } = make<string>(...everyPolicy());
    expect(calls.execute(() => 42)).toBe(42);
  });

  it('gives errors by a promise, always', async () => {
    const { calls } = make();
    const given = calls.execute((): number => {
      throw down;
    });
    expect(given).toBeInstanceOf(Promise);
    await expect(given).rejects.toBe(down);
  });

  it('heeds what is a promise by its shape only', async () => {
    const { calls } = make(timeout());
    // oxlint-disable-next-line unicorn/no-thenable -- That is what is tested.
    const thenable = { then: (resolve: (value: string) => void) => resolve('done') };
    expect(await calls.execute(() => thenable)).toBe('done');
  });

  it('wraps a function with its arguments and its this', () => {
    const { calls } = make(retry());
    const account = {
      sum: 5,
      add: calls.wrap(function add(this: { sum: number }, one: number, other: number) {
        return this.sum + one + other;
      }),
    };
    expect(account.add(1, 2)).toBe(8);
  });

  it('tells of calls and how they ended, until one listens no longer', async () => {
    const { clock, calls } = make();
    const told: unknown[] = [];
    const stop = calls.on('call', (event) => told.push(event));
    calls.on('success', (event) => told.push(event));
    calls.on('failure', (event) => told.push(event));
    see(
      calls.execute(() => after(clock, 30, 'up')),
      clock,
    );
    stop();
    see(
      calls.execute(() => failAfter(clock, 50, down)),
      clock,
    );
    await clock.advance(50);
    expect(told).toEqual([
      { pipeline: 'payments' },
      { pipeline: 'payments', duration: 30, attempts: 1 },
      { pipeline: 'payments', duration: 50, attempts: 1, reason: 'down' },
    ]);
  });

  it('tells the same on diagnostics channels', () => {
    const told: unknown[] = [];
    const hear = (event: unknown): void => void told.push(event);
    subscribe('bowline:policy:success', hear);
    try {
      void make().calls.execute(() => 'up');
    } finally {
      unsubscribe('bowline:policy:success', hear);
    }
    expect(told).toEqual([{ pipeline: 'payments', duration: 0, attempts: 1 }]);
  });

  it('does not fail by a listener that throws', () => {
    const errors: unknown[] = [];
    const { calls } = makeNamed({ onListenerError: (error) => errors.push(error) });
    calls.on('call', () => {
      throw down;
    });
    expect(calls.execute(() => 'up')).toBe('up');
    expect(errors).toEqual([down]);
  });

  it('refuses to tell of what never comes', () => {
    const error = thrownBy(() => make().calls.on('succes' as 'success', () => undefined));
    expect(error).toMatchObject({ code: 'BOW_EVENT_UNKNOWN' });
    expect((error as Error).message).toContain("Did you mean 'success'?");
  });

  it('takes no listener that is no function', () => {
    const error = thrownBy(() => make(retry()).calls.on('retry', 'log' as never));
    expect(error).toMatchObject({ message: "on('retry', ...) is given 'log'; it must be given a function." });
  });

  it.each([[[]], [null], ['x']])('says what was given in place of options: %j', (given) => {
    const error = thrownBy(() => retry(given as never));
    expect(error).toMatchObject({
      message: expect.stringMatching(/retry\(\.\.\.\) is (an array|null|'x');/) as unknown,
    });
  });

  it('counts calls, how they ended and how long they took', async () => {
    const breaker = circuitBreaker();
    const { clock, calls } = make(breaker);
    see(
      calls.execute(() => after(clock, 10, 'up')),
      clock,
    );
    see(
      calls.execute(() => failAfter(clock, 30, down)),
      clock,
    );
    await clock.advance(30);
    breaker.isolate();
    see(
      calls.execute(() => 'up'),
      clock,
    );
    await clock.advance(0);
    expect(calls.metrics).toMatchObject({ calls: 3, successes: 1, failures: 1, refused: 1 });
    expect(calls.metrics.latency).toMatchObject({ count: 2, sum: 40 });
  });

  it('describes itself with every option', () => {
    const { calls } = make(timeout({ timeout: 1_500 }), retry({ name: 'again', mode: 'observe', backoff: 10 }));
    expect(calls.describe().split('\n')).toEqual([
      'payments',
      '  1. timeout (enforce): timeout 1500, abortGrace 500',
      expect.stringMatching(/^ {2}2\. retry 'again' \(observe\): maxAttempts 3, .*backoff \{ type constant, delay 10/),
      '  3. the call',
    ]);
  });

  it('can be written as JSON', () => {
    const { calls } = make<string>(...everyPolicy());
    const written = JSON.parse(JSON.stringify(calls)) as { name: string; policies: { kind: string; name: string }[] };
    expect(written.name).toBe('payments');
    expect(written.policies.map(({ name }) => name)).toContain('payments.circuitBreaker');
    expect(written.policies).toHaveLength(9);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'two retries',
      () => pipeline({ name: 'p' }, retry({ name: 'a' }), retry({ name: 'b' })),
      /'p'.*retry \(a, b\).*orderedPipeline/s,
    ],
    ['what is no policy', () => pipeline(retry as never), /the function retry is among its policies/],
    ['the same policy twice', () => twice(bulkhead()), /has the policy 'bulkhead' twice/],
    ['a policy of another clock', () => elsewhere(bulkhead()), /belongs to a pipeline that has another clock already/],
  ])('cannot be made of %s', (_what, makeIt, message) => {
    const error = thrownBy(makeIt);
    expect(error).toMatchObject({ code: 'BOW_PIPELINE_INVALID' });
    expect((error as Error).message).toMatch(message);
  });

  it('cannot be made with options that it does not know', () => {
    const error = thrownBy(() => pipeline({ nmae: 'payments' } as never));
    expect(error).toBeInstanceOf(BootError);
    expect((error as Error).message).toContain('pipeline.name');
  });

  it('begins no call any more when it is shut down, and lets what runs end', async () => {
    const { clock, calls } = make(retry());
    const running = see(
      calls.execute(() => after(clock, 50, 'done')),
      clock,
    );
    calls.shutDown();
    await expect(calls.execute(() => 'more')).rejects.toBeInstanceOf(ShuttingDownError);
    await clock.advance(50);
    expect(running.outcome).toBe('done');
  });

  it('passes a policy as if it were not there whose mode is off', async () => {
    const breaker = circuitBreaker({ minimumCalls: 1, mode: 'off' });
    const { clock, calls } = make(breaker);
    for (let each = 0; each < 5; each++)
      see(
        calls.execute(() => Promise.reject(down)),
        clock,
      );
    await clock.advance(0);
    expect(breaker.metrics).toMatchObject({ calls: 0, state: 'closed' });
    breaker.mode = 'enforce';
    see(
      calls.execute(() => Promise.reject(down)),
      clock,
    );
    await clock.advance(0);
    expect(breaker.state).toBe('open');
    expect(thrownBy(() => (breaker.mode = 'on' as 'off'))).toMatchObject({ code: 'BOW_OPTION_INVALID' });
  });
});

function twice(policy: Policy): unknown {
  return pipeline(policy, policy);
}

function elsewhere(policy: Policy): unknown {
  pipeline(policy);
  return pipeline({ clock: new VirtualClock() }, policy);
}
