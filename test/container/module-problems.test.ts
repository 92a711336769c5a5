import { ContainerModule } from 'inversify';
import { describe, expect, it } from 'vitest';
import { defineModule } from '../../src/container/index.js';
import { boot, Injectable } from './fixture.js';

class Clock {}

const absent = undefined as unknown as ContainerModule;

describe('a mistake in a module', () => {
  it('is found together with those of the others', async () => {
    const { problems } = await boot([
      absent,
      defineModule({ name: 'orders', services: [undefined as never, 'Clock' as never] }),
      class OrdersModule {},
      Promise.resolve(defineModule()),
      () => defineModule(),
    ]);
    const mend =
      'Give what defineModule(...) or new ContainerModule(...) returns; a module with options is a function that must be called. [BOW_MODULE_NOT_RECOGNISED]';
    expect(problems).toEqual([
      `modules[0] is undefined (do two files import each other?), not a module. ${mend}`,
      'services[0] of orders is undefined, not a class. Two files that import each other see undefined: move what both need into a third. [BOW_NOT_A_CLASS]',
      "services[1] of orders is 'Clock', not a class. List the class itself; values and factories are bound in the bind function. [BOW_NOT_A_CLASS]",
      `modules[2] is the class OrdersModule, not a module. ${mend}`,
      `modules[3] is a promise (await it), not a module. ${mend}`,
      `modules[4] is a function, not a module. ${mend}`,
    ]);
  });

  it('in the imports names the module that imports', async () => {
    const { problems } = await boot([defineModule({ name: 'orders', imports: [absent] })]);
    expect(problems).toEqual([
      'imports[0] of orders is undefined (do two files import each other?), not a module. Give what defineModule(...) or new ContainerModule(...) returns; a module with options is a function that must be called. [BOW_MODULE_NOT_RECOGNISED]',
    ]);
  });

  it('in the name of an option offers the nearest, and of the wrong kind says what it must be', async () => {
    const { problems } = await boot([
      defineModule({ name: 'orders', controlers: [Clock], server: 3, services: Clock } as object),
    ]);
    expect(problems).toEqual([
      'There is no option orders.controlers. Did you mean orders.controllers? [BOW_OPTION_UNKNOWN]',
      'orders.server is 3; it must be a string. [BOW_OPTION_INVALID]',
      'orders.services is the function Clock; it must be a list. [BOW_OPTION_INVALID]',
    ]);
  });

  it('that throws in bind is reported with its reason, and the next module is still loaded', async () => {
    const thrown = new Error('no file .env');
    const { problems, report, loaded } = await boot([
      defineModule({
        name: 'config',
        bind: () => {
          throw thrown;
        },
      }),
      defineModule({ services: [Clock] }),
    ]);
    expect(problems).toEqual([
      'Loading config failed: no file .env. What it would have bound is missing, and is not reported besides. [BOW_MODULE_FAILED]',
    ]);
    expect(report.problems[0]?.cause).toBe(thrown);
    expect(loaded.container.get(Clock)).toBeInstanceOf(Clock);
  });

  it('at one binding names the module and the identifier, and the rest of the module goes on', async () => {
    @Injectable()
    class Waits {
      constructor(readonly missing: Clock) {}
    }
    const { problems, loaded } = await boot([
      defineModule({
        name: 'orders',
        controllers: [Waits],
        bind: ({ bind }) => {
          bind(undefined as never)
            .toSelf()
            .inSingletonScope();
          bind('text').toSelf();
          bind('text').to({} as never);
          bind(Clock)
            .toDynamicValue(() => new Clock())
            .inRequestScope();
          bind('closed')
            .toDynamicValue(() => 1)
            .inSingletonScope()
            .onDeactivation('text' as never);
          bind('last').toConstantValue(1);
        },
      }),
    ]);
    expect(problems).toEqual([
      'orders could not bind undefined: the identifier is undefined; two files that import each other see undefined. [BOW_BINDING_FAILED]',
      'orders could not bind text: text is not a class. [BOW_BINDING_FAILED]',
      'orders could not bind text: an object is not a class. [BOW_BINDING_FAILED]',
      'orders could not bind closed: onDeactivation takes a function. [BOW_BINDING_FAILED]',
      'Waits lives as long as the application, but would hold Clock for ever, which is request-scoped (Waits -> Clock). Give Waits the same scope, or hand over what it needs as an argument. [BOW_CAPTIVE_DEPENDENCY]',
    ]);
    expect(loaded.container.get('last')).toBe(1);
  });

  it('hides what is unbound only because the module did not load', async () => {
    @Injectable()
    class Waits {
      constructor(readonly clock: Clock) {}
    }
    const broken = defineModule({
      name: 'broken',
      bind: () => {
        throw new Error('no');
      },
    });
    const { problems } = await boot([broken, defineModule({ services: [Waits] })]);
    expect(problems).toHaveLength(1);
  });

  it('made by another copy of this package is named as such', async () => {
    const module = new ContainerModule(() => {});
    const definition = { options: { name: 'orders' }, copy: {}, place: () => undefined };
    Object.defineProperty(module, Symbol.for('bowline:module'), { value: definition });
    const { problems } = await boot([module]);
    expect(problems).toEqual([
      'Two copies of bowline are loaded (orders was defined by another one), and what one writes the other does not see. Run "npm ls bowline" and keep one version; a linked package needs it as a peer dependency. [BOW_TWO_COPIES]',
    ]);
  });
});
