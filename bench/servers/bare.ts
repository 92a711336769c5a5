import { createServer, type RequestListener } from 'node:http';
import type { Contestant } from '../contestants.js';
import { key, mark, type RouteSet } from '../workloads.js';
import type { CreateUser } from './create-user.js';
import { greeterFor } from './by-hand.js';
import { portOf } from './port-of.js';

const jsonType = 'application/json; charset=utf-8';

function guarded(path: string, isScoped = false): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' || request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    if (request.headers[key.name] !== key.value) {
      response.writeHead(403).end();
      return;
    }
    const body = JSON.stringify(isScoped ? greeterFor(request.headers, response).hello() : { hello: 'world' });
    const length = Buffer.byteLength(body);
    response.writeHead(200, { [mark.name]: mark.value, 'content-type': jsonType, 'content-length': length });
    response.end(body);
  };
}

/** As people write it without a framework. */
const listeners: Readonly<Record<RouteSet, RequestListener>> = {
  hello: (request, response) => {
    if (request.method !== 'GET' || request.url !== '/hello') {
      response.writeHead(404).end();
      return;
    }
    const body = JSON.stringify({ hello: 'world' });
    response.writeHead(200, { 'content-type': jsonType, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  },
  params: (request, response) => {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    if (request.method !== 'GET' || !path.startsWith('/users/')) {
      response.writeHead(404).end();
      return;
    }
    const id = Number(path.slice('/users/'.length));
    if (!Number.isInteger(id)) {
      response.writeHead(400).end();
      return;
    }
    const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
    const body = JSON.stringify({ id, verbose: query.get('verbose') === 'true' });
    response.writeHead(200, { 'content-type': jsonType, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  },
  post: (request, response) => {
    if (request.method !== 'POST' || request.url !== '/users') {
      response.writeHead(404).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { name, address } = JSON.parse(Buffer.concat(chunks).toString()) as CreateUser;
      const body = JSON.stringify({ id: 1, name, city: address.city });
      response.writeHead(201, { 'content-type': jsonType, 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  },
  guard: guarded('/guarded'),
  scope: guarded('/scoped', true),
};

export function serve({ routes }: Contestant): Promise<number> {
  return portOf(createServer(listeners[routes]).listen(0, '127.0.0.1'));
}
