import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { codeBlocksOf, typeCheck, writeGenerated } from './code-blocks.js';

it('docs/guides/testing.md shows tests that pass', async () => {
  const blocks = await codeBlocksOf('guides/testing.md');
  const files = Object.fromEntries(blocks.map(({ name, line, text }) => [name ?? `line-${line}.ts`, text]));
  const folder = await writeGenerated('testing-guide', files);
  expect(await typeCheck(folder)).toBe('');

  const tests = ['unit.ts', 'injected.ts', 'socket.ts'].map((name) => folder + name);
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['--import', 'bowline/register', '--test', ...tests], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  expect(output).toMatch(/^ℹ pass 6$/m);
  expect(output).toMatch(/^ℹ fail 0$/m);
});
