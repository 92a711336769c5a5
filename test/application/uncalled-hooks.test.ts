import { createApplication, defineModule, Injectable, Logger, OnStart, PreDestroy, type ClassType } from 'bowline';
import { expect, it } from 'vitest';

class Warnings extends Logger {
  readonly lines: string[] = [];
  warn(message: string): void {
    this.lines.push(message);
  }
  trace(): void {}
  debug(): void {}
  info(): void {}
  error(): void {}
  child(): Logger {
    return this;
  }
}

async function warningsOf(...services: ClassType[]): Promise<readonly string[]> {
  const logger = new Warnings();
  await using app = await createApplication({ modules: [defineModule({ services })], signals: false, logger });
  await app.start();
  return logger.lines;
}

it('a method that NestJS would call for its name is named at the start where nothing calls it', async () => {
  @Injectable()
  class Pool {
    onModuleInit(): void {}
    onModuleDestroy(): void {}
  }
  expect(await warningsOf(Pool)).toEqual([
    'Pool.onModuleInit is no hook, since it has no decorator: write @OnStart() on it to have it called',
    'Pool.onModuleDestroy is no hook, since it has no decorator: write @PreDestroy() on it to have it called',
  ]);
});

it('one with a decorator, its own or of its base, is not', async () => {
  abstract class Base {
    @OnStart() onModuleInit(): void {}
  }
  @Injectable()
  class Pool extends Base {
    override onModuleInit(): void {}
    @PreDestroy() onModuleDestroy(): void {}
  }
  expect(await warningsOf(Pool)).toEqual([]);
});
