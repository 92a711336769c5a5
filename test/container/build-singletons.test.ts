import { inject, postConstruct } from 'inversify';
import { describe, expect, it } from 'vitest';
import { buildSingletons, builtBindings, defineModule } from '../../src/container/index.js';
import { boot, Injectable, type Boot } from './fixture.js';

async function build(...modules: readonly unknown[]): Promise<Boot & { readonly order: readonly unknown[] }> {
  const booted = await boot(modules);
  await buildSingletons(booted.loaded, booted.report);
  return { ...booted, order: builtBindings(booted.loaded).map((binding) => binding.identifier) };
}

describe('buildSingletons', () => {
  it('makes dependencies before what depends on them, aliases and transients between them', async () => {
    const { order } = await build(
      defineModule({
        bind: ({ bind }) => {
          bind('last').toResolvedValue((between: unknown) => [between], ['between']);
          bind('between')
            .toResolvedValue((each: unknown) => [each], ['alias'])
            .inTransientScope();
          bind('alias').toService('first');
          bind('first').toResolvedValue(() => 1);
        },
      }),
    );
    expect(order).toEqual(['first', 'last']);
  });

  it('sees what a dynamic value asks for while it is made', async () => {
    const { order } = await build(
      defineModule({
        bind: ({ bind }) => {
          bind('service').toDynamicValue((context) => [context.get('pool')]);
          bind('pool').toDynamicValue(() => 'pool');
        },
      }),
    );
    expect(order).toEqual(['pool', 'service']);
  });

  it('waits for asynchronous ones, and the container gives them synchronously then', async () => {
    @Injectable()
    class Pool {
      open = false;
      @postConstruct() async connect(): Promise<void> {
        await new Promise((resolve) => setImmediate(resolve));
        this.open = true;
      }
    }
    @Injectable()
    class Orders {
      constructor(readonly pool: Pool) {}
    }
    const { loaded, report } = await build(defineModule({ services: [Orders, Pool] }));
    expect(report.problems).toEqual([]);
    expect(loaded.container.get(Orders).pool.open).toBe(true);
  });

  it('reports each that fails once with its cause, and makes the rest', async () => {
    const refused = new Error('connect ECONNREFUSED');
    @Injectable()
    class Pool {
      @postConstruct() async connect(): Promise<void> {
        throw refused;
      }
    }
    @Injectable()
    class Orders {
      constructor(readonly pool: Pool) {}
    }
    class Mailer {
      constructor() {
        throw new Error('no address');
      }
    }
    const { report, order } = await build(
      defineModule({ services: [Orders, Pool, Mailer], bind: ({ bind }) => bind('x').toConstantValue(1) }),
    );
    expect(report.problems.map((problem) => problem.message)).toEqual([
      'Pool could not be built: Unexpected error found when calling "connect" @postConstruct decorated method on class "Pool": connect ECONNREFUSED.',
      'Mailer could not be built: no address.',
    ]);
    expect(report.problems[0]?.cause).toMatchObject({ cause: refused });
    expect(order).toEqual(['x']);
  });

  it('makes named ones beside unnamed ones, and leaves what depends on who asks to who asks', async () => {
    class Clock {}
    @Injectable()
    class Shop {
      constructor(@inject(Clock) readonly clock: Clock) {}
    }
    const { order, report } = await build(
      defineModule({
        services: [Shop],
        bind: ({ bind }) => {
          bind(Clock).toSelf().whenParentIs(Shop);
          bind(Clock).toSelf().whenParentIs('nobody');
          bind('server').toConstantValue('main');
          bind('server').toConstantValue('admin').whenNamed('admin');
        },
      }),
    );
    expect(report.problems).toEqual([]);
    expect(order.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([Clock, Shop, 'server', 'server']);
    expect(order.indexOf(Clock)).toBeLessThan(order.indexOf(Shop));
  });
});
