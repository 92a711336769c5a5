import type { Application, ContainerModule } from 'bowline';
import { Test } from 'bowline/testing';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeGuide } from './code-blocks.js';

let folder: string;

beforeAll(async () => {
  folder = await writeGuide('resilience/in-an-application');
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

describe('docs/guides/resilience/in-an-application.md', () => {
  it('leads a method through the pipeline of a name', async () => {
    const { app, Payments, paymentsModule } = await load<{
      app: Application;
      Payments: new () => { pay(order: string): Promise<string> };
      paymentsModule: ContainerModule;
    }>('payments.ts');
    const policies = { payments: { retry: { maxAttempts: 3 } } };
    const tested = await Test.createApplication({ modules: [paymentsModule], policies }).create();
    onTestFinished(() => tested.close());

    expect(await tested.get(Payments).pay('order 7')).toBe('order 7 is paid');
    expect(String(app.explain())).toContain('payments: Payments.pay\n  timeout, enforce\n    timeout 2000');
  });

  it('changes options while it runs, and says where each comes from', async () => {
    const { Operations, pricesModule } = await load<{
      Operations: new () => { calmDown(): string };
      pricesModule: ContainerModule;
    }>('registry.ts');
    const tested = await Test.createApplication({
      modules: [pricesModule],
      policies: { prices: { timeout: 500 } },
    }).create();
    onTestFinished(() => tested.close());

    const described = tested.get(Operations).calmDown();
    expect(described).toContain('timeout 500 (policies of createApplication)');
    expect(described).toContain('maxAttempts 1 (changed while it runs)');
  });

  it('shows a test in which nobody waits', async () => {
    const { timeTwoAttempts } = await load<{ timeTwoAttempts(): Promise<number> }>('two-attempts.ts');

    expect(await timeTwoAttempts()).toBe(5_000);
  });
});
