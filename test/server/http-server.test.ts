import { mkdtempSync, rmSync, existsSync } from 'node:fs';
import { createServer as createBareServer, get as httpGet, type RequestListener } from 'node:http';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '../../src/foundation/index.js';
import { nestFormat, problemFormat } from '../../src/http/index.js';
import { createHttpServer } from '../../src/server/index.js';
import { answersIn } from '../conformance/harness/client.js';
import { connectTo, get } from './raw-client.js';
import { makeServer, mounted, serverOptions, silent, silentEvents, startServer, tls } from './server-fixture.js';

const services = {
  clock: new SystemClock(),
  log: silent,
  errorFormat: problemFormat,
  events: silentEvents,
  hookTimeout: 1_000,
};

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bowline-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('listening', () => {
  it('resolves with the address and has it in its URL', async () => {
    const server = makeServer((_request, response) => void response.end('hello'));
    expect(() => server.url).toThrow(
      "url of the server 'main' was called while the application is created. Await listen() first.",
    );
    const address = await server.listen();
    expect(address).toMatchObject({ address: '127.0.0.1' });
    expect(await (await fetch(server.url)).text()).toBe('hello');
  });

  it('names an address that can be reached where it listens on all interfaces', async () => {
    const server = await startServer((_request, response) => void response.end('hello'), { host: undefined });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(server.url)).text()).toBe('hello');
  });

  it('listens on a Unix socket, and removes its file when it stops', async () => {
    const path = join(temporaryFolder(), 'a.sock');
    const server = await startServer((_request, response) => void response.end('hello'), {
      path,
      port: undefined,
      host: undefined,
    });
    expect(server.url).toBe(`http+unix://${encodeURIComponent(path)}`);
    const client = (await connectTo(server.url)).send(get('/', 'Connection: close\r\n'));
    expect(await client.end()).toContain('hello');
    await server.gracefulStop();
    expect(existsSync(path)).toBe(false);
  });

  it('does not listen twice', async () => {
    const server = await startServer(() => {});
    await expect(server.listen()).rejects.toMatchObject({ code: 'BOW_WRONG_STATE' });
  });
});

describe('failing to listen', () => {
  it('says that the port is taken', async () => {
    const first = await startServer(() => {});
    const port = Number(new URL(first.url).port);
    const second = makeServer(() => {}, { name: 'admin', port });
    await expect(second.listen()).rejects.toMatchObject({
      code: 'BOW_LISTEN_FAILED',
      message: `The server 'admin' cannot listen on 127.0.0.1:${port}: another process listens there; stop it, or choose another port.`,
    });
  });

  it('says that this machine has no such address, and can listen elsewhere afterwards', async () => {
    const server = makeServer(() => {}, { host: '192.0.2.1' });
    await expect(server.listen()).rejects.toThrow(
      "The server 'main' cannot listen on 192.0.2.1:0: this machine has no such address.",
    );
    await server.listen({ host: '127.0.0.1' });
    expect(server.url).toContain('127.0.0.1');
  });

  it('says that the host name is not known', async () => {
    const server = makeServer(() => {}, { host: 'no-such-host.invalid' });
    await expect(server.listen()).rejects.toThrow(
      'cannot listen on no-such-host.invalid:0: no address is known for this host name.',
    );
  });

  it('says that a port is out of range', async () => {
    const server = makeServer(() => {}, { port: 70_000 });
    await expect(server.listen()).rejects.toThrow(
      'cannot listen on 127.0.0.1:70000: a port is a whole number from 0 to 65535.',
    );
  });

  it('tells a socket file that an earlier process has left from one that is in use', async () => {
    const path = join(temporaryFolder(), 'a.sock');
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script]), 'exit');
    const at = { path, port: undefined, host: undefined };
    await expect(makeServer(() => {}, at).listen()).rejects.toThrow(
      `The server 'main' cannot listen on ${path}: a file is there already, and nobody listens on it: an earlier process has left it; remove it.`,
    );
    rmSync(path);
    const owner = createServer().listen(path);
    await once(owner, 'listening');
    onTestFinished(() => void owner.close());
    await expect(makeServer(() => {}, at).listen()).rejects.toThrow(
      'another process listens there; stop it, or choose another path.',
    );
  });

  it('says that the folder of a socket does not exist', async () => {
    const path = join(temporaryFolder(), 'missing', 'a.sock');
    await expect(makeServer(() => {}, { path, port: undefined, host: undefined }).listen()).rejects.toThrow(
      'or the folder does not exist.',
    );
  });

  it('refuses a key and certificate that are none when it is made', () => {
    expect(() => createHttpServer(serverOptions({ tls: { key: 'no', cert: 'no' } }), services)).toThrow(
      /^servers\.main\.tls is unusable \(.*\); it must be a key and its certificate in PEM\.$/,
    );
  });
});

describe('bytes that are no request', () => {
  it.each([
    {
      what: 'garbage in a header',
      bytes: 'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
      status: '400 Bad Request',
      detail: 'not valid HTTP',
    },
    {
      what: 'an unknown method',
      bytes: 'FROBNICATE / HTTP/1.1\r\nHost: x\r\n\r\n',
      status: '501 Not Implemented',
      detail: 'method',
    },
    {
      what: 'headers beyond the limit',
      bytes: `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
      status: '431 Request Header Fields Too Large',
      detail: 'larger',
    },
    {
      what: 'CONNECT',
      bytes: 'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n',
      status: '501 Not Implemented',
      detail: 'CONNECT',
    },
  ])('answers $what with $status as a problem document, and closes', async ({ bytes, status, detail }) => {
    const server = await startServer((_request, response) => void response.end('hello'));
    const text = await (await connectTo(server.url)).send(bytes).end();
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(
      new RegExp(
        `^HTTP/1.1 ${status}\r\ndate: .* GMT\r\nconnection: close\r\ncontent-type: application/problem\\+json; charset=utf-8\r\n`,
      ),
    );
    expect(JSON.parse(body)).toMatchObject({
      status: Number(status.slice(0, 3)),
      detail: expect.stringContaining(detail) as string,
    });
  });

  it('answers 408 where a head does not arrive in time', async () => {
    const server = await startServer(() => {}, {
      timeouts: { head: 100, request: 0, body: 0, keepAlive: 0, handler: 0 },
    });
    const text = await (await connectTo(server.url)).send('GET / HTTP/1.1\r\n').end();
    expect(text).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  });

  it('shapes them by the ErrorFormat, and survives one that throws', async () => {
    for (const [errorFormat, expected] of [
      [nestFormat, '"statusCode":400'],
      [
        {
          format: () => {
            throw new Error('no');
          },
        },
        '"status":400',
      ],
    ] as const) {
      const server = createHttpServer(serverOptions(), { ...services, errorFormat });
      await server.listen();
      expect(await (await connectTo(server.url)).send('GET nonsense\r\n\r\n').end()).toContain(expected);
      await server.gracefulStop();
    }
  });

  it('lets a request that is being answered finish before it answers garbage behind it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const server = await startServer((_request, response) => void promise.then(() => response.end('hello')));
    const client = (await connectTo(server.url)).send(`${get('/')}\x01\x02garbage\r\n\r\n`);
    await expect.poll(() => server.inFlight).toBe(1);
    resolve();
    const answers = answersIn(await client.end());
    expect(answers.map(({ status }) => status)).toEqual([200, 501]);
    expect(answers[1]?.head).toContain('connection: close');
  });

  it('closes a plain connection to a TLS port without a word', async () => {
    const server = await startServer(() => {}, { tls });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(get('/'));
    socket.resume();
    await once(socket, 'close');
    expect(server.connections).toBe(0);
  });
});

describe('upgrades', () => {
  it('serves a request that asks for one as an ordinary request where nobody upgrades', async () => {
    const server = await startServer((_request, response) => void response.end('hello'));
    const client = (await connectTo(server.url)).send(get('/', 'Connection: upgrade, close\r\nUpgrade: websocket\r\n'));
    expect(await client.end()).toContain('hello');
  });

  it('hands the socket to the mounted provider', async () => {
    const server = await startServer(() => {}, { drainTimeout: 100 });
    server.use(
      mounted(() => {}, {
        upgrade: (_request, socket) => void socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nother words'),
      }),
    );
    const client = (await connectTo(server.url)).send(get('/', 'Connection: upgrade\r\nUpgrade: x\r\n'));
    expect(await client.until('other words')).toContain('101');
    client.stream.destroy();
  });
});

it('answers with a new generation from one request to the next on the same connection', async () => {
  const server = await startServer((_request, response) => void response.end('old'));
  const client = await connectTo(server.url);
  await client.send(get('/')).until('old');
  server.use(mounted((_request, response) => void response.end('new')));
  expect(await client.send(get('/')).until('new')).toContain('new');
});

it('answers 503 while nothing is mounted', async () => {
  const server = createHttpServer(serverOptions(), services);
  await server.listen();
  expect(await (await connectTo(server.url)).send(get('/')).end()).toMatch(/^HTTP\/1.1 503 /);
  await server.gracefulStop();
});

it('gives requests without a body an ended stream where told to', async () => {
  const server = await startServer((request, response) => void response.end(String(request.readableEnded)), {
    emptyRequests: 'fast',
  });
  const [response] = (await once(httpGet(server.url), 'response')) as [AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe('true');
});

it('adds no listener to the sockets, beside which others that come and go with each request would be dear', async () => {
  const counts: number[] = [];
  const count: RequestListener = ({ socket }, response) => {
    counts.push(socket.listenerCount('close'));
    response.end('hello');
  };
  const server = await startServer(count);
  const bare = createBareServer(count).listen(0, '127.0.0.1');
  onTestFinished(() => void bare.close());
  await once(bare, 'listening');
  for (const port of [new URL(server.url).port, (bare.address() as AddressInfo).port])
    await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
  expect(counts[0]).toBe(counts[1]);
  await server.gracefulStop();
  expect(server.connections).toBe(0);
});
