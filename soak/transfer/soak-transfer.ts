import type { SoakOptions } from '../options.js';
import { byHand } from './by-hand.js';
import { TransferServer, type Direction, type Transfer } from './transfer-server.js';

const mebibyte = 1_048_576;
const directions: readonly Direction[] = ['download', 'upload'];

/** What is wanted: bytes of memory held above idle, and the throughput beside the same thing written by hand. */
const goal = { held: 60_000_000, ratio: 0.9 };

/**
 * Streams much through each provider, beside the same thing written by hand, one transfer at a time. False where one held
 * more memory than is wanted; a throughput that is missed is printed only, since other work on the machine costs some too.
 */
export async function soakTransfer({ mib, rounds, providers }: SoakOptions): Promise<boolean> {
  console.log(`${mib} MiB in each direction, rounds: ${rounds}, on ${[byHand, ...providers].join(', ')}`);
  const servers = await Promise.all([byHand, ...providers].map((name) => TransferServer.start(name)));
  try {
    let isGood = true;
    for (const direction of directions) {
      const results = await measure(servers, direction, mib * mebibyte, rounds);
      if (!print(direction, mib, results)) isGood = false;
    }
    console.log(isGood ? '\nNo more memory is held than is wanted.' : '\nMore memory is held than is wanted.');
    return isGood;
  } finally {
    for (const server of servers) server.stop();
  }
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
  bytes: number,
  rounds: number,
): Promise<readonly Result[]> {
  const results = servers.map((server) => ({ server, name: server.name, transfers: [] as Transfer[], held: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const { server, transfers } of round % 2 === 0 ? results : results.toReversed()) {
      transfers.push(await server.transfer(direction, bytes));
    }
  }
  for (const result of results) result.held = (await result.server.transfer(direction, bytes, true)).growth;
  return results;
}

function print(direction: Direction, mib: number, results: readonly Result[]): boolean {
  console.log(`\n${direction.padEnd(14)}     MiB/s   ratio   CPU s/GiB   MB held   MB at most`);
  const rival = bestTime(results[0]?.transfers ?? []);
  let isGood = true;
  for (const { name, transfers, held } of results) {
    const time = bestTime(transfers);
    const cpu = Math.min(...transfers.map((each) => each.cpu)) / mib;
    const most = Math.max(...transfers.map((each) => each.growth));
    const ratio = rival / time;
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

/** The one that other work disturbed least. */
function bestTime(transfers: readonly Transfer[]): number {
  return Math.min(...transfers.map(({ time }) => time));
}
