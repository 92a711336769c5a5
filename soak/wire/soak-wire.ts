import type { LoadableProvider } from 'bowline';
import { fuzz, type Finding } from './fuzz.js';
import type { Outcome } from './exchange.js';
import { WireServer } from './wire-server.js';

export interface WireOptions {
  readonly providers: readonly LoadableProvider[];
  readonly cases: number;
  readonly seed: number;
}

/** Cases under way at once: enough that neither side waits for the other. */
const lanes = 32;
/** Cases before the first look at the memory: by then everything has been compiled and every cache is filled. */
const warmUp = 3_000;
/** What a heap may differ by between two looks at it, collected as it is. Bytes. */
const toleratedGrowth = 8 * 1024 * 1024;
/** How often the progress is told. Milliseconds. */
const progressInterval = 5_000;

/** Runs the fuzzer against a process for each provider and prints what came of it. False where anything was found. */
export async function soakWire({ providers, cases, seed }: WireOptions): Promise<boolean> {
  const servers = await Promise.all(providers.map((provider) => WireServer.start(provider)));
  try {
    const targets = servers.map(({ target }) => target);
    console.log(`${cases} cases for each of ${providers.join(', ')}; seed ${seed}`);
    const before = await fuzz({ targets, cases: Math.min(warmUp, cases), seed: seed + lanes, lanes });
    const memory = await Promise.all(targets.map((target) => target.heapUsed()));
    const start = performance.now();
    const { findings } = await fuzz({ targets, cases, seed, lanes, onCase: progressPrinter(cases) });
    const seconds = (performance.now() - start) / 1_000;
    console.log(
      `${cases} cases in ${seconds.toFixed(1)} s: ${Math.round(cases / seconds)} cases a second, ${Math.round((cases * targets.length) / seconds)} exchanges a second`,
    );
    const ended = servers.filter(({ end }) => end !== undefined);
    for (const { target, end } of ended) console.log(`The server on ${target.name} has ended: ${end}.`);
    const grown = ended.length > 0 ? false : !(await printMemory(servers, memory));
    const all = [...before.findings, ...findings];
    for (const finding of all) printFinding(finding);
    const isClean = all.length === 0 && ended.length === 0 && !grown;
    console.log(isClean ? 'No crash, no hang, no difference, no growth.' : `${all.length} findings.`);
    return isClean;
  } finally {
    for (const server of servers) server.stop();
  }
}

function progressPrinter(cases: number): (done: number) => void {
  let last = performance.now();
  let doneAtLast = 0;
  return (done) => {
    const now = performance.now();
    if (now - last < progressInterval) return;
    console.log(`  ${done} of ${cases}, ${Math.round(((done - doneAtLast) * 1_000) / (now - last))} cases a second`);
    last = now;
    doneAtLast = done;
  };
}

async function printMemory(servers: readonly WireServer[], before: readonly number[]): Promise<boolean> {
  let holds = true;
  for (const [index, { target }] of servers.entries()) {
    const [start = 0, end] = [before[index], await target.heapUsed()];
    const grew = end - start > toleratedGrowth;
    if (grew) holds = false;
    console.log(
      `  ${target.name.padEnd(8)} heap ${inMiB(start)} -> ${inMiB(end)} MiB${grew ? ', which is growth' : ''}`,
    );
  }
  return holds;
}

function inMiB(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

function printFinding({ seed, request, reason, outcomes }: Finding): void {
  console.log(`\n${reason}, seed ${seed}${request.leaving === undefined ? '' : `, leaving ${request.leaving}`}`);
  for (const step of request.steps) console.log(`  send     ${shorten(JSON.stringify(step))}`);
  for (const [name, outcome] of Object.entries(outcomes))
    console.log(`  ${name.padEnd(8)} ${shorten(summarise(outcome))}`);
}

function summarise({ answers, open, afterEnd, failure }: Outcome): string {
  if (failure !== undefined) return failure;
  const texts = (list: Outcome['answers']): string =>
    list.map(({ status, body }) => `${status.slice(9)} ${body.slice(0, 150)}`).join(' | ');
  return `${texts(answers)} (${open ? 'open' : 'closed'})${afterEnd.length === 0 ? '' : ` then ${texts(afterEnd)}`}`;
}

function shorten(text: string): string {
  return text.length <= 2_000 ? text : `${text.slice(0, 2_000)}... (${text.length} characters)`;
}
