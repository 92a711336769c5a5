import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const quickHello = ['hello', '--method', 'in-process', '--only', 'node', '--quick', '--no-peers'];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-bench-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('measures a provider beside its rival, prints a table and writes what it has measured', async () => {
  const json = join(folder, 'figures.json');

  const { code, output } = await bench(...quickHello, '--json', json);

  expect(output).toMatch(/^ +Bowline on node +(\d+\.\d\d +){2}bare node:http +(\d+\.\d\d +){2}\d\.\d{3} /m);
  expect(code).toBe(0);
  const written = JSON.parse(await readFile(json, 'utf8')) as Written;
  expect(written.environment).toMatchObject({ node: process.versions.node, versions: { bowline: '0.1.0' } });
  expect(written.comparisons).toHaveLength(1);
  const { figures, ratios } = written.comparisons[0]?.comparison ?? { figures: [], ratios: [] };
  expect(figures.map(({ contestant }) => contestant.name)).toEqual([
    'bare node:http',
    'Bowline on node',
    'Bowline on node, fast',
  ]);
  expect(figures.every(({ values }) => values.length === 1 && values[0] !== null)).toBe(true);
  expect(ratios).toHaveLength(2);
});

test('measures calls through policies, beside opossum and cockatiel', async () => {
  const { code, output } = await bench('resilience', '--quick');

  expect(code).toBe(0);
  expect(output).toMatch(/^ *all six +\d+ +\d+ +\d+ - \d+ *$/m);
  expect(output).toMatch(/^ *cockatiel, five wrapped +\d+/m);
  expect(output).toMatch(/^ *a circuit breaker at rest +\d+ +1024 +bytes +(reached|missed)/m);
});

test('measures requests by the client, beside undici', async () => {
  const { code, output } = await bench('client', '--quick');

  expect(code).toBe(0);
  expect(output).toMatch(/^ *undici, request and body\.json\(\) +\d+ +\d+\.\d +1\.000 /m);
  expect(output).toMatch(/^HttpClient, without a pipeline over undici alone: \d\.\d{3}, goal 1\.1: (reached|missed)$/m);
});

test('measures validation alone, beside the libraries that it compiles', async () => {
  const { code, output } = await bench('validation', '--quick');

  expect(output).toMatch(/^ +Bowline( +\d+){2} +\d+ - \d+ +1\.0 +200 /m);
  expect(output).toMatch(/^ +plainToInstance \+ validate( +\d+){2} /m);
  expect(code).toBe(0);
});

test('measures a body that is validated', async () => {
  const { code, output } = await bench('post', '--method', 'in-process', '--only', 'fastify', '--quick', '--no-peers');

  expect(output).toMatch(/^ +Bowline on fastify +(\d+\.\d\d +){2}raw Fastify +(\d+\.\d\d +){2}\d\.\d{3} .* 0\.75 /m);
  expect(code).toBe(0);
});

test('starts applications of one and of 500 controllers beside a Node that does nothing', async () => {
  const { code, output } = await bench('start', '--only', 'node', '--quick', '--no-peers');

  expect(output).toMatch(
    /start, one controller\n[^]*Node that does nothing +\d+[^]*raw Fastify +\d+[^]*Bowline on node +\d+/,
  );
  expect(output).toMatch(
    /start, 500 controllers\n[^]*^ +Bowline on node +raw Fastify( +\d\.\d{3} +\d\.\d\d - \d\.\d\d){3} +memory 1\.25 /m,
  );
  expect(code).toBe(0);
});

test('writes a page of what earlier runs have measured, and says what it lacks', async () => {
  const json = join(folder, 'figures.json');
  const page = join(folder, 'page.md');
  await bench(...quickHello, '--json', json);

  const { code } = await bench('--from', json, '--write', page);

  expect(code).toBe(0);
  const written = await readFile(page, 'utf8');
  expect(written).toMatch(/^\| Bowline on node +\| +\d+\.\d\d \| +\d+\.\d\d \| bare node:http +\|/m);
  expect(written).toContain('**Lacks** figures that mean anything: some are of a quick run.');
  expect(written).toContain('**Lacks** hello, in-process, on fastify, express, koa, hono.');
  expect(written).toContain(`Node ${process.versions.node}`);
});

test('leaves the published page as it is while anything lacks', async () => {
  const json = join(folder, 'figures.json');
  await bench(...quickHello, '--json', json);

  const { code, output } = await bench('--from', json);

  expect(output).toContain('docs/benchmarks.md stays as it is. What lacks:');
  expect(output).toContain('start with 500 controllers on node, fastify, express, koa, hono');
  expect(code).toBe(0);
});

test('writes the published page when nothing lacks, and counts its goals', async () => {
  const json = join(folder, 'figures.json');
  await mkdir(join(folder, 'docs'));
  await writeFile(json, JSON.stringify(wholeRun()));

  const { code, output } = await benchIn(folder, '--from', json);

  expect(output).toContain('docs/benchmarks.md is written.');
  expect(code).toBe(0);
  const page = await readFile(join(folder, 'docs/benchmarks.md'), 'utf8');
  expect(page).not.toContain('Lacks');
  expect(page).toContain('Of 50 goals 25 are reached, 0 lie within the error of the measurement, 25 are missed.');
  expect(page.match(/^## (hello|params|post|scope|guard|start, .*)$/gm)).toEqual([
    '## hello',
    '## params',
    '## post',
    '## scope',
    '## guard',
    '## start, one controller',
    '## start, 500 controllers',
  ]);
});

test('refuses to join runs that were made under different conditions', async () => {
  const one = join(folder, 'one.json');
  const other = join(folder, 'other.json');
  await bench(...quickHello, '--json', one);
  const run = JSON.parse(await readFile(one, 'utf8')) as { environment: { node: string } };
  run.environment.node = '0.0.0';
  await writeFile(other, JSON.stringify(run));

  const { code, output } = await bench('--from', `${one},${other}`, '--write', join(folder, 'page.md'));

  expect(output).toContain(`node is ${process.versions.node} in one and 0.0.0 in another`);
  expect(code).toBe(2);
});

test.each([
  [['nothing'], "the workload 'nothing' is unknown"],
  [['--only', 'nothing'], "--only 'nothing' is unknown"],
  [['--nothing'], "Unknown option '--nothing'"],
  [['--rounds', '0'], "--rounds '0' is no whole number"],
  [['--from', 'nothing.json'], "--from 'nothing.json' does not exist"],
  [['--write', 'nowhere/page.md'], "--write 'nowhere/page.md' is in a folder that does not exist"],
])('refuses %j with a sentence and the usage', async (args, sentence) => {
  const { code, output } = await bench(...args);

  expect(code).toBe(2);
  expect(output).toContain(sentence);
  expect(output).toContain('npm run bench');
});

interface Written {
  readonly environment: unknown;
  readonly comparisons: readonly {
    readonly comparison: {
      readonly figures: readonly {
        readonly contestant: { readonly name: string };
        readonly values: readonly (number | null)[];
      }[];
      readonly ratios: readonly unknown[];
    };
  }[];
}

/** Everything that is published, with figures that nobody has measured. */
function wholeRun(): unknown {
  const spread = { minimum: 1, quarter: 1, median: 1, threeQuarters: 1 };
  const comparisons = ['hello', 'params', 'post', 'scope', 'guard'].flatMap((workload) =>
    ['loopback', 'in-process'].flatMap((method) =>
      ['node', 'fastify', 'express', 'koa', 'hono'].map((provider) => {
        const names = [`Bowline on ${provider}`, 'NestJS on Fastify'];
        const figures = names.map((name) => ({ contestant: { name }, spread, values: [1] }));
        const goal = { goal: 1, verdict: method === 'loopback' ? 'reached' : 'missed' };
        const ratio = { contestant: names[0], rival: names[1], spread, ofMinima: 1, ...goal };
        return { workload, comparison: { method, provider, figures, ratios: [ratio] } };
      }),
    ),
  );
  const starts = [1, 500].map((size) => {
    const figureOf = (name: string): object => {
      return { name, cpu: spread, wall: spread, memory: spread, heap: spread, starts: [{}] };
    };
    const names = ['node', 'fastify', 'express', 'koa', 'hono'].map((provider) => `Bowline on ${provider}`);
    const figures = [...names, 'NestJS on Fastify'].map(figureOf);
    return { size, nothing: figureOf('Node that does nothing'), figures, ratios: [] };
  });
  const environment = { date: '2026-01-01T00:00:00.000Z', node: '24.0.0', versions: { bowline: '0.1.0' } };
  return { environment, quick: false, comparisons, starts, orders: [], validation: [], resilience: [], client: [] };
}

function bench(...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  return benchIn(root, ...args);
}

function benchIn(cwd: string, ...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    const command = ['--import', join(root, 'dist/entries/register.js'), join(root, 'bench/main.ts'), ...args];
    execFile(process.execPath, command, { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}
