import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { connectTo, get, RawClient } from './raw-client.js';
import { gate, makeServer, startServer, tls } from './server-fixture.js';

const hello: RequestListener = (_request, response) => {
  response.end('hello');
};

describe.each([
  { scheme: 'http', secured: {} },
  { scheme: 'https', secured: { tls } },
])('taking leave over $scheme', ({ secured }) => {
  it('lets a request in flight finish, says Connection: close on it and closes its socket', async () => {
    const { opened, open } = gate();
    const server = await startServer((_request, response) => {
      void opened.then(() => response.end('done'));
    }, secured);
    const client = (await connectTo(server.url)).send(get('/'));
    await expect.poll(() => server.inFlight).toBe(1);
    const stopping = server.gracefulStop();
    await expect.poll(() => server.getHealthStatus().listening).toBe(false);
    open();
    expect(await client.end()).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*connection: close\r\n[^]*done/i);
    expect(await stopping).toMatchObject({
      inFlight: 1,
      finished: 1,
      abandoned: 0,
      cut: 0,
      refused: 0,
      connections: { idle: 0, active: 0, told: 1, open: 0 },
    });
  });

  it('closes idle keep-alive connections within drainIdleTimeout, and not at once', async () => {
    const server = await startServer(hello, { ...secured, drainIdleTimeout: 200 });
    const clients = await Promise.all([1, 2, 3].map(() => connectTo(server.url)));
    for (const client of clients) await client.send(get('/')).until('hello');
    const start = performance.now();
    const report = await server.gracefulStop();
    expect(report).toMatchObject({ inFlight: 0, cut: 0, connections: { idle: 3 } });
    expect(performance.now() - start).toBeGreaterThan(190);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('answers a request that is written on an idle connection while it drains, and clears its idle timeout', async () => {
    const { opened, open } = gate();
    const server = await startServer(
      (request, response) => {
        if (request.url === '/slow') void opened.then(() => response.end('slow'));
        else response.end('hello');
      },
      { ...secured, drainIdleTimeout: 150 },
    );
    const client = await connectTo(server.url);
    await client.send(get('/')).until('hello');
    const idle = await connectTo(server.url);
    const stopping = server.gracefulStop();
    client.send(get('/slow'));
    await idle.end();
    open();
    expect(await client.end()).toMatch(/connection: close\r\n[^]*slow$/i);
    expect(await stopping).toMatchObject({ inFlight: 0, finished: 1, cut: 0, connections: { idle: 1, told: 1 } });
  });

  it('answers every pipelined request and says close on the last one alone', async () => {
    const { opened, open } = gate();
    const server = await startServer((request, response) => {
      void opened.then(() => response.end(`answer ${request.url}`));
    }, secured);
    const client = (await connectTo(server.url)).send(get('/1') + get('/2'));
    await expect.poll(() => server.inFlight).toBe(2);
    const stopping = server.gracefulStop();
    client.send(get('/3'));
    await expect.poll(() => server.inFlight).toBe(3);
    open();
    const text = await client.end();
    expect(text.match(/answer \/\d/g)).toEqual(['answer /1', 'answer /2', 'answer /3']);
    expect(text.match(/connection: close/gi)).toHaveLength(1);
    expect(text.search(/connection: close/i)).toBeGreaterThan(text.indexOf('answer /2'));
    expect(await stopping).toMatchObject({ inFlight: 2, finished: 3, cut: 0 });
  });

  it('does not dispatch a request behind an answer that has said close, and counts it as refused', async () => {
    const { opened, open } = gate();
    const seen: string[] = [];
    const server = await startServer((request, response) => {
      seen.push(request.url ?? '');
      response.write('half');
      void opened.then(() => response.end('whole'));
    }, secured);
    const client = await connectTo(server.url);
    const other = (await connectTo(server.url)).send(get('/other'));
    await other.until('half');
    const stopping = server.gracefulStop();
    await expect.poll(() => server.getHealthStatus().listening).toBe(false);
    client.send(get('/first'));
    await client.until('half');
    client.send(get('/second'));
    await expect.poll(() => client.text.includes('half')).toBe(true);
    other.stream.destroy();
    await expect.poll(() => server.connections).toBe(1);
    open();
    await client.end();
    const report = await stopping;
    expect(seen).toEqual(['/other', '/first']);
    expect(report).toMatchObject({ inFlight: 1, finished: 1, abandoned: 1, refused: 1, cut: 0 });
  });

  it('answers everyone who waits in the accept queue after a stall of the event loop', async () => {
    const server = await startServer(hello, secured);
    const { hostname, port } = new URL(server.url);
    const clients = Array.from({ length: 60 }, () => connectTo(`${new URL(server.url).protocol}//${hostname}:${port}`));
    // The sockets are connected by the kernel while nothing of this process runs.
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + 150;
    while (performance.now() < end);
    const stopping = server.gracefulStop();
    const texts = await Promise.all(clients.map(async (client) => (await client).send(get('/')).end()));
    expect(texts.filter((text) => text.endsWith('hello') || text.includes('\r\nhello\r\n'))).toHaveLength(60);
    expect(await stopping).toMatchObject({ finished: 60, cut: 0, abandoned: 0 });
  });

  it('gives a slow reader the whole of a large body', async () => {
    const size = 12_000_000;
    const server = await startServer((_request, response) => {
      response.end(Buffer.alloc(size, 'x'));
    }, secured);
    const client = await connectTo(server.url);
    client.stream.pause();
    client.send(get('/'));
    await expect.poll(() => server.inFlight).toBe(1);
    const stopping = server.gracefulStop();
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.stream.resume();
    const text = await client.end();
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(size);
    expect(await stopping).toMatchObject({ inFlight: 1, finished: 1, cut: 0 });
  });

  it('cuts what has not finished after drainTimeout, and says so', async () => {
    const server = await startServer(() => {}, { ...secured, drainTimeout: 100 });
    const client = (await connectTo(server.url)).send(get('/'));
    await expect.poll(() => server.inFlight).toBe(1);
    expect(await server.gracefulStop()).toMatchObject({
      inFlight: 1,
      finished: 0,
      abandoned: 0,
      cut: 1,
      refused: 0,
      connections: { active: 1, open: 0 },
    });
    expect(await client.end()).toBe('');
  });

  it('does not wait for a client that dribbles its head', async () => {
    const server = await startServer(hello, { ...secured, drainIdleTimeout: 500 });
    const client = (await connectTo(server.url)).send('GET / HTTP/1.1\r\nX-A: ');
    await expect.poll(() => server.connections).toBe(1);
    const stopping = server.gracefulStop();
    const dribble = setInterval(() => client.send('a'), 100);
    const report = await stopping;
    clearInterval(dribble);
    expect(report).toMatchObject({ inFlight: 0, cut: 0, connections: { idle: 1 } });
  });
});

it('ends a TLS handshake that never began', async () => {
  const server = await startServer(hello, { tls, drainIdleTimeout: 100 });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  await expect.poll(() => server.connections).toBe(1);
  const closed = once(socket, 'close');
  expect(await server.gracefulStop()).toMatchObject({ connections: { idle: 1 }, cut: 0 });
  await closed;
});

it('lets later callers join the first stop', async () => {
  const server = await startServer(hello);
  const first = server.gracefulStop();
  const second = server.gracefulStop();
  expect(await second).toBe(await first);
  expect(await server.gracefulStop()).toBe(await first);
});

it('stops at once where nothing is connected, and where it never listened', async () => {
  const start = performance.now();
  const server = await startServer(hello);
  await server.gracefulStop();
  await makeServer(hello).gracefulStop();
  expect(performance.now() - start).toBeLessThan(200);
});

it('covers connections that are no sockets', async () => {
  const { opened, open } = gate();
  const server = makeServer(
    (request, response) => {
      if (request.url === '/slow') void opened.then(() => response.end('slow'));
      else response.end('hello');
    },
    { drainIdleTimeout: 100 },
  );
  const [busyEnd, busyServerEnd] = duplexPair();
  const [idleEnd, idleServerEnd] = duplexPair();
  server.connect(busyServerEnd);
  server.connect(idleServerEnd);
  const busy = new RawClient(busyEnd).send(get('/slow'));
  const idle = new RawClient(idleEnd).send(get('/'));
  await idle.until('hello');
  const stopping = server.gracefulStop();
  await expect.poll(() => server.connections).toBe(1);
  open();
  expect(await busy.until('slow')).toMatch(/connection: close/i);
  expect(await stopping).toMatchObject({ inFlight: 1, finished: 1, connections: { idle: 1, told: 1 } });
});

it('tells pipelined requests that wait for their turn when the client has left', async () => {
  const closed: string[] = [];
  const server = await startServer((request, response) => {
    response.on('close', () => closed.push(request.url ?? ''));
  });
  const client = (await connectTo(server.url)).send(get('/1') + get('/2') + get('/3'));
  await expect.poll(() => server.inFlight).toBe(3);
  client.stream.destroy();
  await expect.poll(() => server.inFlight).toBe(0);
  expect(closed.toSorted()).toEqual(['/1', '/2', '/3']);
});
