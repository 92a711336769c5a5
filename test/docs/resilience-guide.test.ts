import { beforeAll, describe, expect, it } from 'vitest';
import type { CircuitBreakerPolicy, KeyedPolicy, LatencySnapshot, ResiliencePipeline } from 'bowline/resilience';
import { writeGuide } from './code-blocks.js';

let folder: string;

beforeAll(async () => {
  folder = await writeGuide('resilience/README');
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

describe('docs/guides/resilience/README.md', () => {
  it('begins with a pipeline around fetch', async () => {
    const { payments, receiptOf } = await load<{
      payments: ResiliencePipeline;
      receiptOf(url: string): Promise<unknown>;
    }>('quick.ts');

    expect(await receiptOf('data:application/json,{"receipt":7}')).toEqual({ receipt: 7 });
    expect(payments.policies.map(({ name }) => name)).toEqual([
      'payments.timeout',
      'payments.retry',
      'payments.circuitBreaker',
      'payments.attemptTimeout',
    ]);
  });

  it('shows the usual order, and one on purpose', async () => {
    const { usual, onPurpose } = await load<Record<'usual' | 'onPurpose', ResiliencePipeline>>('order.ts');

    expect(usual.policies.map(({ kind }) => kind)).toEqual(['bulkhead', 'retry', 'circuitBreaker']);
    expect(onPurpose.policies.map(({ kind }) => kind)).toEqual(['retry', 'bulkhead', 'circuitBreaker']);
  });

  it('shows how calls are made', async () => {
    const { prices, priceFor, sum } = await load<{
      prices: { find(sku: string): Promise<number> };
      priceFor(sku: string, left: AbortSignal): Promise<number>;
      sum: unknown;
    }>('calls.ts');

    expect(sum).toBe(2);
    expect(await prices.find('rope')).toBe(12);
    expect(await priceFor('rope', new AbortController().signal)).toBe(24);
    await expect(prices.find('anchor')).rejects.toThrow('Nobody knows the price of anchor.');
    await expect(priceFor('rope', AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
  });

  it('shows that refused is not failed', async () => {
    const { ask, breaker } = await load<{
      ask(call: () => Promise<string>): Promise<string>;
      breaker: CircuitBreakerPolicy;
    }>('refusals.ts');
    const broken = () => Promise.reject(new Error('broken'));

    await expect(ask(broken)).rejects.toThrow('broken');
    await expect(ask(broken)).rejects.toThrow('broken');
    expect(await ask(broken)).toMatch(/^stock\.circuitBreaker asks to come back in \d+(\.\d+)? ms$/);
    breaker.reset();
    expect(await ask(() => Promise.resolve('12 pieces'))).toBe('12 pieces');
  });

  it('shows a state for each key', async () => {
    const { ask, breaker } = await load<{
      ask(url: string): Promise<string>;
      breaker: KeyedPolicy<CircuitBreakerPolicy>;
    }>('keys.ts');

    await expect(ask('http://broken.example/1')).rejects.toThrow('This host is down.');
    await expect(ask('http://broken.example/2')).rejects.toThrow('hosts.circuitBreaker[broken.example] refused');
    expect(await ask('http://well.example/')).toBe('an answer');
    expect(breaker.of('broken.example')?.state).toBe('open');
  });

  it('shows a policy that observes', async () => {
    const { ledger, told, wouldHaveRefused } = await load<{
      ledger: ResiliencePipeline;
      told: readonly string[];
      wouldHaveRefused(): number;
    }>('observe.ts');

    await expect(ledger.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await ledger.execute(() => Promise.resolve(1))).toBe(1);

    expect(told).toEqual(['ledger breaker: closed to open', 'BOW_CIRCUIT_OPEN, only noted']);
    expect(wouldHaveRefused()).toBe(1);
  });

  it('shows how long most calls take', async () => {
    const { quantileOf } = await load<{ quantileOf(latency: LatencySnapshot, share: number): number }>('quantile.ts');
    const buckets = [
      { upTo: 1, count: 90 },
      { upTo: 8, count: 9 },
      { upTo: 64, count: 1 },
    ];

    expect([0.5, 0.9, 0.99, 1].map((share) => quantileOf({ count: 100, sum: 300, buckets }, share))).toEqual([
      1, 1, 8, 64,
    ]);
    expect(quantileOf({ count: 0, sum: 0, buckets: [] }, 0.99)).toBe(0);
  });

  it('shows a test in which nobody waits', async () => {
    const { timeTwoAttempts } = await load<{ timeTwoAttempts(): Promise<number> }>('test.ts');

    expect(await timeTwoAttempts()).toBe(500 + 1_000 + 500);
  });
});
