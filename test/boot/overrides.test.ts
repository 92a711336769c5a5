import { Controller, defineModule, Get, HttpProvider, Injectable, NodeProvider, token } from 'bowline';
import { FastifyProvider } from 'bowline/fastify';
import { Test } from 'bowline/testing';
import { describe, expect, it } from 'vitest';

abstract class PaymentClient {
  abstract charge(cents: number): Promise<string>;
  abstract refund(id: string): Promise<void>;
}

@Injectable()
class RealPaymentClient extends PaymentClient {
  charge(): Promise<string> {
    return Promise.reject(new Error('no test may charge a card'));
  }
  refund(): Promise<void> {
    return Promise.reject(new Error('no test may charge a card'));
  }
}

@Controller('/pay')
class PayController {
  constructor(private readonly payments: PaymentClient) {}
  @Get() pay(): Promise<string> {
    return this.payments.charge(100);
  }
  @Get('/back') async back(): Promise<string> {
    await this.payments.refund('1');
    return 'refunded';
  }
}

const payModule = defineModule({
  controllers: [PayController],
  bind: ({ bind }) => {
    bind(PaymentClient).to(RealPaymentClient);
    bind(HttpProvider).to(FastifyProvider);
  },
});

describe('a test', () => {
  it('replaces a binding by a value, a class or what a function makes', async () => {
    @Injectable()
    class FreePaymentClient extends PaymentClient {
      charge(): Promise<string> {
        return Promise.resolve('free');
      }
      refund(): Promise<void> {
        return Promise.resolve();
      }
    }
    const value = { charge: () => Promise.resolve('value'), refund: () => Promise.resolve() };
    const test = () => Test.createApplication({ modules: [payModule] }).override(PaymentClient);
    await using byValue = await test().useValue(value).create();
    await using byClass = await test().useClass(FreePaymentClient).create();
    await using byFactory = await test()
      .useFactory(() => new FreePaymentClient())
      .create();
    const bodies = [byValue, byClass, byFactory].map(async (app) => (await app.inject('/pay')).body);
    expect(await Promise.all(bodies)).toEqual(['value', 'free', 'free']);
  });

  it('replaces the provider, too', async () => {
    await using app = await Test.createApplication({ modules: [payModule] })
      .override(HttpProvider)
      .useClass(NodeProvider)
      .mock(PaymentClient, { charge: () => Promise.resolve('paid') })
      .create();
    expect((await app.inject('/pay')).body).toBe('paid');
    expect(app.get(HttpProvider).name).toBe('node');
  });

  it('mocks with what it needs, and any other member throws its name', async () => {
    const quiet = { modules: [payModule], logger: { level: 'silent' } } as const;
    await using app = await Test.createApplication(quiet).mock(PaymentClient, {
      charge: (cents) => Promise.resolve(`paid ${cents}`),
    });
    expect((await app.inject('/pay')).body).toBe('paid 100');
    expect((await app.inject('/pay/back')).statusCode).toBe(500);
    expect(() => app.get(PaymentClient).refund('1')).toThrow(
      "The mock of PaymentClient has no 'refund'. Give it to mock(PaymentClient, { refund: ... }).",
    );
  });

  it('mocks what a token stands for under its name', async () => {
    const Rates = token<{ of(currency: string): number }>('rates');
    const rates = defineModule({
      bind: ({ bind }) => {
        bind(Rates).toConstantValue({ of: () => 1 });
      },
    });
    await using app = await Test.createApplication({ modules: [rates] }).mock(Rates);
    expect(() => app.get(Rates).of('EUR')).toThrow(
      "The mock of rates has no 'of'. Give it to mock(rates, { of: ... }).",
    );
  });

  it('is refused where it replaces what no module binds', async () => {
    abstract class PaymentsClient {}
    const Currency = token<string>('currency');
    const test = Test.createApplication({ modules: [payModule] })
      .override(PaymentsClient)
      .useValue({})
      .override(Currency)
      .useValue('EUR');
    await expect(test.create()).rejects.toMatchObject({
      problems: [
        { message: 'The test overrides PaymentsClient, which no module binds. Did you mean PaymentClient?' },
        { message: 'The test overrides currency, which no module binds. Bind it in a module of the test instead.' },
      ],
    });
  });

  it('has a container of its own', async () => {
    await using first = await Test.createApplication({ modules: [payModule] }).mock(PaymentClient);
    await using second = await Test.createApplication({ modules: [payModule] }).mock(PaymentClient);
    expect(first.get(PayController)).not.toBe(second.get(PayController));
  });
});
