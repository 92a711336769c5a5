import { assert as checkProperty, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { toFileName } from '../../../src/http/files/file-name.js';

it('never gives a path, a control character, a torn character or more than 255 of them', () => {
  checkProperty(
    property(string({ unit: 'binary', maxLength: 600, size: 'max' }), (given) => {
      const name = toFileName(given);
      expect(name).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]|^\.{1,2}$/u);
      expect(name.isWellFormed()).toBe(true);
      expect(name.length).toBeLessThanOrEqual(255);
    }),
    { numRuns: 1_000 },
  );
});

it('gives the same again for what it gave', () => {
  checkProperty(
    property(string({ unit: 'binary' }), (given) => {
      expect(toFileName(toFileName(given))).toBe(toFileName(given));
    }),
  );
});

it('leaves ordinary names as they are', () => {
  checkProperty(
    property(string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (given) => {
      if (/[/\\\p{Cc}\p{Cf}\u2028\u2029]|^\s|\s$|^\.{1,2}$/u.test(given)) return;
      expect(toFileName(given)).toBe(given);
    }),
  );
});
