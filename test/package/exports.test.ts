import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

// The built package, imported by its own name in a process of its own: what a user gets. `npm run build` comes first.
const root = fileURLToPath(new URL('../..', import.meta.url));
const { exports, peerDependenciesMeta } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, string | { types: string }>;
  peerDependenciesMeta: Record<string, unknown>;
};
const subpaths = Object.entries(exports).flatMap(([subpath, target]) =>
  typeof target === 'string' ? [] : [[subpath.replace('.', 'bowline'), target.types] as const],
);

// Each change of a list is a change of the public face: read the difference, then `npx vitest run test/package -u`.
test.each(subpaths)('%s exports what was reviewed', async (specifier, declarations) => {
  const { names } = await load(specifier);

  const types = exportedNames(declarations).filter((name) => !names.includes(name));
  const list = [...names, ...types.map((name) => `type ${name}`)].map((line) => `${line}\n`).join('');
  await expect(list).toMatchFileSnapshot(`./exports/${specifier.replace('/', '-')}.txt`);
});

test('importing bowline loads no optional package', async () => {
  const { packages } = await load('bowline');

  expect(packages).toContain('inversify');
  expect(packages.filter((name) => name in peerDependenciesMeta)).toEqual([]);
});

test('importing bowline/resilience loads no container, no HTTP and no opossum', async () => {
  const { packages } = await load('bowline/resilience');

  expect(packages.filter(Boolean).toSorted()).toEqual(['fastest-levenshtein', 'reflect-metadata']);
});

interface Loaded {
  readonly names: readonly string[];
  readonly packages: readonly string[];
}

async function load(specifier: string): Promise<Loaded> {
  const script = `
    import { registerHooks } from 'node:module';
    const packages = new Set();
    registerHooks({ load(url, context, next) {
      packages.add(/.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]);
      return next(url, context);
    } });
    const names = Object.keys(await import(${JSON.stringify(specifier)})).sort();
    console.log(JSON.stringify({ names, packages: [...packages] }));`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout) as Loaded;
}

function exportedNames(file: string): string[] {
  const { module } = parseSync(file, readFileSync(root + file, 'utf8'));
  const entries = module.staticExports.flatMap((each) => each.entries);
  return entries.flatMap(({ exportName }) => exportName.name ?? []).toSorted();
}
