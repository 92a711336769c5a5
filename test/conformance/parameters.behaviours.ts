import { expect, test } from 'vitest';
import type { ProviderUnderTest } from './harness/describe-providers.js';

/** Held against what each compiler makes of the same controllers. */
export function parameterBehaviours(server: ProviderUnderTest): void {
  const refused = [
    '12abc',
    'NaN',
    'Infinity',
    '-Infinity',
    '0x10',
    '0b1',
    '1e400',
    '9007199254740993',
    '-9007199254740993',
    '%201',
    '1%20',
    '+1',
    '.5',
    '5.',
    '1_000',
    '1,5',
    '007',
    '%D9%A3',
  ];

  test.each([
    ['0', '0'],
    ['42', '42'],
    ['-7', '-7'],
    ['1.5', '1.5'],
    ['1e3', '1000'],
    ['5e-324', '5e-324'],
    ['9007199254740991', '9007199254740991'],
  ])('reads the number %s', async (text, value) => {
    expect(await server.get(`/path/number/${text}`)).toMatchObject({ status: 200, json: { type: 'number', value } });
  });

  test.each(refused)('refuses %s as a number', async (text) => {
    expect(await server.get(`/path/number/${text}`)).toMatchObject({ status: 400 });
    expect(await server.get(`/query/number?value=${text}`)).toMatchObject({ status: 400 });
  });

  test('refuses an empty text as a number', async () => {
    expect(await server.get('/query/number?value=')).toMatchObject({ status: 400 });
    expect(await server.get('/query/number?value')).toMatchObject({ status: 400 });
  });

  test('says which parameter was refused, where it stood and what was expected', async () => {
    const answer = await server.get('/path/number/12abc');
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json).toEqual({
      title: 'Bad Request',
      status: 400,
      detail: "The path parameter 'value' must be a number, not '12abc'.",
      errors: [
        {
          path: '/value',
          in: 'param',
          code: 'type',
          params: ['number'],
          message: "the path parameter 'value' must be a number, not '12abc'",
        },
      ],
    });
  });

  test('shows no more than the beginning of a long text that was refused', async () => {
    const answer = await server.get(`/query/number?value=${'9'.repeat(2_000)}`);
    expect(answer.json).toMatchObject({
      detail: `The query value 'value' must be a number, not '${'9'.repeat(80)}...'.`,
    });
  });

  test('converts by the type in the decorator', async () => {
    expect(await server.get('/path/told/3')).toMatchObject({ json: { type: 'number', value: '3' } });
    expect(await server.get('/path/told/three')).toMatchObject({ status: 400 });
  });

  test('leaves a string as it is', async () => {
    expect(await server.get('/path/string/007')).toMatchObject({ json: { type: 'string', value: '007' } });
  });

  test.each(['true', 'false'])('reads the boolean %s', async (value) => {
    expect(await server.get(`/path/boolean/${value}`)).toMatchObject({ json: { type: 'boolean', value } });
  });

  test.each(['1', '0', 'yes', 'TRUE', 'on'])('refuses %s as a boolean', async (text) => {
    const answer = await server.get(`/path/boolean/${text}`);
    expect(answer).toMatchObject({
      status: 400,
      json: { detail: `The path parameter 'value' must be true or false, not '${text}'.` },
    });
  });

  test('reads a bigint beyond what a number holds', async () => {
    expect(await server.get('/path/bigint/9007199254740993')).toMatchObject({
      json: { type: 'bigint', value: '9007199254740993' },
    });
    expect(await server.get('/path/bigint/-12')).toMatchObject({ json: { type: 'bigint', value: '-12' } });
  });

  test.each(['1.5', '0x10', '1e3', '12n', '%20', '+1', '007'])('refuses %s as a bigint', async (text) => {
    expect(await server.get(`/path/bigint/${text}`)).toMatchObject({ status: 400 });
  });

  test.each([
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-11-23T10:30:00Z', '2026-11-23T10:30:00.000Z'],
    ['2026-11-23T10:30:00.123%2B02:00', '2026-11-23T08:30:00.123Z'],
    ['2026-11-23T10:30Z', '2026-11-23T10:30:00.000Z'],
  ])('reads the date %s', async (text, value) => {
    expect(await server.get(`/path/date/${text}`)).toMatchObject({ json: { type: 'Date', value } });
  });

  test.each([
    '2026-02-30',
    '0001-01-00',
    '2025-02-29',
    '2026-13-01',
    '2026-04-31',
    '2026-11-23T10:30:00',
    '2026-11-23T25:00:00Z',
    '2026',
    '1764000000000',
    '23.11.2026',
    'today',
  ])('refuses %s as a date', async (text) => {
    expect(await server.get(`/path/date/${text}`)).toMatchObject({ status: 400 });
  });

  test('takes the values of an enum of strings and no others', async () => {
    expect(await server.get('/path/color/red')).toMatchObject({ json: { type: 'string', value: 'red' } });
    const answer = await server.get('/path/color/Red');
    expect(answer).toMatchObject({
      status: 400,
      json: { detail: "The path parameter 'value' must be one of red, green, not 'Red'." },
    });
  });

  test('takes the values of an enum of numbers and not its names', async () => {
    expect(await server.get('/path/size/3')).toMatchObject({ json: { type: 'number', value: '3' } });
    expect(await server.get('/path/size/2')).toMatchObject({ status: 400 });
    expect(await server.get('/path/size/Large')).toMatchObject({ status: 400 });
    expect(await server.get('/path/local-size/0')).toMatchObject({ json: { type: 'number', value: '0' } });
    expect(await server.get('/path/local-size/1')).toMatchObject({ status: 400 });
  });

  test('takes a list of values for an enum', async () => {
    expect(await server.get('/path/listed/b')).toMatchObject({ json: { type: 'string', value: 'b' } });
    expect(await server.get('/path/listed/c')).toMatchObject({ status: 400 });
  });

  test('reads a parameter that is declared as an enum by the type of its values', async () => {
    expect(await server.get('/query/declared-enum?value=red')).toMatchObject({
      json: { type: 'string', value: 'red' },
    });
    expect(await server.get('/query/declared-size?value=3')).toMatchObject({ json: { type: 'number', value: '3' } });
    expect(await server.get('/query/declared-size?value=large')).toMatchObject({ status: 400 });
  });

  test('leaves an optional parameter of the path undefined where it is missing', async () => {
    expect(await server.get('/path/optional')).toMatchObject({ json: { type: 'undefined' } });
    expect(await server.get('/path/optional/4')).toMatchObject({ json: { type: 'number', value: '4' } });
    expect(await server.get('/path/optional/four')).toMatchObject({ status: 400 });
  });

  test('lets a parameter of the path that is missing take its default', async () => {
    expect(await server.get('/path/default')).toMatchObject({ json: { type: 'number', value: '7' } });
    expect(await server.get('/path/default/8')).toMatchObject({ json: { type: 'number', value: '8' } });
  });

  test('gives undefined for a query value that is missing', async () => {
    expect(await server.get('/query/string')).toMatchObject({ json: { type: 'undefined' } });
    expect(await server.get('/query/number?other=1')).toMatchObject({ json: { type: 'undefined' } });
  });

  test('gives an empty string for a query value that is empty', async () => {
    expect(await server.get('/query/string?value=')).toMatchObject({ json: { type: 'string', value: '' } });
    expect(await server.get('/query/string?value')).toMatchObject({ json: { type: 'string', value: '' } });
  });

  test('decodes a query value, plus signs as spaces', async () => {
    expect(await server.get('/query/string?value=a%26b%3D%C3%BC+c%2Bd')).toMatchObject({
      json: { type: 'string', value: 'a&b=ü c+d' },
    });
  });

  test('decodes the name of a query value', async () => {
    expect(await server.get('/query/number?%76alue=5')).toMatchObject({ json: { value: '5' } });
  });

  test('lets a missing query value take the default of the parameter', async () => {
    expect(await server.get('/query/default')).toMatchObject({ json: { type: 'number', value: '20' } });
    expect(await server.get('/query/default?value=5')).toMatchObject({ json: { type: 'number', value: '5' } });
    expect(await server.get('/query/default?value=')).toMatchObject({ status: 400 });
  });

  test('lets a missing query value take the default of the decorator', async () => {
    expect(await server.get('/query/default-option')).toMatchObject({ json: { type: 'number', value: '5' } });
    expect(await server.get('/query/default-option?value=6')).toMatchObject({ json: { value: '6' } });
  });

  test('answers 400 where a required query value is missing', async () => {
    expect((await server.get('/query/required')).json).toEqual({
      title: 'Bad Request',
      status: 400,
      detail: "The query value 'value' is required.",
      errors: [{ path: '/value', in: 'query', code: 'required', message: "the query value 'value' is required" }],
    });
    expect(await server.get('/query/required?value=1')).toMatchObject({ json: { value: '1' } });
  });

  test('takes the last of a repeated query value', async () => {
    expect(await server.get('/query/number?value=1&value=2')).toMatchObject({ json: { type: 'number', value: '2' } });
    expect(await server.get('/query/string?value=a&value=b&value=c')).toMatchObject({
      json: { type: 'string', value: 'c' },
    });
    expect(await server.get('/query/number?value=1&value=x')).toMatchObject({ status: 400 });
  });

  test('gives a list of one for a query value that came once where an array is declared', async () => {
    expect(await server.get('/query/array?value=1')).toMatchObject({ json: { type: 'array', value: '[1]' } });
  });

  test('gives all values of a repeated one where an array is declared', async () => {
    expect(await server.get('/query/array?value=1&value=2&value=3')).toMatchObject({
      json: { type: 'array', value: '[1,2,3]' },
    });
    expect(await server.get('/query/enum-array?value=red&value=green')).toMatchObject({
      json: { value: '["red","green"]' },
    });
  });

  test('refuses an array of which one value does not fit', async () => {
    expect(await server.get('/query/array?value=1&value=two')).toMatchObject({ status: 400 });
    expect(await server.get('/query/enum-array?value=red&value=blue')).toMatchObject({ status: 400 });
  });

  test('does not part a value at commas', async () => {
    expect(await server.get('/query/array?value=1,2')).toMatchObject({ status: 400 });
    expect(await server.get('/query/required-array?value=a,b')).toMatchObject({ json: { value: '["a,b"]' } });
  });

  test('treats an array that is missing by its options', async () => {
    expect(await server.get('/query/array')).toMatchObject({ json: { type: 'undefined' } });
    expect(await server.get('/query/enum-array')).toMatchObject({ json: { value: '["green"]' } });
    expect(await server.get('/query/required-array')).toMatchObject({ status: 400 });
  });

  test('gives brackets in names of query values no meaning', async () => {
    expect(await server.get('/query/array?value[]=1')).toMatchObject({ json: { type: 'undefined' } });
    expect((await server.get('/query/whole?a[b]=1')).json).toEqual({ 'a[b]': '1' });
  });

  test('converts each of several parameters', async () => {
    const answer = await server.get('/query/several?a=1&b=false&c=x&d=2026-01-02&e=12');
    expect(answer.json).toEqual([
      { type: 'number', value: '1' },
      { type: 'boolean', value: 'false' },
      { type: 'string', value: 'x' },
      { type: 'Date', value: '2026-01-02T00:00:00.000Z' },
      { type: 'bigint', value: '12' },
    ]);
  });

  test('gives a handler the whole query', async () => {
    expect((await server.get('/query/whole?a=1&b=2&b=3')).json).toEqual({ a: '1', b: ['2', '3'] });
    expect((await server.get('/query/whole')).json).toEqual({});
  });

  test('keeps a query value called __proto__ a plain value', async () => {
    const answer = await server.get('/query/whole?__proto__=x&constructor=y');
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('{"__proto__":"x","constructor":"y"}');
  });

  test('converts a header, whatever the case of its name', async () => {
    expect(await server.get('/named/header', { headers: { 'X-COUNT': '12' } })).toMatchObject({
      json: { type: 'number', value: '12' },
    });
    expect(await server.get('/named/header')).toMatchObject({ json: { type: 'undefined' } });
    const answer = await server.get('/named/header', { headers: { 'x-count': 'many' } });
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ path: '/X-Count', in: 'header', code: 'type' }] } });
  });

  test('gives a handler all headers', async () => {
    expect(await server.get('/named/headers', { headers: { 'user-agent': 'conformance' } })).toMatchObject({
      json: { agent: 'conformance' },
    });
  });

  test('answers 400 where a required header is missing', async () => {
    expect(await server.get('/named/required-header')).toMatchObject({
      status: 400,
      json: { detail: "The header 'x-token' is required." },
    });
    expect(await server.get('/named/required-header', { headers: { 'x-token': '' } })).toMatchObject({
      json: { type: 'string', value: '' },
    });
  });

  test('finds nothing that the client did not send, whatever its name', async () => {
    const answer = await server.get('/named/inherited-name', { headers: { cookie: 'a=b' } });
    expect(answer.json).toEqual(Array.from({ length: 3 }, () => ({ type: 'undefined', value: 'undefined' })));
  });

  test('reads a cookie, decoded', async () => {
    const headers = { cookie: 'a=b; session=caf%C3%A9%20%3B; c=d' };
    expect(await server.get('/named/cookie', { headers })).toMatchObject({ json: { type: 'string', value: 'café ;' } });
    expect(await server.get('/named/cookie')).toMatchObject({ json: { type: 'undefined' } });
  });

  test('reads a quoted cookie, and one that is not validly encoded as it is', async () => {
    expect(await server.get('/named/cookie', { headers: { cookie: 'session=%zz' } })).toMatchObject({
      json: { value: '%zz' },
    });
  });

  test('converts a cookie', async () => {
    expect(await server.get('/named/numbered-cookie', { headers: { cookie: 'count=4' } })).toMatchObject({
      json: { type: 'number', value: '4' },
    });
    expect(await server.get('/named/numbered-cookie')).toMatchObject({ json: { type: 'number', value: '0' } });
    const answer = await server.get('/named/numbered-cookie', { headers: { cookie: 'count=four' } });
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ in: 'cookie', path: '/count' }] } });
  });

  test('makes an instance of a class of the whole query, converted and validated', async () => {
    const answer = await server.get('/dto/page?limit=5&search=rope&tags=a&unknown=1');
    expect(answer.json).toEqual({ isPage: true, limit: 5, search: 'rope', tags: ['a'] });
    expect((await server.get('/dto/page')).json).toEqual({ isPage: true, limit: 20, tags: [] });
    expect((await server.get('/dto/page?tags=a&tags=b')).json).toMatchObject({ tags: ['a', 'b'] });
  });

  test('lists what was wrong with the whole query', async () => {
    expect(await server.get('/dto/page?limit=500')).toMatchObject({
      status: 400,
      json: {
        detail: 'The query string did not pass validation: one error.',
        errors: [{ path: '/limit', in: 'query', code: 'max' }],
      },
    });
    expect(await server.get('/dto/page?limit=5x')).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/limit', in: 'query', code: 'type', message: 'limit must be a number' }] },
    });
  });

  test('makes an instance of the declared class of the body', async () => {
    const answer = await server.post('/dto/thing', { json: { name: 'bowline' } });
    expect(answer).toMatchObject({ status: 200, json: { isThing: true, name: 'bowline' } });
    expect(await server.post('/dto/thing', { json: { name: 7 } })).toMatchObject({ status: 400 });
  });
}
