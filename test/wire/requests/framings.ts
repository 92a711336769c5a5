import { chunked, forEach, get, head, post, type RequestTable } from './request-bytes.js';

const json = 'application/json';
const echo = '/bodies/json';

const lengths = [
  '7',
  '0',
  '007',
  '+7',
  '-7',
  '7.0',
  '0x7',
  '7,7',
  '7, 7',
  '7 7',
  ' 7',
  '7 ',
  '',
  'x',
  '7x',
  '99999999999999999999',
  '18446744073709551623',
  '1e1',
  '\xb2',
];

const codings = [
  'chunked',
  'Chunked',
  'CHUNKED',
  ' chunked ',
  'chunked;x=1',
  'chunked, chunked',
  'gzip, chunked',
  'gzip',
  'identity',
  'identity, chunked',
  'chunked, identity',
  'chunked, gzip',
  'xchunked',
  'chunkedx',
  '"chunked"',
  'chunked,',
  ', chunked',
  '',
  'deflate, gzip, chunked',
  '\x0bchunked',
];

const wholeChunks = {
  'in one chunk': '7\r\n{"a":1}\r\n0\r\n\r\n',
  'in seven chunks': `${'{"a":1}'
    .split('')
    .map((character) => `1\r\n${character}\r\n`)
    .join('')}0\r\n\r\n`,
  'with a size in capitals': `A\r\n{"a":1234}\r\n0\r\n\r\n`,
  'with zeros before the size': '0007\r\n{"a":1}\r\n000\r\n\r\n',
  'with an extension': '7;name=value\r\n{"a":1}\r\n0\r\n\r\n',
  'with a quoted extension': '7;name="va;lue"\r\n{"a":1}\r\n0;x\r\n\r\n',
  'with an extension without a value': '7;name\r\n{"a":1}\r\n0\r\n\r\n',
  'with a trailer': '7\r\n{"a":1}\r\n0\r\nX-Trailer: 1\r\n\r\n',
  'with forbidden trailers': '7\r\n{"a":1}\r\n0\r\nContent-Length: 3\r\nHost: other\r\nTransfer-Encoding: gzip\r\n\r\n',
  'of nothing': '0\r\n\r\n',
};

const brokenChunks = {
  'a blank before the size': ' 7\r\n{"a":1}\r\n0\r\n\r\n',
  'a blank behind the size': '7 \r\n{"a":1}\r\n0\r\n\r\n',
  'a size that is none': 'x\r\n{"a":1}\r\n0\r\n\r\n',
  'a size with a sign': '+7\r\n{"a":1}\r\n0\r\n\r\n',
  'a size with a prefix': '0x7\r\n{"a":1}\r\n0\r\n\r\n',
  'no size': '\r\n{"a":1}\r\n0\r\n\r\n',
  'a size beyond all numbers': 'fffffffffffffffff\r\n{"a":1}\r\n0\r\n\r\n',
  'a size that is too small': '6\r\n{"a":1}\r\n0\r\n\r\n',
  'a size that is too large': '8\r\n{"a":1}\r\n0\r\n\r\n',
  'a size that ends in LF': '7\n{"a":1}\r\n0\r\n\r\n',
  'a size that ends in CR': '7\r{"a":1}\r\n0\r\n\r\n',
  'a chunk that ends in LF': '7\r\n{"a":1}\n0\r\n\r\n',
  'a chunk without an end': '7\r\n{"a":1}0\r\n\r\n',
  'a last chunk that ends in LF': '7\r\n{"a":1}\r\n0\n\n',
  'no last chunk': '7\r\n{"a":1}\r\n',
  'a last chunk without an end': '7\r\n{"a":1}\r\n0\r\n',
  'an extension with a line end in it': '7;a\nb\r\n{"a":1}\r\n0\r\n\r\n',
  'an extension of control characters': '7;\x01\x02\r\n{"a":1}\r\n0\r\n\r\n',
  'an unfinished quote': '7;a="b\r\n{"a":1}\r\n0\r\n\r\n',
  'an extension of 20,000 bytes': `7;${'a'.repeat(20_000)}\r\n{"a":1}\r\n0\r\n\r\n`,
  'a trailer that is none': '7\r\n{"a":1}\r\n0\r\nX Trailer\r\n\r\n',
  'trailers of 20,000 bytes': `7\r\n{"a":1}\r\n0\r\nX-Trailer: ${'a'.repeat(20_000)}\r\n\r\n`,
  'a trailer without an end': '7\r\n{"a":1}\r\n0\r\nX-Trailer: 1\r\n',
};

const both = (first: string, second: string, body = '0\r\n\r\n') =>
  head(`POST ${echo} HTTP/1.1`, `Content-Type: ${json}`, first, second) + body;

/** How a body says where it ends. */
export const framingRequests: RequestTable = {
  ...forEach(
    'the length',
    lengths,
    (length) => `${head(`POST ${echo} HTTP/1.1`, `Content-Type: ${json}`, `Content-Length: ${length}`)}{"a":1}`,
  ),
  ...forEach(
    'the length of GET',
    ['7', '0', '-7'],
    (length) => `${get(echo, `Content-Type: ${json}`, `Content-Length: ${length}`)}{"a":1}`,
  ),
  ...forEach(
    'the coding',
    codings,
    (coding) =>
      `${head(`POST ${echo} HTTP/1.1`, `Content-Type: ${json}`, `Transfer-Encoding: ${coding}`)}7\r\n{"a":1}\r\n0\r\n\r\n`,
  ),
  ...forEach(
    'the coding of a body that nobody reads',
    ['gzip, chunked', 'chunked, chunked', 'chunked'],
    (coding) => `${head(`POST /bodies/unread HTTP/1.1`, `Transfer-Encoding: ${coding}`)}7\r\n{"a":1}\r\n0\r\n\r\n`,
  ),
  'two equal lengths': both('Content-Length: 7', 'Content-Length: 7', '{"a":1}'),
  'two lengths': both('Content-Length: 7', 'Content-Length: 8', '{"a":1}'),
  'a length before a coding': both('Content-Length: 5', 'Transfer-Encoding: chunked'),
  'a coding before a length': both('Transfer-Encoding: chunked', 'Content-Length: 5'),
  'a length of 0 beside a coding': both('Content-Length: 0', 'Transfer-Encoding: chunked'),
  'a length beside an unknown coding': both('Content-Length: 5', 'Transfer-Encoding: x'),
  'two codings in two headers': both('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  'gzip and chunked in two headers': both('Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'),
  'chunked and identity in two headers': both('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
  'a coding behind a tab': `${head(`POST ${echo} HTTP/1.1`, `Content-Type: ${json}`, 'Transfer-Encoding:\tchunked')}7\r\n{"a":1}\r\n0\r\n\r\n`,
  'a coding before a tab': `${head(`POST ${echo} HTTP/1.1`, `Content-Type: ${json}`, 'Transfer-Encoding: chunked\t')}7\r\n{"a":1}\r\n0\r\n\r\n`,
  'a coding behind a name with a blank': both('Content-Length: 7', 'Transfer-Encoding : chunked', '{"a":1}'),
  'a coding behind a folded line': both('Content-Length: 7', 'X-Value: a\r\n Transfer-Encoding: chunked', '{"a":1}'),
  'a coding with an underscore': both('Content-Length: 7', 'Transfer_Encoding: chunked', '{"a":1}'),
  'a coding in HTTP/1.0': `${head(`POST ${echo} HTTP/1.0`, `Content-Type: ${json}`, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  'a coding in HTTP/1.0 that asks to be kept': `${head(`POST ${echo} HTTP/1.0`, 'Transfer-Encoding: chunked', 'Connection: keep-alive')}0\r\n\r\n`,
  'a coding of GET in HTTP/1.0': `${head('GET /hello HTTP/1.0', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  'a length in HTTP/1.0': `${head(`POST ${echo} HTTP/1.0`, `Content-Type: ${json}`, 'Content-Length: 7')}{"a":1}`,
  'no length in HTTP/1.0': `${head(`POST ${echo} HTTP/1.0`, `Content-Type: ${json}`)}{"a":1}`,
  'neither length nor coding': `${head(`POST ${echo} HTTP/1.1`, `Content-Type: ${json}`)}{"a":1}`,
  'a coding of GET': `${get(echo, `Content-Type: ${json}`, 'Transfer-Encoding: chunked')}7\r\n{"a":1}\r\n0\r\n\r\n`,
  'a coding of GET that nobody reads': `${get('/hello', 'Transfer-Encoding: chunked')}7\r\n{"a":1}\r\n0\r\n\r\n`,
  'a coding of HEAD': `${head('HEAD /hello HTTP/1.1', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  'a coding of OPTIONS': `${head('OPTIONS * HTTP/1.1', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  ...Object.fromEntries(
    Object.entries(wholeChunks).map(([name, chunks]) => [`chunks ${name}`, chunked(echo, json, chunks)]),
  ),
  ...Object.fromEntries(
    Object.entries(wholeChunks).map(([name, chunks]) => [
      `chunks ${name}, and another request`,
      chunked(echo, json, chunks) + get('/hello'),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(brokenChunks).map(([name, chunks]) => [`chunks with ${name}`, chunked(echo, json, chunks)]),
  ),
  ...Object.fromEntries(
    Object.entries(brokenChunks).map(([name, chunks]) => [
      `chunks that nobody reads with ${name}`,
      chunked('/bodies/unread', json, chunks),
    ]),
  ),
  'a body that is shorter than its length':
    head(`POST ${echo} HTTP/1.1`, `Content-Type: ${json}`, 'Content-Length: 10') + '{"a":1}',
  'a body that is longer than its length': `${post(echo, json, '{"a":1}')}}}}`,
  'a body that nobody reads and that is not whole': head('POST /bodies/unread HTTP/1.1', 'Content-Length: 10') + 'abc',
  'a body of an unknown path that is not whole': head('POST /unknown HTTP/1.1', 'Content-Length: 10') + 'abc',
  'a body of another method that is not whole': head('POST /hello HTTP/1.1', 'Content-Length: 10') + 'abc',
  'a body that has not begun': head(`POST ${echo} HTTP/1.1`, `Content-Type: ${json}`, 'Content-Length: 10'),
  'a body beyond the limit that has not begun': head(
    `POST ${echo} HTTP/1.1`,
    `Content-Type: ${json}`,
    'Content-Length: 200000',
  ),
  'a body beyond the limit': post(echo, json, `"${'a'.repeat(100_001)}"`),
  'a body beyond the limit, and another request': post(echo, json, `"${'a'.repeat(100_001)}"`) + get('/hello'),
  'a body at the limit': post('/bodies/unread', 'text/plain', 'a'.repeat(100_000)),
  'chunks beyond the limit': chunked(echo, json, `${(100_001).toString(16)}\r\n${'1'.repeat(100_001)}\r\n0\r\n\r\n`),
  'chunks beyond the limit, and another request':
    chunked(echo, json, `${(100_001).toString(16)}\r\n${'1'.repeat(100_001)}\r\n0\r\n\r\n`) + get('/hello'),
};
