import type { Comparison } from '../comparison.js';
import { methods, publishedRoutes, type Results } from '../results.js';
import type { StartComparison } from '../start-up/measure-start.js';
import type { Method, RouteSet } from '../workloads.js';
import { comparisonTable } from './comparison-table.js';
import type { Environment } from './environment.js';
import { countOf, goalTable } from './goal-table.js';
import { startRatioTable, startTable } from './start-table.js';
import { toMarkdown } from './table.js';

const workloads: Readonly<Record<RouteSet, string>> = {
  hello: '`GET /hello` is answered with a small JSON object.',
  params: '`GET /users/42?verbose=true`: a number from the path, a boolean from the query, JSON.',
  post: `\`POST /users\` with six fields, one of them an object. Bowline, NestJS and Inversify HTTP make an instance of a class with rules
of class-validator, Ts.ED and raw Fastify check with ajv, raw Express, Koa and Hono with zod. Bare node:http parses and checks nothing.`,
  scope: `A guard, an interceptor, a controller and three services are made for each request; one takes the request, one is disposed of after the
answer. What is raw makes them with \`new\`. Inversify HTTP and Ts.ED have less of a request scope, and NestJS disposes of nothing.`,
  guard: 'A guard reads a header, and an interceptor sets one.',
};

const methodTitles: Readonly<Record<Method, string>> = {
  loopback: 'Loopback: CPU time of the whole request, kernel included, in microseconds',
  'in-process': 'In-process: JavaScript alone, in microseconds',
};

/** The page of figures, whole. `lacks` is said on top, where the page is not what is published. */
export function toPage(results: Results, lacks: readonly string[]): string {
  const { comparisons, starts, environment } = results;
  const sections = publishedRoutes.map((workload) =>
    workloadSection(
      workload,
      comparisons.filter((each) => each.workload === workload).map(({ comparison }) => comparison),
    ),
  );
  return `${[
    '# Benchmarks',
    'Written by `npm run bench`, whole: no figure here is chosen or rounded by hand, and a goal that is missed is listed as missed.',
    ...lacks.map((lack) => `**Lacks** ${lack}.`),
    goalSection(results),
    conditionSection(
      environment,
      comparisons.map(({ comparison }) => comparison),
      starts,
    ),
    ...sections,
    ...starts.map(startSection),
    reading,
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

function goalSection(results: Results): string {
  const table = goalTable(results);
  if (table.rows.length === 0) return '';
  const { reached, within, missed } = countOf(results);
  const sum = `Of ${table.rows.length} goals ${reached} are reached, ${within} lie within the error of the measurement, ${missed} are missed.`;
  return `## Goals\n\n${sum}\n\n${toMarkdown(table)}`;
}

function conditionSection(
  environment: Environment,
  comparisons: readonly Comparison[],
  starts: readonly StartComparison[],
): string {
  const { node, cpu, cores, memory, platform, kernel, date, versions } = environment;
  const counts = methods.map((method) => {
    const rounds = comparisons.filter((each) => each.method === method).map(({ figures }) => figures[0]?.values.length);
    return `${method} ${listOf(rounds)}`;
  });
  return `## Conditions

- ${date}
- Node ${node}, ${cores} cores of ${cpu}, ${memory} GiB, ${platform}, kernel ${kernel}
- ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}
- Samples of each server: ${counts.join(', ')}, starts ${listOf(starts.map(({ figures }) => figures[0]?.starts.length))}`;
}

/** Each value once. */
function listOf(values: readonly (number | undefined)[]): string {
  return values.length === 0 ? 'none' : [...new Set(values)].join(' or ');
}

function workloadSection(workload: RouteSet, comparisons: readonly Comparison[]): string {
  const parts = methods.flatMap((method) => {
    const own = comparisons.filter((each) => each.method === method);
    return own.length === 0 ? [] : [`### ${methodTitles[method]}\n\n${toMarkdown(comparisonTable(own))}`];
  });
  return parts.length === 0 ? '' : [`## ${workload}`, workloads[workload], ...parts].join('\n\n');
}

function startSection(comparison: StartComparison): string {
  const { size } = comparison;
  const title = size === 1 ? 'one controller' : `${size} controllers`;
  return `## start, ${title}

Each controller has four routes, a service of its own, and a body of six fields with rules of its own. CPU time is what the process
used until its first answer above a Node that does nothing; memory is what is resident after that answer and a full garbage collection.

${toMarkdown(startTable(comparison))}

${toMarkdown(startRatioTable(comparison))}`;
}

const reading = `## How to read it

- *min* and *median* are of all rounds of one server. On a machine that others use too, compare ratios and not microseconds.
- *ratio* is the median of the ratios of single rounds, in which both ran under the same conditions, and *quartiles* are theirs. On loopback its
  standard error is about 0.03, and a ratio that much above its goal is *within the error*.
- *of minima* is the best round of one over the best round of the other: the steadier figure in-process.
- *fast* is Bowline with \`emptyRequests: 'fast'\`.

## How to repeat it

\`\`\`sh
npm ci && npm --prefix bench/peers ci
npm run bench                       # about half an hour; writes this page
npm run bench -- post --only node   # a part, printed
npm run bench -- post --json post.json && npm run bench -- --from rest.json,post.json   # in several runs
\`\`\`

How everything is measured and what each rival is written like: [bench/README.md](../bench/README.md).`;
