import { createServer, type RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fetchInMemory, sendInMemory } from '../../src/application/in-memory-request.js';
import { SystemClock } from '../../src/foundation/index.js';
import { toMemorySocket } from '../../src/server/memory-socket.js';

/** Hands the other end of the streams to a server that never listens. */
function connectTo(listener: RequestListener): (connection: Duplex) => void {
  const server = createServer(listener);
  onTestFinished(() => {
    server.close();
  });
  return (connection) => void server.emit('connection', toMemorySocket(connection, new SystemClock(), false));
}

describe('sendInMemory', () => {
  test('sends method, target, headers and body, and gives the whole answer', async () => {
    const connect = connectTo((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(201, 'Made', { 'x-seen': `${request.method} ${request.url} ${request.headers['x-a']}` });
        response.end(Buffer.concat(chunks));
      });
    });
    const answer = await sendInMemory(connect, {
      method: 'PUT',
      url: '/a?b=c',
      headers: { 'x-a': '1' },
      body: 'Größe',
    });
    expect(answer).toMatchObject({ statusCode: 201, statusMessage: 'Made', headers: { 'x-seen': 'PUT /a?b=c 1' } });
    expect(answer.body.toString()).toBe('Größe');
  });

  test('rejects where the server cuts the connection', async () => {
    const connect = connectTo((request) => request.socket.destroy());
    await expect(sendInMemory(connect, { url: '/' })).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('lets the server see that the caller has left', async () => {
    const entered = Promise.withResolvers<void>();
    const left = Promise.withResolvers<boolean>();
    const connect = connectTo((_request, response) => {
      response.on('close', () => left.resolve(response.writableFinished));
      entered.resolve();
    });
    const abort = new AbortController();
    const answer = sendInMemory(connect, { url: '/', signal: abort.signal });
    await entered.promise;
    abort.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(await left.promise).toBe(false);
  });
});

describe('fetchInMemory', () => {
  test.each([
    ['transfer-encoding', 'chunked'],
    ['content-length', '3'],
  ])('leaves out of the request what belongs to the connection on which it came, beside %s', async (name, value) => {
    const connect = connectTo((request, response) => response.end(JSON.stringify(request.headers)));
    const headers = { connection: 'keep-alive', [name]: value, expect: '100-continue', 'x-a': '1' };
    const request = new Request('http://example.com/', { method: 'POST', body: 'abc' });
    // As a server makes them: a Request of a client's own forbids these.
    const given = new Proxy(request, {
      get: (target, name) => {
        const member: unknown = name === 'headers' ? new Headers(headers) : Reflect.get(target, name, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    expect(await (await fetchInMemory(connect, given)).json()).toEqual({
      host: 'example.com',
      connection: 'close',
      [name]: value,
      'x-a': '1',
    });
  });

  test('leaves out of the response what belongs to the connection in memory', async () => {
    const connect = connectTo((_request, response) => {
      response.setHeader('x-a', '1').write('a');
      response.end('b');
    });
    const response = await fetchInMemory(connect, new Request('http://x/'));
    expect([...response.headers.keys()]).toEqual(['date', 'x-a']);
    expect(await response.text()).toBe('ab');
  });

  test('keeps each Set-Cookie for itself', async () => {
    const connect = connectTo((_request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2; Path=/']);
      response.end('ok');
    });
    const response = await fetchInMemory(connect, new Request('http://example.com/'));
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; Path=/']);
    expect(await response.text()).toBe('ok');
  });

  test.each([204, 304])('makes a Response without a body for %i', async (status) => {
    const connect = connectTo((_request, response) => {
      response.writeHead(status).end();
    });
    const response = await fetchInMemory(connect, new Request('http://example.com/'));
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
  });

  test('asks for the host of the URL', async () => {
    const connect = connectTo((request, response) => {
      response.end(request.headers.host);
    });
    expect(await (await fetchInMemory(connect, new Request('http://example.com:99/'))).text()).toBe('example.com:99');
  });
});
