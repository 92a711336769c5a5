import { Controller, Get, Param } from 'bowline';
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  DeadlineExceededError,
  pipeline,
  rateLimit,
  ShuttingDownError,
  TimedOutError,
} from 'bowline/resilience';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

const errors: Readonly<Record<string, Error>> = {
  circuit: new BrokenCircuitError('payments.circuitBreaker', 'open', 4_200),
  isolated: new BrokenCircuitError('payments.circuitBreaker', 'isolated', Infinity),
  bulkhead: new BulkheadRejectedError('payments.bulkhead', 'full', '10 of 10 run'),
  deadline: new DeadlineExceededError('payments', "the caller's deadline has passed"),
  stopping: new ShuttingDownError('payments'),
  timeout: new TimedOutError('payments.attemptTimeout', 600),
};

@Controller('/refusals')
class RefusalController {
  readonly #limited = pipeline({ name: 'reports' }, rateLimit({ limit: 1, window: 60_000 }));

  @Get('/limited')
  limited() {
    return this.#limited.execute(() => 'a report');
  }

  @Get('/:name')
  refuse(@Param('name') name: string): never {
    throw errors[name] ?? new Error('unknown');
  }
}

describeProviders('refusals', { controllers: [RefusalController], overHttps: true }, (server) => {
  test.each([
    ['circuit', 503, 'Service Unavailable', 'BOW_CIRCUIT_OPEN', '5'],
    ['isolated', 503, 'Service Unavailable', 'BOW_CIRCUIT_OPEN', '1'],
    ['bulkhead', 503, 'Service Unavailable', 'BOW_BULKHEAD_FULL', '1'],
    ['stopping', 503, 'Service Unavailable', 'BOW_SHUTTING_DOWN', '1'],
    ['deadline', 504, 'Gateway Timeout', 'BOW_DEADLINE_EXCEEDED', undefined],
    ['timeout', 504, 'Gateway Timeout', 'BOW_TIMED_OUT', undefined],
  ])('by %s are answered with %i and say no more than their code', async (name, status, title, code, retryAfter) => {
    const answer = await server.get(`/refusals/${name}`);

    expect([answer.status, answer.json]).toEqual([status, { title, status, code }]);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(server.log.rest()).toHaveLength(1);
  });

  test('by a rate limit are answered with 429, and when to come back', async () => {
    await server.get('/refusals/limited');
    const { status, json, headers } = await server.get('/refusals/limited');

    expect([status, json]).toEqual([429, { title: 'Too Many Requests', status: 429, code: 'BOW_RATE_LIMITED' }]);
    const retryAfter = Number(headers['retry-after']);
    expect(retryAfter).toBeGreaterThan(50);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(server.log.rest()).toHaveLength(1);
  });

  test('are a warning in the log, with what the client does not see', async () => {
    await server.get('/refusals/circuit');

    expect(server.log.rest()).toEqual([
      expect.objectContaining({
        level: 'warn',
        message: 'GET /refusals/circuit was refused with 503',
        fields: expect.objectContaining({
          code: 'BOW_CIRCUIT_OPEN',
          reason: 'payments.circuitBreaker refused the call: its circuit is open, ask again in 4200 ms.',
        }),
      }),
    ]);
  });

  test('of a timeout are an error in the log', async () => {
    await server.get('/refusals/timeout');

    expect(server.log.rest()).toEqual([expect.objectContaining({ level: 'error' })]);
  });
});
