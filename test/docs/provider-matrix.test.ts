import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { countsOf, matrixIn, providerMatrix } from '../conformance/harness/provider-matrix.js';

it('docs/providers.md shows the capabilities and exceptions that are declared; npm run matrix writes them', async () => {
  const written = matrixIn(readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8'));

  // The numbers are those of the last time that it was written: a page that changes with every test helps nobody.
  expect(written).toBe(await providerMatrix(countsOf(written)));
  expect(written).not.toContain('NaN');
});
