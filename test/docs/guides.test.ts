import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codeBlocksOf, typeCheck, writeGenerated } from './code-blocks.js';

const guides = readdirSync(new URL('../../docs/guides', import.meta.url))
  .map((name) => `guides/${name}`)
  .filter((name) => name !== 'guides/testing.md');

it.each(['errors.md', ...guides])('docs/%s shows code that compiles', async (document) => {
  const blocks = await codeBlocksOf(document);
  const name = document.replaceAll(/\W+/g, '-');
  // Named after their lines, so that what the compiler says leads there.
  const files = Object.fromEntries(blocks.map(({ line, text }) => [`line-${line}.ts`, text]));
  const folder = await writeGenerated(name, files);
  expect(await typeCheck(folder)).toBe('');
});
