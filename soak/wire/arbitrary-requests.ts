import {
  array,
  constant,
  constantFrom,
  integer,
  jsonValue,
  oneof,
  record,
  string,
  tuple,
  type Arbitrary,
} from 'fast-check';
import type { WireRequest } from './exchange.js';

/** A generated request. */
export interface FuzzCase extends WireRequest {
  /** Whether it is made of whole valid requests, so that the connection may be used again where the server has kept it. */
  readonly whole: boolean;
}

const paths = [
  '/',
  '/hello',
  '/users/7',
  '/users/7/orders/8',
  '/users/me',
  '/files/a/b',
  '/numbers/17',
  '/typed/1',
  '/flights/A-B',
  '/optional',
  '/stra%C3%9Fe',
  '/head/seen',
  '/head/headers',
  '/head/header',
  '/head/cookies',
  '/replies/object',
  '/replies/later',
  '/replies/next-turn',
  '/replies/bytes',
  '/replies/nothing',
  '/replies/redirect',
  '/replies/cookies',
  '/replies/headers',
  '/replies/created',
  '/replies/no-content',
  '/replies/not-modified',
  '/replies/refused',
  '/bodies/json',
  '/bodies/text',
  '/bodies/bytes',
  '/bodies/form',
  '/bodies/asked',
  '/bodies/either',
  '/bodies/unread',
  '/own/head',
  '/own/options',
  '/unknown',
] as const;

const latin1 = integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const anyBytes = (maxLength: number): Arbitrary<string> => string({ unit: latin1, maxLength });
const printable = string({
  unit: integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 12,
});

const pathPart = oneof(
  constantFrom(
    '',
    '/',
    '//',
    '.',
    '..',
    '%2F',
    '%2f',
    '%2e',
    '%00',
    '%',
    '%zz',
    '%C3%BC',
    '%C3',
    '%25',
    '%2541',
    '+',
    ';',
    '\\',
    '#',
    ':',
    '*',
    '?',
    '&',
    '=',
    '@',
    '|',
    '"',
    '[]',
    '~',
    '__proto__',
    'constructor',
  ),
  printable,
  constantFrom('hello', 'users', 'files', '7'),
);

const search = oneof(
  { weight: 4, arbitrary: constant('') },
  { weight: 1, arbitrary: array(pathPart, { maxLength: 4 }).map((parts) => `?${parts.join('')}`) },
  {
    weight: 1,
    arbitrary: array(tuple(printable, printable), { maxLength: 3 }).map(
      (pairs) => `?${pairs.map((pair) => pair.join('=')).join('&')}`,
    ),
  },
);

const target = tuple(
  oneof(
    { weight: 8, arbitrary: constantFrom(...paths) },
    {
      weight: 3,
      arbitrary: tuple(constantFrom(...paths), array(pathPart, { maxLength: 3 })).map(
        ([path, parts]) => path + parts.join(''),
      ),
    },
    { weight: 1, arbitrary: array(pathPart, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`) },
    {
      weight: 1,
      arbitrary: tuple(
        constantFrom('http://localhost', 'HTTP://a:80', 'https://[::1]', 'http://', 'ftp://a', 'http://a b', '*', ''),
        constantFrom(...paths),
      ).map((parts) => parts.join('')),
    },
    {
      weight: 1,
      arbitrary: tuple(constantFrom('/users/', '/files/', '/'), integer({ min: 490, max: 510 })).map(
        ([path, length]) => path + 'a'.repeat(length),
      ),
    },
  ),
  search,
).map((parts) => parts.join(''));

const method = oneof(
  { weight: 8, arbitrary: constantFrom('GET', 'POST') },
  { weight: 3, arbitrary: constantFrom('HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') },
  { weight: 1, arbitrary: constantFrom('TRACE', 'PROPFIND', 'QUERY', 'SEARCH', 'PURGE', 'SOURCE', 'M-SEARCH') },
);

const token = string({ unit: constantFrom(...'abcXYZ019-_.!#$%&*+^`|~'.split('')), minLength: 1, maxLength: 8 });
const fieldValue = string({
  unit: oneof(
    constantFrom(' ', '\t', ',', ';', '=', '"', '\\'),
    integer({ min: 0x21, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
  ),
  maxLength: 20,
});

/** Headers that frameworks look at, with values that they may stumble over. */
const knownHeader = tuple(
  constantFrom(
    'Accept',
    'Accept-Encoding',
    'Authorization',
    'Cache-Control',
    'Cookie',
    'If-None-Match',
    'If-Modified-Since',
    'Origin',
    'Range',
    'Referer',
    'TE',
    'Trailer',
    'Upgrade',
    'User-Agent',
    'Via',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-HTTP-Method-Override',
    'X-Value',
    'Keep-Alive',
    'Content-Type',
    'Content-Encoding',
    'Content-Location',
    'Set-Cookie',
    'Date',
    'X-Request-Id',
    '__proto__',
  ),
  oneof(
    constantFrom(
      '',
      '*',
      'a',
      'a=1; b=2',
      'gzip',
      'close',
      'bytes=0-1',
      '"a"',
      'nonsense;;;',
      'text/html',
      'application/json',
      'websocket',
    ),
    fieldValue,
  ),
).map(([name, value]) => `${name}: ${value}`);

const header = oneof(
  { weight: 4, arbitrary: knownHeader },
  { weight: 2, arbitrary: tuple(token, fieldValue).map(([name, value]) => `${name}: ${value}`) },
  {
    weight: 1,
    arbitrary: constantFrom(
      'Connection: close',
      'Connection: keep-alive',
      'Connection: upgrade',
      'Connection: x, close',
    ),
  },
);

const host = oneof(
  { weight: 9, arbitrary: constant('localhost') },
  {
    weight: 1,
    arbitrary: oneof(
      constantFrom(
        '',
        'a:80',
        '[::1]',
        'A.B',
        'a_b',
        '1.2.3',
        'a..b',
        'xn--a',
        '0x1',
        'a:',
        'a b',
        'a/b',
        'a@b',
        'a,b',
        '[',
        '%41',
      ),
      printable,
    ),
  },
);

const type = oneof(
  {
    weight: 6,
    arbitrary: constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'text/plain',
      'application/octet-stream',
      'application/json; charset=utf-8',
    ),
  },
  {
    weight: 1,
    arbitrary: constantFrom(
      '',
      ';',
      'a',
      '/',
      'application/json;',
      'application/json; charset',
      'application/json; charset=latin1',
      'text/html',
      'application/a+json',
      'multipart/form-data; boundary=x',
    ),
  },
  {
    weight: 1,
    arbitrary: tuple(token, token, fieldValue).map(([first, second, rest]) => `${first}/${second};${rest}`),
  },
);

const content = oneof(
  { weight: 1, arbitrary: constant('') },
  {
    weight: 3,
    arbitrary: jsonValue({ maxDepth: 3 }).map((value) => Buffer.from(JSON.stringify(value), 'utf8').toString('latin1')),
  },
  {
    weight: 2,
    arbitrary: array(
      constantFrom('{', '}', '[', ']', '"', ':', ',', '1', 'null', '__proto__', '"a"', '\\u0061', '\xef\xbb\xbf', ' '),
      { maxLength: 12 },
    ).map((parts) => parts.join('')),
  },
  {
    weight: 2,
    arbitrary: array(constantFrom('a', 'b', '=', '&', '%', '%41', '%C3', '+', '[]', '.', '__proto__'), {
      maxLength: 12,
    }).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: integer({ min: 1, max: 80 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)) },
  { weight: 1, arbitrary: anyBytes(60) },
  { weight: 1, arbitrary: integer({ min: 90_000, max: 110_000 }).map((length) => `"${'a'.repeat(length)}"`) },
);

const chunkSizes = array(integer({ min: 1, max: 40 }), { maxLength: 4 });
const extension = constantFrom('', '', '', ';a', ';a=b', ';a="b c"');

interface BodyParts {
  readonly type: string | undefined;
  readonly content: string;
  readonly framing: 'length' | 'chunked' | 'none';
  readonly sizes: readonly number[];
  readonly extension: string;
  readonly trailer: string;
  readonly expects: boolean;
}

const body: Arbitrary<BodyParts> = record({
  type: oneof({ weight: 6, arbitrary: type }, { weight: 1, arbitrary: constant(undefined) }),
  content,
  framing: oneof(
    { weight: 4, arbitrary: constant('length' as const) },
    { weight: 3, arbitrary: constant('chunked' as const) },
    { weight: 3, arbitrary: constant('none' as const) },
  ),
  sizes: chunkSizes,
  extension,
  trailer: constantFrom('', '', '', 'X-Trailer: 1\r\n', 'X-A: 1\r\nX-B: 2\r\n'),
  expects: integer({ min: 0, max: 30 }).map((each) => each === 30),
});

function framed({ content: text, framing, sizes, extension: more, trailer }: BodyParts): {
  readonly headers: readonly string[];
  readonly bytes: string;
} {
  if (framing === 'none') return { headers: [], bytes: '' };
  if (framing === 'length') return { headers: [`Content-Length: ${text.length}`], bytes: text };
  let rest = text;
  let bytes = '';
  for (const size of [...sizes, rest.length]) {
    const part = rest.slice(0, size);
    rest = rest.slice(size);
    if (part !== '') bytes += `${part.length.toString(16)}${more}\r\n${part}\r\n`;
  }
  return { headers: ['Transfer-Encoding: chunked'], bytes: `${bytes}0\r\n${trailer}\r\n` };
}

const validRequest = record({
  method,
  target,
  version: oneof(
    { weight: 12, arbitrary: constant('HTTP/1.1') },
    { weight: 1, arbitrary: constantFrom('HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0') },
  ),
  host,
  headers: array(header, { maxLength: 4 }),
  body,
}).map((parts) => {
  const { headers, bytes } = framed(parts.body);
  const lines = [
    `${parts.method} ${parts.target} ${parts.version}`,
    `Host: ${parts.host}`,
    ...parts.headers,
    ...(parts.body.type === undefined || headers.length === 0 ? [] : [`Content-Type: ${parts.body.type}`]),
    ...headers,
    ...(parts.body.expects ? ['Expect: 100-continue'] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${bytes}`;
});

/** What is put in the place of bytes, or between them. */
const debris = oneof(
  {
    weight: 3,
    arbitrary: constantFrom(
      '',
      '\r',
      '\n',
      '\r\n',
      '\r\n\r\n',
      ' ',
      '\t',
      '\x00',
      ':',
      ',',
      ';',
      '"',
      '0',
      '-1',
      'f',
      '0\r\n\r\n',
      '\xff',
      '\x7f',
      'HTTP/1.1',
      'HTTP/1.0',
      'HTTP/9.9',
    ),
  },
  {
    weight: 3,
    arbitrary: constantFrom(
      '\r\nHost: other',
      '\r\nhost:',
      '\r\nContent-Length: 5',
      '\r\nContent-Length: 0',
      '\r\nContent-Length: -1',
      '\r\nContent-Length: 99999999999999999999',
      '\r\nTransfer-Encoding: chunked',
      '\r\nTransfer-Encoding: gzip',
      '\r\nTransfer-Encoding: identity',
      '\r\nTransfer-Encoding : chunked',
      '\r\n Transfer-Encoding: chunked',
      '\r\nConnection: close',
      '\r\nConnection: keep-alive',
      '\r\nConnection: upgrade\r\nUpgrade: websocket',
      '\r\nExpect: 100-continue',
      '\r\nExpect: other',
      '\r\nContent-Encoding: gzip',
      '\r\nContent-Type: text/plain',
    ),
  },
  { weight: 1, arbitrary: anyBytes(8) },
  {
    weight: 1,
    arbitrary: constantFrom(
      'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n',
      'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
      'FROB / HTTP/1.1\r\n\r\n',
    ),
  },
  { weight: 1, arbitrary: constantFrom('a'.repeat(600), 'a'.repeat(17_000)) },
);

interface Mutation {
  /** Where, as a share of the length. */
  readonly at: number;
  /** How many bytes are taken away. */
  readonly cut: number;
  readonly put: string;
}

const share = integer({ min: 0, max: 1_000 }).map((thousandth) => thousandth / 1_000);
const mutation: Arbitrary<Mutation> = record({
  at: share,
  cut: oneof(constant(0), constant(1), integer({ min: 0, max: 12 })),
  put: debris,
});

/** Most of a request with a large body is the body: what is broken is to be broken near the head. */
function mutate(bytes: string, { at, cut, put }: Mutation): string {
  const place = Math.floor(at * Math.min(bytes.length, 400));
  return bytes.slice(0, place) + put + bytes.slice(place + cut);
}

/** Whole lines of a head are taken away, doubled, or change places. */
const lineMutation = tuple(constantFrom('drop', 'double', 'swap', 'lf', 'cr'), share);

function mutateLines(bytes: string, [kind, at]: readonly [string, number]): string {
  const end = bytes.indexOf('\r\n\r\n');
  const lines = bytes.slice(0, end).split('\r\n');
  const index = Math.floor(at * (lines.length - 1));
  const line = lines[index] ?? '';
  const rest = bytes.slice(end);
  if (kind === 'drop') lines.splice(index, 1);
  else if (kind === 'double') lines.splice(index, 0, line);
  else if (kind === 'swap') lines.push(...lines.splice(index, 1));
  const text = lines.join('\r\n');
  if (kind === 'lf') return text.replace('\r\n', '\n') + rest;
  return (kind === 'cr' ? text.replace('\r\n', '\r') : text) + rest;
}

const pipeline = oneof(
  { weight: 6, arbitrary: validRequest },
  { weight: 1, arbitrary: array(validRequest, { minLength: 2, maxLength: 4 }).map((requests) => requests.join('')) },
);

const broken = oneof(
  {
    weight: 5,
    arbitrary: tuple(pipeline, array(mutation, { minLength: 1, maxLength: 3 })).map(([bytes, mutations]) =>
      mutations.reduce(mutate, bytes),
    ),
  },
  { weight: 2, arbitrary: tuple(pipeline, lineMutation).map(([bytes, change]) => mutateLines(bytes, change)) },
  { weight: 1, arbitrary: tuple(pipeline, share).map(([bytes, at]) => bytes.slice(0, Math.floor(at * bytes.length))) },
  { weight: 1, arbitrary: tuple(pipeline, debris).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: array(debris, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')) },
);

function inSteps(bytes: string, places: readonly number[]): readonly string[] {
  const cuts = places.map((place) => Math.floor(place * bytes.length)).toSorted((a, b) => a - b);
  return [0, ...cuts].map((start, index) => bytes.slice(start, cuts[index] ?? bytes.length));
}

/** Valid requests, broken ones, and ones that come in pieces or end early. */
export const fuzzCase: Arbitrary<FuzzCase> = oneof(
  { weight: 4, arbitrary: pipeline.map((bytes) => ({ steps: [bytes], whole: true })) },
  { weight: 5, arbitrary: broken.map((bytes) => ({ steps: [bytes], whole: false })) },
  {
    weight: 1,
    arbitrary: tuple(
      oneof(pipeline, broken),
      array(share, { minLength: 1, maxLength: 3 }),
      constantFrom('no', 'at once', 'by reset'),
    ).map(([bytes, places, leaving]) => ({
      steps: inSteps(bytes, places),
      ...(leaving === 'no' ? {} : { leaving }),
      whole: false,
    })),
  },
);
