import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { answersIn } from '../conformance/harness/client.js';
import { connectTo, get } from './raw-client.js';
import { gate, startServer } from './server-fixture.js';

const seen = (request: IncomingMessage): string => `${request.url} ${request.headers.host ?? 'no host'}`;

async function ask(
  bytes: string,
): Promise<{ readonly status: number; readonly head: string; readonly body: string }[]> {
  const server = await startServer((request, response) => {
    const body = seen(request);
    response.writeHead(200, { 'content-length': body.length }).end(body);
  });
  return answersIn(await (await connectTo(server.url)).send(bytes).end());
}

describe('what no provider is to see', () => {
  it.each([
    { what: 'no Host', bytes: 'GET / HTTP/1.1\r\n\r\n', status: 400, detail: 'no Host' },
    { what: 'two Hosts', bytes: get('/', 'hOST: other\r\n'), status: 400, detail: 'two Host' },
    {
      what: 'two Hosts in HTTP/1.0',
      bytes: 'GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n',
      status: 400,
      detail: 'two Host',
    },
    { what: 'a Host that is none', bytes: 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', status: 400, detail: 'Host' },
    { what: 'a port beyond all ports', bytes: 'GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n', status: 400, detail: 'Host' },
    { what: 'an address without an end', bytes: 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n', status: 400, detail: 'Host' },
    { what: 'HTTP/2.0', bytes: 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', status: 400, detail: 'HTTP/2.0' },
    { what: 'HTTP/0.9', bytes: 'GET / HTTP/0.9\r\nHost: a\r\n\r\n', status: 400, detail: 'HTTP/0.9' },
    {
      what: 'a coding in HTTP/1.0',
      bytes: 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      status: 400,
      detail: 'HTTP/1.0',
    },
    { what: 'an unknown coding', bytes: get('/', 'Transfer-Encoding: gzip, chunked\r\n'), status: 501, detail: 'gzip' },
    { what: 'an unknown expectation', bytes: get('/', 'Expect: 100-continue, more\r\n'), status: 417, detail: 'more' },
    { what: 'a fragment', bytes: get('/a#b'), status: 400, detail: 'fragment' },
    { what: 'a backslash in the path', bytes: get('/a\\b'), status: 400, detail: 'backslash' },
    { what: 'the asterisk by another method', bytes: get('*'), status: 400, detail: 'target' },
    { what: 'another scheme', bytes: get('ftp://a/b'), status: 400, detail: 'target' },
    { what: 'a user in the target', bytes: get('http://user@a/b'), status: 400, detail: 'target' },
  ])('is refused with $status and the end of the connection: $what', async ({ bytes, status, detail }) => {
    const [answer, ...more] = await ask(bytes + get('/behind'));
    expect(answer).toMatchObject({ status, body: expect.stringContaining(detail) as string });
    expect(answer?.head).toContain('connection: close');
    expect(answer?.head).toContain('content-type: application/problem+json');
    expect(more).toEqual([]);
  });

  it('does not hold what is unusual and means one thing only', async () => {
    const close = 'Connection: close\r\n';
    expect(await ask('GET / HTTP/1.0\r\n\r\n')).toMatchObject([{ status: 200, body: '/ no host' }]);
    expect(await ask('GET / HTTP/1.0\r\nExpect: more\r\n\r\n')).toMatchObject([{ status: 200 }]);
    expect(await ask(`GET / HTTP/1.1\r\nHost: [::1]:80\r\n${close}\r\n`)).toMatchObject([{ body: '/ [::1]:80' }]);
    expect(await ask(`GET / HTTP/1.1\r\nHost: A_b.example.\r\n${close}\r\n`)).toMatchObject([{ status: 200 }]);
    expect(await ask(get('/?a=\\', close))).toMatchObject([{ body: '/?a=\\ localhost' }]);
    expect(await ask(get('*', close).replace('GET', 'OPTIONS'))).toMatchObject([{ body: '* localhost' }]);
  });

  it.each([
    ['GET', 'http://example.com:80/a?b', '/a?b'],
    ['GET', 'HTTP://example.com:80', '/'],
    ['GET', 'https://example.com:80?b', '/?b'],
    ['OPTIONS', 'http://example.com:80', '*'],
  ])('takes path and Host of %s %s from the target', async (method, target, url) => {
    const [answer] = await ask(get(target, 'Connection: close\r\n').replace('GET', method));
    expect(answer).toMatchObject({ status: 200, body: `${url} example.com:80` });
  });
});

describe('a refusal', () => {
  it.each([
    ['no Host', get('/').replace('Host', 'X'), 400],
    ['CONNECT', get('/').replace('GET /', 'CONNECT a:1'), 501],
    ['garbage', 'nonsense\r\n\r\n', 501],
    ['a broken body that is read', `${get('/read', 'Transfer-Encoding: chunked\r\n')}nonsense\r\n`, 400],
  ])('of %s comes when the requests before it have been answered', async (_what, bytes, status) => {
    const { opened, open } = gate();
    const server = await startServer((request, response) => {
      if (request.url === '/read') request.resume();
      else void opened.then(() => response.end('hello'));
    });
    const client = (await connectTo(server.url)).send(get('/') + get('/') + bytes);
    await expect.poll(() => server.inFlight).toBeGreaterThanOrEqual(2);
    open();
    expect(answersIn(await client.end()).map((answer) => answer.status)).toEqual([200, 200, status]);
  });

  it('comes behind answers that were given before its bytes were read', async () => {
    const [first, second] = await ask(`${get('/')}nonsense\r\n\r\n`);
    expect(first).toMatchObject({ status: 200 });
    expect(second).toMatchObject({ status: 501 });
  });

  it('says nothing where the body of an answered request breaks, and ends the connection', async () => {
    const answers = await ask(`${get('/', 'Transfer-Encoding: chunked\r\n')}nonsense\r\n`);
    expect(answers).toMatchObject([{ status: 200 }]);
  });

  it('of a broken body leaves the answer to a handler that does not read it, however late', async () => {
    const { opened, open } = gate();
    const server = await startServer((_request, response) => void opened.then(() => response.end('hello')));
    const client = (await connectTo(server.url)).send(`${get('/', 'Transfer-Encoding: chunked\r\n')}nonsense\r\n`);
    await expect.poll(() => server.inFlight).toBe(1);
    open();
    expect(answersIn(await client.end())).toMatchObject([{ status: 200 }]);
  });

  it('of a broken body takes the place of the answer once a handler reads it', async () => {
    const { opened, open } = gate();
    const server = await startServer((request) => void opened.then(() => request.resume()));
    const client = (await connectTo(server.url)).send(`${get('/', 'Transfer-Encoding: chunked\r\n')}nonsense\r\n`);
    await expect.poll(() => server.inFlight).toBe(1);
    open();
    expect(answersIn(await client.end())).toMatchObject([{ status: 400 }]);
  });

  it('reaches a client that still sends its body', async () => {
    const server = await startServer((_request, response) => void response.end('hello'));
    const client = await connectTo(server.url);
    client.send(`POST / HTTP/1.1\r\nContent-Length: 400000\r\n\r\n${'a'.repeat(400_000)}`);
    expect(answersIn(await client.end())).toMatchObject([{ status: 400 }]);
  });

  it('of CONNECT stands a client that breaks the connection off', async () => {
    const { opened, open } = gate();
    const server = await startServer((_request, response) => void opened.then(() => response.end('hello')));
    const client = (await connectTo(server.url)).send(get('/') + get('/').replace('GET /', 'CONNECT a:1'));
    await expect.poll(() => server.inFlight).toBe(1);
    (client.stream as Socket).resetAndDestroy();
    await expect.poll(() => server.connections).toBe(0);
    open();
  });
});

describe('a client that expects to be told to go on', () => {
  const expecting = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n';

  it('is told when somebody reads the body', async () => {
    const { opened, open } = gate();
    const server = await startServer((request, response) => {
      void opened.then(() => request.on('data', (chunk: Buffer) => void response.end(chunk)));
    });
    const client = (await connectTo(server.url)).send(expecting);
    await expect.poll(() => server.inFlight).toBe(1);
    expect(client.text).toBe('');
    open();
    expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await client.send('hello').until('hello')).toMatch(/200 OK[^]*connection: keep-alive[^]*hello$/i);
    client.stream.destroy();
  });

  it('is not told where its request is refused', async () => {
    const answers = await ask(expecting.replace(' / ', ' /# '));
    expect(answers.map(({ status }) => status)).toEqual([400]);
  });

  it('is not told where nobody does, and its connection ends', async () => {
    const server = await startServer((_request, response) => void response.writeHead(404).end());
    const text = await (await connectTo(server.url)).send(expecting).end();
    expect(text).toMatch(/^HTTP\/1.1 404 [^]*connection: close/i);
    expect(text).not.toContain('100');
  });
});
