import { chunked, forEach, get, head, post, utf8, type RequestTable } from './request-bytes.js';

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

const jsonTexts = [
  '{"a":1}',
  '[1,"two",null,true]',
  '"text"',
  '7',
  '-0',
  '1e400',
  'null',
  ' {"a" : 1} ',
  utf8('{"ü":"名"}'),
  utf8('\ufeff{"a":1}'),
  '{"a":1,"a":2}',
  '"\\ud800"',
  '',
  ' ',
  '{',
  '{"a":1,}',
  "{'a':1}",
  '{"a":NaN}',
  '[1 2]',
  '{"a":1}x',
  '{"a":"\n"}',
  '{"a":"\x00"}',
  '{"\xfc":1}',
  '"\xff\xfe"',
  utf8('\ufeff\ufeff1'),
  '{"__proto__":{}}',
  '{"a":{"__proto__":{}}}',
  '{"\\u005f_proto__":{}}',
  '{"constructor":{"prototype":{}}}',
  '{"constructor":1}',
  '['.repeat(32) + ']'.repeat(32),
  '['.repeat(33) + ']'.repeat(33),
  '['.repeat(5_000) + ']'.repeat(5_000),
  '['.repeat(50_000),
  '{"a":'.repeat(5_000),
];

const types = [
  'application/json',
  'APPLICATION/JSON',
  'application/json;charset=utf-8',
  'application/json; charset="utf-8"',
  'application/json; charset=UTF8',
  'application/json; charset=latin1',
  'application/json; charset=utf-16',
  'application/json; charset=',
  'application/json; charset',
  'application/json;',
  'application/json;;;',
  'application/json; a=b; charset=utf-8',
  'application/json; charset=utf-8; charset=latin1',
  'application/json, text/plain',
  'application/vnd.api+json',
  'application/+json',
  'text/json',
  'text/plain',
  'application/xml',
  'application/jsonx',
  'application/ json',
  'application / json',
  'json',
  '/',
  '*/*',
  'application/*',
  'multipart/form-data; boundary=x',
  'nonsense',
  '',
  ' ',
  '\xfc/\xfc',
  'a'.repeat(5_000),
];

const forms = [
  'a=1&b=2&b=3',
  '',
  'a',
  '=1',
  '&&&',
  'a=+%20',
  'a=%C3%BC',
  'a=%zz',
  'a=%C3',
  utf8('a=ü'),
  'a=\xfc',
  'a[b]=1&a[]=2',
  'a.b=1',
  '__proto__=1',
  'constructor=1',
  'a=1&'.repeat(60),
  'a=1;b=2',
];

const encodings = [
  'identity',
  'gzip',
  'GZIP',
  'br',
  'deflate',
  'x-gzip',
  'gzip, gzip',
  'identity, gzip',
  'nonsense',
  '',
  'identity, identity',
];

/** What a body may be. */
export const bodyRequests: RequestTable = {
  ...forEach('JSON', jsonTexts, (text) => post('/bodies/json', json, text)),
  ...forEach('JSON that the handler asks for', jsonTexts.slice(0, 16), (text) => post('/bodies/asked', json, text)),
  ...forEach('JSON in chunks', ['{"a":1}', '{', utf8('{"ü":1}')], (text) =>
    chunked(
      '/bodies/json',
      json,
      `${text
        .split('')
        .map((character) => `1\r\n${character}\r\n`)
        .join('')}0\r\n\r\n`,
    ),
  ),
  ...forEach('JSON of the type', types, (type) => post('/bodies/json', type, '{"a":1}')),
  ...forEach(
    'a body that nobody reads of the type',
    ['nonsense', '', 'application/json', 'multipart/form-data'],
    (type) => post('/bodies/unread', type, '{"a":'),
  ),
  ...forEach('an empty body of the type', ['application/json', 'nonsense', ''], (type) =>
    post('/bodies/json', type, ''),
  ),
  ...forEach('a body of an unknown path of the type', ['nonsense', 'application/json'], (type) =>
    post('/unknown', type, '{"a":'),
  ),
  ...forEach('an unread body by', ['PUT', 'PATCH'], (method) =>
    post('/bodies/unread', json, '{').replace('POST', method),
  ),
  ...forEach('a body of', ['GET', 'DELETE'], (method) => post('/bodies/json', json, '{"a":1}').replace('POST', method)),
  ...forEach('a bad body of', ['GET', 'DELETE'], (method) => post('/bodies/json', json, '{').replace('POST', method)),
  ...forEach('a body where none is asked for of', ['GET', 'HEAD', 'OPTIONS'], (method) =>
    post('/hello', json, '{"a":1}').replace('POST', method),
  ),
  ...forEach(
    'a body, and another request, of',
    ['GET', 'HEAD', 'OPTIONS', 'PROPFIND'],
    (method) => post('/hello', json, '{"a":1}').replace('POST', method) + get('/hello'),
  ),
  'no body': head('POST /bodies/json HTTP/1.1'),
  'no body, with a type': head('POST /bodies/json HTTP/1.1', `Content-Type: ${json}`),
  'no type': post('/bodies/json', undefined, '{"a":1}'),
  'two types': post('/bodies/json', json, '{"a":1}', 'Content-Type: text/plain'),
  'two types, the other first': post('/bodies/json', 'text/plain', '{"a":1}', `Content-Type: ${json}`),
  'a form where JSON is taken': post('/bodies/json', form, 'a=1'),
  'JSON where a form is taken': post('/bodies/form', json, '{"a":1}'),
  ...forEach('the form', forms, (text) => post('/bodies/form', form, text)),
  ...forEach(
    'the form of the type',
    [`${form}; charset=utf-8`, `${form}; charset=latin1`, form.toUpperCase()],
    (type) => post('/bodies/form', type, 'a=1'),
  ),
  ...forEach('the text', [utf8('grüße'), '', '\xfc', utf8('\ufeffa'), 'a\x00b', '{"a":1}'], (text) =>
    post('/bodies/text', 'text/plain', text),
  ),
  ...forEach('text of the type', ['text/html', 'text/plain; charset=latin1', json, 'text/', 'text'], (type) =>
    post('/bodies/text', type, 'a'),
  ),
  ...forEach(
    'bytes of the type',
    ['application/octet-stream', json, 'nonsense', 'text/plain; charset=latin1', ''],
    (type) => post('/bodies/bytes', type, '\x00\xff{'),
  ),
  'bytes of no type': post('/bodies/bytes', undefined, '\x00\xff'),
  ...forEach('one of several kinds, of the type', [json, form, 'text/plain', 'application/xml'], (type) =>
    post('/bodies/either', type, 'a=1'),
  ),
  ...forEach('the encoding', encodings, (encoding) =>
    post('/bodies/json', json, '{"a":1}', `Content-Encoding: ${encoding}`),
  ),
  ...forEach('the encoding of a body that nobody reads', ['gzip', 'nonsense'], (encoding) =>
    post('/bodies/unread', json, '{"a":1}', `Content-Encoding: ${encoding}`),
  ),
  ...forEach('the encoding of no body', ['gzip', 'nonsense'], (encoding) =>
    head('POST /bodies/json HTTP/1.1', `Content-Encoding: ${encoding}`),
  ),
};
