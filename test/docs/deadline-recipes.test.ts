import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import {
  Controller,
  createApplication,
  Ctx,
  Deadline,
  deadlineAfter,
  defineModule,
  Get,
  type Application,
  type HttpContext,
} from 'bowline';
import { DeadlineExceededError } from 'bowline/resilience';
import { Redis } from 'ioredis';
import type { Pool, PoolConfig } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { codeBlocksOf, writeGenerated } from './code-blocks.js';
import { hasPostgres, startPostgres, type PostgresServer } from './postgres-server.js';
import { hasRedis, startRedis, type RedisServer } from './redis-server.js';

let folder: string;

beforeAll(async () => {
  const blocks = await codeBlocksOf('guides/resilience/deadlines.md');
  const named = blocks.flatMap(({ name, text }) => (name === undefined ? [] : [[name, text] as const]));
  folder = await writeGenerated('deadline-recipes', Object.fromEntries(named));
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

/** {@link expect.poll} for what other processes do, which may take its time on a busy machine. */
const eventually = <T>(what: () => T) => expect.poll(what, { timeout: 10_000 });

function deadlineOf(milliseconds: number): Deadline {
  const deadline = deadlineAfter(milliseconds);
  onTestFinished(() => deadline[Symbol.dispose]());
  return deadline;
}

/** An application whose only route does `work` by its deadline of `limit` milliseconds. */
async function serve(limit: number, work: (deadline: Deadline) => Promise<unknown>): Promise<Application> {
  @Controller('/slow')
  class SlowController {
    @Get()
    @Deadline(limit)
    slow(@Ctx() { deadline = deadlineAfter(0) }: HttpContext): Promise<unknown> {
      return work(deadline);
    }
  }
  const app = await createApplication({
    modules: [defineModule({ controllers: [SlowController] })],
    servers: { main: { port: 0, host: '127.0.0.1' } },
    logger: { level: 'silent' },
    signals: false,
  });
  onTestFinished(async () => {
    await app.close();
  });
  return app.listen();
}

/** A client that has asked for it, and may leave. */
function ask(app: Application): { readonly answer: Promise<Response | 'left'>; leave(): void } {
  const client = new AbortController();
  const answer = fetch(new URL('/slow', app.url), { signal: client.signal }).catch((): 'left' => 'left');
  return { answer, leave: () => client.abort() };
}

describe('the recipe for pg', () => {
  interface Pools {
    readonly queries: Pool;
    readonly cancels: Pool;
  }
  interface Recipe {
    openPools(config: PoolConfig): Pools;
    query(pools: Pools, deadline: Deadline, text: string, values?: unknown[]): Promise<unknown[]>;
  }
  let server: PostgresServer;
  let recipe: Recipe;

  beforeAll(async () => {
    if (!hasPostgres) return;
    server = await startPostgres();
    recipe = await load<Recipe>('pg.ts');
  });
  afterAll(() => server?.stop());
  beforeEach(({ skip }) => skip(!hasPostgres, 'PostgreSQL is not installed: there is no initdb.'));

  /** Pools of one connection each, so that what is left behind on it would be seen. */
  function openPools(options: PoolConfig = {}): Pools {
    const pools = recipe.openPools({ ...server.connection, max: 1, ...options });
    onTestFinished(async () => {
      await Promise.all([pools.queries.end(), pools.cancels.end()]);
    });
    return pools;
  }

  async function pidOf(pool: Pool): Promise<number> {
    return (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? Number.NaN;
  }

  /** How many statements run in the database whose text holds `text`, seen from a connection of its own. */
  function running({ cancels }: Pools, text: string): Promise<number> {
    return cancels
      .query(
        "select 1 from pg_stat_activity where state = 'active' and strpos(query, $1) > 0 and pid <> pg_backend_pid()",
        [text],
      )
      .then(({ rows }) => rows.length);
  }

  it('gives rows, and leaves no limit behind', async () => {
    const pools = openPools();

    const rows = await recipe.query(pools, deadlineOf(60_000), 'select $1::int + 1 as sum', [41]);

    expect(rows).toEqual([{ sum: 42 }]);
    expect((await pools.queries.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
  });

  it('commits what was done in time', async () => {
    const pools = openPools();
    await pools.queries.query('create table kept (id int)');

    await recipe.query(pools, deadlineOf(60_000), 'insert into kept values (1)');

    expect((await pools.queries.query('select id from kept')).rows).toEqual([{ id: 1 }]);
  });

  it('ends a query in the database when the deadline passes, and its connection works on', async () => {
    const pools = openPools();
    const pid = await pidOf(pools.queries);

    const asked = recipe.query(pools, deadlineOf(300), 'select pg_sleep(30), 1 as passed');

    await expect(asked).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(await running(pools, '1 as passed')).toBe(0);
    expect(pools.queries.idleCount).toBe(1);
    expect(await pidOf(pools.queries)).toBe(pid);
  });

  it('keeps nothing of what was ended', async () => {
    const pools = openPools();
    await pools.queries.query('create table dropped (id int)');

    const text = 'insert into dropped select 1 from pg_sleep(30)';
    await expect(recipe.query(pools, deadlineOf(200), text)).rejects.toBeInstanceOf(DeadlineExceededError);

    expect((await pools.queries.query('select id from dropped')).rows).toEqual([]);
  });

  it('is ended by the limit of the server where no cancel arrives, and the connection is closed', async () => {
    const pools = openPools();
    const elsewhere = openPools({ host: '/nowhere' });
    const text = 'select pg_sleep(30), 1 as uncancelled';

    const asked = recipe.query({ queries: pools.queries, cancels: elsewhere.cancels }, deadlineOf(300), text);

    await expect(asked).rejects.toBeInstanceOf(DeadlineExceededError);
    await eventually(() => running(pools, '1 as uncancelled')).toBe(0);
    await eventually(() => pools.queries.totalCount).toBe(0);
  });

  it('lets no cancel reach the query that comes next on the connection', async () => {
    const pools = openPools();
    for (let round = 0; round < 60; round++) {
      // They end about when the deadline passes.
      using deadline = deadlineAfter(3 + (round % 6));
      const asked = recipe.query(pools, deadline, `select pg_sleep(${deadline.remaining / 1_000})`);
      await asked.catch((error: unknown) => expect(error).toBeInstanceOf(DeadlineExceededError));
      expect((await pools.queries.query('select 1 as next')).rows).toEqual([{ next: 1 }]);
    }
  });

  it('closes a connection whose database is silent, where the pool has a query_timeout', async () => {
    const pools = openPools({ query_timeout: 200 });
    const pid = await pidOf(pools.queries);
    onTestFinished(() => void process.kill(pid, 'SIGCONT'));
    process.kill(pid, 'SIGSTOP');

    const asked = recipe.query(pools, deadlineOf(50), 'select 1');

    await expect(asked).rejects.toBeInstanceOf(DeadlineExceededError);
    await eventually(() => pools.queries.totalCount).toBe(0);
  });

  it('waits for a connection of a full pool until the deadline, and gives back the one that comes late', async () => {
    const pools = openPools();
    const held = await pools.queries.connect();

    const asked = recipe.query(pools, deadlineOf(50), 'select 1');
    await expect(asked).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(pools.queries.waitingCount).toBe(1);
    held.release();

    await eventually(() => pools.queries.idleCount).toBe(1);
    expect(pools.queries.waitingCount).toBe(0);
  });

  it('asks for no connection when nothing is left', async () => {
    const pools = openPools();

    await expect(recipe.query(pools, deadlineOf(0), 'select 1')).rejects.toBeInstanceOf(DeadlineExceededError);

    expect(pools.queries.totalCount).toBe(0);
  });

  it('says what the database says of a wrong query', async () => {
    const pools = openPools();

    await expect(recipe.query(pools, deadlineOf(60_000), 'select nonsense')).rejects.toMatchObject({ code: '42703' });

    expect(pools.queries.idleCount).toBe(1);
  });

  it('lives through the loss of a connection, which leaves the pool', async () => {
    const pools = openPools();
    const asked = recipe.query(pools, deadlineOf(60_000), 'select pg_sleep(30), 1 as lost');
    const failed = expect(asked).rejects.toMatchObject({ code: '57P01' });
    await eventually(() => running(pools, '1 as lost')).toBe(1);

    await pools.cancels.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where strpos(query, '1 as lost') > 0 and pid <> pg_backend_pid()",
    );

    await failed;
    expect((await pools.queries.query('select 1 as next')).rows).toEqual([{ next: 1 }]);
  });

  describe('in a handler', () => {
    it('is a 504 after which the database does nothing for the request', async () => {
      const pools = openPools();
      const app = await serve(300, (deadline) => recipe.query(pools, deadline, 'select pg_sleep(30), 1 as answered'));

      const answer = await fetch(new URL('/slow', app.url));

      expect(answer.status).toBe(504);
      expect(await answer.json()).toMatchObject({ code: 'BOW_DEADLINE_EXCEEDED' });
      await eventually(() => running(pools, '1 as answered')).toBe(0);
      await eventually(() => pools.queries.idleCount).toBe(1);
    });

    it('is cancelled in the database when the client leaves, long before the deadline', async () => {
      const pools = openPools();
      const pid = await pidOf(pools.queries);
      const app = await serve(60_000, (deadline) =>
        recipe.query(pools, deadline, 'select pg_sleep(30), 1 as abandoned'),
      );
      const client = ask(app);
      await eventually(() => running(pools, '1 as abandoned')).toBe(1);

      client.leave();

      expect(await client.answer).toBe('left');
      await eventually(() => running(pools, '1 as abandoned')).toBe(0);
      expect(await pidOf(pools.queries)).toBe(pid);
    });
  });
});

describe('the recipes for ioredis', () => {
  let server: RedisServer;

  beforeAll(async () => {
    if (hasRedis) server = await startRedis();
  });
  afterAll(() => server?.stop());
  beforeEach(({ skip }) => skip(!hasRedis, 'Redis is not installed: there is no redis-server.'));

  function connect(options: { readonly commandTimeout?: number } = {}): Redis {
    const redis = new Redis({ path: server.socket, ...options });
    onTestFinished(() => redis.disconnect());
    return redis;
  }

  function blockedClients(redis: Redis): Promise<string | undefined> {
    return redis.info('clients').then((text) => /blocked_clients:(\d+)/.exec(text)?.[1]);
  }

  describe('race', () => {
    let cached: (redis: Redis, key: string, deadline: Deadline) => Promise<string | null>;

    beforeAll(async () => {
      ({ cached } = await load<{ cached: typeof cached }>('ioredis.ts'));
    });

    it('gives what is there in time', async () => {
      const redis = connect();
      await redis.set('colour', 'blue');

      expect(await cached(redis, 'colour', deadlineOf(60_000))).toBe('blue');
    });

    it('abandons a command behind one that blocks, and the connection works on with its replies in order', async () => {
      const [redis, other] = [connect(), connect()];
      await redis.mset('first', '1', 'second', '2');
      const blocking = redis.blpop('race', 30);

      await expect(cached(redis, 'first', deadlineOf(50))).rejects.toBeInstanceOf(DeadlineExceededError);
      const second = redis.get('second');
      await other.rpush('race', 'item');

      expect(await blocking).toEqual(['race', 'item']);
      expect(await second).toBe('2');
    });

    it('does not take back a command that was written', async () => {
      const [redis, other] = [connect(), connect()];
      const blocking = redis.blpop('written', 30);

      await expect(deadlineOf(50).race(redis.incr('counter'))).rejects.toBeInstanceOf(DeadlineExceededError);
      expect(await other.get('counter')).toBe(null);
      await other.rpush('written', 'item');
      await blocking;

      await eventually(() => other.get('counter')).toBe('1');
    });

    it('abandons no more than commandTimeout does', async () => {
      const [redis, other] = [connect({ commandTimeout: 50 }), connect()];
      await redis.ping();

      await expect(redis.blpop('timed', 30)).rejects.toThrow('Command timed out');
      await other.rpush('timed', 'item');

      await eventually(() => other.llen('timed')).toBe(0);
    });
  });

  describe('take()', () => {
    let take: (queue: string, blocking: Redis, redis: Redis, deadline: Deadline) => Promise<string | null>;

    beforeAll(async () => {
      ({ take } = await load<{ take: typeof take }>('ioredis-blocking.ts'));
    });

    it('gives an item that comes in time', async () => {
      const [redis, blocking] = [connect(), connect()];
      const taken = take('in-time', blocking, redis, deadlineOf(60_000));
      await eventually(() => blockedClients(redis)).toBe('1');

      await redis.rpush('in-time', 'item');

      expect(await taken).toBe('item');
    });

    it('ends in Redis when the deadline passes, and loses nothing that comes after it', async () => {
      const [redis, blocking] = [connect(), connect()];

      expect(await take('late', blocking, redis, deadlineOf(100))).toBe(null);
      await redis.rpush('late', 'item');

      expect(await blockedClients(redis)).toBe('0');
      expect(await take('late', blocking, redis, deadlineOf(60_000))).toBe('item');
    });

    it('ends with its time where the other connection is gone', async () => {
      const [redis, blocking, other] = [connect(), connect(), connect()];
      redis.disconnect();

      expect(await take('alone', blocking, redis, deadlineOf(100))).toBe(null);

      expect(await blockedClients(other)).toBe('0');
    });

    it('ends in Redis when the client leaves, long before the deadline', async () => {
      const [redis, blocking] = [connect(), connect()];
      const taken: unknown[] = [];
      const app = await serve(60_000, async (deadline) => {
        taken.push(await take('left', blocking, redis, deadline));
      });
      const client = ask(app);
      await eventually(() => blockedClients(redis)).toBe('1');

      client.leave();

      await eventually(() => taken).toEqual([null]);
      expect(await blockedClients(redis)).toBe('0');
    });
  });
});

describe('what takes a signal', () => {
  /** A server of which each request is known, and whether its connection was closed under it. */
  async function listen(
    answer: (response: ServerResponse) => void,
  ): Promise<{ readonly url: string; readonly requests: IncomingMessage[]; closed(): number }> {
    const requests: IncomingMessage[] = [];
    let closed = 0;
    const server = createServer((request, response) => {
      requests.push(request);
      response.on('close', () => {
        if (!response.writableFinished) closed++;
      });
      answer(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, closed: () => closed };
  }

  const never = (): void => undefined;
  const endless = (response: ServerResponse): void => void response.write('{"price": ');

  it.each(['priceOf', 'stockOf'] as const)('is broken off by %s() when the deadline passes', async (name) => {
    const recipe = await load<Record<typeof name, (url: string, deadline: Deadline) => Promise<unknown>>>('http.ts');
    const server = await listen(never);

    await expect(recipe[name](server.url, deadlineOf(100))).rejects.toBeInstanceOf(DeadlineExceededError);

    await eventually(() => server.closed()).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  it.each(['priceOf', 'stockOf'] as const)('is broken off by %s() within a body that does not end', async (name) => {
    const recipe = await load<Record<typeof name, (url: string, deadline: Deadline) => Promise<unknown>>>('http.ts');
    const server = await listen(endless);

    await expect(recipe[name](server.url, deadlineOf(100))).rejects.toBeInstanceOf(DeadlineExceededError);

    await eventually(() => server.closed()).toBe(1);
  });

  describe('the AWS SDK', () => {
    let urlOf: (sqs: SQSClient, name: string, deadline: Deadline) => Promise<string | undefined>;

    beforeAll(async () => {
      ({ urlOf } = await load<{ urlOf: typeof urlOf }>('aws.ts'));
    });

    function sqsOf(endpoint: string, options: SQSClientConfig = {}): SQSClient {
      const sqs = new SQSClient({
        endpoint,
        region: 'eu-west-1',
        credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
        ...options,
      });
      onTestFinished(() => sqs.destroy());
      return sqs;
    }

    it('gives what the service answers in time', async () => {
      const { url } = await listen((response) => {
        response.setHeader('content-type', 'application/x-amz-json-1.0');
        response.end('{"QueueUrl":"https://sqs.example/orders"}');
      });

      expect(await urlOf(sqsOf(url), 'orders', deadlineOf(60_000))).toBe('https://sqs.example/orders');
    });

    it('breaks off a request when the deadline passes, and does not try again', async () => {
      const server = await listen(never);

      const asked = urlOf(sqsOf(server.url), 'orders', deadlineOf(200));

      await expect(asked).rejects.toMatchObject({ name: 'AbortError', cause: expect.any(DeadlineExceededError) });
      await eventually(() => server.closed()).toBe(1);
      expect(server.requests).toHaveLength(1);
    });

    it('ends its wait for the next attempt when the deadline passes', async () => {
      const server = await listen((response) => void response.writeHead(503).end());
      const token = { getRetryCount: () => 1, getRetryDelay: () => 30_000 };
      const patient = {
        acquireInitialRetryToken: () => Promise.resolve(token),
        refreshRetryTokenForRetry: () => Promise.resolve(token),
        recordSuccess: () => undefined,
      };

      const asked = urlOf(sqsOf(server.url, { retryStrategy: patient }), 'orders', deadlineOf(300));

      await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
      expect(server.requests).toHaveLength(1);
    });
  });
});
