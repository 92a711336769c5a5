import { readdirSync } from 'node:fs';
import { createApplication, defineModule, type ClassType } from 'bowline';
import { beforeAll, expect, it } from 'vitest';
import { codeBlocksOf, typeCheckDocuments, writeGenerated } from './code-blocks.js';

const guides = readdirSync(new URL('../../docs/guides', import.meta.url), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `guides/${name}`)
  .toSorted();
const documents = ['errors.md', 'providers.md', '../README.md', ...guides];

let problems: ReadonlyMap<string, string>;

beforeAll(async () => {
  problems = await typeCheckDocuments(documents);
}, 90_000);

it('the compiler has nothing to say of anything else', () => {
  expect([...problems.keys()].filter((document) => !documents.includes(document))).toEqual([]);
});

it.each(documents)('docs/%s shows code that compiles', (document) => {
  expect(problems.get(document) ?? '').toBe('');
});

it('docs/guides/routes-and-parameters.md shows controllers that boot', async () => {
  const blocks = await codeBlocksOf('guides/routes-and-parameters.md');
  const files = Object.fromEntries(blocks.map(({ line, text }) => [`line-${line}.ts`, text]));
  const folder = await writeGenerated('booted-guide', files);
  const booted: string[] = [];
  for (const name of Object.keys(files)) {
    const exported = Object.values((await import(folder + name)) as Record<string, unknown>);
    const controllers = exported.filter(
      (each): each is ClassType => typeof each === 'function' && each.name.endsWith('Controller'),
    );
    // Each block stands for itself: two of them may have a controller of the same path.
    await createApplication({ modules: [defineModule({ controllers })], signals: false });
    booted.push(...controllers.map((controller) => controller.name));
  }
  expect(booted).toEqual([
    'BookController',
    'OrderController',
    'ItemController',
    'NoteController',
    'PageController',
    'BookController',
  ]);
});
