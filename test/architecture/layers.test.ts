import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findBreaches } from './layers.js';
import { parseSource } from './source-file.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { peerDependenciesMeta } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
};
const optionalPeers = Object.keys(peerDependenciesMeta).filter((name) => peerDependenciesMeta[name]?.optional === true);

test('imports follow the layers of the design', () => {
  const paths = globSync('**/*.ts', { cwd: `${root}src` }).toSorted();
  const files = paths.map((path) =>
    parseSource(path.replaceAll('\\', '/'), readFileSync(`${root}src/${path}`, 'utf8')),
  );

  const breaches = findBreaches(files, optionalPeers);

  // The sentences themselves: a diff of arrays would hide them.
  if (breaches.length > 0) throw new Error(`${breaches.length} to mend:\n\n${breaches.join('\n')}\n`);
});

describe('the rules', () => {
  test.each<[rule: string, path: string, text: string, breach: string | undefined]>([
    ['lower layers are open', 'server/a.ts', `import { B } from '../http/index.js';`, undefined],
    [
      'arrows point down only',
      'lifecycle/graceful-manager.ts',
      `import { S } from '../server/index.js';`,
      'lifecycle/graceful-manager.ts:1 imports server: lifecycle may import foundation only. Declare the contract in lifecycle.',
    ],
    [
      'types are arrows too',
      'http/a.ts',
      `\nimport type { S } from '../routing/index.js';`,
      'http/a.ts:2 imports routing: http may import foundation only. Declare the contract in http.',
    ],
    [
      'inline import types are arrows',
      'http/a.ts',
      `export type A = import('../server/index.js').B;`,
      'http/a.ts:1 imports server: http may import foundation only.',
    ],
    ['import() is an arrow', 'http/a.ts', `await import('../server/index.js');`, 'http/a.ts:1 imports server:'],
    ['export from is an arrow', 'http/a.ts', `export { S } from '../server/index.js';`, 'http/a.ts:1 imports server:'],
    [
      'foundation imports nothing of ours',
      'foundation/a.ts',
      `import { H } from '../http/index.js';`,
      'foundation/a.ts:1 imports http: foundation may import nothing of ours. Declare the contract in foundation.',
    ],
    [
      'nobody imports the own package by name',
      'application/a.ts',
      `import { A } from 'bowline';`,
      'application/a.ts:1 imports entries:',
    ],
    [
      'resilience knows no container',
      'resilience/a.ts',
      `import '../container/index.js';`,
      'resilience/a.ts:1 imports container:',
    ],
    [
      'lifecycle knows no HTTP',
      'lifecycle/a.ts',
      `import type { Server } from 'node:http';`,
      'lifecycle/a.ts:1 imports node:http: lifecycle knows neither HTTP nor the container.',
    ],
    [
      'the inside of Inversify is for container alone',
      'routing/a.ts',
      `import { getClassMetadata } from '@inversifyjs/core';`,
      `routing/a.ts:1 imports @inversifyjs/core: only container reads Inversify's inside.`,
    ],
    [
      'providers are leaves',
      'tools/testing/a.ts',
      `import { F } from '../../providers/fastify/index.js';`,
      'tools/testing/a.ts:1 imports providers/fastify: only entries hand out a provider, and application the node one.',
    ],
    [
      'application has the node provider',
      'application/a.ts',
      `import { N } from '../providers/node/index.js';`,
      undefined,
    ],
    ['application loads others late', 'application/a.ts', `await import('../providers/koa/index.js');`, undefined],
    [
      'application holds no other',
      'application/a.ts',
      `import '../providers/koa/index.js';`,
      'imports providers/koa: only',
    ],
    [
      'no feature imports another',
      'features/health/a.ts',
      `import { C } from '../client/index.js';`,
      'features/health/a.ts:1 imports features/client: no member of features imports another.',
    ],
    [
      'a folder is entered through its index',
      'server/a.ts',
      `import { R } from '../http/reply.js';`,
      'server/a.ts:1 imports http/reply.ts, past the door of http. List the name in http/index.ts, import that.',
    ],
    [
      'inside, the file is imported',
      'http/body/a.ts',
      `import { R } from '../index.js';`,
      `http/body/a.ts:1 imports its own folder's index. Import the file that declares it.`,
    ],
    [
      'decorators import keys and types',
      'decorators/a.ts',
      `import { routeKey, compileRoute, type Route } from '../routing/index.js';`,
      'decorators/a.ts:1 imports the value compileRoute of routing: decorators only write metadata.',
    ],
    [
      'names are listed',
      'http/index.ts',
      `export * from './reply.js';`,
      'http/index.ts:1 has an export *. List the names.',
    ],
    ['groups have no index', 'providers/index.ts', '', 'providers/index.ts lies beside the members of providers:'],
    ['folders are layers', 'misc/a.ts', '', 'misc/a.ts is in no layer:'],
    ['files are named after an idea', 'http/utils.ts', '', 'http/utils.ts is named after a kind of code.'],
    ['unions instead of enums', 'http/a.ts', 'export enum A { b }', 'http/a.ts:1 has an enum or a namespace.'],
    [
      'only server closes servers',
      'application/a.ts',
      `import { createServer } from 'node:http';\nclass A { #server = createServer(); stop() { this.#server.close(); } }`,
      'application/a.ts:2 calls close() on a server, which cuts requests on their way.',
    ],
    [
      'the root needs no optional package, even for types',
      'entries/bowline.ts',
      `export type { F } from 'fastify';`,
      'The root entry reaches fastify: entries/bowline.ts. Import it with import()',
    ],
  ])('%s', (_rule, path, text, breach) => {
    const breaches = findBreaches([parseSource(path, text)], ['fastify']);

    if (breach === undefined) expect(breaches).toEqual([]);
    else expect(breaches.join('\n')).toContain(breach);
  });

  test('circles between files and folders are named', () => {
    const files = [
      parseSource('http/a.ts', `import { B } from './b.js';`),
      parseSource('http/b.ts', `import type { C } from './c.js';`),
      parseSource('http/c.ts', `import type { A } from './a.js'; import '../server/index.js';`),
      parseSource('server/index.ts', `import '../http/index.js';`),
    ];

    const breaches = findBreaches(files, []).filter((breach) => breach.includes('circle'));

    expect(breaches).toEqual([
      'Files in a circle: http/a.ts -> http/b.ts -> http/c.ts -> http/a.ts. Declare what both need in a third.',
      'Folders in a circle: http -> server -> http. Declare the contract in the lower.',
    ]);
  });

  test('what the root reaches is followed, and shown', () => {
    const files = [
      parseSource('entries/bowline.ts', `export { A } from '../application/index.js';`),
      parseSource('application/index.ts', `export { A } from './a.js';`),
      parseSource('application/a.ts', `import type { K } from 'koa/x'; export const A = () => import('hono');`),
    ];

    expect(findBreaches(files, ['koa', 'hono'])).toEqual([
      expect.stringContaining(
        'reaches koa/x: entries/bowline.ts -> application/index.ts -> application/a.ts. Import it with import()',
      ),
    ]);
  });
});
