import { getEventListeners, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpClientError, isHttpFailure, isRetryableHttp, type RequestOptions } from 'bowline/client';
import {
  attemptTimeout,
  bulkhead,
  circuitBreaker,
  DeadlineExceededError,
  hedge,
  pipeline,
  retry,
  timeout,
  TimedOutError,
} from 'bowline/resilience';
import { VirtualClock } from 'bowline/testing';
import { deadlineAfter, JobContext, runInCall, type CallContext } from '../../../src/foundation/index.js';
import { readText, serve, serveBytes, unusedPort, type PlainService } from './plain-service.js';
import { clientOf, thrownBy } from './stock-client.js';

/** Answers with these statuses, one after another, and the last one for ever. */
async function answeringInTurn(...statuses: readonly number[]): Promise<PlainService & { requests: () => number }> {
  let requests = 0;
  const service = await serve((request, response) => {
    void readText(request).then(() => {
      const status = statuses[Math.min(requests++, statuses.length - 1)] ?? 200;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  return { ...service, requests: () => requests };
}

async function* generated(text: string): AsyncGenerator<string> {
  yield text;
}

function formOf(text: string): FormData {
  const form = new FormData();
  form.set('field', text);
  return form;
}

const quick = { backoff: 0, maxAttempts: 3, retryOn: isRetryableHttp } as const;

describe('another attempt', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('is made of a %s that was answered with 503', async (method) => {
    const { url, requests } = await answeringInTurn(503, 503, 200);
    const client = clientOf(url, { pipeline: pipeline(retry(quick)) });

    expect((await client.request(method, '/')).status).toBe(200);
    expect(requests()).toBe(3);
  });

  it.each(['POST', 'PATCH'])('is never made of a %s', async (method) => {
    const { url, requests } = await answeringInTurn(503, 200);
    const client = clientOf(url, { pipeline: pipeline(retry(quick)) });

    expect(await thrownBy(client.request(method, '/', { body: {} }))).toMatchObject({ status: 503 });
    expect(requests()).toBe(1);
  });

  it('is not made of a POST by policies around the client either, however they know of each other', async () => {
    const { url, requests } = await answeringInTurn(503, 503, 200);
    const client = clientOf(url);
    const around = pipeline(retry(quick));

    const error = await thrownBy(
      around.execute(({ signal }) => client.post('/', { body: {}, signal })) as Promise<unknown>,
    );
    expect(error).toMatchObject({ status: 503 });
    expect(requests()).toBe(1);
    expect(await around.execute(({ signal }) => client.get('/', { signal }))).toEqual({});
  });

  it('is made by policies around the client of a POST of which no byte was sent', async () => {
    const client = clientOf(`http://127.0.0.1:${await unusedPort()}`);
    let attempts = 0;
    const run = pipeline(retry(quick)).execute(({ signal }) => {
      attempts++;
      return client.post('/', { body: {}, signal });
    });
    expect(await thrownBy(run as Promise<unknown>)).toMatchObject({ code: 'BOW_CLIENT_UNREACHABLE' });
    expect(attempts).toBe(3);
  });

  it.each([
    ['that says so', { idempotent: true }],
    ['with an idempotency-key', { headers: { 'Idempotency-Key': '7' } }],
  ])('is made of a POST %s', async (_what, options) => {
    const { url, requests } = await answeringInTurn(503, 200);
    const client = clientOf(url, { pipeline: pipeline(retry(quick)) });

    await client.post('/', { body: {}, ...options });

    expect(requests()).toBe(2);
  });

  it('is never made of a body that is a stream, were it to be retried at any price', async () => {
    const { url, requests } = await answeringInTurn(503, 200);
    const client = clientOf(url, { pipeline: pipeline(retry({ ...quick, retryNonIdempotent: true })) });

    const error = await thrownBy(client.put('/', { body: Readable.from(['a']), idempotent: true }));

    expect(error).toMatchObject({ status: 503 });
    expect(requests()).toBe(1);
  });

  it.each<[string, () => unknown]>([
    ['a stream', () => Readable.from(['abc'])],
    ['a Web stream', () => new Blob(['abc']).stream()],
    ['what a generator gives', () => generated('abc')],
  ])('is not made by policies around the client of %s', async (_what, bodyOf) => {
    const { url, requests } = await answeringInTurn(503, 200);
    const client = clientOf(url);
    const body = bodyOf();

    const error = await thrownBy(
      pipeline(retry(quick)).execute(({ signal }) => client.put('/', { body, signal })) as Promise<unknown>,
    );

    expect(error).toMatchObject({ status: 503 });
    expect(requests()).toBe(1);
  });

  it('is not made by policies around the client of a stream that could not be sent, which is gone all the same', async () => {
    const client = clientOf(`http://127.0.0.1:${await unusedPort()}`);
    const body = Readable.from(['abc']);

    const error = await thrownBy(
      pipeline(retry(quick)).execute(({ signal }) => client.put('/', { body, signal })) as Promise<unknown>,
    );

    expect(error).toMatchObject({ code: 'BOW_CLIENT_UNREACHABLE' });
  });

  it('is refused a stream that the one before has read, where nobody could tell the policies', async () => {
    const { url, requests } = await answeringInTurn(503, 200);
    const client = clientOf(url);
    const body = Readable.from(['abc']);

    const error = await thrownBy(pipeline(retry(quick)).execute(() => client.put('/', { body })) as Promise<unknown>);

    expect(error).toMatchObject({ code: 'BOW_CLIENT_REQUEST_INVALID' });
    expect(requests()).toBe(1);
  });

  it.each<[string, unknown]>([
    ['a Blob', new Blob(['abc'])],
    ['a form', formOf('abc')],
  ])('is made by policies around the client of %s, which is there for each', async (_what, body) => {
    const bodies: string[] = [];
    const { url } = await serve((request, response) => {
      void readText(request).then((text) => response.writeHead(bodies.push(text) === 1 ? 503 : 200).end());
    });
    const client = clientOf(url);

    await pipeline(retry(quick)).execute(({ signal }) => client.put('/', { body, signal }));

    expect(bodies).toEqual([expect.stringContaining('abc'), expect.stringContaining('abc')]);
  });

  it.each<[string, number, () => RequestOptions]>([
    ['a GET', 2, () => ({})],
    ['a POST', 1, () => ({ idempotent: false })],
    ['a stream, were it to be hedged at any price', 1, () => ({ body: Readable.from(['a']) })],
  ])('beside one that takes long is made of %s %i in all', async (_what, count, options) => {
    const clock = new VirtualClock();
    const held: (() => void)[] = [];
    const first = Promise.withResolvers<void>();
    const { url } = await serve((_request, response) => {
      held.push(() => response.end());
      first.resolve();
    });
    const hedged = hedge({
      delay: 100,
      maxAttempts: 3,
      hedgeNonIdempotent: count === 1 && options().body !== undefined,
    });
    const answer = clientOf(url, { pipeline: pipeline({ clock }, hedged) }).request('PUT', '/', options());
    await first.promise;
    await clock.advance(100);
    while (held.length < count) await clock.turn();

    for (const end of held) end();
    await answer;

    expect(held).toHaveLength(count);
  });

  it('is made of a POST of which no byte was sent, and then no other', async () => {
    const clock = new VirtualClock();
    const port = await unusedPort();
    const held: Socket[] = [];
    const isAsked = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      socket.once('data', () => {
        held.push(socket);
        isAsked.resolve();
      });
    });
    onTestFinished(() => void server.close());
    const hedged = hedge({ delay: 100 });
    const calls = pipeline({ clock }, retry({ ...quick, backoff: 10 }), hedged);
    const failed = Promise.withResolvers<void>();
    calls.on('retry', () => failed.resolve());

    const answer = clientOf(`http://127.0.0.1:${port}`, { pipeline: calls }).request('POST', '/', { body: {} });
    await failed.promise;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    await clock.advance(1_000);
    await isAsked.promise;
    await clock.advance(100);
    for (const socket of held) socket.end('HTTP/1.1 201 Created\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');

    expect((await answer).status).toBe(201);
    expect(hedged.metrics.hedges).toBe(1);
    expect(held).toHaveLength(1);
  });

  it('is made of a POST that nobody was connected for in time', async () => {
    let connections = 0;
    // TLS never begins there.
    const { url } = await serveBytes(() => void connections++);
    const client = clientOf(url.replace('http:', 'https:'), {
      connectTimeout: 100,
      pipeline: pipeline(retry({ ...quick, maxAttempts: 2 })),
    });

    const error = await thrownBy(client.post('/', { body: {} }));

    expect(error).toMatchObject({ code: 'BOW_CLIENT_UNREACHABLE', cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } });
    expect(connections).toBe(2);
  });

  it('is not made of a POST whose connection was lost once it was written', async () => {
    let requests = 0;
    const { url } = await serveBytes((socket) => {
      socket.once('data', () => {
        requests++;
        socket.resetAndDestroy();
      });
    });

    const error = await thrownBy(clientOf(url, { pipeline: pipeline(retry(quick)) }).post('/', { body: {} }));

    expect(error).toMatchObject({ code: 'BOW_CLIENT_CONNECTION_LOST' });
    expect(requests).toBe(1);
  });

  it('is made of a GET whose connection was lost within its body', async () => {
    let requests = 0;
    const { url } = await serveBytes((socket) => {
      socket.once('data', () => {
        requests++;
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab');
        if (requests === 1) setImmediate(() => socket.resetAndDestroy());
        else socket.end('cd');
      });
    });
    const client = clientOf(url, { pipeline: pipeline(retry(quick)) });

    expect(await client.get('/', { as: 'text' })).toBe('abcd');
  });

  it('waits as long as the service asks for', async () => {
    const clock = new VirtualClock();
    const delays: number[] = [];
    let requests = 0;
    const { url } = await serve((_request, response) => {
      if (++requests === 1) response.writeHead(503, { 'retry-after': '7' }).end();
      else response.end();
    });
    const calls = pipeline({ clock }, retry(quick));
    const isWaiting = new Promise<void>((resolve) => {
      calls.on('retry', ({ delay }) => {
        delays.push(delay);
        resolve();
      });
    });

    const answer = clientOf(url, { pipeline: calls, clock }).get('/');
    await isWaiting;
    await clock.advance(7_000);
    await answer;

    expect(delays).toEqual([7_000]);
  });
});

describe('a circuit breaker', () => {
  it('counts 5xx and lost connections, and no 4xx', async () => {
    const { url } = await answeringInTurn(404, 409, 429, 422, 500, 502);
    const breaker = circuitBreaker({ minimumCalls: 2, window: { calls: 2 }, handle: isHttpFailure });
    const client = clientOf(url, { pipeline: pipeline(breaker) });

    for (let index = 0; index < 4; index++) await thrownBy(client.get('/'));
    expect(breaker.state).toBe('closed');
    for (let index = 0; index < 2; index++) await thrownBy(client.get('/'));
    expect(breaker.state).toBe('open');
  });

  it('counts nobody listening', async () => {
    const breaker = circuitBreaker({ minimumCalls: 1, handle: isHttpFailure });
    const client = clientOf(`http://127.0.0.1:${await unusedPort()}`, { pipeline: pipeline(breaker) });

    const error = await thrownBy(client.get('/'));

    expect(error).toMatchObject({ code: 'BOW_CLIENT_UNREACHABLE', status: undefined });
    expect((error as Error).message).toContain('ECONNREFUSED');
    expect(breaker.state).toBe('open');
  });
});

describe('the time of a call', () => {
  it('goes down with each attempt, and is that of the attempt where this is less', async () => {
    const clock = new VirtualClock();
    const told: (string | undefined)[] = [];
    const { url } = await serve(({ headers }, response) => {
      told.push(headers['x-request-timeout-ms'] as string | undefined);
      response.writeHead(told.length < 3 ? 503 : 200).end();
    });
    const calls = pipeline(
      { clock },
      timeout({ timeout: 5_000 }),
      retry({ ...quick, backoff: 1_500 }),
      attemptTimeout({ timeout: 3_000 }),
    );
    calls.on('retry', ({ delay }) => void clock.advance(delay));

    await clientOf(url, { pipeline: calls, clock }).get('/');

    expect(told).toEqual(['3000', '3000', '2000']);
  });

  it('is told of a deadline alone, without any policy', async () => {
    const { url } = await serve(({ headers }, response) => {
      response.setHeader('content-type', 'text/plain');
      response.end(headers['x-request-timeout-ms']);
    });
    const client = clientOf(url, { clock: new VirtualClock() });

    expect(await client.get('/', { deadline: 700 })).toBe('700');
    expect(await client.get('/')).toBeUndefined();
  });

  it('is what is left of the current call, where that is less', async () => {
    const { url } = await serve(({ headers }, response) => void response.end(headers['x-request-timeout-ms']));
    const client = clientOf(url, { clock: new VirtualClock() });
    const deadline = { remaining: 400, expired: false, signal: new AbortController().signal };
    const job: CallContext = Object.create(new JobContext(), { deadline: { value: deadline } }) as JobContext;

    const told = (options: RequestOptions) => runInCall(job, () => client.get('/', { ...options, as: 'text' }));

    expect(await told({})).toBe('400');
    expect(await told({ deadline: 900 })).toBe('400');
    expect(await told({ deadline: 300 })).toBe('300');
  });

  it('of the current call is listened to no longer than the call of the client lasts', async () => {
    const { url } = await serve((_request, response) => void response.end('a'));
    const client = clientOf(url);
    using deadline = deadlineAfter(5_000);

    await runInCall(new JobContext({ deadline }), () => client.get('/', { as: 'text' }));

    expect(getEventListeners(deadline.signal, 'abort')).toEqual([]);
  });

  it('of the current call and the one that is given are listened to no longer than that either', async () => {
    const { url } = await serve((_request, response) => void response.end('a'));
    const client = clientOf(url);
    using current = deadlineAfter(5_000);
    using given = deadlineAfter(6_000);

    await runInCall(new JobContext({ deadline: current }), () => client.get('/', { as: 'text', deadline: given }));

    expect(getEventListeners(current.signal, 'abort')).toEqual([]);
    expect(getEventListeners(given.signal, 'abort')).toEqual([]);
  });

  it.each(['given', 'current'] as const)('ends a call by the word of the one that is %s', async (which) => {
    const asked = Promise.withResolvers<void>();
    const { url, connections } = await serve(() => asked.resolve());
    const clocks = { given: new VirtualClock(), current: new VirtualClock() };
    using current = deadlineAfter(5_000, { clock: clocks.current });
    using given = deadlineAfter(5_000, { clock: clocks.given });
    const client = clientOf(url);

    const answer = thrownBy(
      runInCall(new JobContext({ deadline: current }), () => client.get('/', { deadline: given })),
    );
    await asked.promise;
    await clocks[which].advance(5_000);

    expect(await answer).toBeInstanceOf(DeadlineExceededError);
    await closed(connections[0]);
  });

  it('ends a call when the milliseconds are over that it has of the current one', async () => {
    const clock = new VirtualClock();
    const asked = Promise.withResolvers<void>();
    const { url } = await serve(() => asked.resolve());
    using deadline = deadlineAfter(5_000, { clock });
    const client = clientOf(url, { clock });

    const answer = thrownBy(runInCall(new JobContext({ deadline }), () => client.get('/', { deadline: 1_000 })));
    await asked.promise;
    await clock.advance(1_000);

    expect(await answer).toBeInstanceOf(DeadlineExceededError);
    expect(deadline.remaining).toBe(4_000);
  });

  it('is told to nobody with propagate: false', async () => {
    const { url } = await serve(({ headers }, response) => void response.end(headers['x-request-timeout-ms']));

    const text = await clientOf(url, { propagate: false }).get('/', { deadline: 1_000, as: 'text' });

    expect(text).toBe('');
  });

  it('ends a call whose service never answers, and its connection', async () => {
    const clock = new VirtualClock();
    const asked = Promise.withResolvers<void>();
    const { url, connections } = await serve(() => asked.resolve());

    const answer = thrownBy(clientOf(url, { clock }).get('/', { deadline: 1_000 }));
    await asked.promise;
    await clock.advance(1_000);

    expect(await answer).toBeInstanceOf(DeadlineExceededError);
    await closed(connections[0]);
  });

  it('ends an attempt that waits for the rest of a body', async () => {
    const clock = new VirtualClock();
    const asked = Promise.withResolvers<void>();
    const { url, connections } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('a');
      asked.resolve();
    });
    const calls = pipeline({ clock }, attemptTimeout({ timeout: 1_000 }));

    const answer = thrownBy(clientOf(url, { pipeline: calls, clock }).get('/'));
    await asked.promise;
    await clock.advance(1_000);

    expect(await answer).toBeInstanceOf(TimedOutError);
    await closed(connections[0]);
  });
});

function closed(socket: PlainService['connections'][number] | undefined): Promise<void> {
  if (socket === undefined) throw new Error('There is no connection.');
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
}

describe('a body that is taken as a stream', () => {
  async function dripping(): Promise<PlainService> {
    return serve((_request, response) => void response.write('a'));
  }

  async function brokenOff(body: Readable): Promise<unknown> {
    const [error] = (await once(body, 'error')) as [unknown];
    return error;
  }

  it('is broken off when the deadline of its request has passed', async () => {
    const clock = new VirtualClock();
    const { url, connections } = await dripping();

    const body = await clientOf(url, { clock }).get('/', { as: 'stream', deadline: 1_000 });
    const failure = brokenOff(body);
    await clock.advance(1_000);

    expect(await failure).toBeInstanceOf(DeadlineExceededError);
    await closed(connections[0]);
  });

  it('is broken off when a deadline that was handed on has passed', async () => {
    const clock = new VirtualClock();
    const { url } = await dripping();
    using deadline = deadlineAfter(1_000, { clock });

    const body = await clientOf(url).get('/', { as: 'stream', deadline });
    const failure = brokenOff(body);
    await clock.advance(1_000);

    expect(await failure).toBeInstanceOf(DeadlineExceededError);
  });

  it('is broken off when the deadline of the current call has passed', async () => {
    const clock = new VirtualClock();
    const { url } = await dripping();
    const client = clientOf(url, { clock });
    using deadline = deadlineAfter(1_000, { clock });

    const body = await runInCall(new JobContext({ deadline }), () => client.get('/', { as: 'stream' }));
    const failure = brokenOff(body);
    await clock.advance(1_000);

    expect(await failure).toBeInstanceOf(DeadlineExceededError);
  });

  it('is not broken off by the time of the attempt that has begun it', async () => {
    const clock = new VirtualClock();
    const { url } = await dripping();
    const calls = pipeline({ clock }, attemptTimeout({ timeout: 500 }));
    const client = clientOf(url, { clock, pipeline: calls });

    const body = await client.get('/', { as: 'stream', deadline: 1_000 });
    const failure = brokenOff(body);
    await clock.advance(999);
    expect(body.destroyed).toBe(false);
    await clock.advance(1);

    expect(await failure).toBeInstanceOf(DeadlineExceededError);
  });

  it('leaves no timer and no listener behind', async () => {
    const clock = new VirtualClock();
    const client = clientOf((await serve((_request, response) => void response.end('a'))).url, { clock });
    using deadline = deadlineAfter(5_000);
    const before = clock.pending;

    for (const given of [1_000, deadline]) {
      const body = await client.get('/', { as: 'stream', deadline: given });
      expect(await text(body)).toBe('a');
      if (!body.closed) await once(body, 'close');
    }

    expect(clock.pending).toBe(before);
    expect(getEventListeners(deadline.signal, 'abort')).toEqual([]);
  });
});

describe('the signal of a caller', () => {
  it('ends a call at once, with its reason, and lets go of the connection', async () => {
    const asked = Promise.withResolvers<void>();
    const { url, connections } = await serve(() => asked.resolve());
    const caller = new AbortController();
    const reason = new Error('The caller has left.');

    const answer = thrownBy(clientOf(url).get('/', { signal: caller.signal }));
    await asked.promise;
    caller.abort(reason);

    expect(await answer).toBe(reason);
    await closed(connections[0]);
  });

  it('ends a call that waits for a connection, which is not sent and disturbs nobody', async () => {
    const paths: string[] = [];
    const first = Promise.withResolvers<() => void>();
    const { url, connections } = await serve((request, response) => {
      paths.push(request.url ?? '');
      if (paths.length === 1) first.resolve(() => response.end('first'));
      else response.end('later');
    });
    const client = clientOf(url, { connections: 1 });
    const caller = new AbortController();

    const running = client.get('/first', { as: 'text' });
    const answerFirst = await first.promise;
    const waiting = thrownBy(client.get('/waiting', { signal: caller.signal }));
    const behind = client.get('/behind', { as: 'text' });
    caller.abort();

    expect(await waiting).toMatchObject({ name: 'AbortError' });
    answerFirst();
    expect(await Promise.all([running, behind])).toEqual(['first', 'later']);
    expect(paths).toEqual(['/first', '/behind']);
    expect(connections).toHaveLength(1);
  });

  it('ends a call that waits to be connected', async () => {
    const caller = new AbortController();
    // TLS never begins there, so that nobody is connected.
    const isOpen = Promise.withResolvers<void>();
    const { url } = await serveBytes(() => isOpen.resolve());
    const client = clientOf(url.replace('http:', 'https:'), { connectTimeout: 0 });
    const answer = thrownBy(client.post('/', { body: {}, signal: caller.signal }));
    await isOpen.promise;
    caller.abort();

    expect(await answer).toMatchObject({ name: 'AbortError' });
  });

  it('ends a body that is taken as a stream', async () => {
    const { url, connections } = await serve((_request, response) => {
      response.write('a');
    });
    const caller = new AbortController();

    const body = await clientOf(url).get('/', { as: 'stream', signal: caller.signal });
    const failure = once(body, 'error');
    caller.abort();

    expect((await failure)[0]).toMatchObject({ name: 'AbortError' });
    await closed(connections[0]);
  });

  it('that has aborted already begins nothing', async () => {
    const { url, connections } = await serve((_request, response) => void response.end());

    expect(await thrownBy(clientOf(url).get('/', { signal: AbortSignal.abort() }))).toMatchObject({
      name: 'AbortError',
    });
    expect(connections).toHaveLength(0);
  });
});

describe('a connection that breaks', () => {
  it.each<[string, string, string]>([
    ['before an answer', '', 'BOW_CLIENT_CONNECTION_LOST'],
    ['within the head', 'HTTP/1.1 200 O', 'BOW_CLIENT_CONNECTION_LOST'],
    ['within a body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', 'BOW_CLIENT_CONNECTION_LOST'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc', 'BOW_CLIENT_CONNECTION_LOST'],
    ['behind what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'BOW_CLIENT_ANSWER_INVALID'],
  ])('%s is an error, whether it is closed or reset', async (_when, bytes, code) => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const { url } = await serveBytes((socket) => {
        socket.once('data', () => {
          if (bytes === '') socket[end]();
          else socket.write(bytes, () => setImmediate(() => socket[end]()));
        });
      });

      expect(await thrownBy(clientOf(url).get('/'))).toMatchObject({ code, url: `${url}/` });
    }
  });

  it('within a body that is taken as a stream is an error of the stream', async () => {
    const { url } = await serveBytes((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', () => socket.end());
      });
    });

    const body = await clientOf(url).get('/', { as: 'stream' });

    await expect(body.toArray()).rejects.toMatchObject({ code: 'BOW_CLIENT_CONNECTION_LOST', status: 200 });
  });

  it('while it is idle costs no request', async () => {
    let requests = 0;
    const { url, connections } = await serveBytes((socket) => {
      socket.on('data', () => {
        requests++;
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        if (requests === 1) socket.end();
      });
    });
    const client = clientOf(url, { connections: 1 });

    await client.post('/');
    await closed(connections[0]);
    await client.post('/');

    expect(requests).toBe(2);
  });

  it('is told from one that the answer ends with', async () => {
    const { url } = await serveBytes((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nto the end'));
    });

    expect(await clientOf(url).get('/', { as: 'text' })).toBe('to the end');
  });

  it.each([
    ['head', 'headersTimeout', ''],
    ['body', 'bodyTimeout', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'],
  ])('with silence in place of a %s is given up after %s', async (part, option, bytes) => {
    const { url } = await serveBytes((socket) => void socket.once('data', () => void socket.write(bytes)));

    const error = await thrownBy(clientOf(url, { [option]: 100 }).get('/'));

    expect(error).toBeInstanceOf(HttpClientError);
    expect(error).toMatchObject({ code: 'BOW_CLIENT_TIMED_OUT', facts: { part, timeout: 100 } });
  });
});

describe('a client that is closed', () => {
  it('lets what runs end, and begins nothing', async () => {
    const asked = Promise.withResolvers<() => void>();
    const { url, connections } = await serve((_request, response) => asked.resolve(() => response.end('done')));
    const client = clientOf(url);
    const running = client.get('/', { as: 'text' });
    const answer = await asked.promise;

    const end = client.close({ timeout: 60_000 });
    const late = await thrownBy(client.get('/'));
    answer();

    expect(late).toMatchObject({ code: 'BOW_SHUTTING_DOWN', policy: 'stock' });
    expect(await running).toBe('done');
    await end;
    await closed(connections[0]);
  });

  it('waits for a body that is taken as a stream', async () => {
    const { url } = await serve((_request, response) => void response.end('x'.repeat(1_000_000)));
    const client = clientOf(url);
    const body = await client.get('/', { as: 'stream' });

    let hasEnded = false;
    const end = client.close({ timeout: 60_000 }).then(() => (hasEnded = true));
    expect(hasEnded).toBe(false);
    expect(Buffer.concat((await body.toArray()) as Buffer[])).toHaveLength(1_000_000);

    expect(await end).toBe(true);
  });

  it('aborts what has not ended in time, retries included', async () => {
    const clock = new VirtualClock();
    const asked = Promise.withResolvers<void>();
    const { url, connections } = await serve(() => asked.resolve());
    const calls = pipeline({ clock }, bulkhead(), retry(quick));
    const client = clientOf(url, { clock, pipeline: calls, closeTimeout: 3_000 });
    const own = thrownBy(client.get('/'));
    const ofCaller = thrownBy(client.get('/', { signal: new AbortController().signal }));
    await asked.promise;

    const end = client[Symbol.asyncDispose]();
    await clock.advance(2_999);
    expect(calls.metrics.failures).toBe(0);
    await clock.advance(1);
    await end;

    expect(await own).toMatchObject({ name: 'AbortError' });
    expect(await ofCaller).toMatchObject({ name: 'AbortError' });
    await closed(connections[0]);
    await closed(connections[1]);
  });

  it('is closed once, whoever asks', async () => {
    const client = clientOf('http://127.0.0.1:1');

    expect(client.close()).toBe(client.close());
    await client.close();
  });
});
