import {
  All,
  Body,
  BowlineError,
  Controller,
  createApplication,
  defineModule,
  Get,
  Inject,
  Injectable,
  Optional,
  Post,
  Res,
  token,
  UploadedFile,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  Version,
  DiskFile,
  type ApplicationOptions,
  type Logger,
} from 'bowline';
import { IsString } from 'class-validator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createShop, Mail } from './shop.js';

async function shop(...args: Parameters<typeof createShop>) {
  const app = await createShop(...args);
  onTestFinished(() => app.close());
  return app;
}

describe('the text of an application', () => {
  it('tells servers, routes, the container and the order of closing', async () => {
    const app = await shop();
    await expect(`${String(app.explain())}\n`).toMatchFileSnapshot('shop.txt');
  });

  it('has no line that is wider than a terminal, and none that ends in blanks', async () => {
    const lines = String((await shop()).explain()).split('\n');
    expect(lines.filter((line) => line.length > 110 || line.endsWith(' '))).toEqual([]);
  });

  it('says where the servers listen, and in which order what was built is closed', async () => {
    const app = await shop();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const text = String(app.explain()).replaceAll(/:\d{4,5}\b/g, ':PORT');
    expect(text).toContain('shop is ready: 2 servers, 9 routes, 29 bindings');
    expect(text).toContain('  main  node provider, listens on http://127.0.0.1:PORT\n');
    expect(text.slice(text.indexOf('Order of closing'))).toMatchInlineSnapshot(`
      "Order of closing (what has nothing to close in brackets)
        1  (mail), (RequestLog), (Login), (NoRowFilter), (ReportController), (Trim), (Timing), (guard('admin')),
           (OrderController)
        2  (Audit), (services of guard('admin')), (OrderService)
        3  (Roles), Database
        4  (currency), (CurrentRequest), (ErrorFormat), (Reflector), (RequestScopeRunner), (PolicyRegistry)
        5  (Logger), (Clock)"
    `);
  });
});

describe('one route', () => {
  it('is told alone, by method and path, by its path, or by its handler', async () => {
    const app = await shop();
    const text = app.explain('GET /api/orders/:id');
    expect(text).toMatchInlineSnapshot(`
      "GET /api/orders/:id
        in shop on the server main, singleton controller, time-out 5 s, deadline 2 s
        keeps the current context: OrderController -> Audit -> CurrentRequest
        made before the last guard has let it pass: TenantGuard, TenantConnection, Tenant
          middleware   RequestLog      global      shop                  order -10
          middleware   noStore         controller  OrderController
          guard        Login           server      shop
          guard        TenantGuard     route       OrderController.find  made for each request
          guard        guard('admin')  route       OrderController.find
          interceptor  Timing          controller  OrderController
          parameter    1: param id: number, converted from text, required
          pipe         Trim            controller  OrderController
          parameter    2: context
          handler      OrderController.find
          filter       NoRowFilter     global      shop                  catches NoRow"
    `);
    expect(app.explain('get  /api/orders/:id')).toBe(text);
    expect(app.explain('/api/orders/:id')).toBe(text);
    expect(app.explain('OrderController.find')).toBe(text);
    expect(app.explain('/api/orders').match(/^\w+ \/.*$/gm)).toEqual(['GET /api/orders', 'POST /api/orders']);
  });

  it.each([
    ['GET /api/order/:id', "There is no route 'GET /api/order/:id'. Did you mean 'GET /api/orders/:id'?"],
    ['OrderController.fond', "There is no route 'OrderController.fond'. Did you mean 'OrderController.find'?"],
    [
      '',
      "There is no route ''. Write its method and path as app.routes has them, prefix included, or its handler, as in 'OrderController.find'.",
    ],
  ])("that is not there is an error that leads on: '%s'", async (asked, message) => {
    const app = await shop();
    expect(() => app.explain(asked)).toThrow(BowlineError);
    expect(() => app.explain(asked)).toThrow(message);
  });
});

describe('what is seldom', () => {
  it('is told too: @All once, a static folder, a class in the body, a version, an alias, what is not bound', async () => {
    const Missing = token<string>('missing');

    @Injectable()
    class Feed {
      constructor(@Optional() @Inject(Missing) readonly missing: string | undefined) {}
    }

    class Note {
      @IsString()
      text!: string;
    }

    @Controller('/notes')
    class Notes {
      @All('/any')
      @Version('2')
      any() {
        return 1;
      }

      @Post()
      @Version('2')
      add(@Body() note: Note, @UploadedFile('photo', { maxSize: 2_048, type: ['image/*'] }) photo: DiskFile) {
        return [note, photo];
      }

      @Get()
      @Version('2')
      own(@Res() response: unknown) {
        return response;
      }
    }
    const app = await createApplication({
      modules: [
        defineModule({
          name: 'notes',
          controllers: [Notes],
          services: [Feed],
          bind: ({ bind }) => bind('feed').toService(Feed),
        }),
      ],
      servers: { main: { versioning: { type: 'uri' }, port: 80, whileDraining: 'refuse' } },
      logger: { level: 'silent' },
      signals: false,
    } as ApplicationOptions);
    app.static('/assets', import.meta.dirname);
    const text = String(app.explain());
    expect(text.slice(text.indexOf('Routes\n'), text.indexOf('  the defaults'))).toMatchInlineSnapshot(`
      "Routes

      POST /v2/notes (version 2)
        in notes on the server main, singleton controller, no guard, body multipart, time-out 30 s
          parameter    1: body: Note, checked by the rules of its class
          parameter    2: file photo, required, to disk, at most 1 of 2 KiB, image/*
          handler      Notes.add

      GET /v2/notes (version 2)
        in notes on the server main, singleton controller, no guard, time-out 30 s, answers on the native response
        itself
          parameter    1: response
          handler      Notes.own

      GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS /v2/notes/any (version 2)
        in notes on the server main, singleton controller, no guard, time-out 30 s
          handler      Notes.any

      GET /assets
        in static() on the server main, singleton controller, no guard, time-out 30 s
          handler      StaticFolder.serve

      GET /assets/*
        in static() on the server main, singleton controller, no guard, time-out 30 s
          handler      StaticFolder.serve

      Routes that no guard covers
        POST /v2/notes (version 2)  Notes.add
        GET /v2/notes (version 2)   Notes.own
        GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS /v2/notes/any (version 2)  Notes.any
        GET /assets                 StaticFolder.serve
        GET /assets/*               StaticFolder.serve

      Container
        notes
          Notes               class     singleton
          Feed                class     singleton  needs missing (not bound)
          feed                alias                leads to Feed
      "
    `);
    expect(text).toContain('    options    versions by uri, refuses while it drains\n');
    expect(text).toContain('  main  node provider, declared for port 80\n');
  });
});

describe('the object', () => {
  it('is data that JSON keeps whole', async () => {
    const explanation = (await shop()).explain();
    const copy: unknown = JSON.parse(JSON.stringify(explanation));
    expect(copy).toMatchObject({
      name: 'shop',
      state: 'created',
      unguarded: ['GET /reports', 'GET /livez', 'GET /readyz', 'GET /startupz'],
      builtBeforeGuard: [
        { route: 'GET /api/orders/:id', server: 'main', built: ['TenantGuard', 'TenantConnection', 'Tenant'] },
      ],
    });
    expect(JSON.stringify(copy)).toBe(JSON.stringify(explanation));
  });

  it('names each pipe of a parameter in the order in which it works, and what was converted before', async () => {
    const list = (await shop()).explain().routes.find(({ handler }) => handler === 'list');
    expect(list?.parameters).toEqual([
      {
        index: 0,
        source: 'query',
        name: 'limit',
        type: 'number',
        required: false,
        default: 20,
        conversion: 'text',
        pipes: ['Trim', 'positive'],
      },
      expect.objectContaining({ type: 'bigint', default: '0', conversion: 'text' }),
      expect.objectContaining({ array: true, enum: ['open', 'paid'], conversion: 'text' }),
    ]);
  });

  it('knows what a dynamic value has asked for, once it has', async () => {
    const app = await shop();
    const mail = () => app.explain().services.find(({ name }) => name === 'mail');
    expect(mail()).toEqual({
      name: 'mail',
      identifier: 'mail',
      kind: 'dynamic',
      scope: 'singleton',
      module: 'shop',
      dependsOn: [],
      opaque: true,
      lazy: false,
    });
    await app.start();
    app.container.get(Mail).send();
    expect(mail()?.dependsOn).toEqual(['OrderService']);
  });

  it('names a limit or time-out that is not the default', async () => {
    const [main, admin] = (await shop()).explain().servers;
    expect(main?.changed).toEqual(['timeouts.handler']);
    expect(admin?.changed).toEqual([]);
  });

  it('has the middleware that use() has added, and what it makes before a guard', async () => {
    @Injectable({ scope: 'request' })
    class Visit {}

    @Injectable({ scope: 'request' })
    class CountVisit {
      constructor(readonly visit: Visit) {}

      use(_ctx: unknown, next: () => void) {
        return next();
      }
    }

    @Controller('/plain')
    @UseGuards(() => true)
    class Plain {
      @Get()
      get() {
        return 1;
      }

      @Get('/one/:id?')
      one() {
        return 1;
      }
    }
    const app = await createApplication({
      modules: [defineModule({ name: 'plain', controllers: [Plain], services: [Visit] })],
      logger: { level: 'silent' },
      signals: false,
    });
    app.use(CountVisit);
    expect(app.explain('GET /plain')).toMatchInlineSnapshot(`
      "GET /plain
        in plain on the server main, singleton controller, time-out 30 s
        made before the last guard has let it pass: CountVisit, Visit
          middleware   CountVisit  global      the application  made for each request
          guard        (function)  controller  Plain
          handler      Plain.get"
    `);
    expect(app.explain().servers[0]?.stages.map(({ name }) => name)).toEqual(['CountVisit']);
    expect(app.routes.map(({ path }) => path)).toEqual(['/plain', '/plain/one/:id?']);
    await app.close();
  });
});

describe('what is made before the last guard has let a request pass', () => {
  it('is what a refused request makes, and nothing else', async () => {
    const made: string[] = [];
    class Made {
      constructor() {
        made.push(this.constructor.name);
      }
    }

    @Injectable({ scope: 'request' })
    class Visit extends Made {}

    @Injectable({ scope: 'transient' })
    class Stopwatch extends Made {}

    @Injectable()
    class Shared extends Made {}

    @Injectable({ scope: 'request' })
    class CountVisit extends Made {
      constructor(
        readonly visit: Visit,
        readonly stopwatch: Stopwatch,
        readonly shared: Shared,
      ) {
        super();
      }

      use(_ctx: unknown, next: () => void) {
        return next();
      }
    }

    @Injectable({ scope: 'request' })
    class Basket extends Made {
      constructor(readonly visit: Visit) {
        super();
      }
    }

    @Injectable({ scope: 'request' })
    class AroundBasket extends Made {
      constructor(readonly basket: Basket) {
        super();
      }

      intercept(_ctx: unknown, next: () => unknown) {
        return next();
      }
    }

    @Injectable({ scope: 'request' })
    class NoEntry extends Made {
      constructor(readonly visit: Visit) {
        super();
      }

      canActivate() {
        return false;
      }
    }

    @Injectable({ scope: 'request' })
    @Controller('/closed')
    @UseMiddleware(CountVisit)
    @UseGuards(NoEntry)
    @UseInterceptors(AroundBasket)
    class Closed extends Made {
      constructor(readonly basket: Basket) {
        super();
      }

      @Get()
      get() {
        return 1;
      }
    }
    const app = await createApplication({
      modules: [defineModule({ controllers: [Closed], services: [Visit, Stopwatch, Shared, Basket] })],
      logger: { level: 'silent' },
      signals: false,
    });
    await app.start();
    made.length = 0;
    expect((await app.inject({ method: 'GET', url: '/closed' })).statusCode).toBe(403);
    expect(made.toSorted()).toEqual(app.routes[0]?.builtBeforeGuard?.toSorted());
    expect(made.toSorted()).toEqual(['CountVisit', 'NoEntry', 'Stopwatch', 'Visit']);
    await app.close();
  });
});

describe('the order of closing', () => {
  it('is the one that the stop takes, before the start as after it', async () => {
    const closed: string[] = [];
    const closing = (name: string) =>
      class {
        [Symbol.dispose]() {
          closed.push(name);
        }
      };
    class Pool extends closing('Pool') {}

    @Injectable()
    class Repository extends closing('Repository') {
      constructor(readonly pool: Pool) {
        super();
      }
    }
    const Queue = token<object>('queue');

    @Injectable()
    class Orders extends closing('Orders') {
      constructor(
        readonly repository: Repository,
        @Inject(Queue) readonly queue: object,
      ) {
        super();
      }
    }
    const app = await createApplication({
      modules: [
        defineModule({
          name: 'orders',
          services: [Pool, Orders, Repository],
          bind: ({ bind }) => {
            bind(Queue)
              .toConstantValue({})
              .onDeactivation(() => void closed.push('queue'));
          },
        }),
      ],
      logger: { level: 'silent' },
      signals: false,
    });
    const order = () => app.explain().stopOrder.flatMap((step) => step.closing);
    const declared = order();
    await app.start();
    const seen = order();
    await app.close();
    expect(closed).toEqual(['Orders', 'Repository', 'Pool', 'queue']);
    expect(seen).toEqual(closed);
    expect(declared).toEqual(closed);
  });
});

describe('the option explain', () => {
  it('has the text logged once the application has started', async () => {
    const lines: string[] = [];
    const log = {
      trace() {},
      debug() {},
      info: (text: string) => void lines.push(text),
      warn() {},
      error() {},
      child: () => log,
    } as unknown as Logger;
    const app = await shop({ explain: true, logger: log });
    expect(lines).toEqual([]);
    await app.listen({ port: 0, host: '127.0.0.1' });
    expect(lines.filter((line) => line.startsWith('shop is '))).toEqual([String(app.explain())]);
    expect(String(app.explain())).toContain(`listens on ${app.url}`);
  });
});
