import { Controller, Get, Injectable, Param, PreDestroy, type ModuleOptions } from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

let built = 0;

abstract class Database {
  abstract readonly name: string;
}

abstract class Session {
  abstract readonly token: string;
}

@Injectable({ scope: 'request' })
class Visit {
  readonly number = ++built;
}

@Injectable({ scope: 'request' })
class Journal {
  constructor(readonly visit: Visit) {}
}

@Controller({ path: '/request', scope: 'request' })
class RequestScopedController {
  #calls = 0;

  constructor(
    private readonly visit: Visit,
    private readonly journal: Journal,
    private readonly database: Database,
  ) {}

  @Get()
  get() {
    return {
      calls: ++this.#calls,
      number: this.visit.number,
      shared: this.visit === this.journal.visit,
      database: this.database.name,
    };
  }

  @Get('/slow/:text')
  async slow(@Param('text') text: string) {
    const before = this.visit.number;
    await new Promise((resolve) => setImmediate(resolve));
    return { text, same: this.visit.number === before, number: before };
  }

  @Get('/number/:n')
  number(@Param('n') n: number) {
    return { n, calls: ++this.#calls };
  }
}

@Controller('/singleton')
class SingletonController {
  #calls = 0;

  constructor(private readonly database: Database) {}

  @Get()
  get() {
    return { calls: ++this.#calls, database: this.database.name };
  }
}

@Controller({ path: '/broken', scope: 'request' })
class BrokenController {
  constructor() {
    throw new Error('cannot be built');
  }

  @Get()
  get() {
    return 'never';
  }
}

@Controller({ path: '/later', scope: 'request' })
class LaterController {
  constructor(private readonly session: Session) {}

  @Get()
  get() {
    return { token: this.session.token };
  }
}

@Injectable()
class Cleaner {
  static closed = 0;

  @PreDestroy()
  close(): void {
    Cleaner.closed++;
  }
}

const bind: ModuleOptions['bind'] = (module) => {
  module
    .bind(Database)
    .toDynamicValue(async () => {
      await Promise.resolve();
      return { name: 'connected' };
    })
    .inSingletonScope();
  let token = 0;
  module
    .bind(Session)
    .toDynamicValue(async () => {
      await Promise.resolve();
      return { token: `token ${++token}` };
    })
    .inRequestScope();
};

const fixture = {
  controllers: [RequestScopedController, SingletonController, BrokenController, LaterController],
  services: [Visit, Journal, Cleaner],
  bind,
};

describeProviders('scopes', fixture, (server) => {
  test('give a singleton controller to every request', async () => {
    const first = (await server.get('/singleton')).json as { calls: number };
    expect((await server.get('/singleton')).json).toMatchObject({ calls: first.calls + 1 });
  });

  test('give each request a request-scoped controller of its own', async () => {
    const first = (await server.get('/request')).json as { calls: number; number: number };
    const second = (await server.get('/request')).json as { calls: number; number: number };
    expect([first.calls, second.calls]).toEqual([1, 1]);
    expect(second.number).toBe(first.number + 1);
  });

  test('share a request-scoped service within the request', async () => {
    expect((await server.get('/request')).json).toMatchObject({ shared: true });
  });

  test('keep requests apart that run at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => server.get(`/request/slow/${index}`)));
    const results = answers.map(({ json }) => json as { text: string; same: boolean; number: number });
    expect(results.map(({ text }) => text)).toEqual(Array.from({ length: 8 }, (_, index) => String(index)));
    expect(results.every(({ same }) => same)).toBe(true);
    expect(new Set(results.map(({ number }) => number)).size).toBe(8);
  });

  test('convert the parameters of a request-scoped controller too', async () => {
    expect((await server.get('/request/number/7')).json).toEqual({ n: 7, calls: 1 });
    expect(await server.get('/request/number/x')).toMatchObject({ status: 400 });
  });

  test('build an asynchronous singleton before the first request', async () => {
    expect((await server.get('/singleton')).json).toMatchObject({ database: 'connected' });
    expect((await server.get('/request')).json).toMatchObject({ database: 'connected' });
  });

  test('wait for what a request-scoped controller is built of', async () => {
    const first = (await server.get('/later')).json as { token: string };
    const second = (await server.get('/later')).json as { token: string };
    expect(first.token).toMatch(/^token \d+$/);
    expect(second.token).not.toBe(first.token);
  });

  test('answer a controller that cannot be built with a logged 500', async () => {
    expect(await server.get('/broken')).toMatchObject({
      status: 500,
      json: { title: 'Internal Server Error', status: 500 },
    });
    expect((await server.log.next()).fields).toMatchObject({ route: '/broken', handler: 'BrokenController.get' });
  });

  test('close a singleton once with its application', async () => {
    const app = await server.startAnother();
    const before = Cleaner.closed;
    await app.close();
    await app.close();
    expect(Cleaner.closed).toBe(before + 1);
  });
});
