import { assert as checkProperty, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { parseDisposition } from '../../../src/http/files/content-disposition.js';

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');

it.each([
  ['form-data; name="a"', { name: 'a', fileName: undefined }],
  ['Form-Data;name=a ;filename=b.txt', { name: 'a', fileName: 'b.txt' }],
  ['form-data; name="a"; filename=""', { name: 'a', fileName: '' }],
  ['form-data; name=""; filename="C:\\fakepath\\x.txt"', { name: '', fileName: 'C:\\fakepath\\x.txt' }],
  ['form-data; name="a;b=\\"c\\""; filename="%22x%0d%0A"', { name: 'a;b="c"', fileName: '"x\r\n' }],
  ['form-data; name="a"; filename="b"; filename*=utf-8\'\'%C3%BC', { name: 'a', fileName: 'b' }],
  ['form-data; name="a"; filename*=UTF-8\'en\'%C3%BC', { name: 'a', fileName: '\u00fc' }],
  ['form-data; filename="b"; name="a";', { name: 'a', fileName: 'b' }],
])('reads %s', (header, expected) => {
  expect(parseDisposition(header)).toEqual(expected);
});

it.each([
  '',
  'attachment; name="a"',
  'form-data',
  'form-data; filename="b"',
  'form-data; name="a',
  'form-data; name="a"; name="b"',
  'form-data; name="a" b',
  'form-data; name="a"; filename="b"; FileName="c"',
  'form-data; name="\u00ff"',
  'form-data-x; name="a"',
])('refuses %j', (header) => {
  expect(parseDisposition(header)).toBeUndefined();
});

it('gives back what a browser has written', () => {
  const escape = (text: string): string => text.replaceAll(/[\r\n"]/g, (character) => encodeURIComponent(character));
  checkProperty(
    property(string({ unit: 'grapheme' }), string({ unit: 'grapheme' }), (name, fileName) => {
      // Backslashes stand for themselves, but for those that look like an escape.
      if (/\\["\\]|%(?:0[ad]|22)|\\$/i.test(`${name} ${fileName}`) || name.endsWith('\\')) return;
      const header = bytesOf(`form-data; name="${escape(name)}"; filename="${escape(fileName)}"`);
      expect(parseDisposition(header)).toEqual({ name, fileName });
    }),
  );
});
