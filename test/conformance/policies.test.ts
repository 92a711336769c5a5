import {
  AttemptCall,
  BadGatewayError,
  Body,
  Bulkhead,
  CircuitBreaker,
  Controller,
  currentCall,
  currentContext,
  Deadline,
  Fallback,
  Get,
  Injectable,
  Param,
  PolicyRegistry,
  Post,
  RateLimit,
  Retry,
  Signal,
  Timeout,
  UsePolicy,
} from 'bowline';
import { IsInt, IsString } from 'class-validator';
import { expect, test } from 'vitest';
import { connectTo } from '../server/raw-client.js';
import { send } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

class Payment {
  @IsString() order!: string;
  @IsInt() cents!: number;
}

/** What methods have come to, by the place that a behaviour chose. */
@Injectable()
class Findings {
  readonly #notes = new Map<string, unknown[]>();

  at(place: string): unknown[] {
    const found = this.#notes.get(place) ?? [];
    this.#notes.set(place, found);
    return found;
  }
}

/** Nobody tells it of requests, their signals and their deadlines. */
@Injectable()
class Bank {
  constructor(private readonly findings: Findings) {}

  @UsePolicy('bank')
  async book(place: string): Promise<string> {
    const call = currentCall();
    this.findings.at(place).push(call instanceof AttemptCall ? call.attempt : call?.kind);
    await untilAborted(call?.signal);
    return 'booked';
  }

  @UsePolicy('ledger')
  async enter(place: string): Promise<string> {
    const notes = this.findings.at(place);
    notes.push(currentCall()?.deadline?.remaining);
    throw new BadGatewayError(`attempt ${notes.length} failed`);
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

@Controller('/payments')
class PaymentController {
  constructor(
    private readonly bank: Bank,
    private readonly findings: Findings,
  ) {}

  @Post('/:place')
  @UsePolicy('payments')
  async pay(@Param('place') place: string, @Body() payment: Payment) {
    const notes = this.findings.at(place);
    notes.push(payment);
    if (notes.length < 3) throw new BadGatewayError();
    const call = currentCall() as AttemptCall;
    return {
      isPayment: payment instanceof Payment,
      cents: payment.cents,
      attempt: call.attempt,
      path: currentContext().path,
    };
  }

  @Get('/broken/:place')
  @CircuitBreaker({ minimumCalls: 2, openDuration: 30_000 })
  async broken(@Param('place') place: string): Promise<void> {
    this.findings.at(place).push('called');
    throw new BadGatewayError();
  }

  @Get('/full/:place')
  @Bulkhead({ maxConcurrent: 1, maxQueue: 1, queueTimeout: 30_000 })
  async full(@Param('place') place: string, @Signal() signal: AbortSignal): Promise<void> {
    this.findings.at(place).push('called');
    await untilAborted(signal);
  }

  @Get('/limited')
  @RateLimit({ limit: 1, window: 60_000 })
  async limited(): Promise<string> {
    return 'one';
  }

  @Get('/poorer')
  @Fallback({ value: { prices: 'of yesterday' } })
  async poorer(): Promise<unknown> {
    throw new BadGatewayError();
  }

  @Get('/deaf/:place')
  @Timeout({ timeout: 30 })
  async deaf(@Param('place') place: string): Promise<void> {
    this.findings.at(place).push('called');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  @Get('/leaving/:place')
  leaving(@Param('place') place: string): Promise<string> {
    return this.bank.book(place);
  }

  @Get('/late/:place')
  @Deadline(80)
  late(@Param('place') place: string): Promise<string> {
    return this.bank.book(place);
  }

  @Get('/hurried/:place')
  @Deadline(20_000)
  hurried(@Param('place') place: string): Promise<string> {
    return this.bank.enter(place);
  }

  @Get('/waiting/:place')
  waiting(@Param('place') place: string): Promise<string> {
    return this.bank.enter(place);
  }
}

/** Made for each request, and behind one circuit all the same. */
@Injectable({ scope: 'request' })
@Controller('/scoped')
@CircuitBreaker('scoped', { minimumCalls: 1, openDuration: 30_000 })
class ScopedController {
  @Get('/fails')
  async fails(): Promise<void> {
    throw new BadGatewayError();
  }

  @Get('/well')
  async well(): Promise<string> {
    return 'well';
  }
}

/** A policy of a class is for all of its routes, and one of a method adds to that. */
@Controller('/tried')
@Retry({ maxAttempts: 2, backoff: 0 })
class TriedController {
  calls = 0;

  @Get('/twice')
  @Fallback({ value: 'neither time' })
  async twice(): Promise<void> {
    this.calls++;
    throw new BadGatewayError();
  }

  @Get('/name')
  async name(): Promise<string> {
    return this.constructor.name;
  }
}

const fixture = {
  controllers: [PaymentController, ScopedController, TriedController],
  services: [Findings, Bank],
  policies: {
    payments: { timeout: 20_000, retry: { maxAttempts: 3, backoff: 0 }, attemptTimeout: 10_000 },
    bank: { retry: { maxAttempts: 5, backoff: 0 } },
    ledger: { retry: { maxAttempts: 2, backoff: 60_000 } },
  },
} as const;

describeProviders('a route behind policies', fixture, (server) => {
  const notesAt = (place: string): unknown[] => server.app.container.get(Findings).at(place);

  test('is tried again with the arguments that it was called with', async () => {
    const place = crypto.randomUUID();
    const { status, json } = await server.post(`/payments/${place}`, { json: { order: '7', cents: 500, stray: true } });
    expect([status, json]).toEqual([200, { isPayment: true, cents: 500, attempt: 3, path: `/payments/${place}` }]);
    expect(notesAt(place)).toHaveLength(3);
    server.log.rest();
  });

  test('is not called with a body that is refused', async () => {
    const place = crypto.randomUUID();
    const { status } = await server.post(`/payments/${place}`, { json: { order: 7, cents: 'many' } });
    expect(status).toBe(400);
    expect(notesAt(place)).toEqual([]);
  });

  test('is not called while its circuit is open, and its client is told when to come back', async () => {
    const place = crypto.randomUUID();
    const statuses = [];
    for (let call = 0; call < 2; call++) statuses.push((await server.get(`/payments/broken/${place}`)).status);
    expect(statuses).toEqual([502, 502]);
    const { status, json, headers } = await server.get(`/payments/broken/${place}`);
    expect([status, headers['retry-after']]).toEqual([503, '30']);
    expect(json).toMatchObject({ status: 503, code: 'BOW_CIRCUIT_OPEN' });
    expect(notesAt(place)).toHaveLength(2);
    server.log.rest();
  });

  test('is behind one circuit with the others of a class that is made for each request', async () => {
    expect((await server.get('/scoped/well')).text).toBe('well');
    expect((await server.get('/scoped/fails')).status).toBe(502);
    expect((await server.get('/scoped/well')).status).toBe(503);
    server.app.container.get(PolicyRegistry).configure({ scoped: { circuitBreaker: { mode: 'off' } } });
    expect((await server.get('/scoped/well')).text).toBe('well');
    server.log.rest();
  });

  test('has those of its class with its own on top', async () => {
    const controller = server.app.container.get(TriedController);
    controller.calls = 0;
    expect((await server.get('/tried/twice')).text).toBe('neither time');
    expect(controller.calls).toBe(2);
    expect((await server.get('/tried/name')).text).toBe('TriedController');
  });

  test('is refused where it is full, and the place of a client that left is free again', async () => {
    const place = crypto.randomUUID();
    const [first, second] = [await server.connect(), await server.connect()];
    for (const [index, client] of [first, second].entries()) {
      client.send(`GET /payments/full/${place} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await expect.poll(() => notesAt(place).length + server.app.manager.getHealthStatus().inFlight).toBe(index + 2);
    }
    const { status, headers } = await server.get(`/payments/full/${place}`);
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(notesAt(place)).toHaveLength(1);
    first.stream.destroy();
    await expect.poll(() => notesAt(place)).toHaveLength(2);
    second.stream.destroy();
    await expect.poll(() => server.app.manager.getHealthStatus().inFlight).toBe(0);
    server.log.rest();
  });

  test('is refused with 429 beyond its rate', async () => {
    expect((await server.get('/payments/limited')).text).toBe('one');
    const { status, headers } = await server.get('/payments/limited');
    expect([status, Number(headers['retry-after']) > 0]).toEqual([429, true]);
    server.log.rest();
  });

  test('answers with what its fallback gives', async () => {
    expect(await server.get('/payments/poorer')).toMatchObject({ status: 200, json: { prices: 'of yesterday' } });
  });

  test('that takes no notice of its time-out is left alone, which is said once', async () => {
    const app = await server.startAnother();
    const places = [crypto.randomUUID(), crypto.randomUUID()];
    const answers = await Promise.all(places.map((place) => send(app.url, 'GET', `/payments/deaf/${place}`)));
    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
    const lines = server.log.rest().filter(({ message }) => message.includes('abandoned'));
    expect(lines).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(
          /^PaymentController\.deaf was abandoned, and may still be running\. .*@Signal\(\)/,
        ) as string,
        fields: expect.objectContaining({ pipeline: 'PaymentController.deaf', code: 'BOW_TIMED_OUT' }) as object,
      },
    ]);
    await app.close();
    server.log.rest();
  });

  test('is part of what explains it', () => {
    expect(String(server.app.explain())).toContain('PaymentController.pay');
  });
});

describeProviders('a service behind policies that a route calls', fixture, (server) => {
  const notesAt = (place: string): unknown[] => server.app.container.get(Findings).at(place);

  test('hears that the client has left, and is not tried again', async () => {
    const place = crypto.randomUUID();
    const app = await server.startAnother();
    const notes = app.container.get(Findings).at(place);
    const client = await connectTo(app.url);
    client.send(`GET /payments/leaving/${place} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await expect.poll(() => notes).toEqual([1]);
    client.stream.destroy();
    await expect.poll(() => app.manager.getHealthStatus().inFlight).toBe(0);
    // A stop waits for what still runs of the call.
    await app.close();
    expect(notes).toEqual([1]);
    server.log.rest();
  });

  test('ends with the deadline of its request, and is not tried again', async () => {
    const place = crypto.randomUUID();
    const { status, json } = await server.get(`/payments/late/${place}`);
    expect([status, json]).toMatchObject([504, { code: 'BOW_DEADLINE_EXCEEDED' }]);
    expect(notesAt(place)).toEqual([1]);
    server.log.rest();
  });

  test('does not wait for an attempt that the deadline of its request has no room for', async () => {
    const place = crypto.randomUUID();
    // The wait would be 60 s, of 20.
    const { status } = await server.get(`/payments/hurried/${place}`);
    expect(status).toBe(502);
    const [remaining, ...others] = notesAt(place) as number[];
    expect(others).toEqual([]);
    expect(remaining).toBeGreaterThan(10_000);
    expect(remaining).toBeLessThan(20_000);
    server.log.rest();
  });

  test('does not wait for another attempt when the application stops', async () => {
    const place = crypto.randomUUID();
    const app = await server.startAnother();
    const notes = app.container.get(Findings).at(place);
    const answer = send(app.url, 'GET', `/payments/waiting/${place}`);
    await expect.poll(() => notes).toHaveLength(1);
    const report = await app.gracefulStop();
    expect((await answer).status).toBe(502);
    expect(report.requests).toMatchObject({ inFlight: 1, finished: 1, cut: 0, refused: 0 });
    expect(notes).toHaveLength(1);
    server.log.rest();
  });
});
