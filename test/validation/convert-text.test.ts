import {
  assert as checkProperty,
  bigInt,
  constantFrom,
  date,
  double,
  integer,
  oneof,
  property,
  string,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { converterOf, enumConverter, enumValues } from '../../src/validation/index.js';

const convert = (type: unknown, text: string): unknown => converterOf(type)?.convert(text);

/** Whether a number is one that a double holds as it is written. */
const isSafe = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));

describe('a number', () => {
  test('is read from whatever Number prints, where a double holds it exactly', () => {
    checkProperty(
      property(oneof(double(), double({ noInteger: true }), integer().map(Number)), (value) => {
        const expected = isSafe(value) ? Number(String(value)) : undefined;
        expect(convert(Number, String(value))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('is never read from a text that Number reads otherwise', () => {
    const numeric = string({ unit: constantFrom(...'0123456789.-+eExn_ '.split('')), maxLength: 8 });
    checkProperty(
      property(oneof(string(), numeric), (text) => {
        const value = convert(Number, text);
        if (value === undefined) return;
        expect(value).toBe(Number(text));
        expect(text).toBe(text.trim());
        expect(text).not.toBe('');
        expect(isSafe(value as number)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['9007199254740991', '-9007199254740991'])('may be as large as %s', (text) => {
    expect(convert(Number, text)).toBe(Number(text));
  });

  test.each(['9007199254740992', '-9007199254740992', '1e21', '1e400', '-1e400'])('is not %s', (text) => {
    expect(convert(Number, text)).toBeUndefined();
  });
});

describe('a bigint', () => {
  test('is read from whatever it prints', () => {
    checkProperty(
      property(bigInt(), (value) => {
        expect(convert(BigInt, String(value))).toBe(value);
      }),
    );
  });

  test('has at most 1,000 digits, since reading more is slow', () => {
    expect(convert(BigInt, '9'.repeat(1_000))).toBe(10n ** 1_000n - 1n);
    expect(convert(BigInt, '9'.repeat(1_001))).toBeUndefined();
  });
});

describe('a date', () => {
  const years = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };

  test('is read from whatever toISOString prints', () => {
    checkProperty(
      property(date(years), (value) => {
        expect(convert(Date, value.toISOString())).toEqual(value);
        expect(convert(Date, value.toISOString().slice(0, 10))).toEqual(new Date(value.toISOString().slice(0, 10)));
      }),
    );
  });

  test('is never of another day than the text says', () => {
    checkProperty(
      property(
        integer({ min: 1, max: 9999 }),
        integer({ min: 0, max: 13 }),
        integer({ min: 0, max: 32 }),
        (year, month, day) => {
          const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
          const value = convert(Date, text) as Date | undefined;
          if (value !== undefined) expect(value.toISOString().slice(0, 10)).toBe(text);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('with a time needs Z or an offset', () => {
    expect(convert(Date, '2026-11-23T10:00:00')).toBeUndefined();
    expect(convert(Date, '2026-11-23T10:00:00-05:30')).toEqual(new Date('2026-11-23T15:30:00Z'));
  });
});

describe('an enum', () => {
  enum Named {
    First = 'first',
    Second = 'second',
  }
  enum Numbered {
    Zero,
    Seven = 7,
    Below = -1,
  }

  test('has the values of its members and not their names', () => {
    expect(enumValues(Named)).toEqual(['first', 'second']);
    expect(enumValues(Numbered)).toEqual([0, 7, -1]);
    expect(enumValues(['a', 1])).toEqual(['a', 1]);
  });

  test('of numbers gives numbers', () => {
    const converter = enumConverter(enumValues(Numbered));
    expect(converter.type).toBe('number');
    expect(['0', '7', '-1', 'Zero', '00', '7.0', ''].map((text) => converter.convert(text))).toEqual([
      0,
      7,
      -1,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('says which values it takes', () => {
    expect(enumConverter(enumValues(Named))).toMatchObject({ type: 'string', expected: 'one of first, second' });
  });

  test('takes nothing that every object has', () => {
    expect(enumConverter(['a']).convert('constructor')).toBeUndefined();
    expect(enumConverter(['a']).convert('__proto__')).toBeUndefined();
  });
});

describe('converterOf', () => {
  test.each([Object, Array, undefined, null, class {}, Symbol])('has none for %s', (type) => {
    expect(converterOf(type)).toBeUndefined();
  });
});
