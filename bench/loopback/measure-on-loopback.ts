import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { checkContestant } from '../check-contestant.js';
import { pinCommand, startChild, type Child } from '../child.js';
import { compare, type Comparison } from '../comparison.js';
import type { Contestant, Match } from '../contestants.js';
import { restingCpuTimeOf } from '../cpu-time.js';
import { turnsOf } from '../interleave.js';
import { exchanges, toRequestBytes } from '../workloads.js';
import type { LoadFailure, LoadOrder, LoadReport, Target } from './generator-process.js';

export interface LoopbackOptions {
  readonly rounds: number;
  /** Load for each contestant before anything counts. Milliseconds. */
  readonly warmUp: number;
}

const serverCpu = 0;
const generatorCpu = 1;

/** Long enough for hundreds of requests, short enough for neighbours to meet all rivals of a round alike. Milliseconds. */
const sliceDuration = 25;

/** Rounds of one set of processes. */
const roundsPerStart = 30;

/** Short enough for no server to close the connections that it waits on meanwhile. Milliseconds. */
const warmUpSlice = 250;

/** What is missing on this machine for this method, if anything. */
export function whyNoLoopback(): string | undefined {
  if (!existsSync('/proc/self/task')) return "Linux, whose /proc tells a process's CPU time";
  if (spawnSync(pinCommand, ['--version'], { stdio: 'ignore' }).error !== undefined)
    return `${pinCommand}, from util-linux`;
  return availableParallelism() < 2 ? 'two cores' : undefined;
}

/**
 * CPU time per request over real sockets, kernel included: all servers of the match are up, one is loaded at a time, in
 * short slices by turns. Every few rounds begin with fresh processes, since one optimises differently from the next.
 */
export async function measureOnLoopback(match: Match, { rounds, warmUp }: LoopbackOptions): Promise<Comparison> {
  const { contestants } = match;
  const values: number[][] = contestants.map(() => []);
  for (let done = 0; done < rounds; done += roundsPerStart) {
    const field = await startField(contestants);
    for (let round = 0; round * warmUpSlice < warmUp; round++) await loadAll(field, round, warmUpSlice);
    for (let round = done; round < Math.min(rounds, done + roundsPerStart); round++) {
      for (const [index, figure] of (await loadAll(field, round, sliceDuration)).entries()) values[index]?.push(figure);
    }
    for (const child of [field.generator, ...field.servers]) await child.end();
  }
  return compare('loopback', match, values);
}

/** The servers of a match, and what loads them. */
interface Field {
  readonly servers: readonly Child[];
  readonly generator: Child;
}

async function startField(contestants: readonly Contestant[]): Promise<Field> {
  const servers: Child[] = [];
  const targets: Target[] = [];
  for (const contestant of contestants) {
    const server = startChild(new URL('../server-process.ts', import.meta.url), contestant, { cpu: serverCpu });
    const port = await server.answer<number>();
    const exchange = exchanges[contestant.routes];
    const answerLength = await checkContestant(contestant, port);
    const request = toRequestBytes(exchange).toString('latin1');
    servers.push(server);
    targets.push({ name: contestant.name, port, request, status: exchange.status, answerLength });
  }
  const generator = startChild(new URL('generator-process.ts', import.meta.url), targets, { cpu: generatorCpu });
  await generator.answer();
  return { servers, generator };
}

/** One slice for each server, in the order of their turns. */
async function loadAll({ servers, generator }: Field, round: number, duration: number): Promise<number[]> {
  const figures: number[] = [];
  for (const target of turnsOf(servers.length, round)) {
    figures[target] = await loadOnce(generator, servers[target], { target, duration });
  }
  return figures;
}

/** Microseconds of the server's CPU for each request of one slice. */
async function loadOnce(generator: Child, server: Child | undefined, order: LoadOrder): Promise<number> {
  if (server === undefined) throw new Error('Each contestant has a server.');
  const before = await restingCpuTimeOf(server.pid);
  generator.send(order);
  const report = await generator.answer<LoadReport | LoadFailure>();
  if ('problem' in report) throw new Error(report.problem);
  return ((await restingCpuTimeOf(server.pid)) - before) / report.requests;
}
