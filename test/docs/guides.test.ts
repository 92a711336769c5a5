import { readdirSync } from 'node:fs';
import { createApplication, defineModule, type ClassType } from 'bowline';
import { expect, it } from 'vitest';
import { codeBlocksOf, typeCheck, writeGenerated } from './code-blocks.js';

const guides = readdirSync(new URL('../../docs/guides', import.meta.url))
  .map((name) => `guides/${name}`)
  // Their blocks import each other, and have tests of their own.
  .filter(
    (name) => !['guides/testing.md', 'guides/explain.md', 'guides/from-nestjs.md', 'guides/policies.md'].includes(name),
  );

it.each(['errors.md', 'providers.md', '../README.md', ...guides])(
  'docs/%s shows code that compiles',
  async (document) => {
    const blocks = await codeBlocksOf(document);
    const name = document.replaceAll(/\W+/g, '-');
    // Named after their lines, so that what the compiler says leads there.
    const files = Object.fromEntries(blocks.map(({ line, text }) => [`line-${line}.ts`, text]));
    const folder = await writeGenerated(name, files);
    expect(await typeCheck(folder)).toBe('');
  },
);

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
