import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { Body, Controller, Get, Post, Query, type Application } from 'bowline';
import { expect, test } from 'vitest';
import { connectTo, get, type RawClient } from '../server/raw-client.js';
import { answersIn } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

const largeBody = 12_000_000;

@Controller()
class ProbeController {
  readonly gate = Promise.withResolvers<void>();
  ran: string[] = [];

  @Get('/fast') fast(): string {
    return 'fast';
  }
  @Post('/orders') order(@Body({ validate: false }) body: object): object {
    return body;
  }
  @Get('/held') async held(@Query('n', { required: true }) n: string): Promise<string> {
    this.ran.push(n);
    await this.gate.promise;
    return `answer ${n}`;
  }
  @Get('/large') large(): Buffer {
    return Buffer.alloc(largeBody, 'x');
  }
}

const fixture = { controllers: [ProbeController] };
const post = 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"id": 7}';

/** What a client that posts again and again has seen. */
interface Posts {
  answered: number;
  /** Requests that were written and got no whole answer. */
  lost: number;
  /** Between the end of its last answer, or its connecting, and the close of its connection. Milliseconds. */
  silence: number;
}

/** The sockets that servers of this process have accepted, by the port of their client. */
class AcceptedSockets {
  readonly #sockets = new Map<number | undefined, Socket>();
  readonly #add = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    this.#sockets.set(socket.remotePort, socket);
  };

  constructor() {
    subscribe('net.server.socket', this.#add);
  }

  /** Whether the server has closed its side, so that nothing which is written from now on can be answered. */
  areClosedFor(client: RawClient): boolean {
    // One that waits in the accept queue has no socket there yet.
    return this.#sockets.get((client.stream as Socket).localPort)?.destroyed === true;
  }

  [Symbol.dispose](): void {
    unsubscribe('net.server.socket', this.#add);
  }
}

/**
 * Posts on one connection with random silences, until it is told to leave or the connection ends. The end may be on its way while
 * the client's timer comes first; what is written before the server closes is what must be answered.
 */
async function postUntilEnd(client: RawClient, longestGap: number, accepted: AcceptedSockets): Promise<Posts> {
  const posts: Posts = { answered: 0, lost: 0, silence: 0 };
  let last = performance.now();
  let sent = 0;
  for (;;) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, Math.random() * longestGap)), client.end()]);
    if (client.closed || accepted.areClosedFor(client)) break;
    client.send(post);
    sent++;
    const text = await client.until('"id":7', sent);
    const answers = answersIn(text);
    posts.answered = answers.filter(({ status }) => status === 200).length;
    if (posts.answered < sent) {
      posts.lost++;
      break;
    }
    last = performance.now();
    if (/connection: close/i.test(answers.at(-1)?.head ?? '')) break;
  }
  await client.end();
  posts.silence = performance.now() - last;
  return posts;
}

describeProviders('a stop that begins', { ...fixture, overHttps: true }, (server) => {
  test('with 100 clients in the accept queue of a stalled loop answers all of them', async () => {
    const app = await server.startAnother();
    const clients = Array.from({ length: 100 }, () => connectTo(app.url));
    // The sockets are connected by the kernel while nothing of this process runs.
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + 600;
    while (performance.now() < end);
    const stopped = app.gracefulStop();
    const answers = await Promise.all(clients.map(async (client) => (await client).send(get('/fast')).end()));
    expect(answers.filter((text) => answersIn(text)[0]?.status === 200)).toHaveLength(100);
    expect((await stopped).requests).toEqual({ inFlight: 0, finished: 100, abandoned: 0, cut: 0, refused: 0 });
  });

  test.each([100, 3_000])(
    'among 300 clients with silences of at most %i ms loses none of their requests',
    async (gap) => {
      const idle = 1_000;
      using accepted = new AcceptedSockets();
      const app = await server.startAnother({ drainIdleTimeout: idle, lameDuckDelay: 0 });
      const clients = await Promise.all(Array.from({ length: 300 }, () => connectTo(app.url)));
      const posting = clients.map((client) => postUntilEnd(client, gap, accepted));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const report = await app.gracefulStop();
      const posts = await Promise.all(posting);
      expect(posts.filter(({ lost }) => lost > 0)).toEqual([]);
      expect(report.requests).toMatchObject({ abandoned: 0, cut: 0 });
      // Generous to a busy machine: the limit itself is what a benchmark is for.
      expect(Math.max(...posts.map(({ silence }) => silence))).toBeLessThan(idle + 1_500);
    },
  );

  test('with requests pipelined before and behind answers each whose handler ran', async () => {
    const app = await server.startAnother();
    const controller = app.container.get(ProbeController);
    controller.ran = [];
    const client = (await connectTo(app.url)).send([1, 2, 3].map((n) => get(`/held?n=${n}`)).join(''));
    await expect.poll(() => controller.ran).toEqual(['1', '2', '3']);
    const stopped = app.gracefulStop();
    await portClosed(app);
    client.send(get('/held?n=4'));
    await expect.poll(() => controller.ran).toHaveLength(4);
    controller.gate.resolve();
    const answers = answersIn(await client.end());
    expect(answers.map(({ body }) => body)).toEqual(['answer 1', 'answer 2', 'answer 3', 'answer 4']);
    expect((await stopped).requests).toMatchObject({ inFlight: 3, finished: 4, cut: 0, refused: 0 });
  });

  test('before a slow reader has the whole of a large body gives him all of it', async () => {
    const app = await server.startAnother();
    const client = await connectTo(app.url);
    client.stream.pause();
    client.send(get('/large'));
    await expect.poll(() => app.manager.getHealthStatus().inFlight).toBe(1);
    const stopped = app.gracefulStop();
    await portClosed(app);
    client.stream.resume();
    const text = await client.end();
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(largeBody);
    expect((await stopped).requests).toMatchObject({ finished: 1, cut: 0 });
  });

  test('with half a head or a silent connection does not wait for what never comes', async () => {
    const app = await server.startAnother({ drainIdleTimeout: 200 });
    const half = (await connectTo(app.url)).send('GET /fast HTTP/1.1\r\nX-A: ');
    const { hostname, port } = new URL(app.url);
    const silent = connect(Number(port), hostname);
    await expect.poll(() => app.manager.getConnectionsCount().total).toBe(2);
    const report = await app.gracefulStop();
    await half.end();
    silent.destroy();
    expect(report.requests).toMatchObject({ inFlight: 0, cut: 0 });
    expect(report.duration).toBeLessThan(2_500);
  });
});

async function portClosed(app: Application): Promise<void> {
  await expect.poll(() => app.servers['main']?.getHealthStatus().listening).toBe(false);
}
