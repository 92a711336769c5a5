import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { defaultLimits, defaultTimeouts } from '../../src/http/index.js';

const page = readFileSync(new URL('../../docs/http-rules.md', import.meta.url), 'utf8');

const { multipart, ...withoutForms } = defaultLimits;
const { size: _, ...withoutTotal } = multipart;

it.each([
  ['Limits', withoutForms],
  ['Forms with files', withoutTotal],
  ['Time-outs', defaultTimeouts],
])('docs/http-rules.md lists the defaults under %s', (heading, defaults) => {
  expect(defaultsUnder(heading)).toEqual(defaults);
});

it('docs/http-rules.md links to what is there', () => {
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, link = '']) => link);

  expect(headings).toEqual(expect.arrayContaining(links));
});

/** The first two columns of the table under a heading. */
function defaultsUnder(heading: string): Record<string, number> {
  const section = page.split(/^##+ /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const rows = section.matchAll(/^\| `(\w+)` \| (\d+) \|/gm);
  return Object.fromEntries([...rows].map(([, name = '', value]) => [name, Number(value)]));
}
