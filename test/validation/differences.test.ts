import 'reflect-metadata';
import { describe, expect, test } from 'vitest';
import { findDifferences } from '../../soak/validation/find-differences.js';
import { exportedDecorators, ruleSamples, structural } from '../../soak/validation/rule-samples.js';

/** As many as end within some ten seconds; `npm run soak -- validation` takes more. */
const cases = 15_000;

/** A builder takes over nothing of a class with the first, and JSON has no instance of a class for the other. */
const neverBuilt = ['ValidatePromise', 'IsInstance'];

describe('validation', () => {
  test.each([
    ['that are the same each time', 1],
    ['that nobody has seen yet', Math.floor(Math.random() * 0x7fff_ffff)],
  ])(
    'gives the verdict, the failures and the instance of both libraries for classes %s (seed %i)',
    async (_what, seed) => {
      const tally = await findDifferences({ cases, seed });

      expect(tally.finding).toBeUndefined();
      expect(exportedDecorators().filter((name) => !tally.used.has(name))).toEqual([]);
      expect(tally.built).toBeGreaterThan(cases / 10);
      expect(tally.builtMaps).toBeGreaterThan(0);
      expect(tally.builtSets).toBeGreaterThan(0);
      expect(exportedDecorators().filter((name) => !tally.builtWith.has(name) && !neverBuilt.includes(name))).toEqual(
        [],
      );
    },
    120_000,
  );

  test('is compared for every decorator that class-validator exports', () => {
    const made = new Set([...ruleSamples.map(({ decorator }) => decorator), ...structural]);
    expect(exportedDecorators().filter((name) => !made.has(name))).toEqual([]);
  });
});
