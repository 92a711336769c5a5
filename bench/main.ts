/** `npm run bench -- hello params`: README.md of this folder says more. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { measureClient, type ClientFigure } from './client/measure-client.js';
import type { Comparison } from './comparison.js';
import { matchOf, matchOfManyRoutes, providers, type Match } from './contestants.js';
import { measureInProcess } from './in-process/measure-in-process.js';
import { measureOnLoopback, whyNoLoopback } from './loopback/measure-on-loopback.js';
import {
  publishedPage,
  publishedWorkloads,
  readOptions,
  usage,
  UsageError,
  type BenchOptions,
  type Workload,
} from './options.js';
import { killProcesses } from './processes.js';
import { describeEnvironment, hasPeers } from './report/environment.js';
import { toPage } from './report/page.js';
import { printClient } from './report/print-client.js';
import { printComparisons } from './report/print-comparisons.js';
import { printOrders } from './report/print-orders.js';
import { printResilience } from './report/print-resilience.js';
import { printStart } from './report/print-start.js';
import { printValidation } from './report/print-validation.js';
import { measureResilience, type ResilienceFigures } from './resilience/measure-resilience.js';
import { joinResults, lacksOf, type Results, type WorkloadComparison } from './results.js';
import { measureOrders, type StartUp } from './start-up/measure-orders.js';
import { measureStart, type StartComparison } from './start-up/measure-start.js';
import { sizes } from './start-up/start-contestants.js';
import { measureValidation, type ValidationFigure } from './validation/measure-validation.js';
import type { RouteSet } from './workloads.js';

/** What is measured so far. */
interface Measured {
  readonly comparisons: WorkloadComparison[];
  readonly starts: StartComparison[];
  readonly orders: StartUp[];
  readonly validation: ValidationFigure[];
  readonly resilience: ResilienceFigures[];
  readonly client: ClientFigure[];
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
  const earlier = options.from.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Results);
  const { json } = options;
  const keep = (...now: readonly Results[]): Results => {
    const results = joinResults([...earlier, ...now]);
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
    return results;
  };
  const results = options.workloads.length === 0 ? keep() : await measure(options, keep);
  writePage(results, options);
}

/** `keep` gets what there is after each workload, since a run of half an hour may be interrupted. */
async function measure(options: BenchOptions, keep: (now: Results) => Results): Promise<Results> {
  const environment = describeEnvironment();
  console.log(`Node ${environment.node}, ${environment.cores} x ${environment.cpu}, ${environment.date}`);
  const measured: Measured = { comparisons: [], starts: [], orders: [], validation: [], resilience: [], client: [] };
  const now: Results = { environment, quick: options.quick, ...measured };
  for (const workload of options.workloads) {
    if (workload === 'start') await runStart(options, measured);
    else if (workload === 'orders') await runOrders(options, measured);
    else if (workload === 'validation') await runValidation(options, measured);
    else if (workload === 'resilience') await runResilience(options, measured);
    else if (workload === 'client') await runClient(options, measured);
    else await runMatches(workload, options, measured);
    keep(now);
  }
  if (!hasPeers())
    console.log('\nNestJS, Inversify HTTP and Ts.ED are not installed: npm --prefix bench/peers ci does it.');
  return keep(now);
}

/** The published page never holds less than everything; any other file holds what there is. A part of a run says nothing of it. */
function writePage(results: Results, { workloads, from, write }: BenchOptions): void {
  const lacks = [
    ...(results.quick ? ['figures that mean anything: some are of a quick run'] : []),
    ...lacksOf(results),
  ];
  if (write !== undefined && resolve(write) !== resolve(publishedPage)) {
    writeFileSync(write, toPage(results, lacks));
  } else if (lacks.length === 0) {
    writeFileSync(publishedPage, toPage(results, lacks));
    console.log(`\n${publishedPage} is written.`);
  } else if (write !== undefined || from.length > 0 || workloads === publishedWorkloads) {
    console.log(`\n${publishedPage} stays as it is. What lacks:\n${lacks.map((lack) => `  ${lack}`).join('\n')}`);
  }
}

async function runMatches(
  workload: RouteSet | 'routes',
  options: BenchOptions,
  { comparisons }: Measured,
): Promise<void> {
  const { only = providers, rounds, samples, quick, peers } = options;
  const matches = only.map((provider) =>
    workload === 'routes' ? matchOfManyRoutes(provider) : matchOf(provider, workload, peers),
  );
  const times = quick ? { warmUp: 200, duration: 200 } : { warmUp: 1_000, duration: 700 };
  const measures = [];
  const obstacle = whyNoLoopback();
  if (options.loopback && obstacle !== undefined) console.error(`Left out: loopback needs ${obstacle}.`);
  else if (options.loopback)
    measures.push((match: Match) => measureOnLoopback(match, { rounds, warmUp: quick ? 200 : 1_500 }));
  if (options.inProcess) measures.push((match: Match) => measureInProcess(match, { samples, ...times }));
  for (const measureOne of measures) {
    const own: Comparison[] = [];
    for (const match of matches) own.push(await measureOne(match));
    printComparisons(workload, own);
    comparisons.push(...own.map((comparison) => ({ workload: workload satisfies Workload, comparison })));
  }
}

async function runStart(
  { only = providers, starts: rounds, peers }: BenchOptions,
  { starts }: Measured,
): Promise<void> {
  for (const size of sizes) {
    const comparison = await measureStart(size, only, peers, rounds);
    printStart(comparison);
    starts.push(comparison);
  }
}

async function runValidation({ samples, quick }: BenchOptions, { validation }: Measured): Promise<void> {
  const figures = await measureValidation(samples, quick ? 50 : 1_000);
  printValidation(figures);
  validation.push(...figures);
}

async function runResilience({ samples, quick }: BenchOptions, { resilience }: Measured): Promise<void> {
  const figures = await measureResilience(samples, quick ? 5 : 200);
  printResilience(figures);
  resilience.push(figures);
}

async function runClient({ samples, quick }: BenchOptions, { client }: Measured): Promise<void> {
  const figures = await measureClient(samples, quick ? 2 : 20);
  printClient(figures);
  client.push(...figures);
}

async function runOrders({ only = ['node'], samples }: BenchOptions, { orders }: Measured): Promise<void> {
  for (const provider of only) {
    const startUp = await measureOrders(provider, samples);
    printOrders(startUp);
    orders.push(startUp);
  }
}
