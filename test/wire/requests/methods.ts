import { METHODS } from 'node:http';
import { bareHead, forEach, get, head, type RequestTable } from './request-bytes.js';

const known = METHODS.filter((method) => method !== 'CONNECT');
const unknown = ['FROB', 'get', 'Get', 'GETT', 'G', 'GET/', 'PRI', 'X-GET', 'G\xcbT', ''];

const replies = [
  'object',
  'later',
  'next-turn',
  'bytes',
  'large',
  'empty-text',
  'nothing',
  'redirect',
  'cookies',
  'headers',
  'status/200',
  'status/204',
  'status/205',
  'status/206',
  'status/304',
  'status/404',
  'status/599',
  'status/600',
  'status/101',
  'refused',
  'broken',
  'rejected',
];

/** What may be done, and every kind of answer to it. */
export const methodRequests: RequestTable = {
  ...forEach('a known path by the method', known, (method) => head(`${method} /hello HTTP/1.1`)),
  ...forEach('a known path by no method', unknown, (method) => head(`${method} /hello HTTP/1.1`)),
  ...forEach('an unknown path by the method', ['HEAD', 'POST', 'OPTIONS', 'TRACE', 'QUERY', 'FROB'], (method) =>
    head(`${method} /unknown HTTP/1.1`),
  ),
  ...forEach(
    'a method of its own',
    ['HEAD /own/head', 'GET /own/head', 'OPTIONS /own/options', 'GET /own/options', 'HEAD /own/options'],
    (what) => head(`${what} HTTP/1.1`),
  ),
  'CONNECT of an authority': bareHead('CONNECT example.com:443 HTTP/1.1', 'Host: example.com:443'),
  'CONNECT of a path': head('CONNECT /hello HTTP/1.1'),
  'CONNECT behind another request': get('/replies/next-turn') + head('CONNECT example.com:443 HTTP/1.1'),
  'CONNECT with bytes behind it': `${head('CONNECT example.com:443 HTTP/1.1')}\x16\x03\x01`,
  'PRI of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ...forEach('GET of the reply', replies, (path) => get(`/replies/${path}`)),
  ...forEach('HEAD of the reply', replies, (path) => head(`HEAD /replies/${path} HTTP/1.1`)),
  'DELETE of nothing': head('DELETE /replies/nothing HTTP/1.1'),
  'POST with a status of its own': head('POST /replies/created HTTP/1.1'),
};
