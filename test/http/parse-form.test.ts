import { array, assert as checkProperty, property, string, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseForm } from '../../src/http/body/parse-form.js';

const text = string({ unit: 'grapheme', maxLength: 12 });

describe('parseForm', () => {
  test('gives every field as URLSearchParams encoded it, repeated ones as a list', () => {
    checkProperty(
      property(array(tuple(text, text), { maxLength: 8 }), (pairs) => {
        const params = new URLSearchParams(pairs.filter(([name]) => name !== '__proto__'));
        const fields = parseForm(params.toString(), 100);
        for (const name of params.keys()) {
          const values = params.getAll(name);
          expect(fields[name]).toEqual(values.length === 1 ? values[0] : values);
        }
        expect(Object.keys(fields)).toHaveLength(new Set(params.keys()).size);
      }),
      { numRuns: 300 },
    );
  });

  test('has no field that was not sent', () => {
    const fields = parseForm('a=1', 10);
    expect(fields['constructor']).toBeUndefined();
    expect(fields['toString']).toBeUndefined();
  });

  test.each([
    ['', {}],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=%zz', { a: '%zz' }],
    ['a[0]=1&a[b]=2', { 'a[0]': '1', 'a[b]': '2' }],
  ])('reads %j', (form, fields) => {
    expect({ ...parseForm(form, 10) }).toEqual(fields);
  });

  test('refuses more fields than allowed', () => {
    expect(Object.keys(parseForm('a=1&b=2&c=3', 3))).toHaveLength(3);
    expect(() => parseForm('a=1&b=2&c=3&d=4', 3)).toThrow(expect.objectContaining({ status: 413 }) as Error);
    expect(() => parseForm('&&&&', 3)).toThrow(expect.objectContaining({ status: 413 }) as Error);
  });

  test.each(['__proto__=1', 'a=1&__proto__=1&__proto__=2', '%5f%5fproto__'])('refuses %s', (form) => {
    expect(() => parseForm(form, 10)).toThrow(expect.objectContaining({ status: 400 }) as Error);
  });
});
