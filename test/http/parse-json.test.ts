import { assert as checkProperty, integer, jsonValue, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/http/body/parse-json.js';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, each]) =>
      key === '__proto__' ||
      (key === 'constructor' && typeof each === 'object' && each !== null && Object.hasOwn(each, 'prototype')) ||
      namesPrototype(each),
  );
}

/** Without the name that is refused, whoever is called so. */
const acceptableJson = jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('parseJson', () => {
  test('gives what JSON.parse gives, for whatever is not too deep and sets no prototype', () => {
    checkProperty(
      property(acceptableJson, (value) => {
        const text = JSON.stringify(value);
        if (namesPrototype(JSON.parse(text))) return;
        expect(parseJson(text, 64)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  test('takes exactly what nests as deep as allowed', () => {
    checkProperty(
      property(acceptableJson, integer({ min: 1, max: 6 }), (value, maxDepth) => {
        const text = JSON.stringify(value, undefined, 1);
        const parse = (): unknown => parseJson(text, maxDepth);
        if (depthOf(JSON.parse(text)) > maxDepth) expect(parse).toThrow(`nests deeper than the ${maxDepth} levels`);
        else expect(parse()).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  test('counts no brackets inside strings', () => {
    checkProperty(
      property(string({ unit: 'grapheme' }), (text) => {
        const bracketed = `[{"${text}\\`;
        expect(parseJson(JSON.stringify({ [bracketed]: bracketed }), 1)).toEqual({ [bracketed]: bracketed });
      }),
    );
  });

  test('throws a 400 and nothing else, whatever the text', () => {
    checkProperty(
      property(string(), (text) => {
        try {
          parseJson(text, 4);
        } catch (error) {
          expect(error).toMatchObject({ status: 400 });
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is not slow on an unclosed string of any length', () => {
    expect(() => parseJson(`"${'\\'.repeat(1_000_001)}`, 4)).toThrow('not valid JSON');
  });

  test.each(['{"__proto__":1}', '{"a":{"__proto__":{}}}', '{"\\u005f_proto__":1}', '{"constructor":{"prototype":1}}'])(
    'refuses %s',
    (text) => {
      expect(() => parseJson(text, 64)).toThrow('a key that is refused');
    },
  );

  test('keeps the mistake as the cause', () => {
    expect(() => parseJson('{', 64)).toThrow(
      expect.objectContaining({ cause: expect.any(SyntaxError) as unknown }) as Error,
    );
  });
});
