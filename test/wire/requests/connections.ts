import { bareHead, chunked, forEach, get, head, post, type RequestTable } from './request-bytes.js';

const json = 'application/json';
const expecting = (target: string, length: number, ...more: string[]) =>
  head(
    `POST ${target} HTTP/1.1`,
    `Content-Type: ${json}`,
    `Content-Length: ${length}`,
    'Expect: 100-continue',
    ...more,
  );

const behind = {
  'a bad head': 'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
  'no Host': bareHead('GET /hello HTTP/1.1'),
  garbage: '\x01\x02\x03\r\n\r\n',
  'an unknown method': head('FROB / HTTP/1.1'),
  CONNECT: head('CONNECT a:1 HTTP/1.1'),
  'an unknown expectation': get('/hello', 'Expect: other'),
  'a head beyond the limit': get('/hello', `X-Value: ${'a'.repeat(20_000)}`),
  'HTTP/1.0': head('GET /hello HTTP/1.0'),
  'HTTP/2.0': head('GET /hello HTTP/2.0'),
  'half a head': 'GET /hello HTTP/1.1\r\nHo',
  'half a body': `${head('POST /bodies/json HTTP/1.1', `Content-Type: ${json}`, 'Content-Length: 10')}{"a`,
};

/** What becomes of a connection: several requests on it, steps, and early ends. */
export const connectionRequests: RequestTable = {
  'two requests at once': get('/hello') + get('/users/7'),
  'two requests one after the other': { steps: [get('/hello'), get('/users/7')] },
  'ten requests at once': get('/hello').repeat(10),
  'a slow request before a fast one': get('/replies/next-turn') + get('/hello'),
  'requests with bodies at once':
    post('/bodies/json', json, '{"n":1}') +
    post('/bodies/json', json, '{') +
    post('/bodies/unread', json, '{') +
    get('/hello'),
  'HEAD before GET': head('HEAD /hello HTTP/1.1') + get('/hello'),
  'a request behind one that closes': get('/hello', 'Connection: close') + get('/users/7'),
  'a request behind one of HTTP/1.0': head('GET /hello HTTP/1.0') + get('/users/7'),
  'a request behind one of HTTP/1.0 that asks to be kept':
    head('GET /hello HTTP/1.0', 'Connection: keep-alive') + get('/users/7'),
  'a request behind an error': get('/replies/broken') + get('/hello'),
  'a request behind 404': get('/unknown') + get('/hello'),
  'a request behind 405 with a body': post('/hello', json, '{"a":1}') + get('/hello'),
  'a request behind 404 with a body': post('/unknown', json, '{"a":1}') + get('/hello'),
  'a request behind 415': post('/bodies/json', 'nonsense', '{"a":1}') + get('/hello'),
  'a request behind 204': head('DELETE /replies/nothing HTTP/1.1') + get('/hello'),
  'a request behind 304': get('/replies/status/304') + get('/hello'),
  'a request behind 205': get('/replies/status/205') + get('/hello'),
  'a request behind chunks': chunked('/bodies/json', json, '1\r\n1\r\n0\r\n\r\n') + get('/hello'),
  'a request behind chunks that nobody reads': chunked('/bodies/unread', json, '1\r\n1\r\n0\r\n\r\n') + get('/hello'),
  'a request behind line ends': `${get('/hello')}\r\n\r\n${get('/hello')}`,
  ...Object.fromEntries(
    Object.entries(behind).map(([name, bytes]) => [`${name} behind a request`, get('/hello') + bytes]),
  ),
  ...Object.fromEntries(
    Object.entries(behind).map(([name, bytes]) => [`${name} behind a slow request`, get('/replies/next-turn') + bytes]),
  ),
  ...Object.fromEntries(
    Object.entries(behind).map(([name, bytes]) => [
      `${name} a step behind a request`,
      { steps: [get('/hello'), bytes] },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(behind).map(([name, bytes]) => [`${name} before a request`, bytes + get('/hello')]),
  ),
  'a request byte by byte': { steps: get('/hello', 'Connection: close').split('') },
  'a body byte by byte': { steps: post('/bodies/json', json, '{"a":1}').split('') },
  'chunks byte by byte': { steps: chunked('/bodies/json', json, '2\r\n{"\r\n5\r\na":1}\r\n0\r\n\r\n').split('') },
  'a body a step behind its head': {
    steps: [head('POST /bodies/json HTTP/1.1', `Content-Type: ${json}`, 'Content-Length: 7'), '{"a":1}'],
  },
  'a body that is told to go on': { steps: [expecting('/bodies/json', 7), '{"a":1}'] },
  'a body that is told to go on and that the handler asks for': { steps: [expecting('/bodies/asked', 7), '{"a":1}'] },
  'a body that does not wait to be told': expecting('/bodies/json', 7) + '{"a":1}',
  'a body that does not wait to be told, and another request': expecting('/bodies/json', 7) + '{"a":1}' + get('/hello'),
  'chunks that are told to go on': {
    steps: [
      head('POST /bodies/json HTTP/1.1', `Content-Type: ${json}`, 'Transfer-Encoding: chunked', 'Expect: 100-continue'),
      '7\r\n{"a":1}\r\n0\r\n\r\n',
    ],
  },
  'an empty body that expects to go on': expecting('/bodies/json', 0),
  'no body that expects to go on': get('/hello', 'Expect: 100-continue'),
  'no body that expects to go on, and another request': get('/hello', 'Expect: 100-continue') + get('/hello'),
  ...forEach('a body that expects to go on to', ['/bodies/unread', '/unknown', '/hello', '/replies/broken'], (path) =>
    expecting(path, 7),
  ),
  ...forEach('a body that comes all the same to', ['/bodies/unread', '/unknown', '/hello'], (path) => ({
    steps: [expecting(path, 7), '{"a":1}', get('/hello')],
  })),
  'a body beyond the limit that expects to go on': expecting('/bodies/json', 200_000),
  'a body of another type that expects to go on': expecting('/bodies/text', 7),
  'a body that expects to go on and closes': { steps: [expecting('/bodies/json', 7, 'Connection: close'), '{"a":1}'] },
  'a body that is told to go on in HTTP/1.0': {
    steps: [expecting('/bodies/json', 7).replace('HTTP/1.1', 'HTTP/1.0'), '{"a":1}'],
  },
  'an unknown expectation with a body': post('/bodies/json', json, '{"a":1}', 'Expect: other') + get('/hello'),
  'the end with a request': { steps: [get('/hello')], leaving: 'at once' },
  'the end with a request for 404': { steps: [get('/unknown')], leaving: 'at once' },
  'the end with a request whose answer takes a promise': { steps: [get('/replies/later')], leaving: 'at once' },
  'the end with two requests': { steps: [get('/hello') + get('/users/7')], leaving: 'at once' },
  'the end with a body': { steps: [post('/bodies/json', json, '{"a":1}')], leaving: 'at once' },
  'the end with half a head': { steps: ['GET /hello HTTP/1.1\r\nHo'], leaving: 'at once' },
  'the end with half a body': {
    steps: [head('POST /bodies/json HTTP/1.1', `Content-Type: ${json}`, 'Content-Length: 10') + '{"a'],
    leaving: 'at once',
  },
  'the end with half a body that nobody reads': {
    steps: [head('POST /bodies/unread HTTP/1.1', 'Content-Length: 10') + '{"a'],
    leaving: 'at once',
  },
  'the end with half a chunk': { steps: [chunked('/bodies/json', json, '7\r\n{"a')], leaving: 'at once' },
  'the end with garbage': { steps: ['\x01\x02\x03'], leaving: 'at once' },
  'the end in place of a body': {
    steps: [head('POST /bodies/json HTTP/1.1', `Content-Type: ${json}`, 'Content-Length: 10'), '{"a'],
  },
  'a reset behind a request': { steps: [get('/replies/next-turn')], leaving: 'by reset' },
  'a reset behind half a body': {
    steps: [head('POST /bodies/json HTTP/1.1', `Content-Type: ${json}`, 'Content-Length: 10'), '{"a'],
    leaving: 'by reset',
  },
  'a reset behind CONNECT': {
    steps: [get('/replies/next-turn') + head('CONNECT a:1 HTTP/1.1')],
    leaving: 'by reset',
  },
  'the end at once': { steps: [''], leaving: 'at once' },
};
