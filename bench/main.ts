/** `npm run bench -- hello params`: README.md of this folder says more. */
import { writeFileSync } from 'node:fs';
import type { Comparison } from './comparison.js';
import {
  matchAgainstRaw,
  matchesAgainstPeers,
  matchOfManyRoutes,
  providers,
  type Match,
  type Provider,
} from './contestants.js';
import { measureInProcess } from './in-process/measure-in-process.js';
import { measureOnLoopback, whyNoLoopback } from './loopback/measure-on-loopback.js';
import { readOptions, usage, UsageError, type BenchOptions, type Workload } from './options.js';
import { killProcesses } from './processes.js';
import { describeEnvironment } from './report/environment.js';
import { printComparisons } from './report/print-comparisons.js';
import { printStartUp } from './report/print-start-up.js';
import { printValidation } from './report/print-validation.js';
import { measureOrders, type StartUp } from './start-up/measure-orders.js';
import { measureValidation, type ValidationFigure } from './validation/measure-validation.js';

interface Results {
  readonly comparisons: { readonly workload: Workload; readonly comparison: Comparison }[];
  readonly startUps: StartUp[];
  readonly validation: ValidationFigure[];
}

// Also the way out of a run that is interrupted or fails.
process.on('exit', killProcesses);
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage);
  else await run(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}.\n\n${usage}`);
  process.exitCode = 2;
}

async function run(options: BenchOptions): Promise<void> {
  const environment = describeEnvironment();
  console.log(`Node ${environment.node}, ${environment.cores} x ${environment.cpu}, ${environment.date}`);
  const results: Results = { comparisons: [], startUps: [], validation: [] };
  for (const workload of options.workloads) {
    if (workload === 'orders') await runOrders(options, results);
    else if (workload === 'validation') await runValidation(options, results);
    else await runMatches(workload, options, results);
  }
  const { json } = options;
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ environment, options, ...results }, null, 2)}\n`);
}

async function runMatches(
  workload: Exclude<Workload, 'orders' | 'validation'>,
  options: BenchOptions,
  results: Results,
): Promise<void> {
  const { only = providers, rounds, samples, quick } = options;
  const matches = only.flatMap((provider) => matchesOf(provider, workload, options.peers));
  const times = quick ? { warmUp: 200, duration: 200 } : { warmUp: 1_200, duration: 900 };
  const measures = [];
  const obstacle = whyNoLoopback();
  if (options.loopback && obstacle !== undefined) console.error(`Left out: loopback needs ${obstacle}.`);
  else if (options.loopback)
    measures.push((match: Match) => measureOnLoopback(match, { rounds, warmUp: quick ? 200 : 1_500 }));
  if (options.inProcess) measures.push((match: Match) => measureInProcess(match, { samples, ...times }));
  for (const measure of measures) {
    const comparisons: Comparison[] = [];
    for (const match of matches) comparisons.push(await measure(match));
    printComparisons(workload, comparisons);
    results.comparisons.push(...comparisons.map((comparison) => ({ workload, comparison })));
  }
}

function matchesOf(
  provider: Provider,
  workload: Exclude<Workload, 'orders' | 'validation'>,
  peers: boolean,
): readonly Match[] {
  if (workload === 'routes') return [matchOfManyRoutes(provider)];
  return peers ? matchesAgainstPeers(provider, workload) : [matchAgainstRaw(provider, workload)];
}

async function runValidation({ samples, quick }: BenchOptions, results: Results): Promise<void> {
  const figures = await measureValidation(samples, quick ? 50 : 1_000);
  printValidation(figures);
  results.validation.push(...figures);
}

async function runOrders({ only = ['node'], samples }: BenchOptions, results: Results): Promise<void> {
  for (const provider of only) {
    const startUp = await measureOrders(provider, samples);
    printStartUp(startUp);
    results.startUps.push(startUp);
  }
}
