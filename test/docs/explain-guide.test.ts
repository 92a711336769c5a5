import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { codeBlocksOf, writeGenerated } from './code-blocks.js';

it('docs/guides/explain.md shows what its programs print', async () => {
  const blocks = await codeBlocksOf('guides/explain.md');
  const files = Object.fromEntries(blocks.map(({ name, line, text }) => [name ?? `line-${line}.ts`, text]));
  const folder = await writeGenerated('explain-guide', files);
  const guide = await readFile(new URL('../../docs/guides/explain.md', import.meta.url), 'utf8');

  const one = await run(`${folder}orders.ts`);
  expect(guide).toContain(`\`\`\`text\n${one}\`\`\``);

  const parts = (await run(`${folder}everything.ts`)).slice(one.length).match(/^\w.*$/gm);
  expect(parts).toEqual([
    'application is created: 1 server, 1 route, 12 bindings',
    'Servers (* is not the default)',
    'Routes',
    'GET /orders/:id',
    'Container',
    'Order of closing (what has nothing to close in brackets)',
  ]);

  expect((await run(`${folder}as-data.ts`)).slice(one.length)).toBe(
    '{"unguarded":[],"builtBeforeGuard":[]}\nGET /orders/:id: LoginGuard\nOrderController, OrderService\n',
  );
});

/** All that a program prints. */
function run(file: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'bowline/register', file], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
