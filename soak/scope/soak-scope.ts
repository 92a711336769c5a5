import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { LoadableProvider } from 'bowline';
import type { SoakOptions } from '../options.js';
import type { Standing } from './server-process.js';

const program = fileURLToPath(new URL('server-process.ts', import.meta.url));

/** Half a request is as good as none, and a heap this much larger is growing. MiB. */
const allowedGrowth = 4;
const clients = 48;
const paths = ['/quick', '/slow', '/stream', '/throws', '/waits', '/broken', '/quick?refuse=yes'];

/**
 * Sends requests to routes whose services are made for each, and breaks a third of them off at some moment. Resolves with whether every instance
 * was disposed of exactly once, none was used afterwards, and no memory is held.
 */
export async function soakScope({ cases, providers, seed }: SoakOptions): Promise<boolean> {
  console.log(`${cases} requests for each of ${providers.join(', ')}, a third of them broken off; seed ${seed}`);
  let isGood = true;
  for (const provider of providers) isGood = (await soakProvider(provider, cases, seed)) && isGood;
  console.log(
    isGood
      ? 'Every instance was disposed of once, and nothing is held.'
      : 'Something was not disposed of as it should be.',
  );
  return isGood;
}

async function soakProvider(provider: LoadableProvider, cases: number, seed: number): Promise<boolean> {
  const child = fork(program, [provider], {
    execArgv: ['--expose-gc', '--import', 'bowline/register'],
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    const port = Number(new URL(url).port);
    const random = seeded(seed);
    // What is compiled and cached comes with the first requests.
    await sendAll(port, Math.ceil(cases / 5), random);
    const before = await settled(child);
    const counts = await sendAll(port, cases, random);
    const after = await settled(child);
    const end = await ask(child, 'stop');
    const growth = after.heap - before.heap;
    const isGood = end.made === end.disposed && end.twice === 0 && end.late === 0 && growth < allowedGrowth;
    console.log(
      `  ${provider.padEnd(8)} ${counts.answered} answered, ${counts.broken} broken off; ${end.made} made, ${end.disposed} disposed of, ${end.twice} twice, ${end.late} used too late; heap ${before.heap.toFixed(1)} -> ${after.heap.toFixed(1)} MiB`,
    );
    return isGood;
  } finally {
    child.kill('SIGKILL');
  }
}

/** When all that was begun has come to its end, which takes milliseconds; at most five seconds. */
async function settled(child: ChildProcess): Promise<Standing> {
  let standing = await ask(child, 'account');
  for (let round = 0; round < 50 && standing.made !== standing.disposed; round++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    standing = await ask(child, 'account');
  }
  return standing;
}

async function ask(child: ChildProcess, order: 'account' | 'stop'): Promise<Standing> {
  child.send(order);
  const [standing] = (await once(child, 'message')) as [Standing];
  return standing;
}

interface Counts {
  answered: number;
  broken: number;
}

async function sendAll(port: number, cases: number, random: () => number): Promise<Counts> {
  const counts: Counts = { answered: 0, broken: 0 };
  let left = cases;
  const work = async (): Promise<void> => {
    let socket: Socket | undefined;
    for (; left > 0;) {
      left--;
      socket = await sendOne(port, socket, random, counts);
    }
    socket?.destroy();
  };
  await Promise.all(Array.from({ length: clients }, work));
  return counts;
}

/** Gives the connection back where it can be used again. */
function sendOne(
  port: number,
  kept: Socket | undefined,
  random: () => number,
  counts: Counts,
): Promise<Socket | undefined> {
  const socket = kept ?? connect(port, '127.0.0.1');
  const path = paths[Math.floor(random() * paths.length)] ?? '/quick';
  // Half of them, since many are answered before.
  const isBroken = random() < 0.5;
  const patience = random() * 4;
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (next: Socket | undefined): void => {
      socket.removeAllListeners();
      socket.on('error', () => {});
      resolve(next);
    };
    socket.on('error', reject);
    socket.on('close', () => end(undefined));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!isWhole(text)) return;
      counts.answered++;
      end(socket);
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    if (!isBroken) return;
    setTimeout(() => {
      if (isWhole(text)) return;
      counts.broken++;
      socket.destroy();
      end(undefined);
    }, patience);
  });
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return false;
  const length = /^content-length: (\d+)$/im.exec(text.slice(0, head))?.[1];
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length === head + 4 + Number(length);
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
