import type { ClientFigure } from './client/measure-client.js';
import type { Comparison } from './comparison.js';
import { providers } from './contestants.js';
import { UsageError, type Workload } from './options.js';
import type { Environment } from './report/environment.js';
import { sizes } from './start-up/start-contestants.js';
import type { StartComparison } from './start-up/measure-start.js';
import type { StartUp } from './start-up/measure-orders.js';
import type { ResilienceFigures } from './resilience/measure-resilience.js';
import type { ValidationFigure } from './validation/measure-validation.js';
import type { Method, RouteSet } from './workloads.js';

/** One match of one workload, by one method. */
export interface WorkloadComparison {
  readonly workload: Workload;
  readonly comparison: Comparison;
}

/** Everything that one run has measured, as `--json` writes it. */
export interface Results {
  readonly environment: Environment;
  /** Its figures say nothing. */
  readonly quick: boolean;
  readonly comparisons: readonly WorkloadComparison[];
  readonly starts: readonly StartComparison[];
  readonly orders: readonly StartUp[];
  readonly validation: readonly ValidationFigure[];
  /** The last of them counts. */
  readonly resilience: readonly ResilienceFigures[];
  readonly client: readonly ClientFigure[];
}

/** What the page of figures has a table for, beside `start`. */
export const publishedRoutes = ['hello', 'params', 'post', 'scope', 'guard'] as const satisfies RouteSet[];

export const methods = ['loopback', 'in-process'] as const satisfies Method[];

/**
 * Runs that were measured one after another, as one. What was measured twice counts as it was measured last. Throws a
 * UsageError where two runs were not made under the same conditions.
 */
export function joinResults(runs: readonly Results[]): Results {
  const [first, ...others] = runs;
  if (first === undefined) throw new Error('There is no run to join.');
  for (const { environment } of others) {
    const difference = differenceOf(first.environment, environment);
    if (difference !== undefined) throw new UsageError(`Runs under different conditions make no page: ${difference}`);
  }
  return {
    environment: {
      ...first.environment,
      date: runs
        .map(({ environment }) => environment.date)
        .toSorted()
        .join(' '),
    },
    quick: runs.some(({ quick }) => quick),
    comparisons: latest(
      runs.flatMap(({ comparisons }) => comparisons),
      ({ workload, comparison: { method, provider } }) => `${workload} ${method} ${provider}`,
    ),
    starts: latest(
      runs.flatMap(({ starts }) => starts),
      ({ size }) => String(size),
    ),
    orders: latest(
      runs.flatMap(({ orders }) => orders),
      ({ provider }) => provider,
    ),
    validation: latest(
      runs.flatMap(({ validation }) => validation),
      ({ name }) => name,
    ),
    // Files of earlier versions have none.
    resilience: runs.flatMap(({ resilience = [] }: Partial<Results>) => resilience).slice(-1),
    client: latest(
      runs.flatMap(({ client = [] }: Partial<Results>) => client),
      ({ name }) => name,
    ),
  };
}

function latest<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

function differenceOf(one: Environment, other: Environment): string | undefined {
  const flat = ({ versions, ...rest }: Environment): Record<string, unknown> => ({ ...rest, ...versions, date: '' });
  const others = flat(other);
  for (const [name, value] of Object.entries(flat(one))) {
    if (others[name] !== value) return `${name} is ${String(value)} in one and ${String(others[name])} in another`;
  }
  return undefined;
}

/** What a whole page lacks, for people to read. */
export function lacksOf({ comparisons, starts }: Results): readonly string[] {
  const lacks: string[] = [];
  for (const workload of publishedRoutes) {
    for (const method of methods) {
      const measured = comparisons
        .filter((each) => each.workload === workload && each.comparison.method === method)
        .map(({ comparison }) => comparison);
      const missing = providers.filter((name) => !measured.some(({ provider }) => provider === name));
      if (missing.length > 0) lacks.push(`${workload}, ${method}, on ${missing.join(', ')}`);
      else if (!measured.some(({ figures }) => figures.some(({ contestant }) => contestant.name.startsWith('NestJS'))))
        lacks.push(`${workload}, ${method}, beside its peers`);
    }
  }
  for (const size of sizes) {
    const names = starts.find((each) => each.size === size)?.figures.map(({ name }) => name) ?? [];
    const missing = providers.filter((name) => !names.includes(`Bowline on ${name}`));
    if (missing.length > 0) lacks.push(`start with ${size} controllers on ${missing.join(', ')}`);
    else if (!names.some((name) => name.startsWith('NestJS'))) lacks.push(`start with ${size} beside its peers`);
  }
  return lacks;
}
