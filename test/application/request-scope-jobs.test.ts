import { createApplication, deadlineAfter, defineModule, Injectable, JobContext, PreDestroy } from 'bowline';
import { expect, it, onTestFinished } from 'vitest';

async function boot(serviceTimeout: number) {
  const lines: string[] = [];

  @Injectable()
  class Pool {
    @PreDestroy()
    end(): void {
      lines.push('pool closed');
    }
  }

  @Injectable({ scope: 'request' })
  class Connection {
    constructor(readonly pool: Pool) {}

    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.resolve();
      lines.push('connection closed');
    }
  }
  const app = await createApplication({
    modules: [defineModule({ services: [Pool, Connection] })],
    signals: false,
    logger: { level: 'silent' },
    serviceTimeout,
  });
  onTestFinished(() => app.close());
  await app.start();
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const job = app.runInRequestScope(async (services) => {
    services.get(Connection);
    await told;
    lines.push('job done');
  });
  return { app, job, lines, tell };
}

it('a stop waits for a job, and then closes what that used', async () => {
  const { app, job, lines, tell } = await boot(10_000);
  const closed = app.close();
  await app.lifecycle.reached('stopping');
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(lines).toEqual([]);
  tell();
  await Promise.all([job, closed]);
  expect(lines).toEqual(['job done', 'connection closed', 'pool closed']);
});

it('a stop takes from a job that does not end what that used, and only then closes the services behind it', async () => {
  const { app, job, lines, tell } = await boot(200);
  await app.close();
  expect(lines).toEqual(['connection closed', 'pool closed']);
  tell();
  await job;
});

it('a stop is not disturbed by a job that fails', async () => {
  const { app, job, lines } = await boot(200);
  const failed = app.runInRequestScope(() => Promise.reject(new Error('failed')));
  await expect(failed).rejects.toThrow('failed');
  await app.close();
  expect(lines).toHaveLength(2);
  void job;
});

it('a job has the deadline that it is given', async () => {
  const { app, tell } = await boot(10_000);
  tell();
  const deadline = deadlineAfter(60_000);
  const context = await app.runInRequestScope((_services, job) => job, { deadline });
  expect([context.deadline, context.signal]).toEqual([deadline, deadline.signal]);
});

it('a job whose context is given takes no deadline beside it', async () => {
  const { app, tell } = await boot(10_000);
  tell();
  await expect(
    app.runInRequestScope(() => undefined, { context: new JobContext(), deadline: deadlineAfter(60_000) }),
  ).rejects.toThrow('The deadline of runInRequestScope() is given beside a context; it must be given to the context.');
});
