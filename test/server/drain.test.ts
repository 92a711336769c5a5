import { once } from 'node:events';
import { Agent, get as request, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { connectTo, get, RawClient } from './raw-client.js';
import { listing } from '../lifecycle/manager-fixture.js';
import { gate, makeServer, mounted, startServer, tls } from './server-fixture.js';

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

  it('knows how old an answer is that nobody has read, from the beginning of the stop', async () => {
    const server = await startServer(
      (_request, response) => {
        response.end(Buffer.alloc(12_000_000, 'x'));
      },
      { ...secured, drainTimeout: 200 },
    );
    const client = await connectTo(server.url);
    client.stream.pause();
    client.send(get('/'));
    await expect.poll(() => server.inFlight).toBe(1);
    const { cuts } = await server.gracefulStop();
    expect(cuts).toHaveLength(1);
    expect(cuts[0]?.age).toBeGreaterThanOrEqual(200);
  });

  it('closes idle connections at once where drainIdleTimeout is 0', async () => {
    const server = await startServer(hello, { ...secured, drainIdleTimeout: 0 });
    const client = await connectTo(server.url);
    await client.send(get('/')).until('hello');
    const start = performance.now();
    expect(await server.gracefulStop()).toMatchObject({ connections: { idle: 1, open: 0 } });
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('tells all at once where it refuses, and keeps nobody whose answer has said close', async () => {
    const { opened, open } = gate();
    const server = await startServer(
      (incoming, response) => {
        if (incoming.url === '/slow') void opened.then(() => response.end('slow'));
        else response.end('hello');
      },
      { ...secured, whileDraining: 'refuse', drainIdleTimeout: 200 },
    );
    const idle = await connectTo(server.url);
    await idle.send(get('/')).until('hello');
    const busy = (await connectTo(server.url)).send(get('/slow'));
    await expect.poll(() => server.inFlight).toBe(1);
    const stopping = server.gracefulStop();
    expect(server.getHealthStatus().listening).toBe(true);
    await idle.end();
    expect(server.getHealthStatus().listening).toBe(true);
    open();
    const start = performance.now();
    expect(await busy.end()).toMatch(/connection: close[^]*slow/i);
    expect(await stopping).toMatchObject({ finished: 1, refused: 0, connections: { idle: 1, told: 1 } });
    expect(performance.now() - start).toBeLessThan(190);
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

describe('the time to drain', () => {
  it('can be made shorter while it goes on', async () => {
    const server = await startServer(() => {});
    const client = (await connectTo(server.url)).send(get('/'));
    await expect.poll(() => server.inFlight).toBe(1);
    const stopping = server.gracefulStop();
    server.setDrainTimeout(50);
    expect(await stopping).toMatchObject({ cut: 1 });
    await client.end();
  });

  it('can be made longer while it goes on', async () => {
    const { opened, open } = gate();
    const server = await startServer((_request, response) => void opened.then(() => response.end('late')), {
      drainTimeout: 150,
      abortGrace: 0,
    });
    const client = (await connectTo(server.url)).send(get('/'));
    await expect.poll(() => server.inFlight).toBe(1);
    const stopping = server.gracefulStop();
    server.setDrainTimeout(5_000);
    setTimeout(open, 400);
    expect(await stopping).toMatchObject({ finished: 1, cut: 0 });
    expect(await client.end()).toContain('late');
  });

  it.each([Infinity, Number.NaN, -5, 3e9, 1.5, '5000', undefined])('is not %s', async (timeout) => {
    const server = makeServer(hello);
    expect(() => server.setDrainTimeout(timeout as number)).toThrow(
      expect.objectContaining({ code: 'BOW_OPTION_INVALID' }),
    );
  });
});

describe('a connection that was upgraded', () => {
  const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
  const echo = mounted(hello, {
    upgrade: (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.on('data', (data) => socket.write(data));
      socket.on('end', () => socket.end());
    },
  });

  it('has the time to drain, however silent, and leaves uncut', async () => {
    const server = makeServer(hello, { drainIdleTimeout: 50 });
    server.use(echo);
    await server.listen();
    const old = (await connectTo(server.url)).send(upgrade);
    await old.until('101');
    const late = await connectTo(server.url);
    await expect.poll(() => server.connections).toBe(2);
    const stopping = server.gracefulStop();
    await expect.poll(() => server.getHealthStatus().listening).toBe(false);
    late.send(upgrade);
    await late.until('101');
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const client of [old, late]) {
      expect(await client.send('word').until('word')).toContain('word');
      client.stream.end();
    }
    expect(await stopping).toMatchObject({ cut: 0, connections: { active: 0, idle: 2, open: 0 } });
  });

  it('is cut at its end, which is counted and logged', async () => {
    const lines: string[] = [];
    const server = makeServer(hello, { drainTimeout: 100 }, listing(lines));
    server.use(echo);
    await server.listen();
    const client = (await connectTo(server.url)).send(upgrade);
    await client.until('101');
    expect(await server.gracefulStop()).toMatchObject({ cut: 0, connections: { active: 1, idle: 0, open: 0 } });
    expect(lines).toContain('warn Upgraded connections were cut: the time to drain was over');
    await client.end();
  });
});

it('loses nobody of clients that share its loop, and does not make them come back while its port is open', async () => {
  const server = await startServer(hello, { drainIdleTimeout: 100 });
  const agent = new Agent({ keepAlive: true });
  const { port } = new URL(server.url);
  const errors: (string | undefined)[] = [];
  const client = async (): Promise<void> => {
    for (;;) {
      const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
        request({ agent, host: '127.0.0.1', port }, (response) =>
          response.resume().on('end', () => resolve(undefined)),
        ).on('error', resolve);
      });
      if (error === undefined) continue;
      errors.push(error.code);
      return;
    }
  };
  const clients = Array.from({ length: 30 }, client);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const start = performance.now();
  const report = await server.gracefulStop();
  expect(performance.now() - start).toBeLessThan(1_500);
  await Promise.all(clients);
  expect(new Set(errors)).toEqual(new Set(['ECONNREFUSED']));
  expect(report).toMatchObject({ abandoned: 0, cut: 0 });
  agent.destroy();
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
