import fc from 'fast-check';
import { VirtualClock } from 'bowline/testing';
import { expect, it } from 'vitest';

it('calls what falls due in the order of time, and at the same time in the order of setting', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ delay: fc.nat(20), isCancelled: fc.boolean() }), { maxLength: 40 }),
      async (timers) => {
        const clock = new VirtualClock();
        const fired: number[] = [];
        const set = timers.map(({ delay }, index) => clock.schedule(() => fired.push(index), delay));
        for (const [index, timer] of set.entries()) if (timers[index]?.isCancelled === true) timer.cancel();
        const left = [...timers.entries()].filter(([, { isCancelled }]) => !isCancelled);
        expect(clock.pending).toBe(left.length);
        await clock.advance(20);
        const expected = left.toSorted(([, one], [, other]) => one.delay - other.delay).map(([index]) => index);
        expect(fired).toEqual(expected);
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

it('calls what a timer sets within the time that passes, at its own time', async () => {
  const clock = new VirtualClock();
  const at: number[] = [];
  const again = (): void => {
    at.push(clock.elapsed());
    clock.schedule(again, 30);
  };
  clock.schedule(again, 30);
  await clock.advance(100);
  expect(at).toEqual([30, 60, 90]);
  expect(clock.elapsed()).toBe(100);
});

it('forgets a timer that is cancelled twice or after it fired', async () => {
  const clock = new VirtualClock();
  const first = clock.schedule(() => undefined, 1);
  clock.schedule(() => undefined, 50);
  await clock.advance(10);
  first.cancel();
  first.cancel();
  expect(clock.pending).toBe(1);
});
