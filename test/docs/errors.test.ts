import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCatalogue, type ErrorCode, type ErrorFacts } from '../../src/foundation/index.js';
import { errorExamples } from './error-examples.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')).trim(), section] as const),
);
const codes = Object.keys(errorCatalogue) as ErrorCode[];

function exampleOf<C extends ErrorCode>(code: C): string {
  const sentence = errorCatalogue[code] as (facts: ErrorFacts<C>) => string;
  return sentence(errorExamples[code]).trimEnd();
}

describe('docs/errors.md', () => {
  it('has a section for each code and for no other', () => {
    const documented = [...sections.keys()].filter((title) => title.startsWith('BOW_'));
    expect(documented.toSorted()).toEqual(codes.toSorted());
  });

  it.each(codes)('shows %s as it is said', (code) => {
    expect(sections.get(code)).toContain(`\`\`\`text\n${exampleOf(code)}\n\`\`\``);
  });
});
