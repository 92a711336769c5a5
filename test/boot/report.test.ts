import { createServer } from 'node:net';
import {
  BootError,
  BowlineError,
  Controller,
  createApplication,
  defineModule,
  Get,
  Injectable,
  isBowlineError,
} from 'bowline';
import { describe, expect, it } from 'vitest';
import { shop } from './boot-fixture.js';

@Injectable()
class Ledger {}

@Controller('/orders')
class OrderController {
  static built = 0;
  constructor(readonly ledger: Ledger) {
    OrderController.built += 1;
  }
  @Get() list(): void {}
  @Get() all(): void {}
}

const wrong = {
  modules: [shop({ controllers: [OrderController] })],
  servers: { main: { prot: 8080 } },
  logger: { level: 'silent' },
} as object;

describe('a boot with several mistakes', () => {
  it('is one error that numbers them all', async () => {
    const error: unknown = await createApplication(wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BootError);
    expect(error).toBeInstanceOf(BowlineError);
    expect(isBowlineError(error)).toBe(true);
    expect((error as BootError).code).toBe('BOW_BOOT_FAILED');
    expect((error as BootError).message).toBe(`The application cannot start: 3 problems found.

  1. There is no option options.servers.main.prot. Did you mean options.servers.main.port? [BOW_OPTION_UNKNOWN]

  2. Ledger is not bound, but OrderController needs it. Add Ledger to the services of a module. [BOW_UNBOUND]

  3. GET /orders is declared by OrderController.list and again by OrderController.all. Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]
`);
  });

  it('gives each with its code, for a tool to read', async () => {
    const error = (await createApplication(wrong).catch((thrown: unknown) => thrown)) as BootError;
    expect(error.problems.map(({ code }) => code)).toEqual([
      'BOW_OPTION_UNKNOWN',
      'BOW_UNBOUND',
      'BOW_ROUTE_DUPLICATED',
    ]);
  });

  it('has built and opened nothing', async () => {
    expect(OrderController.built).toBe(0);
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const servers = { main: { port, host: '127.0.0.1' }, admn: { limits: { body: -1 } } };
    const modules = [shop({ controllers: [OrderController], services: [Ledger] })];
    await expect(createApplication({ modules, servers }).then((app) => app.listen())).rejects.toThrow(BootError);
    await expect(fetch(`http://127.0.0.1:${port}/orders`)).rejects.toThrow('fetch failed');
    expect(OrderController.built).toBe(0);
  });

  it('keeps the errors of others as its cause', async () => {
    const broken = (text: string) =>
      defineModule({
        name: text,
        bind: () => {
          throw new Error(text);
        },
      });
    const one = (await createApplication({ modules: [broken('a')] }).catch((thrown: unknown) => thrown)) as BootError;
    expect(one.cause).toMatchObject({ message: 'a' });
    const two = (await createApplication({ modules: [broken('a'), broken('b')] }).catch(
      (thrown: unknown) => thrown,
    )) as BootError;
    expect((two.cause as AggregateError).errors).toMatchObject([{ message: 'a' }, { message: 'b' }]);
  });
});

describe('a service that cannot be built', () => {
  it('is named when the application starts, and what was built is closed again', async () => {
    const closed: string[] = [];
    @Injectable()
    class Pool implements AsyncDisposable {
      [Symbol.asyncDispose](): Promise<void> {
        closed.push('pool');
        return Promise.resolve();
      }
    }
    @Injectable()
    class Mailer {
      constructor(readonly pool: Pool) {
        throw new Error('no address');
      }
    }
    const app = await createApplication({ modules: [shop({ services: [Pool, Mailer] })], logger: { level: 'silent' } });
    await expect(app.listen({ port: 0, host: '127.0.0.1' })).rejects.toThrow(
      'The application cannot start: 1 problem found.\n\n  1. Mailer could not be built: no address. [BOW_NOT_RESOLVED]\n',
    );
    expect(closed).toEqual(['pool']);
    expect(app.state).toBe('stopped');
  });
});
