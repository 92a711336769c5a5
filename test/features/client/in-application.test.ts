import {
  Controller,
  createApplication,
  Ctx,
  Deadline,
  defineModule,
  Get,
  HttpContext,
  Injectable,
  Param,
  Post,
  PreDestroy,
  Signal,
  UsePolicy,
  type Application,
  type ClassType,
} from 'bowline';
import { HttpClient, HttpClientError, isHttpFailure, isRetryableHttp, type RequestOptions } from 'bowline/client';
import {
  attemptTimeout,
  BrokenCircuitError,
  BulkheadRejectedError,
  circuitBreaker,
  DeadlineExceededError,
  isRefusal,
  pipeline,
  RateLimitedError,
  retry,
  ShuttingDownError,
  TimedOutError,
} from 'bowline/resilience';
import { Test, VirtualClock } from 'bowline/testing';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readText, serve, serveEcho, type Echo } from './plain-service.js';
import { clientOf, thrownBy } from './stock-client.js';

interface Part {
  readonly controllers?: readonly ClassType[];
  readonly services?: readonly ClassType[];
}

async function start(part: Part): Promise<Application> {
  const app = await createApplication({
    modules: [defineModule({ name: 'shop', ...part })],
    logger: { level: 'silent' },
    signals: false,
  });
  await app.listen(0);
  onTestFinished(() => app.close());
  return app;
}

const refusals: Readonly<Record<string, Error>> = {
  circuit: new BrokenCircuitError('ledger.circuitBreaker', 'open', 4_200),
  bulkhead: new BulkheadRejectedError('ledger.bulkhead', 'full', '10 of 10 run'),
  limit: new RateLimitedError('ledger.rateLimit', 5, 1_000, 2_500),
  deadline: new DeadlineExceededError('ledger', "the caller's deadline has passed"),
  stopping: new ShuttingDownError('ledger'),
  timeout: new TimedOutError('ledger.attemptTimeout', 600),
};

@Controller('/refusals')
class RefusalController {
  static asked = 0;

  @Get('/:name')
  refuse(@Param('name') name: string): never {
    RefusalController.asked++;
    throw refusals[name] ?? new Error('unknown');
  }
}

describe('a method behind policies', () => {
  it('is not tried again once it has sent a POST, whatever it makes of its failure, nor is the one that called it', async () => {
    const sent: string[] = [];
    const { url } = await serve((request, response) => {
      sent.push(`${request.method} ${request.url}`);
      request.resume().on('end', () => response.writeHead(503).end());
    });
    const bank = clientOf(url);
    const policies = { inner: { retry: { backoff: 0 } }, outer: { retry: { backoff: 0 } } };

    @Injectable()
    class Bank {
      @UsePolicy('inner')
      async book(): Promise<void> {
        await bank.post('/bookings', { body: {} }).catch((cause: unknown) => {
          throw new Error('The booking failed.', { cause });
        });
      }

      @UsePolicy('inner')
      async look(): Promise<void> {
        await bank.get('/bookings');
      }
    }

    @Injectable()
    class Payments {
      constructor(readonly bank: Bank) {}

      @UsePolicy('outer')
      async pay(): Promise<void> {
        await this.bank.book();
      }
    }
    const app = await Test.createApplication({
      modules: [defineModule({ services: [Bank, Payments] })],
      policies,
      logger: { level: 'silent' },
    }).create();
    onTestFinished(() => app.close());

    await expect(app.get(Payments).pay()).rejects.toThrow('The booking failed.');
    expect(sent).toEqual(['POST /bookings']);
    await expect(app.get(Bank).look()).rejects.toMatchObject({ status: 503 });
    expect(sent.slice(1)).toEqual(['GET /bookings', 'GET /bookings', 'GET /bookings']);
  });

  it('is not tried again once it was to send a stream, of which nothing would be left', async () => {
    const sent: string[] = [];
    const { url } = await serve((request, response) => {
      void readText(request).then((body) => {
        sent.push(body);
        response.writeHead(503).end();
      });
    });
    const archive = clientOf(url);
    @Injectable()
    class Archive {
      @UsePolicy('archive')
      async keep(body: Readable): Promise<void> {
        await archive.put('/manual', { body });
      }
    }
    const app = await Test.createApplication({
      modules: [defineModule({ services: [Archive] })],
      policies: { archive: { retry: { backoff: 0 } } },
      logger: { level: 'silent' },
    }).create();
    onTestFinished(() => app.close());

    await expect(app.get(Archive).keep(Readable.from(['abc']))).rejects.toMatchObject({ status: 503 });
    expect(sent).toEqual(['abc']);
  });
});

describe('an attempt that a policy gives up', () => {
  it.each([
    ['', {}],
    [' and the call has milliseconds of its own', { deadline: 60_000 }],
  ])('ends what that has sent, though nobody handed its signal on%s', async (_what, options) => {
    const first = Promise.withResolvers<void>();
    let asked = 0;
    const { url } = await serve((_request, response) => {
      if (++asked > 1) response.end('second');
      else response.on('close', () => first.resolve());
    });
    const stock = clientOf(url);
    @Injectable()
    class Stock {
      @UsePolicy('stock')
      async look(): Promise<unknown> {
        return stock.get('/', { as: 'text', ...options });
      }
    }
    const app = await Test.createApplication({
      modules: [defineModule({ services: [Stock] })],
      policies: { stock: { hedge: { delay: 1 } } },
      logger: { level: 'silent' },
    }).create();
    onTestFinished(() => app.close());

    expect(await app.get(Stock).look()).toBe('second');
    await first.promise;
  });
});

describe('a client whose class has a policy', () => {
  it('goes through it once for each call, and is closed while its circuit is open', async () => {
    let requests = 0;
    const { url } = await serve((_request, response) => {
      requests++;
      response.writeHead(503).end();
    });

    @UsePolicy('stock')
    @Injectable()
    class StockClient extends HttpClient {
      constructor() {
        super({ baseUrl: url });
      }

      item(): Promise<unknown> {
        return this.get('/items/rope');
      }
    }
    const app = await Test.createApplication({
      modules: [defineModule({ services: [StockClient] })],
      policies: {
        stock: {
          bulkhead: { maxConcurrent: 1 },
          retry: { maxAttempts: 3, backoff: 0 },
          circuitBreaker: { minimumCalls: 6, openDuration: 60_000 },
        },
      },
      logger: { level: 'silent' },
    }).create();
    const client = app.get(StockClient);

    await expect(client.item()).rejects.toMatchObject({ status: 503 });
    expect(requests).toBe(3);
    await expect(client.request('GET', '/items')).rejects.toMatchObject({ status: 503 });
    expect(requests).toBe(6);
    await expect(client.item()).rejects.toBeInstanceOf(BrokenCircuitError);
    await client.close();
    await app.close();
  });
});

describe('what a Bowline server refuses', () => {
  it.each([
    ['circuit', BrokenCircuitError, 5_000],
    ['bulkhead', BulkheadRejectedError, 1_000],
    ['limit', RateLimitedError, 3_000],
    ['deadline', DeadlineExceededError, undefined],
    ['stopping', ShuttingDownError, 1_000],
  ])('by %s is the same refusal at the client', async (name, type, retryAfter) => {
    const app = await start({ controllers: [RefusalController] });

    const error = await thrownBy(clientOf(app.url).get('/refusals/:name', { params: { name } }));

    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ policy: 'stock', retryAfter });
    expect((error as Error).message).not.toContain('NaN');
  });

  it('is neither tried again nor counted', async () => {
    const app = await start({ controllers: [RefusalController] });
    const breaker = circuitBreaker({ minimumCalls: 1, handle: isHttpFailure });
    const calls = pipeline(retry({ retryOn: isRetryableHttp, backoff: 0 }), breaker);
    RefusalController.asked = 0;

    await thrownBy(clientOf(app.url, { pipeline: calls }).get('/refusals/circuit'));

    expect(RefusalController.asked).toBe(1);
    expect(breaker.state).toBe('closed');
  });

  it.each([
    ['bulkhead', 3],
    ['stopping', 3],
    ['deadline', 1],
  ])(
    'by %s is asked for %i times in all with retryRefusals, since another instance may not refuse',
    async (name, times) => {
      const app = await start({ controllers: [RefusalController] });
      const clock = new VirtualClock();
      const calls = pipeline({ clock }, retry({ retryOn: isRetryableHttp, backoff: 0, retryRefusals: true }));
      calls.on('retry', ({ delay }) => void clock.advance(delay));
      RefusalController.asked = 0;

      await thrownBy(clientOf(app.url, { pipeline: calls }).get('/refusals/:name', { params: { name } }));

      expect(RefusalController.asked).toBe(times);
    },
  );

  it('is told from what a policy here refuses, which is not tried again with retryRefusals either', async () => {
    const app = await start({ controllers: [RefusalController] });
    const breaker = circuitBreaker();
    const retried = retry({ retryOn: isRetryableHttp, backoff: 0, retryRefusals: true });
    const client = clientOf(app.url, { pipeline: pipeline(retried, breaker) });
    breaker.isolate();

    expect(await thrownBy(client.get('/refusals/bulkhead'))).toBeInstanceOf(BrokenCircuitError);
    expect(retried.metrics.retries).toBe(0);
  });

  it('and what its timeout ended is a failure', async () => {
    const app = await start({ controllers: [RefusalController] });

    const error = await thrownBy(clientOf(app.url).get('/refusals/timeout'));

    expect(error).toBeInstanceOf(HttpClientError);
    expect(error).toMatchObject({ status: 504, problem: { code: 'BOW_TIMED_OUT' } });
    expect(isHttpFailure(error)).toBe(true);
  });

  it('for want of time is a failure where only the attempt had too little, as a timeout a moment later would be', async () => {
    const told: unknown[] = [];
    const { url } = await serve((request, response) => {
      told.push(request.headers['x-request-timeout-ms']);
      response
        .writeHead(504, { 'content-type': 'application/problem+json' })
        .end('{"status":504,"code":"BOW_DEADLINE_EXCEEDED"}');
    });
    const breaker = circuitBreaker({ minimumCalls: 2, failureRatio: 1, handle: isHttpFailure });
    const calls = pipeline(
      retry({ retryOn: isRetryableHttp, backoff: 0, maxAttempts: 2 }),
      breaker,
      attemptTimeout({ timeout: 5_000 }),
    );
    const client = clientOf(url, { pipeline: calls });

    const error = await thrownBy(client.get('/', { deadline: 60_000 }));

    expect(error).toMatchObject({ code: 'BOW_CLIENT_TIMED_OUT', status: 504, facts: { part: 'attempt' } });
    expect((error as Error).cause).toBeInstanceOf(DeadlineExceededError);
    expect(told).toHaveLength(2);
    expect(breaker.state).toBe('open');
  });

  it('for want of time is a refusal where that is all that the caller had', async () => {
    const { url } = await serve((request, response) => {
      setTimeout(
        () =>
          response
            .writeHead(504, { 'content-type': 'application/problem+json' })
            .end('{"status":504,"code":"BOW_DEADLINE_EXCEEDED"}'),
        Number(request.headers['x-request-timeout-ms']),
      );
    });
    const client = clientOf(url, { pipeline: pipeline(attemptTimeout({ timeout: 60_000 })) });

    expect(await thrownBy(client.get('/', { deadline: 80 }))).toBeInstanceOf(DeadlineExceededError);
  });

  it('is believed with its own status only', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(500, { 'content-type': 'application/problem+json' }).end('{"code":"BOW_CIRCUIT_OPEN"}');
    });

    expect(isRefusal(await thrownBy(clientOf(url).get('/')))).toBe(false);
  });

  it('passes through a service in between, from the open circuit behind it to the client in front', async () => {
    const behind = await serve((_request, response) => void response.writeHead(500).end());
    const breaker = circuitBreaker({ minimumCalls: 1, openDuration: 9_500, handle: isHttpFailure });

    @Injectable()
    class StockClient extends HttpClient {
      constructor() {
        super({ baseUrl: behind.url, pipeline: pipeline(breaker) });
      }
    }
    @Controller('/items')
    class ItemController {
      constructor(private readonly stock: StockClient) {}

      @Get()
      find(): Promise<unknown> {
        return this.stock.get('/');
      }
    }
    const app = await start({ controllers: [ItemController], services: [StockClient] });
    const client = clientOf(app.url);

    const [first, second] = [await thrownBy(client.get('/items')), await thrownBy(client.get('/items'))];

    expect(first).toMatchObject({ status: 500, problem: { title: 'Internal Server Error' } });
    expect(second).toBeInstanceOf(BrokenCircuitError);
    expect(second).toMatchObject({ policy: 'stock', retryAfter: 10_000 });
  });
});

describe('the current call', () => {
  const trace = {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'vendor=1',
    baggage: 'tenant=a',
  };

  async function callThrough(
    options: Partial<ConstructorParameters<typeof HttpClient>[0]>,
    headers: Record<string, string> = trace,
  ) {
    const behind = await serveEcho();
    const allowed = await serveEcho();
    @Injectable()
    class StockClient extends HttpClient {
      constructor() {
        super({ baseUrl: behind.url, allowedOrigins: [allowed.url], ...options });
      }
    }
    @Controller('/')
    class ItemController {
      constructor(private readonly stock: StockClient) {}

      @Get('/here')
      async here(@Ctx() ctx: HttpContext): Promise<unknown> {
        return { id: ctx.id, echo: await this.stock.get('/') };
      }

      @Get('/own')
      async own(@Ctx() ctx: HttpContext): Promise<unknown> {
        return {
          id: ctx.id,
          echo: await this.stock.get('/', { headers: { traceparent: 'own', 'x-request-id': '7' } }),
        };
      }

      @Get('/elsewhere')
      async elsewhere(@Ctx() ctx: HttpContext): Promise<unknown> {
        return { id: ctx.id, echo: await this.stock.get(`${allowed.url}/`) };
      }
    }
    const app = await start({ controllers: [ItemController], services: [StockClient] });
    return async (path: string) => {
      const response = await fetch(app.url + path, { headers });
      const { id, echo } = (await response.json()) as { id: string; echo: Echo };
      return { id, headers: echo.headers };
    };
  }

  it('goes on with its id and its trace', async () => {
    const call = await callThrough({});

    const { id, headers } = await call('/here');

    expect(headers).toMatchObject({ ...trace, 'x-request-id': id });
  });

  it('leaves what the caller has set', async () => {
    const call = await callThrough({});

    const { headers } = await call('/own');

    expect(headers).toMatchObject({ traceparent: 'own', 'x-request-id': '7' });
    expect(headers).not.toHaveProperty('tracestate');
    expect(headers).not.toHaveProperty('baggage');
  });

  it('is told to no other origin, and to nobody with propagate: false', async () => {
    const { headers: elsewhere } = await (await callThrough({}))('/elsewhere');
    const { headers: untold } = await (await callThrough({ propagate: false }))('/here');

    for (const name of ['x-request-id', 'traceparent', 'tracestate', 'baggage']) {
      expect(elsewhere).not.toHaveProperty(name);
      expect(untold).not.toHaveProperty(name);
    }
  });

  it('is kept on routes that reach a client, and says why', async () => {
    @Injectable()
    class StockClient extends HttpClient {
      constructor() {
        super({ baseUrl: 'http://127.0.0.1:1' });
      }
    }
    @Injectable()
    class Stock {
      constructor(readonly client: StockClient) {}
    }
    @Controller('/items')
    class ItemController {
      constructor(readonly stock: Stock) {}
      @Get() list(): string {
        return this.stock.client.name;
      }
    }
    @Controller('/plain')
    class PlainController {
      @Get() list(): string {
        return 'plain';
      }
    }
    const app = await start({ controllers: [ItemController, PlainController], services: [Stock, StockClient] });

    expect(app.routes.map(({ path, currentContext }) => [path, currentContext])).toEqual([
      ['/items', 'ItemController -> Stock -> StockClient'],
      ['/plain', undefined],
    ]);
  });
});

describe('a client that leaves', () => {
  /** An application whose routes charge by POST, and a bank that answers when it is told to. */
  async function charging() {
    const asked = Promise.withResolvers<() => void>();
    const brokenOff = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const charged = Promise.withResolvers<unknown>();
    const { url } = await serve((request, response) => {
      request.resume().on('end', () => asked.resolve(() => response.end('charged')));
      response.on('close', () => response.writableFinished || brokenOff.resolve());
    });

    @Injectable()
    class Bank extends HttpClient {
      constructor() {
        super({ baseUrl: url });
      }

      charge(signal?: AbortSignal, deadline?: RequestOptions['deadline']): Promise<unknown> {
        const until = deadline === undefined ? {} : { deadline };
        const answer = this.post('/charges', { body: {}, as: 'text', signal, ...until });
        charged.resolve(thrownBy(answer).then((error) => error ?? answer));
        return answer;
      }

      @UsePolicy('bank')
      async chargeByPolicy(): Promise<unknown> {
        return this.charge();
      }

      @UsePolicy('bank')
      async chargeUntil(deadline?: RequestOptions['deadline']): Promise<unknown> {
        return this.charge(undefined, deadline);
      }

      @UsePolicy('bank')
      async chargeWhileWanted(@Signal() signal?: AbortSignal): Promise<unknown> {
        return this.charge(signal);
      }
    }
    @Controller('/')
    class OrderController {
      constructor(private readonly bank: Bank) {}

      @Post('/plain')
      plain(@Signal() signal: AbortSignal): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.charge());
      }

      @Post('/signal')
      signal(@Signal() signal: AbortSignal): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.charge(signal));
      }

      @Post('/deadline')
      @Deadline(60_000)
      deadline(@Signal() signal: AbortSignal): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.charge());
      }

      @Post('/short-deadline')
      @Deadline(500)
      shortDeadline(@Signal() signal: AbortSignal): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.charge());
      }

      @Post('/own-deadline')
      @Deadline(60_000)
      ownDeadline(@Ctx() { signal, deadline }: HttpContext): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.charge(undefined, deadline));
      }

      @Post('/milliseconds')
      @Deadline(60_000)
      milliseconds(@Signal() signal: AbortSignal): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.charge(undefined, 50_000));
      }

      @Post('/policy-own-deadline')
      @Deadline(60_000)
      policyOwnDeadline(@Ctx() { signal, deadline }: HttpContext): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.chargeUntil(deadline));
      }

      @Post('/policy')
      policy(@Signal() signal: AbortSignal): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.chargeByPolicy());
      }

      @Post('/policy-signal')
      policySignal(@Signal() signal: AbortSignal): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.chargeWhileWanted());
      }

      @Post('/policy-deadline')
      @Deadline(500)
      policyDeadline(@Signal() signal: AbortSignal): Promise<unknown> {
        return this.#noticing(signal, () => this.bank.chargeByPolicy());
      }

      #noticing(signal: AbortSignal, run: () => Promise<unknown>): Promise<unknown> {
        signal.addEventListener('abort', () => left.resolve());
        return run();
      }
    }
    const app = await createApplication({
      modules: [defineModule({ name: 'shop', controllers: [OrderController], services: [Bank] })],
      policies: { bank: { timeout: 60_000, attemptTimeout: 50_000 } },
      logger: { level: 'silent' },
      signals: false,
    });
    await app.listen(0);
    onTestFinished(() => app.close());
    /** Gives how the bank can answer. */
    const callAndLeave = async (path: string): Promise<() => void> => {
      const client = new AbortController();
      const answer = fetch(app.url + path, { method: 'POST', signal: client.signal });
      const end = await asked.promise;
      client.abort();
      await Promise.all([expect(answer).rejects.toThrow(), left.promise]);
      return end;
    };
    return { callAndLeave, brokenOff: brokenOff.promise, charged: charged.promise };
  }

  it.each(['/plain', '/deadline', '/milliseconds', '/policy'])(
    'ends nothing that was begun for him by %s',
    async (path) => {
      const { callAndLeave, charged } = await charging();

      const answer = await callAndLeave(path);
      answer();

      expect(await charged).toBe('charged');
    },
  );

  it.each(['/signal', '/policy-signal'])('ends what his signal was handed to by %s', async (path) => {
    const { callAndLeave, charged, brokenOff } = await charging();

    await callAndLeave(path);
    await brokenOff;

    expect(await charged).toMatchObject({ name: 'AbortError' });
  });

  it.each(['/own-deadline', '/policy-own-deadline'])('ends what his deadline was handed to by %s', async (path) => {
    const { callAndLeave, charged, brokenOff } = await charging();

    await callAndLeave(path);
    await brokenOff;

    expect(await charged).toMatchObject({ name: 'AbortError' });
  });

  it.each(['/short-deadline', '/policy-deadline'])('leaves the time that he had to %s', async (path) => {
    const { callAndLeave, charged, brokenOff } = await charging();

    await callAndLeave(path);
    await brokenOff;

    expect(await charged).toBeInstanceOf(DeadlineExceededError);
  });
});

describe('the stop of an application', () => {
  it('closes a client after what uses it, and after the requests in flight', async () => {
    const order: string[] = [];
    const held = Promise.withResolvers<() => void>();
    const behind = await serve((request, response) => {
      order.push(`asked for ${request.url}`);
      if (request.url === '/slow') held.resolve(() => response.end('slow'));
      else response.end('last words');
    });
    @Injectable()
    class StockClient extends HttpClient {
      constructor() {
        super({ baseUrl: behind.url });
      }
    }
    @Injectable()
    class Stock {
      constructor(readonly client: StockClient) {}

      @PreDestroy()
      async giveBack(): Promise<void> {
        order.push(String(await this.client.get('/give-back', { as: 'text' })));
      }
    }
    @Controller('/items')
    class ItemController {
      constructor(private readonly stock: Stock) {}
      @Get() list(): Promise<string> {
        return this.stock.client.get('/slow', { as: 'text' });
      }
    }
    const app = await start({ controllers: [ItemController], services: [Stock, StockClient] });
    const answer = fetch(`${app.url}/items`).then((response) => response.text());
    const end = await held.promise;

    const stop = app.close();
    await app.lifecycle.reached('draining');
    end();
    order.push(await answer);
    await stop;

    expect(order).toEqual(['asked for /slow', 'slow', 'asked for /give-back', 'last words']);
    const [socket] = behind.connections;
    expect(socket === undefined || socket.destroyed || socket.readableEnded || (await ended(socket))).toBe(true);
  });
});

function ended(socket: ReturnType<typeof connect>): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve(true));
  });
}
