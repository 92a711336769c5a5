import type { SoakOptions } from '../options.js';
import { byHand } from './by-hand.js';
import { soakBombs } from './gzip-bombs.js';
import { median } from './median.js';
import { inNewServers, type Direction, type Transfer, type TransferServer } from './transfer-server.js';

const mebibyte = 1_048_576;

/** The most that is streamed while garbage is collected all the time, which takes long. MiB. */
const maxCollecting = 128;

const directions: readonly Direction[] = ['download', 'upload', 'form'];

/** What is wanted: bytes of memory held above idle, and the throughput beside the same thing written by hand. */
const goal = { held: 60_000_000, ratio: 0.9 };

/**
 * Streams much through each provider, beside the same thing written by hand, one transfer at a time. False where one held
 * more memory than is wanted; a throughput that is missed is printed only, since other work on the machine costs some too.
 */
export async function soakTransfer({ mib, rounds, providers }: SoakOptions): Promise<boolean> {
  console.log(`${mib} MiB in each direction, rounds: ${rounds}, on ${[byHand, ...providers].join(', ')}`);
  let isGood = true;
  for (const direction of directions) {
    // New ones, since memory that garbage has taken in one direction is not given back before the next.
    const results = await inNewServers([byHand, ...providers], (servers) => measure(servers, direction, mib, rounds));
    if (!print(direction, mib, results)) isGood = false;
  }
  if (!(await soakBombs(providers, rounds))) isGood = false;
  console.log(isGood ? '\nNo more memory is held than is wanted.' : '\nMore memory is held than is wanted.');
  return isGood;
}

interface Result {
  readonly name: string;
  readonly transfers: Transfer[];
  /** Memory above idle without garbage. */
  held: number;
}

/** In turns, A B C and then C B A, so that what the machine does besides costs all of them alike. */
async function measure(
  servers: readonly TransferServer[],
  direction: Direction,
  mib: number,
  rounds: number,
): Promise<readonly Result[]> {
  const results = servers.map((server) => ({ server, name: server.name, transfers: [] as Transfer[], held: 0 }));
  // First, since memory that garbage has taken is not given back at once.
  const size = Math.min(mib, maxCollecting) * mebibyte;
  for (const result of results) result.held = (await result.server.transfer(direction, size, true)).growth;
  for (let round = 0; round < rounds; round++) {
    for (const { server, transfers } of round % 2 === 0 ? results : results.toReversed()) {
      transfers.push(await server.transfer(direction, mib * mebibyte));
    }
  }
  return results;
}

function print(direction: Direction, mib: number, results: readonly Result[]): boolean {
  console.log(`\n${direction.padEnd(14)}     MiB/s   ratio   CPU s/GiB   MB held   MB at most`);
  const rival = results[0]?.transfers ?? [];
  let isGood = true;
  for (const { name, transfers, held } of results) {
    const time = median(transfers.map((each) => each.time));
    const cpu = median(transfers.map((each) => each.cpu)) / mib;
    const most = Math.max(...transfers.map((each) => each.growth));
    // Round by round, since what else the machine does changes from one to the next.
    const ratio = median(transfers.map((each, round) => (rival[round]?.time ?? 0) / each.time));
    const isLarge = held > goal.held;
    if (isLarge) isGood = false;
    const cells = [
      `  ${name.padEnd(12)}`,
      ((mib * 1_000) / time).toFixed(0).padStart(10),
      ratio.toFixed(2).padStart(8),
      ((cpu * 1_024) / 1_000).toFixed(2).padStart(12),
      (held / 1_000_000).toFixed(1).padStart(10),
      (most / 1_000_000).toFixed(1).padStart(13),
      ratio < goal.ratio ? '   slower than wanted' : '',
      isLarge ? '   holds more than wanted' : '',
    ];
    console.log(cells.join(''));
  }
  return isGood;
}
