import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { ClassType } from 'bowline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';
import { parameterBehaviours } from './parameters.behaviours.js';

// Vitest compiles with oxc, users build with tsc, and the two write different types for enums. So the same controllers are
// held against the same behaviours once more, as tsc has compiled them.

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = join(root, 'test/conformance');
const controllers: ClassType[] = [];
let folder = '';
let emitted = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-tsc-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        rootDir: root,
        outDir: join(folder, 'out'),
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: [join(here, 'parameters.controllers.ts')],
      include: [],
    }),
  );
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
  const output = join(folder, 'out/test/conformance/parameters.controllers.js');
  emitted = await readFile(output, 'utf8');
  const compiled = (await import(/* @vite-ignore */ pathToFileURL(output).href)) as { controllers: ClassType[] };
  controllers.push(...compiled.controllers);
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('tsc has compiled the controllers, and writes an enum as the type of its values', () => {
  expect(emitted).toContain('__metadata("design:paramtypes", [String])');
  expect(emitted).not.toContain('__metadata("design:paramtypes", [Color])');
  expect(controllers).toHaveLength(4);
});

describeProviders('parameters compiled by tsc', { controllers }, parameterBehaviours);
