import { getEventListeners } from 'node:events';
import { deadlineAfter, JobContext } from 'bowline';
import { DeadlineExceededError, pipeline, retry } from 'bowline/resilience';
import { VirtualClock } from 'bowline/testing';
import { describe, expect, it } from 'vitest';
import { Deadline, MovableDeadline } from '../../src/foundation/index.js';

describe('deadlineAfter', () => {
  it('says what is left, and then aborts its signal with a refusal', async () => {
    const clock = new VirtualClock();
    const deadline = deadlineAfter(1_000, { clock, name: 'The nightly report' });

    await clock.advance(400);
    expect([deadline.remaining, deadline.expired, deadline.signal.aborted]).toEqual([600, false, false]);
    await clock.advance(600);
    expect([deadline.remaining, deadline.expired, deadline.signal.aborted]).toEqual([0, true, true]);
    expect(deadline.signal.reason).toBeInstanceOf(DeadlineExceededError);
    expect((deadline.signal.reason as Error).message).toBe(
      'The nightly report gave the call up: its deadline of 1000 ms has passed.',
    );
  });

  it('lets go of its timer when it is disposed of', async () => {
    const clock = new VirtualClock();
    const deadline = deadlineAfter(1_000, { clock });

    deadline[Symbol.dispose]();
    expect(clock.pending).toBe(0);
    await clock.advance(2_000);

    expect([deadline.expired, deadline.signal.aborted]).toEqual([true, false]);
  });

  it('has passed at once where nothing is left', () => {
    expect(deadlineAfter(0).signal.reason).toMatchObject({
      message: 'The work gave the call up: no time was left for it.',
    });
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 31])('takes no %d', (milliseconds) => {
    expect(() => deadlineAfter(milliseconds)).toThrow(
      /^The time of deadlineAfter\(\) is .*; it must be a whole number from 0 to 2147483647 \(milliseconds\)\.$/,
    );
  });
});

const kinds = {
  'made by deadlineAfter': (clock: VirtualClock) => deadlineAfter(100, { clock }),
  'of a stop': (clock: VirtualClock) => new MovableDeadline(clock, 100, 'The stop'),
};

describe.each(Object.entries(kinds))('the race of a deadline %s', (_name, make) => {
  const begin = () => {
    const clock = new VirtualClock();
    return { clock, deadline: make(clock), work: Promise.withResolvers<string>() };
  };

  it('gives what the promise gives', async () => {
    const { deadline, work } = begin();
    work.resolve('rows');
    expect(await deadline.race(work.promise)).toBe('rows');
  });

  it('fails as the promise fails', async () => {
    const { deadline, work } = begin();
    work.reject(new Error('no such table'));
    await expect(deadline.race(work.promise)).rejects.toThrow('no such table');
  });

  it('fails with the reason of the signal where that is first, and forgives what fails later', async () => {
    const { clock, deadline, work } = begin();
    const failure = deadline.race(work.promise).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await failure).toBe(deadline.signal.reason);
    work.reject(new Error('which nobody is to hear'));
    await clock.turn();
  });

  it('fails at once where the deadline has passed, and forgives what fails later', async () => {
    const { clock, deadline, work } = begin();
    await clock.advance(100);
    await expect(deadline.race(work.promise)).rejects.toBe(deadline.signal.reason);
    work.reject(new Error('which nobody is to hear'));
    await clock.turn();
  });

  it('leaves no listener behind', async () => {
    const { deadline } = begin();
    const { signal } = deadline;
    await deadline.race(Promise.resolve());
    await deadline.race(Promise.reject(new Error('failed'))).catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('the deadline of an attempt', () => {
  it('can be raced', async () => {
    const clock = new VirtualClock();
    const calls = pipeline({ name: 'orders', clock }, retry({ maxAttempts: 1 }));
    const result = calls.execute(({ deadline }) => deadline?.race(new Promise(() => undefined)), { deadline: 100 });
    const failure = result?.catch((error: unknown) => error);
    await clock.advance(100);
    expect(await failure).toBeInstanceOf(DeadlineExceededError);
  });
});

describe('the deadline of a caller', () => {
  class DeadlineOfRequest extends Deadline {
    readonly client = new AbortController();
    readonly remaining = 1_000;
    get signal(): AbortSignal {
      return this.client.signal;
    }
  }

  it('ends a call for the reason of its signal where it has not passed', async () => {
    const deadline = new DeadlineOfRequest();
    const calls = pipeline({ name: 'orders' }, retry({ maxAttempts: 1 }));
    const result = calls.execute(() => new Promise(() => undefined), { deadline });
    const left = new DOMException('The client left.', 'AbortError');
    deadline.client.abort(left);
    await expect(result).rejects.toBe(left);
  });
});

describe('a JobContext', () => {
  it('has the deadline that it was given, and its signal', () => {
    const deadline = deadlineAfter(60_000);
    const job = new JobContext({ deadline });
    expect([job.deadline, job.signal]).toEqual([deadline, deadline.signal]);
  });

  it('is told to stop by its signal and by its deadline', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const [patient, late] = [1_000, 100].map(
      (time) => new JobContext({ signal: stop.signal, deadline: deadlineAfter(time, { clock }) }).signal,
    );
    await clock.advance(100);
    expect([patient?.aborted, late?.aborted]).toEqual([false, true]);
    stop.abort(new Error('stopped'));
    expect([patient?.reason, late?.reason]).toEqual([new Error('stopped'), expect.any(DeadlineExceededError)]);
  });

  it('has none unless it is given one', () => {
    expect(new JobContext().deadline).toBeUndefined();
  });
});
