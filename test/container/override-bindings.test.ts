import { describe, expect, it } from 'vitest';
import { buildSingletons, defineModule, type ModuleOptions } from '../../src/container/index.js';
import { boot, Controller, Injectable } from './fixture.js';

class PaymentClient {}
class Mock extends PaymentClient {}

@Controller()
class OrderController {
  constructor(readonly payments: PaymentClient) {}
}

const orders = (bind?: ModuleOptions['bind']): unknown =>
  defineModule({
    name: 'orders',
    server: 'admin',
    controllers: [OrderController],
    bind: bind ?? (() => {}),
    services: [PaymentClient],
  });

describe('an override', () => {
  it('with a value reaches whoever has it injected', async () => {
    const mock = new Mock();
    const { loaded, problems } = await boot([orders()], { overrides: [{ identifier: PaymentClient, value: mock }] });
    expect(problems).toEqual([]);
    expect(loaded.container.get(OrderController).payments).toBe(mock);
    expect(loaded.bindingsOf(PaymentClient)).toHaveLength(1);
  });

  it('with a class or a factory keeps the scope of what it replaces', async () => {
    const bind: ModuleOptions['bind'] = (load) => {
      load
        .bind('page')
        .toDynamicValue(() => 'page')
        .inRequestScope();
      load
        .bind('each')
        .toDynamicValue(() => 'each')
        .inTransientScope();
    };
    const { binding, loaded } = await boot([orders(bind)], {
      overrides: [
        { identifier: 'page', class: Mock },
        { identifier: 'each', factory: () => 'mock' },
      ],
    });
    expect(binding('page')).toMatchObject({ scope: 'request', implementation: Mock });
    expect(binding('each').scope).toBe('transient');
    expect(loaded.container.get('each')).toBe('mock');
  });

  it('of a controller keeps its server, and needs a class that can be built', async () => {
    class MockController {
      constructor(readonly payments: PaymentClient) {}
    }
    const { binding, problems } = await boot([orders()], {
      overrides: [{ identifier: OrderController, class: MockController }],
    });
    expect(binding(OrderController).module).toMatchObject({ server: 'admin' });
    expect(problems).toEqual([
      "MockController, bound in the test's override of OrderController, has 1 constructor parameter and no decorator, so nobody knows what to inject. Put @Injectable() on it. [BOW_UNDECORATED_CLASS]",
    ]);
  });

  it('replaces every binding of the identifier, or the one of a name where it stood', async () => {
    const bind: ModuleOptions['bind'] = (load) => {
      load.bind('mail').toConstantValue('eu').whenNamed('eu');
      load.bind('mail').toConstantValue('us').whenNamed('us');
    };
    const all = await boot([orders(bind)], { overrides: [{ identifier: 'mail', value: 'mock' }] });
    expect(all.loaded.container.get('mail')).toBe('mock');
    const one = await boot([orders(bind)], { overrides: [{ identifier: 'mail', name: 'eu', value: 'mock' }] });
    expect(one.loaded.container.get('mail', { name: 'eu' })).toBe('mock');
    expect(one.loaded.container.get('mail', { name: 'us' })).toBe('us');
  });

  it('reaches a default', async () => {
    const { loaded, problems } = await boot([orders()], {
      defaults: (bindDefault) => bindDefault('log', (to) => void to.toConstantValue('pino')),
      overrides: [{ identifier: 'log', value: 'silent' }],
    });
    expect(problems).toEqual([]);
    expect(loaded.container.get('log')).toBe('silent');
  });

  it('that matches nothing is a problem that offers the nearest name', async () => {
    const other = { PaymentsClient: class PaymentsClient {} };
    const { problems } = await boot([orders()], {
      overrides: [
        { identifier: other.PaymentsClient, value: 1 },
        { identifier: 'nothing like it', value: 1 },
        { identifier: PaymentClient, name: 'eu', value: 1 },
      ],
    });
    expect(problems).toEqual([
      'The test overrides PaymentsClient, which no module binds. Did you mean PaymentClient? [BOW_OVERRIDE_UNMATCHED]',
      'The test overrides nothing like it, which no module binds. Bind it in a module of the test instead. [BOW_OVERRIDE_UNMATCHED]',
      "The test overrides PaymentClient named 'eu', which no module binds. Bind it in a module of the test instead. [BOW_OVERRIDE_UNMATCHED]",
    ]);
  });

  it('makes what it replaces never run', async () => {
    @Injectable()
    class Expensive {
      constructor() {
        throw new Error('must not be made');
      }
    }
    const { loaded, report } = await boot([defineModule({ services: [Expensive] })], {
      overrides: [{ identifier: Expensive, value: {} }],
    });
    await buildSingletons(loaded, report);
    expect(report.problems).toEqual([]);
  });
});
