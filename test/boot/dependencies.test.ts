import { Controller, Get, Inject, Injectable, InjectFromBase, MultiInject, Named, Optional, token } from 'bowline';
import { HttpContext, Logger } from 'bowline';
import { describe, expect, it } from 'vitest';
import { problemsOf, shop, withoutTypes, withTypes } from './boot-fixture.js';

class Clock {}

describe('a dependency that is not bound', () => {
  it('is named with its whole chain from the controller down', async () => {
    @Injectable()
    class Ledger {}
    @Injectable()
    class OrderService {
      constructor(readonly ledger: Ledger) {}
    }
    @Controller('/orders')
    class OrderController {
      constructor(readonly orders: OrderService) {}
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController], services: [OrderService] })])).toEqual([
      'Ledger is not bound, but OrderController -> OrderService needs it. Add Ledger to the services of a module. [BOW_UNBOUND]',
    ]);
  });

  it('comes with the binding of a similar name', async () => {
    abstract class PaymentClient {}
    abstract class PaymentsClient {}
    @Injectable()
    class Checkout {
      constructor(readonly payments: PaymentClient) {}
    }
    const module = shop({
      services: [Checkout],
      bind: ({ bind }) => {
        bind(PaymentsClient).toConstantValue({});
      },
    });
    expect(await problemsOf([module])).toEqual([
      'PaymentClient is not bound, but Checkout needs it. Did you mean PaymentsClient? Otherwise: bind it in a module: bind(PaymentClient).to(...). [BOW_UNBOUND]',
    ]);
  });

  it('may be a contract of an abstract class', async () => {
    abstract class Mailer {}
    @Injectable()
    class Checkout {
      constructor(readonly mailer: Mailer) {}
    }
    expect(await problemsOf([shop({ services: [Checkout] })])).toEqual([
      'Mailer is not bound, but Checkout needs it. Bind it in a module: bind(Mailer).to(...). [BOW_UNBOUND]',
    ]);
  });

  it('may be a token', async () => {
    const Currency = token<string>('currency');
    @Injectable()
    class Checkout {
      constructor(@Inject(Currency) readonly currency: string) {}
    }
    expect(await problemsOf([shop({ services: [Checkout] })])).toEqual([
      'currency is not bound, but Checkout needs it. Bind it in a module: bind(currency).to(...) or .toConstantValue(...). [BOW_UNBOUND]',
    ]);
  });

  it('may be a value of the language', async () => {
    @Injectable()
    class Checkout {
      constructor(readonly prices: Map<string, number>) {}
    }
    expect(await problemsOf([shop({ services: [Checkout] })])).toEqual([
      'Map is not bound, but Checkout needs it. A plain value has no type to be found by: write @Inject(token), and bind the token with toConstantValue. [BOW_UNBOUND]',
    ]);
  });

  it('may be one of another name', async () => {
    @Injectable()
    class Checkout {
      constructor(@Named('audit') readonly clock: Clock) {}
    }
    const module = shop({
      services: [Checkout],
      bind: ({ bind }) => {
        bind(Clock).toSelf().whenNamed('shop');
      },
    });
    expect(await problemsOf([module])).toEqual([
      "Clock named 'audit' is not bound, but Checkout needs it. shop binds Clock under another name or condition: ask for it as it is bound, or bind it for this one too. [BOW_UNBOUND]",
    ]);
  });

  it('is reported once, however many ask for it', async () => {
    @Injectable()
    class Ledger {}
    @Injectable()
    class Orders {
      constructor(readonly ledger: Ledger) {}
    }
    @Injectable()
    class Refunds {
      constructor(readonly ledger: Ledger) {}
    }
    expect(await problemsOf([shop({ services: [Orders, Refunds] })])).toEqual([
      'Ledger is not bound, but Orders needs it. Add Ledger to the services of a module. [BOW_UNBOUND]',
    ]);
  });

  it('is none where it is optional, a list, or brought by Bowline', async () => {
    @Injectable()
    class Orders {
      constructor(
        @Optional() readonly clock: Clock | undefined,
        @MultiInject(Clock) readonly clocks: readonly Clock[],
        readonly log: Logger,
      ) {}
    }
    withTypes(Orders, [Clock, Array, Logger]);
    expect(await problemsOf([shop({ services: [Orders] })])).toEqual([]);
  });

  it('cannot be the request itself in a singleton', async () => {
    @Injectable()
    class Orders {
      constructor(readonly ctx: HttpContext) {}
    }
    expect(await problemsOf([shop({ services: [Orders] })])).toEqual([
      'Orders lives as long as the application, but would hold HttpContext for ever, which is request-scoped (Orders -> HttpContext). Inject CurrentRequest in its place, which leads to the request of the moment, or hand over what it needs as an argument. [BOW_CAPTIVE_DEPENDENCY]',
    ]);
  });
});

describe('a class that cannot be built', () => {
  interface Config {
    readonly retries: number;
  }
  const lost = (where: string): string =>
    `The type of constructor parameter ${where} was lost (the compiler wrote Object). If it is a class, import it with "import { X }" instead of "import type { X }", alone and not as a union; if it is an interface, write @Inject(token), or make it an abstract class. [BOW_CONSTRUCTOR_TYPE_LOST]`;

  it('has the rest of what it takes checked in the same boot', async () => {
    @Injectable()
    class Ledger {}
    @Injectable()
    class Mailer {
      constructor(readonly ledger: Ledger) {}
    }
    @Injectable()
    class Prices {
      @Inject('currency') readonly currency!: string;
    }
    @Controller('/orders')
    class OrderController {
      constructor(
        readonly config: Config,
        readonly mailer: Mailer,
        @MultiInject(Clock) readonly clocks: Clock[],
        readonly prices: Prices,
      ) {}
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController], services: [Mailer] })])).toEqual([
      lost('1 (config) of OrderController'),
      'Prices is not bound, but OrderController needs it. Add Prices to the services of a module. [BOW_UNBOUND]',
      'Ledger is not bound, but OrderController -> Mailer needs it. Add Ledger to the services of a module. [BOW_UNBOUND]',
    ]);
  });

  it('has what its base takes checked, too', async () => {
    @Injectable()
    class Ledger {}
    @Injectable()
    class Base {
      constructor(readonly ledger: Ledger) {}
    }
    @Injectable()
    class Orders extends Base {}
    expect(await problemsOf([shop({ services: [Orders] })])).toEqual([
      'Orders extends Base, but does not inherit what was decorated there (its constructor parameter). Put @InjectFromBase() on Orders. [BOW_LOST_INJECTIONS]',
      'Ledger is not bound, but Orders needs it. Add Ledger to the services of a module. [BOW_UNBOUND]',
    ]);
  });

  it('is held against the scope that it has', async () => {
    @Injectable({ scope: 'request' })
    class Basket {}
    @Injectable({ scope: 'request' })
    class Checkout {
      constructor(
        readonly basket: Basket,
        readonly config: Config,
      ) {}
    }
    @Injectable()
    class Orders {
      constructor(
        readonly basket: Basket,
        readonly config: Config,
      ) {}
    }
    expect(await problemsOf([shop({ services: [Basket, Checkout, Orders] })])).toEqual([
      lost('2 (config) of Checkout'),
      lost('2 (config) of Orders'),
      'Orders lives as long as the application, but would hold Basket for ever, which is request-scoped (Orders -> Basket). Give Orders the same scope, or hand over what it needs as an argument. [BOW_CAPTIVE_DEPENDENCY]',
    ]);
  });
});

describe('a circular dependency', () => {
  it('is shown as the way round', async () => {
    abstract class Invoices {}
    @Injectable()
    class Orders {
      constructor(readonly invoices: Invoices) {}
    }
    @Injectable()
    class PaperInvoices extends Invoices {
      constructor(readonly orders: Orders) {
        super();
      }
    }
    const module = shop({
      services: [Orders],
      bind: ({ bind }) => {
        bind(Invoices).to(PaperInvoices);
      },
    });
    expect(await problemsOf([module])).toEqual([
      'Circular dependency: Orders -> PaperInvoices -> Orders. Move what both need into a third class, or bind a factory, which one of them calls when it needs the other. [BOW_CIRCULAR_DEPENDENCY]',
    ]);
  });

  it('may be a class that asks for itself', async () => {
    @Injectable()
    class Tree {
      constructor(@Inject('tree') readonly parent: unknown) {}
    }
    const module = shop({
      bind: ({ bind }) => {
        bind('tree').to(Tree);
      },
    });
    expect(await problemsOf([module])).toEqual([
      'Circular dependency: Tree -> Tree. Move what both need into a third class, or bind a factory, which one of them calls when it needs the other. [BOW_CIRCULAR_DEPENDENCY]',
    ]);
  });
});

describe('a captive dependency', () => {
  @Injectable({ scope: 'request' })
  class Basket {}

  it('is a singleton that holds something request-scoped', async () => {
    @Injectable()
    class Checkout {
      constructor(readonly basket: Basket) {}
    }
    expect(await problemsOf([shop({ services: [Checkout, Basket] })])).toEqual([
      'Checkout lives as long as the application, but would hold Basket for ever, which is request-scoped (Checkout -> Basket). Give Checkout the same scope, or hand over what it needs as an argument. [BOW_CAPTIVE_DEPENDENCY]',
    ]);
  });

  it('is found through something transient, too', async () => {
    @Injectable({ scope: 'transient' })
    class Prices {
      constructor(readonly basket: Basket) {}
    }
    @Injectable()
    class Checkout {
      constructor(readonly prices: Prices) {}
    }
    expect(await problemsOf([shop({ services: [Checkout, Prices, Basket] })])).toEqual([
      'Checkout lives as long as the application, but would hold Basket for ever, which is request-scoped (Checkout -> Prices -> Basket). Give Checkout the same scope, or hand over what it needs as an argument. [BOW_CAPTIVE_DEPENDENCY]',
    ]);
  });

  it('may be a controller, which is a singleton unless told', async () => {
    @Controller('/checkout')
    class CheckoutController {
      constructor(readonly basket: Basket) {}
      @Get() show(): void {}
    }
    expect(await problemsOf([shop({ controllers: [CheckoutController], services: [Basket] })])).toEqual([
      'CheckoutController lives as long as the application, but would hold Basket for ever, which is request-scoped (CheckoutController -> Basket). Give CheckoutController the same scope, or hand over what it needs as an argument. [BOW_CAPTIVE_DEPENDENCY]',
    ]);
  });

  it('is mended by the same scope', async () => {
    @Controller({ path: '/checkout', scope: 'request' })
    class CheckoutController {
      constructor(readonly basket: Basket) {}
      @Get() show(): void {}
    }
    expect(await problemsOf([shop({ controllers: [CheckoutController], services: [Basket] })])).toEqual([]);
  });
});

describe('a class that is bound', () => {
  it('needs a decorator where its constructor has parameters', async () => {
    class Orders {
      constructor(readonly clock: Clock) {}
    }
    expect(await problemsOf([shop({ services: [Orders, Clock] })])).toEqual([
      'Orders, bound in shop, has 1 constructor parameter and no decorator, so nobody knows what to inject. Put @Injectable() on it. [BOW_UNDECORATED_CLASS]',
    ]);
  });

  it('needs none where it has no parameters', async () => {
    expect(await problemsOf([shop({ services: [Clock] })])).toEqual([]);
  });

  it('loses the injections of its base unless it takes them over', async () => {
    @Injectable()
    class Repository {
      constructor(readonly clock: Clock) {}
    }
    @Injectable()
    class Orders extends Repository {}
    expect(await problemsOf([shop({ services: [Orders, Clock] })])).toEqual([
      'Orders extends Repository, but does not inherit what was decorated there (its constructor parameter). Put @InjectFromBase() on Orders. [BOW_LOST_INJECTIONS]',
    ]);

    @Injectable()
    @InjectFromBase()
    class Invoices extends Repository {}
    expect(await problemsOf([shop({ services: [Invoices, Clock] })])).toEqual([]);
  });

  it('needs the types that the compiler writes', async () => {
    @Injectable()
    class Orders {
      constructor(readonly clock: Clock) {}
    }
    withoutTypes(Orders);
    expect(await problemsOf([shop({ services: [Orders, Clock] })])).toEqual([
      'The compiler wrote no types for the constructor of Orders. Turn on "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig.json, or put @Inject(Type) on each parameter. [BOW_NO_METADATA]',
    ]);
  });

  it('does without them where @Inject tells', async () => {
    @Injectable()
    class Orders {
      constructor(@Inject(Clock) readonly clock: Clock) {}
    }
    withoutTypes(Orders);
    expect(await problemsOf([shop({ services: [Orders, Clock] })])).toEqual([]);
  });
});

describe('a constructor parameter whose type was lost', () => {
  it('is an interface, or a class behind import type', async () => {
    interface Prices {
      of(article: string): number;
    }
    @Injectable()
    class Orders {
      constructor(readonly prices: Prices) {}
    }
    expect(await problemsOf([shop({ services: [Orders] })])).toEqual([
      'The type of constructor parameter 1 (prices) of Orders was lost (the compiler wrote Object). If it is a class, import it with "import { X }" instead of "import type { X }", alone and not as a union; if it is an interface, write @Inject(token), or make it an abstract class. [BOW_CONSTRUCTOR_TYPE_LOST]',
    ]);
  });

  it('is a union with undefined', async () => {
    @Injectable()
    class Orders {
      constructor(readonly clock: Clock | undefined) {}
    }
    expect(await problemsOf([shop({ services: [Orders, Clock] })])).toEqual([
      'The type of constructor parameter 1 (clock) of Orders was lost (the compiler wrote Object). If it is a class, import it with "import { X }" instead of "import type { X }", alone and not as a union; if it is an interface, write @Inject(token), or make it an abstract class. [BOW_CONSTRUCTOR_TYPE_LOST]',
    ]);
  });

  it('is a list', async () => {
    @Injectable()
    class Orders {
      constructor(readonly clocks: readonly Clock[]) {}
    }
    expect(await problemsOf([shop({ services: [Orders, Clock] })])).toEqual([
      'The type of constructor parameter 1 (clocks) of Orders was lost (the compiler wrote Array). Write @MultiInject(Type) to take every binding of a type, or @Inject(token) to take one that is an array. [BOW_CONSTRUCTOR_TYPE_LOST]',
    ]);
  });

  it('is a plain value', async () => {
    @Injectable()
    class Orders {
      constructor(readonly currency: string) {}
    }
    expect(await problemsOf([shop({ services: [Orders] })])).toEqual([
      'The type of constructor parameter 1 (currency) of Orders was lost (the compiler wrote String). A plain value has no type to be found by: write @Inject(token), and bind the token with toConstantValue. [BOW_CONSTRUCTOR_TYPE_LOST]',
    ]);
  });

  it('is a class of a file that imports this one', async () => {
    @Injectable()
    class Orders {
      constructor(readonly clock: Clock) {}
    }
    withTypes(Orders, [undefined]);
    expect(await problemsOf([shop({ services: [Orders, Clock] })])).toEqual([
      'The type of constructor parameter 1 (clock) of Orders was lost (the compiler wrote undefined). Its file and this one import each other: move what both need into a third file, or write @Inject(new LazyServiceIdentifier(() => Type)). [BOW_CONSTRUCTOR_TYPE_LOST]',
    ]);
  });
});

describe('a binding made more than once', () => {
  it('names both modules where a class is bound to itself', async () => {
    const stock = shop({ name: 'stock', services: [Clock] });
    expect(await problemsOf([shop({ services: [Clock] }), stock])).toEqual([
      'Clock is bound in shop and again in stock. Keep one of the two, and import that module where the other stood. [BOW_BOUND_TWICE]',
    ]);
  });

  it('names every place where somebody takes one', async () => {
    abstract class Payments {}
    @Injectable()
    class CardPayments extends Payments {}
    @Injectable()
    class CashPayments extends Payments {}
    @Injectable()
    class Checkout {
      constructor(readonly payments: Payments) {}
    }
    const cards = shop({
      name: 'cards',
      services: [Checkout],
      bind: ({ bind }) => {
        bind(Payments).to(CardPayments);
      },
    });
    const cash = shop({
      name: 'cash',
      bind: ({ bind }) => {
        bind(Payments).to(CashPayments);
      },
    });
    expect(await problemsOf([cards, cash])).toEqual([
      'Payments is bound 2 times (CardPayments in cards, CashPayments in cash), but Checkout takes one. Remove a binding, name them (whenNamed and @Named), or take all of them with @MultiInject. [BOW_AMBIGUOUS_BINDING]',
    ]);
  });

  it('may be what the application itself takes', async () => {
    const write = (): void => {};
    const logger: Logger = { trace: write, debug: write, info: write, warn: write, error: write, child: () => logger };
    const quiet = {
      name: 'quiet',
      bind: ({ bind }: { bind: typeof import('inversify').Container.prototype.bind }) => {
        bind(Logger).toConstantValue(logger);
      },
    };
    expect(await problemsOf([shop(quiet as never), shop({ ...(quiet as object), name: 'loud' })])).toEqual([
      'Logger is bound 2 times (quiet, loud), but the application takes one. Remove a binding, name them (whenNamed and @Named), or take all of them with @MultiInject. [BOW_AMBIGUOUS_BINDING]',
    ]);
  });
});
