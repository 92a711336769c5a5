import { Container, ContainerModule, injectable } from 'inversify';
import { describe, expect, it } from 'vitest';
import { defineModule } from '../../src/container/index.js';
import { boot, Injectable } from './fixture.js';

class Clock {}
class Mailer {}

describe('loadModules', () => {
  it('binds controllers and services to themselves as singletons', async () => {
    const { loaded, problems } = await boot([defineModule({ controllers: [Clock], services: [Mailer] })]);
    expect(problems).toEqual([]);
    expect(loaded.container.get(Clock)).toBe(loaded.container.get(Clock));
    expect(loaded.container.get(Mailer)).toBeInstanceOf(Mailer);
  });

  it('loads a module that is listed twice once', async () => {
    let calls = 0;
    const module = new ContainerModule(() => {
      calls += 1;
    });
    const { problems } = await boot([module, module]);
    expect(problems).toEqual([]);
    expect(calls).toBe(1);
  });

  it('loads the tip of a diamond once and before both sides', async () => {
    const order: string[] = [];
    const named = (name: string, imports: ContainerModule[] = []): ContainerModule =>
      defineModule({ name, imports, bind: () => void order.push(name) });
    const tip = named('tip');
    const { problems } = await boot([named('root', [named('left', [tip]), named('right', [tip])])]);
    expect(problems).toEqual([]);
    expect(order).toEqual(['tip', 'left', 'right', 'root']);
  });

  it('waits for an asynchronous module before it loads the next', async () => {
    const order: string[] = [];
    const slow = defineModule({
      bind: async ({ bind }) => {
        await new Promise((resolve) => setImmediate(resolve));
        bind('slow').toConstantValue(1);
        order.push('slow');
      },
    });
    const fast = new ContainerModule(() => void order.push('fast'));
    const { loaded } = await boot([slow, fast]);
    expect(order).toEqual(['slow', 'fast']);
    expect(loaded.container.get('slow')).toBe(1);
  });

  it('takes a module with options from a function', async () => {
    const mail = (options: { from: string }): ContainerModule =>
      defineModule({ bind: ({ bind }) => bind('from').toConstantValue(options.from) });
    const { loaded } = await boot([mail({ from: 'a@example.com' })]);
    expect(loaded.container.get('from')).toBe('a@example.com');
  });

  it('keeps the bindings of two applications apart', async () => {
    const [first, second] = await Promise.all([
      boot([defineModule({ services: [Clock] })]),
      boot([defineModule({ services: [Mailer] })]),
    ]);
    expect(first?.loaded.container.isBound(Mailer)).toBe(false);
    expect(second?.loaded.container.isBound(Clock)).toBe(false);
  });

  it('gives a class the scope of its decorator, and the fluent binding the last word', async () => {
    @Injectable({ scope: 'transient' })
    class Transient {}
    @Injectable({ scope: 'request' })
    class Request {}
    const { binding } = await boot([
      defineModule({
        services: [Transient, Clock],
        bind: ({ bind }) => {
          bind(Request).toSelf();
          bind('other').to(Transient).inSingletonScope();
        },
      }),
    ]);
    expect(binding(Transient).scope).toBe('transient');
    expect(binding(Request).scope).toBe('request');
    expect(binding('other').scope).toBe('singleton');
    expect(binding(Clock).scope).toBe('singleton');
  });

  it('leaves a class alone that carries the decorator of Inversify, beside or instead of ours', async () => {
    @injectable('Request')
    @Injectable()
    class Both {
      constructor(readonly clock: Clock) {}
    }
    const { loaded, binding, problems } = await boot([defineModule({ services: [Both, Clock] })]);
    expect(problems).toEqual([]);
    expect(binding(Both).scope).toBe('request');
    expect(loaded.container.get(Both).clock).toBeInstanceOf(Clock);
  });

  it('knows the module, server and prefix of each binding, rebound ones too', async () => {
    const { binding } = await boot([
      defineModule({ name: 'admin', server: 'admin', prefix: '/v2', controllers: [Clock] }),
      defineModule({ name: 'later', bind: ({ rebind }) => rebind(Clock).toConstantValue(new Clock()) }),
      new ContainerModule(({ bind }) => void bind(Mailer).toSelf()),
    ]);
    expect(binding(Clock).module).toMatchObject({ name: 'later', server: undefined });
    expect(binding(Mailer).module.name).toBe('modules[2]');
  });

  it('calls a module without a name by the file and line of its definition', async () => {
    const { binding } = await boot([defineModule({ services: [Clock] })]);
    expect(binding(Clock).module.name).toMatch(/^test\/container\/load-modules\.test\.ts:\d+$/);
  });

  it('binds a default only where no module has bound the identifier without a name', async () => {
    const module = defineModule({
      bind: ({ bind }) => {
        bind('a').toConstantValue('of the user');
        bind('b').toConstantValue('of the user').whenNamed('x');
      },
    });
    const { loaded } = await boot([module], {
      defaults: (bindDefault) => {
        for (const name of ['a', 'b', 'c']) bindDefault(name, (to) => void to.toConstantValue('default'));
      },
    });
    expect(loaded.container.get('a')).toBe('of the user');
    expect(loaded.container.get('c')).toBe('default');
    expect(loaded.candidatesFor('b', 'main')).toHaveLength(1);
    expect(loaded.bindingsOf('b')).toHaveLength(2);
  });
});

describe('a module made by defineModule in a container that is not ours', () => {
  it('loads with its imports, each once', () => {
    const shared = defineModule({ services: [Clock] });
    const left = defineModule({ imports: [shared], services: [Mailer] });
    const container = new Container();
    container.load(defineModule({ imports: [left, shared], bind: ({ bind }) => bind('x').toConstantValue(1) }));
    expect(container.get(Clock)).toBeInstanceOf(Clock);
    expect(container.get(Mailer)).toBeInstanceOf(Mailer);
    expect(container.get('x')).toBe(1);
  });

  it('waits for an asynchronous import', async () => {
    const slow = defineModule({
      bind: async ({ bind }) => {
        await Promise.resolve();
        bind('slow').toConstantValue(1);
      },
    });
    const container = new Container();
    await container.loadAsync(defineModule({ imports: [slow], services: [Clock] }));
    expect(container.get('slow')).toBe(1);
    expect(container.get(Clock)).toBeInstanceOf(Clock);
  });

  it('gives classes the injections of our decorators', () => {
    @Injectable()
    class Sender {
      constructor(readonly mailer: Mailer) {}
    }
    const container = new Container();
    container.load(defineModule({ services: [Sender, Mailer] }));
    expect(container.get(Sender).mailer).toBeInstanceOf(Mailer);
  });
});
