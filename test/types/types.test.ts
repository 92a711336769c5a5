import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

function compile(project: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', project, '--pretty', 'false'], { cwd: folder }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

it('accepts and refuses parameters as their decorators say', async () => {
  expect(await compile('tsconfig.json')).toBe('');
});

it('says in the error of the compiler what does not fit', async () => {
  await mkdir(`${folder}.generated`, { recursive: true });
  await writeFile(
    `${folder}.generated/tsconfig.json`,
    '{ "extends": "../../../tsconfig.json", "compilerOptions": { "noErrorTruncation": true }, "files": ["refused.ts"] }',
  );
  await writeFile(
    `${folder}.generated/refused.ts`,
    `import { Body, Controller, Get, Post, Query, Param } from 'bowline';
     class Order { id!: number }
     class Invoice { number!: string }
     @Controller()
     export class C {
       @Post() a(@Body(Order) _order: Invoice): void {}
       @Get() b(@Query('limit') _limit: number): void {}
       @Get() c(@Query('tag') _tags?: string[]): void {}
       @Get() d(@Param('id', Number) _id: string): void {}
       @Get() e(@Query() _limit: number): void {}
     }`,
  );
  const said = await compile('.generated/tsconfig.json');
  await rm(`${folder}.generated`, { recursive: true });
  const refusals = [...said.matchAll(/parameter of type 'C & (.*)'\.$/gm)].map(([, refusal]) => refusal);
  expect(refusals).toEqual([
    "{ readonly 'the decorator gives': Order; readonly 'but the parameter is': Invoice; }",
    "{ readonly 'the value may be missing: make the parameter optional, give it a default, or say { required: true }': number; }",
    "{ readonly 'no text becomes a value of this type: name a type in the decorator, or take a string': string[] | undefined; }",
    "{ readonly 'the decorator gives': number; readonly 'but the parameter is': string; }",
    "{ readonly 'without a name it takes all values at once: name the one that is meant': number; }",
  ]);
});
