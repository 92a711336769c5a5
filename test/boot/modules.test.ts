import {
  createApplication,
  Controller,
  ContainerModule,
  defineModule,
  Get,
  HttpProvider,
  Inject,
  Injectable,
  token,
} from 'bowline';
import { describe, expect, it } from 'vitest';
import { problemsOf, shop } from './boot-fixture.js';

class Clock {}

describe('what is no module', () => {
  it('is named by its place', async () => {
    const orders = (): ContainerModule => shop({});
    const wrong = [undefined, orders, Clock, { services: [] }] as unknown as ContainerModule[];
    expect(await problemsOf(wrong)).toEqual([
      'modules[0] is undefined (do two files import each other?), not a module. Give what defineModule(...) or new ContainerModule(...) returns; a module with options is a function that must be called. [BOW_MODULE_NOT_RECOGNISED]',
      'modules[1] is the function orders, not a module. Give what defineModule(...) or new ContainerModule(...) returns; a module with options is a function that must be called. [BOW_MODULE_NOT_RECOGNISED]',
      'modules[2] is the class Clock, not a module. Give what defineModule(...) or new ContainerModule(...) returns; a module with options is a function that must be called. [BOW_MODULE_NOT_RECOGNISED]',
      'modules[3] is an object, not a module. Give what defineModule(...) or new ContainerModule(...) returns; a module with options is a function that must be called. [BOW_MODULE_NOT_RECOGNISED]',
    ]);
  });

  it('is named by the module that imports it', async () => {
    expect(await problemsOf([shop({ imports: [undefined as unknown as ContainerModule] })])).toEqual([
      'imports[0] of shop is undefined (do two files import each other?), not a module. Give what defineModule(...) or new ContainerModule(...) returns; a module with options is a function that must be called. [BOW_MODULE_NOT_RECOGNISED]',
    ]);
  });

  it('may be the list itself', async () => {
    const modules = shop({}) as unknown as ContainerModule[];
    expect(await problemsOf({ modules })).toEqual([
      'options.modules is an object; it must be a list of modules, or a function that gives one. [BOW_OPTION_INVALID]',
    ]);
  });

  it('may be what the function of modules gives', async () => {
    const modules = (): ContainerModule[] => shop({}) as unknown as ContainerModule[];
    expect(await problemsOf({ modules })).toEqual([
      'options.modules() is an object; it must be a list of modules. [BOW_OPTION_INVALID]',
    ]);
  });
});

describe('a module that fails', () => {
  it('is named with the reason, and what it would have bound is not missed besides', async () => {
    abstract class Database {}
    @Injectable()
    class Orders {
      constructor(readonly database: Database) {}
    }
    const database = defineModule({
      name: 'database',
      bind: async ({ bind }) => {
        await Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:5432'));
        bind(Database).toConstantValue({});
      },
    });
    expect(await problemsOf([database, shop({ services: [Orders] })])).toEqual([
      'Loading database failed: connect ECONNREFUSED 127.0.0.1:5432. What it would have bound is missing, and is not reported besides. [BOW_MODULE_FAILED]',
    ]);
  });

  it('may be the function of modules', async () => {
    const modules = (): Promise<never> => Promise.reject(new Error('no configuration'));
    expect(await problemsOf({ modules })).toEqual([
      'Loading options.modules() failed: no configuration. What it would have bound is missing, and is not reported besides. [BOW_MODULE_FAILED]',
    ]);
  });

  it('names a member of a definition that does not exist, and the nearest', async () => {
    const options = { controlers: [], service: [Clock] };
    expect(await problemsOf([defineModule({ name: 'shop', ...(options as object) })])).toEqual([
      'There is no option shop.controlers. Did you mean shop.controllers? [BOW_OPTION_UNKNOWN]',
      'There is no option shop.service. Did you mean shop.services? [BOW_OPTION_UNKNOWN]',
    ]);
  });

  it('is known by its place where it has no name', async () => {
    const [problem] = await problemsOf([defineModule({ controlers: [] } as object)]);
    expect(problem?.replaceAll(/\d+/g, 'N')).toBe(
      "There is no option 'controlers' (test/boot/modules.test.ts:N). Did you mean 'controllers' (test/boot/modules.test.ts:N)? [BOW_OPTION_UNKNOWN]",
    );
  });

  it('lists something that is no class', async () => {
    const services = [undefined, Clock, 'Clock', new Clock()] as unknown as (typeof Clock)[];
    expect(await problemsOf([shop({ services })])).toEqual([
      'services[0] of shop is undefined, not a class. Two files that import each other see undefined: move what both need into a third. [BOW_NOT_A_CLASS]',
      "services[2] of shop is 'Clock', not a class. List the class itself; values and factories are bound in the bind function. [BOW_NOT_A_CLASS]",
      'services[3] of shop is an object, not a class. List the class itself; values and factories are bound in the bind function. [BOW_NOT_A_CLASS]',
    ]);
  });

  it('binds something that cannot be bound', async () => {
    const module = shop({
      bind: ({ bind }) => {
        bind('clock').to(undefined as never);
      },
    });
    expect(await problemsOf([module])).toEqual([
      'shop could not bind clock: undefined is not a class. [BOW_BINDING_FAILED]',
    ]);
  });

  it('binds something to nothing', async () => {
    const module = shop({
      services: [Clock],
      bind: async ({ bind, rebind }) => {
        bind(HttpProvider);
        await Promise.resolve();
        rebind(Clock);
      },
    });
    const reason =
      'its bind() does not say to what; write .to(...), .toSelf(), .toConstantValue(...) or another one behind it.';
    expect(await problemsOf([module])).toEqual([
      `shop could not bind HttpProvider: ${reason} [BOW_BINDING_FAILED]`,
      `shop could not bind Clock: ${reason} [BOW_BINDING_FAILED]`,
    ]);
  });
});

describe('modules', () => {
  const Letters = token<string>('letters');

  it('load once each, listed twice or imported over a diamond', async () => {
    let loads = 0;
    const base = defineModule({
      services: [Clock],
      bind: () => {
        loads += 1;
      },
    });
    const left = defineModule({ imports: [base] });
    const right = defineModule({ imports: [base] });
    const app = await createApplication({ modules: [left, base, right, left], signals: false });
    expect(loads).toBe(1);
    expect(app.container.getAll(Clock)).toHaveLength(1);
  });

  it('may be asynchronous and take options', async () => {
    const letters = (text: string): ContainerModule =>
      defineModule({
        bind: async ({ bind }) => {
          bind(Letters).toConstantValue(await Promise.resolve(text));
        },
      });
    @Controller('/letters')
    class LetterController {
      constructor(@Inject(Letters) private readonly letters: string) {}
      @Get() show(): string {
        return this.letters;
      }
    }
    const make = (text: string) =>
      createApplication({
        modules: [letters(text), defineModule({ controllers: [LetterController] })],
        signals: false,
      });
    await using first = await (await make('abc')).start();
    await using second = await (await make('xyz')).start();
    const texts = [first, second].map(async (app) => (await app.inject({ url: '/letters' })).body.toString());
    expect(await Promise.all(texts)).toEqual(['abc', 'xyz']);
  });

  it("may be Inversify's own", async () => {
    const module = new ContainerModule(({ bind }) => {
      bind(Clock).toSelf();
    });
    const app = await createApplication({ modules: [module], signals: false });
    expect(app.container.get(Clock)).toBeInstanceOf(Clock);
  });

  it('may come from an asynchronous function', async () => {
    const app = await createApplication({
      modules: () => Promise.resolve([defineModule({ services: [Clock] })]),
      signals: false,
    });
    expect(app.container.get(Clock)).toBe(app.container.get(Clock));
  });
});
