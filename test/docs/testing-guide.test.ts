import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { codeBlocksOf, writeGenerated } from './code-blocks.js';

it('docs/guides/testing.md shows tests that pass', async () => {
  const blocks = await codeBlocksOf('guides/testing.md');
  const files = Object.fromEntries(blocks.map(({ name, line, text }) => [name ?? `line-${line}.ts`, text]));
  const folder = await writeGenerated('testing-guide', files);

  const tests = ['unit.ts', 'injected.ts', 'socket.ts', 'stop.ts'].map((name) => folder + name);
  const output = await run('--test', ...tests);
  expect(output).toMatch(/^ℹ pass 7$/m);
  expect(output).toMatch(/^ℹ fail 0$/m);
});

it('a call that a mock does not foresee is named in the output of the test', async () => {
  const unforeseen = `
    import { Controller, defineModule, Get } from 'bowline';
    import { Test } from 'bowline/testing';
    abstract class BookService { abstract list(): string[]; abstract count(): number }
    @Controller('/books')
    class BookController {
      constructor(private readonly books: BookService) {}
      @Get() count() { return this.books.count(); }
    }
    class NoBooks extends BookService { list() { return []; } count() { return 0; } }
    const books = defineModule({ controllers: [BookController], bind: ({ bind }) => bind(BookService).to(NoBooks) });
    const app = await Test.createApplication({ modules: [books] }).mock(BookService, { list: () => [] });
    console.log((await app.inject('/books')).statusCode);
    await app.close();`;
  const folder = await writeGenerated('unforeseen', { 'unforeseen.ts': unforeseen });
  const output = await run(`${folder}unforeseen.ts`);
  expect(output).toContain("The mock of BookService has no 'count'.");
  expect(output).toMatch(/^500$/m);
});

/** All that a program prints. */
function run(...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'bowline/register', ...args], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
