import { JobContext } from 'bowline';
import { VirtualClock } from 'bowline/testing';
import { describe, expect, it } from 'vitest';
import {
  currentCall,
  ExpiryList,
  runInCall,
  SystemClock,
  type Clock,
  type Expiring,
} from '../../src/foundation/index.js';

class Item implements Expiring<Item> {
  expiresAt = 0;
  previous: Item | undefined = undefined;
  next: Item | undefined = undefined;
  isLinked = false;
  readonly #expire: () => void;

  constructor(expire: () => void) {
    this.#expire = expire;
  }

  expire(): void {
    this.#expire();
  }
}

function listOn(clock: Clock) {
  const expired: string[] = [];
  const list = new ExpiryList<Item>(clock, { background: true });
  const add = (name: string, at: number) => {
    const item = new Item(() => expired.push(name));
    list.add(item, at, clock.elapsed());
    return item;
  };
  return { add, expired, list };
}

describe('a list of what expires', () => {
  it('gives up each at its time, in whatever order they were added', async () => {
    const clock = new VirtualClock();
    const { add, expired } = listOn(clock);
    add('third', 300);
    add('first', 100);
    add('second', 200);

    await clock.advance(150);
    expect(expired).toEqual(['first']);
    await clock.advance(150);
    expect(expired).toEqual(['first', 'second', 'third']);
    expect(clock.pending).toBe(0);
  });

  it('forgets what is removed, and needs one timer for all', async () => {
    const clock = new VirtualClock();
    const { add, expired, list } = listOn(clock);
    const items = Array.from({ length: 100 }, (_, index) => add(`${index}`, 100 + index));
    expect(clock.pending).toBe(1);
    for (const item of items.slice(1)) list.remove(item);

    await clock.advance(1_000);

    expect(expired).toEqual(['0']);
  });

  it('takes what is added while it gives up', async () => {
    const clock = new VirtualClock();
    const { add, expired, list } = listOn(clock);
    list.add(new Item(() => add('added', 250)), 100, 0);

    await clock.advance(200);
    expect(expired).toEqual([]);
    await clock.advance(50);
    expect(expired).toEqual(['added']);
  });

  it('works for no call, whichever call has set its timer', async () => {
    const list = new ExpiryList<Item>(new SystemClock());
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const item = new Item(() => resolve(currentCall()));

    runInCall(new JobContext(), () => list.add(item, performance.now() + 1, performance.now()));

    expect(await promise).toBeUndefined();
  });
});
