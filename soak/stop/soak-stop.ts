import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadableProvider } from 'bowline';
import { expectNoDroppedRequests, RequestsDroppedError, type LoadReport } from 'bowline/testing';
import type { SoakOptions } from '../options.js';
import type { Account, Order } from './server-process.js';

const program = fileURLToPath(new URL('server-process.ts', import.meta.url));

/** What came of all stops of one provider. */
interface Outcome {
  readonly provider: LoadableProvider;
  requests: number;
  lost: number;
  cut: number;
  /** Stops whose own account of what was answered differs from that of the clients. */
  miscounted: number;
  failures: number;
  readonly durations: number[];
}

/** Stops applications under load, one after the other and two providers at once. Resolves with whether nothing was lost. */
export async function soakStop({ stops, providers, seed }: SoakOptions): Promise<boolean> {
  console.log(`${stops} stops for each of ${providers.join(', ')}; seed ${seed}`);
  const waiting = [...providers];
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    for (let provider = waiting.shift(); provider !== undefined; provider = waiting.shift()) {
      const outcome = await stopOften(provider, stops, seed);
      outcomes.push(outcome);
      print(outcome);
    }
  };
  await Promise.all([work(), work()]);
  const isGood = outcomes.every(({ lost, cut, miscounted, failures }) => lost + cut + miscounted + failures === 0);
  console.log(isGood ? 'No request was lost, and every account was right.' : 'Something was lost.');
  return isGood;
}

async function stopOften(provider: LoadableProvider, stops: number, seed: number): Promise<Outcome> {
  const outcome: Outcome = { provider, requests: 0, lost: 0, cut: 0, miscounted: 0, failures: 0, durations: [] };
  const child = fork(program, [provider], {
    execArgv: ['--import', 'bowline/register'],
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    for (let stop = 0; stop < stops; stop++) await stopOnce(child, seed + stop, outcome);
  } finally {
    child.kill('SIGKILL');
  }
  return outcome;
}

async function stopOnce(child: ChildProcess, seed: number, outcome: Outcome): Promise<void> {
  let account: Account | undefined;
  const start = async (): Promise<{ url: string; stop(): Promise<void> }> => {
    const { url } = await tell<{ url: string }>(child, 'start');
    return {
      url,
      stop: async () => {
        account = await tell<Account>(child, 'stop');
      },
    };
  };
  const report = await load(start, seed);
  if (account === undefined) throw new Error('The application did not say what it has done.');
  outcome.requests += report.total.answered;
  outcome.lost += report.lost.length + report.stops.filter(({ failure }) => failure !== undefined).length;
  outcome.cut += account.cut;
  outcome.failures += account.failures.length;
  outcome.durations.push(account.duration);
  if (account.finished !== report.total.answered + probes) outcome.miscounted++;
  if (report.lost.length > 0 || account.finished !== report.total.answered + probes)
    console.error(
      outcome.provider,
      seed,
      JSON.stringify({ ...account, answered: report.total.answered, lost: report.lost }),
    );
}

/** Each request of the load is tried once before. */
const probes = 4;

async function load(start: () => Promise<{ url: string; stop(): Promise<void> }>, seed: number): Promise<LoadReport> {
  try {
    return await expectNoDroppedRequests({
      start,
      seed,
      stopAfter: 200,
      uploadDuration: 150,
      requests: {
        get: '/fast',
        post: { path: '/orders', body: { cents: 1 } },
        upload: { path: '/upload', body: 'x'.repeat(20_000) },
        stream: '/stream',
      },
    });
  } catch (error) {
    if (error instanceof RequestsDroppedError) return error.report;
    throw error;
  }
}

async function tell<Answer>(child: ChildProcess, order: Order): Promise<Answer> {
  const answered = once(child, 'message') as Promise<[Answer]>;
  child.send(order);
  const [answer] = await answered;
  return answer;
}

function print({ provider, requests, lost, cut, miscounted, failures, durations }: Outcome): void {
  const sorted = durations.toSorted((a, b) => a - b);
  const [median, longest] = [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0];
  const figures = `${requests} requests answered, ${lost} lost, ${cut} cut, ${miscounted} accounts wrong, ${failures} failures`;
  console.log(
    `  ${provider.padEnd(8)} ${figures}; a stop took ${Math.round(median)} ms, at most ${Math.round(longest)} ms`,
  );
}
