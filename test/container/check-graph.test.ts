import { inject, injectable, LazyServiceIdentifier, multiInject, named, optional } from 'inversify';
import { describe, expect, it } from 'vitest';
import { defineModule } from '../../src/container/index.js';
import { appendMetadata, misuseKey } from '../../src/foundation/index.js';
import { boot, Controller, Injectable } from './fixture.js';

abstract class PaymentClient {
  abstract pay(): void;
}

@Injectable()
class CardClient extends PaymentClient {
  pay(): void {}
}

@Injectable()
class OrderService {
  constructor(readonly payments: PaymentClient) {}
}

@Controller()
class OrderController {
  constructor(readonly orders: OrderService) {}
}

describe('an unbound dependency', () => {
  it('is named with the chain from the controller and with the binding to write for an abstract class', async () => {
    const { problems } = await boot([
      defineModule({ name: 'orders', controllers: [OrderController], services: [OrderService] }),
    ]);
    expect(problems).toEqual([
      'PaymentClient is not bound, but OrderController -> OrderService needs it. Bind it in a module: bind(PaymentClient).to(...). [BOW_UNBOUND]',
    ]);
  });

  it('that is a decorated class is added to the services', async () => {
    @Injectable()
    class Checkout {
      constructor(readonly card: CardClient) {}
    }
    const { problems } = await boot([defineModule({ services: [Checkout] })]);
    expect(problems).toEqual([
      'CardClient is not bound, but Checkout needs it. Add CardClient to the services of a module. [BOW_UNBOUND]',
    ]);
  });

  it('that is a class with code and no decorator may be either', async () => {
    class Rates {
      current(): number {
        return 1;
      }
    }
    @Injectable()
    class Shop {
      constructor(readonly rates: Rates) {}
    }
    const { problems } = await boot([defineModule({ services: [Shop] })]);
    expect(problems).toEqual([
      'Rates is not bound, but Shop needs it. Add Rates to the services of a module, or, if it is abstract, bind an implementation: bind(Rates).to(...). [BOW_UNBOUND]',
    ]);
  });

  it('that is a token offers the nearest bound one', async () => {
    @Injectable()
    class Shop {
      constructor(@inject('curency') readonly currency: string) {}
    }
    const { problems } = await boot([
      defineModule({ services: [Shop], bind: ({ bind }) => bind('currency').toConstantValue('EUR') }),
    ]);
    expect(problems).toEqual([
      'curency is not bound, but Shop needs it. Did you mean currency? Otherwise: bind it in a module: bind(curency).to(...) or .toConstantValue(...). [BOW_UNBOUND]',
    ]);
  });

  it('whose namesake is bound points to the second file or copy', async () => {
    const other = { PaymentClient: class PaymentClient {} };
    const { problems } = await boot([
      defineModule({ name: 'payments', services: [other.PaymentClient] }),
      defineModule({ services: [OrderService] }),
    ]);
    expect(problems).toEqual([
      'PaymentClient is not bound, but OrderService needs it. Another class of that name is bound in payments: import the same one. Where both come from one package, two copies of it are loaded, and "npm ls" shows them. [BOW_UNBOUND]',
    ]);
  });

  it('that is bound by another name says so', async () => {
    @Injectable()
    class Shop {
      constructor(@inject(PaymentClient) @named('eu') readonly payments: PaymentClient) {}
    }
    const module = defineModule({
      name: 'payments',
      services: [Shop],
      bind: ({ bind }) => bind(PaymentClient).to(CardClient).whenNamed('us'),
    });
    expect((await boot([module])).problems).toEqual([
      "PaymentClient named 'eu' is not bound, but Shop needs it. payments binds PaymentClient under another name or condition: ask for it as it is bound, or bind it for this one too. [BOW_UNBOUND]",
    ]);
  });

  it('is reported once, by the shortest chain, however many controllers reach it', async () => {
    @Injectable()
    class Report {
      constructor(readonly orders: OrderService) {}
    }
    @Controller()
    class ReportController {
      constructor(readonly report: Report) {}
    }
    const { problems } = await boot([
      defineModule({ controllers: [ReportController, OrderController], services: [OrderService, Report] }),
    ]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('OrderController -> OrderService needs it');
  });

  it('is found behind properties, resolved values, aliases and several injections', async () => {
    @Injectable()
    class Shop {
      @inject('by property') readonly one?: unknown;
      constructor(@multiInject('many') readonly many: unknown[]) {}
    }
    const { problems } = await boot([
      defineModule({
        services: [Shop],
        bind: ({ bind }) => {
          bind('by property').toService('aliased');
          bind('many').toResolvedValue((each) => each, ['by resolved value']);
        },
      }),
    ]);
    expect(problems.map((problem) => problem.split(' needs it')[0])).toEqual([
      'by resolved value is not bound, but Shop -> many',
      'aliased is not bound, but Shop -> by property',
    ]);
  });

  it('is no problem where it is optional, unmatched among many, or found late by a lazy identifier', async () => {
    @Injectable()
    class Shop {
      constructor(
        @optional() readonly payments: PaymentClient | undefined,
        @multiInject('none') @optional() readonly none: unknown[],
        @inject(new LazyServiceIdentifier(() => CardClient)) readonly card: CardClient,
      ) {}
    }
    @Injectable()
    class Quiet {
      constructor(@optional() readonly payments: PaymentClient) {}
    }
    const { problems, loaded } = await boot([defineModule({ services: [Quiet, CardClient] })]);
    expect(problems).toEqual([]);
    expect(loaded.container.get(Quiet).payments).toBeUndefined();
    expect((await boot([defineModule({ services: [Shop, CardClient] })])).problems).toEqual([
      'The type of constructor parameter 1 (payments) of Shop was lost (the compiler wrote Object). If it is a class, import it with "import { X }" instead of "import type { X }", alone and not as a union; if it is an interface, write @Inject(token), or make it an abstract class. [BOW_CONSTRUCTOR_TYPE_LOST]',
    ]);
  });
});

describe('a circular dependency', () => {
  it('is shown as a chain that ends where it began', async () => {
    @Injectable()
    class A {
      constructor(@inject('b') readonly b: unknown) {}
    }
    @Injectable()
    class B {
      constructor(readonly a: A) {}
    }
    @Controller()
    class Root {
      constructor(readonly a: A) {}
    }
    const { problems } = await boot([
      defineModule({ controllers: [Root], services: [B, A], bind: ({ bind }) => bind('b').toService(B) }),
    ]);
    expect(problems).toEqual([
      'Circular dependency: A -> b -> B -> A. Move what both need into a third class, or bind a factory, which one of them calls when it needs the other. [BOW_CIRCULAR_DEPENDENCY]',
    ]);
  });

  it('that nobody outside reaches is found too', async () => {
    @Injectable()
    class Snake {
      @inject(new LazyServiceIdentifier(() => Snake)) readonly tail?: Snake;
    }
    expect((await boot([defineModule({ services: [Snake] })])).problems).toEqual([
      'Circular dependency: Snake -> Snake. Move what both need into a third class, or bind a factory, which one of them calls when it needs the other. [BOW_CIRCULAR_DEPENDENCY]',
    ]);
  });
});

describe('a captive dependency', () => {
  @Injectable({ scope: 'request' })
  class CurrentUser {}

  @Injectable({ scope: 'transient' })
  class Greeting {
    constructor(readonly user: CurrentUser) {}
  }

  it('is shown with what it passes through', async () => {
    @Injectable()
    class Mailer {
      constructor(readonly greeting: Greeting) {}
    }
    expect((await boot([defineModule({ services: [Mailer, Greeting, CurrentUser] })])).problems).toEqual([
      'Mailer lives as long as the application, but would hold CurrentUser for ever, which is request-scoped (Mailer -> Greeting -> CurrentUser). Give Mailer the same scope, or hand over what it needs as an argument. [BOW_CAPTIVE_DEPENDENCY]',
    ]);
  });

  it('is found in a resolved value and reported for the nearest singleton alone', async () => {
    @Injectable()
    class Outer {
      constructor(@inject('held') readonly held: unknown) {}
    }
    const module = defineModule({
      services: [Outer, CurrentUser],
      bind: ({ bind }) => bind('held').toResolvedValue((user: CurrentUser) => user, [CurrentUser]),
    });
    expect((await boot([module])).problems).toEqual([
      'held lives as long as the application, but would hold CurrentUser for ever, which is request-scoped (held -> CurrentUser). Give held the same scope, or hand over what it needs as an argument. [BOW_CAPTIVE_DEPENDENCY]',
    ]);
  });

  it('is none where who holds it is request-scoped itself', async () => {
    @Injectable({ scope: 'request' })
    class Page {
      constructor(readonly greeting: Greeting) {}
    }
    expect((await boot([defineModule({ services: [Page, Greeting, CurrentUser] })])).problems).toEqual([]);
  });
});

describe('a binding made twice', () => {
  it('of the same class in two modules names both', async () => {
    const first = defineModule({ name: 'orders', services: [CardClient] });
    const second = defineModule({ name: 'billing', services: [CardClient] });
    @Injectable()
    class Shop {
      constructor(readonly card: CardClient) {}
    }
    expect((await boot([first, second, defineModule({ services: [Shop] })])).problems).toEqual([
      'CardClient is bound in orders and again in billing. Keep one of the two, and import that module where the other stood. [BOW_BOUND_TWICE]',
    ]);
  });

  it('by two implementations names who takes one', async () => {
    class TestClient extends PaymentClient {
      pay(): void {}
    }
    const module = defineModule({
      name: 'payments',
      services: [OrderService],
      bind: ({ bind }) => {
        bind(PaymentClient).to(CardClient);
        bind(PaymentClient).toConstantValue(new TestClient());
      },
    });
    expect((await boot([module])).problems).toEqual([
      'PaymentClient is bound 2 times (CardClient in payments, a TestClient in payments), but OrderService takes one. Remove a binding, name them (whenNamed and @Named), or take all of them with @MultiInject. [BOW_AMBIGUOUS_BINDING]',
    ]);
  });

  it('is no problem where all are taken or each is named', async () => {
    @Injectable()
    class Shop {
      constructor(
        @multiInject(PaymentClient) readonly all: PaymentClient[],
        @inject(CardClient) @named('eu') readonly eu: CardClient,
      ) {}
    }
    const module = defineModule({
      services: [Shop],
      bind: ({ bind }) => {
        bind(PaymentClient).to(CardClient);
        bind(PaymentClient).toConstantValue(new CardClient());
        bind(CardClient).toSelf().whenNamed('eu');
        bind(CardClient).toSelf().whenNamed('us');
      },
    });
    expect((await boot([module])).problems).toEqual([]);
  });
});

it('reports a decorator in a wrong place, on a base class too and of a constant too', async () => {
  class Base {}
  class Derived extends Base {}
  appendMetadata(misuseKey, Base, { decorator: '@Get', where: 'Base.list', problem: 'was put on a field' });
  const constant = defineModule({ bind: ({ bind }) => bind('x').toConstantValue(new Derived()) });
  const expected = ['@Get on Base.list was put on a field. [BOW_DECORATOR_MISUSED]'];
  expect((await boot([defineModule({ services: [Derived] })])).problems).toEqual(expected);
  expect((await boot([constant])).problems).toEqual(expected);
});

it('follows conditions on who asks', async () => {
  @injectable()
  class Left {
    constructor(@inject('side') readonly side: string) {}
  }
  @injectable()
  class Right {
    constructor(@inject('side') readonly side: string) {}
  }
  const module = defineModule({
    services: [Left, Right],
    bind: ({ bind }) => {
      bind('side').toConstantValue('left').whenParentIs(Left);
      bind('side').toConstantValue('right').whenParentIs(Right);
    },
  });
  expect((await boot([module])).problems).toEqual([]);
});
