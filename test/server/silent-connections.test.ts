import type { Socket } from 'node:net';
import { VirtualClock } from 'bowline/testing';
import { expect, it } from 'vitest';
import { SilentConnections } from '../../src/server/silent-connections.js';

interface FakeSocket {
  bytesRead: number;
  isClosed: boolean;
  destroy(): void;
}

function makeSocket(): FakeSocket {
  return {
    bytesRead: 0,
    isClosed: false,
    destroy() {
      this.isClosed = true;
    },
  };
}

it('closes thousands in few turns, also where a few of them were the first', async () => {
  const clock = new VirtualClock();
  const silent = new SilentConnections(clock);
  const sockets = Array.from({ length: 5_000 }, makeSocket);
  const add = (some: readonly FakeSocket[]): void => some.forEach((socket) => silent.add(socket as unknown as Socket));
  add(sockets.slice(0, 3));
  await clock.turn();
  await clock.turn();
  add(sockets.slice(3));
  for (let turns = 0; turns < 150; turns++) await clock.turn();
  expect(sockets.filter(({ isClosed }) => !isClosed)).toHaveLength(0);
});

it('does not close many in one turn, and none from which something was read meanwhile', async () => {
  const clock = new VirtualClock();
  const silent = new SilentConnections(clock);
  const sockets = Array.from({ length: 100 }, makeSocket);
  for (const socket of sockets) silent.add(socket as unknown as Socket);
  for (let turns = 0; turns < 20; turns++) await clock.turn();
  const closed = sockets.filter(({ isClosed }) => isClosed).length;
  expect(closed).toBeGreaterThan(10);
  expect(closed).toBeLessThan(30);
  const spoke = sockets.at(-1);
  if (spoke !== undefined) spoke.bytesRead = 40;
  for (let turns = 0; turns < 200; turns++) await clock.turn();
  expect(sockets.filter(({ isClosed }) => !isClosed)).toEqual([spoke]);
});
