import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-bench-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('measures a provider beside its rival, prints a table and writes what it has measured', async () => {
  const json = join(folder, 'figures.json');

  const { code, output } = await bench('hello', '--method', 'in-process', '--only', 'node', '--quick', '--json', json);

  expect(output).toMatch(/^ +bare node:http +\d+\.\d\d/m);
  expect(output).toMatch(/^ +Bowline on node +(\d+\.\d\d +){2}.* \d\.\d{3} /m);
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

test('measures validation alone, beside the libraries that it compiles', async () => {
  const { code, output } = await bench('validation', '--quick');

  expect(output).toMatch(/^ +Bowline( +\d+){2} +\d+ - \d+ +1\.0 +200 /m);
  expect(output).toMatch(/^ +plainToInstance \+ validate( +\d+){2} /m);
  expect(code).toBe(0);
});

test('measures a body that is validated', async () => {
  const { code, output } = await bench('post', '--method', 'in-process', '--only', 'fastify', '--quick');

  expect(output).toMatch(/^ +raw Fastify +\d+\.\d\d/m);
  expect(output).toMatch(/^ +Bowline on fastify +(\d+\.\d\d +){2}.* \d\.\d{3} /m);
  expect(code).toBe(0);
});

test.each([
  [['nothing'], "the workload 'nothing' is unknown"],
  [['--only', 'nothing'], "--only 'nothing' is unknown"],
  [['--nothing'], "Unknown option '--nothing'"],
  [['--rounds', '0'], "--rounds '0' is no whole number"],
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

function bench(...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    const command = ['--import', 'bowline/register', 'bench/main.ts', ...args];
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}
