import { readFileSync } from 'node:fs';
import { Controller, createApplication, Ctx, defineModule, Get, HttpContext } from 'bowline';
import { expect, it } from 'vitest';

const guide = readFileSync(new URL('../../docs/guides/routes-and-parameters.md', import.meta.url), 'utf8');
const rows = [...guide.matchAll(/^\| `(\/[^`]*)` \| `(\/[^`]*)` \| (.*) \|$/gm)].map(
  ([, path = '', request = '', expected = '']) => ({ path, request, expected }),
);

it.each(rows)('$path asked for $request gives $expected', async ({ path, request, expected }) => {
  @Controller()
  class PathController {
    @Get(path) show(@Ctx() ctx: HttpContext): string {
      const given = Object.entries(ctx.params).map(([name, value]) => `\`${name}\` = \`${value}\``);
      return given.length === 0 ? 'nothing' : given.join(', ');
    }
  }
  const modules = [defineModule({ controllers: [PathController] })];
  await using app = await (await createApplication({ modules, signals: false, logger: { level: 'silent' } })).start();
  const { statusCode, body } = await app.inject({ url: request });
  expect(statusCode === 200 ? body.toString() : String(statusCode)).toBe(expected);
});

it('has such a table', () => {
  expect(rows.length).toBeGreaterThan(10);
});
