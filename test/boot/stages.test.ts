import {
  Catch,
  Controller,
  createApplication,
  defineModule,
  Get,
  GlobalGuard,
  GlobalMiddleware,
  guard,
  HttpContext,
  HttpError,
  Injectable,
  interceptor,
  Order,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  type ApplicationOptions,
  type ExceptionFilter,
  type Guard,
  type Middleware,
  type ModuleOptions,
  type Next,
} from 'bowline';
import { Test } from 'bowline/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const silent = { level: 'silent' } as const;

async function boot(module: ModuleOptions, options: ApplicationOptions = {}) {
  const app = await createApplication({
    logger: silent,
    signals: false,
    modules: [defineModule({ name: 'shop', ...module })],
    ...options,
  });
  onTestFinished(() => app.close());
  return app;
}

async function problemsOf(module: ModuleOptions, options: ApplicationOptions = {}): Promise<readonly string[]> {
  try {
    await (await boot(module, options)).start();
    return [];
  } catch (error) {
    return (error as { problems: readonly { message: string }[] }).problems.map(({ message }) => message);
  }
}

const noted =
  (name: string) =>
  (ctx: HttpContext, next: Next): void | Promise<void> => {
    ctx.append('x-noted', name);
    return next();
  };

class Noted implements Middleware {
  use(ctx: HttpContext, next: Next) {
    ctx.append('x-noted', this.constructor.name);
    return next();
  }
}

class Yes implements Guard {
  canActivate() {
    return true;
  }
}

@Controller('/plain')
class Plain {
  @Get()
  get() {
    return 'plain';
  }
}

describe('what cannot be a stage', () => {
  it('is named at boot with its place', async () => {
    class NoGuard {}

    @Controller()
    @UseGuards(NoGuard as never)
    @UseInterceptors(undefined as never)
    class Shop {
      @Get('/a')
      @UseMiddleware({} as never, 'text' as never)
      a() {
        return 1;
      }
    }
    expect(
      await problemsOf({ controllers: [Shop], bind: ({ bind }) => bind(GlobalGuard).to(NoGuard as never) }),
    ).toEqual([
      'GlobalGuard in shop: NoGuard has no method canActivate(), which every guard has; a property with a function in it is none.',
      '@UseGuards of Shop: NoGuard has no method canActivate(), which every guard has; a property with a function in it is none.',
      '@UseInterceptors of Shop: it has undefined, which files that import each other see; move what both need into a third.',
      '@UseMiddleware of Shop.a: an object is no middleware: that is a class or an object with a method use(), or a function.',
      "@UseMiddleware of Shop.a: 'text' is no middleware: that is a class or an object with a method use(), or a function.",
    ]);
  });

  it('is what a factory makes for another place, and a factory that nobody has called', async () => {
    const logged = interceptor([], () => () => (_ctx, next) => next());
    const allowed = guard([], () => (role: string) => () => role === 'admin');

    @Controller()
    @UseGuards(logged() as never)
    @UseInterceptors(logged as never)
    class Shop {
      @Get()
      get() {
        return 1;
      }
    }
    const bind: ModuleOptions['bind'] = (load) =>
      void load.bind(GlobalGuard).toConstantValue(allowed('admin') as never);
    expect(await problemsOf({ controllers: [Shop], bind })).toEqual([
      "GlobalGuard in shop: guard('admin') waits for its services, and gets them in @Use... alone; bind what they make by toResolvedValue((service) => ..., [Service]).",
      '@UseGuards of Shop: interceptor() makes what is used as interceptor, and this is the place of a guard.',
      '@UseInterceptors of Shop: it has a factory of stages that nobody has called; write its options behind it, or ().',
    ]);
  });

  it('is named where a decorator of stages stands on what is no route', async () => {
    @Controller()
    class Shop {
      @Get()
      get() {
        return 1;
      }

      @UseGuards(Yes)
      help() {
        return 2;
      }
    }
    expect(await problemsOf({ controllers: [Shop] })).toEqual([
      '@UseGuards on Shop.help has no effect: the method has no route. Put @Get or another verb on it.',
    ]);
  });

  it('is a class whose dependencies nobody binds', async () => {
    class Missing {}

    @Injectable()
    class NeedsMissing implements Guard {
      constructor(readonly missing: Missing) {}

      canActivate() {
        return true;
      }
    }

    @Controller()
    @UseGuards(NeedsMissing)
    class Shop {
      @Get()
      get() {
        return 1;
      }
    }
    expect(await problemsOf({ controllers: [Shop] })).toEqual([
      expect.stringMatching(/^Missing is not bound, but NeedsMissing needs it\./),
    ]);
    expect(
      (await problemsOf({ controllers: [Plain], bind: ({ bind }) => bind(GlobalGuard).to(NeedsMissing) }))[0],
    ).toMatch(/^Missing is not bound, but NeedsMissing needs it\./);
  });

  it('is a singleton that would hold what belongs to one request', async () => {
    @Injectable({ scope: 'request' })
    class Visit {}

    @Injectable()
    class Holder implements Guard {
      constructor(readonly visit: Visit) {}

      canActivate() {
        return true;
      }
    }

    @Controller()
    @UseGuards(Holder)
    class Shop {
      @Get()
      get() {
        return 1;
      }
    }
    expect(await problemsOf({ controllers: [Shop], services: [Visit] })).toEqual([
      expect.stringMatching(/^Holder lives as long as the application, but would hold Visit for ever/),
    ]);
  });

  it('is for a server that is not declared', async () => {
    expect(
      await problemsOf({ controllers: [Plain], bind: ({ bind }) => void bind(GlobalGuard).to(Yes).whenNamed('admim') }),
    ).toEqual(['GlobalGuard in shop: it is for a server that is not declared (declared: main).']);
  });
});

describe('global stages', () => {
  it('run by their order, then in the order in which they were bound', async () => {
    @Order(-1)
    class First extends Noted {}
    @Order(2)
    class Last extends Noted {}
    class Middle extends Noted {}
    const early = Object.assign(noted('early'), { order: -2 });
    const app = await boot({
      controllers: [Plain],
      bind: ({ bind }) => {
        bind(GlobalMiddleware).to(Last);
        bind(GlobalMiddleware).to(Middle);
        bind(GlobalMiddleware).toConstantValue(noted('middle'));
        bind(GlobalMiddleware).to(First);
        bind(GlobalMiddleware).toConstantValue(early);
      },
    });
    await app.use(noted('used'), Noted).start();
    const { headers } = await app.inject({ url: '/plain' });
    expect(headers['x-noted']).toBe('early, First, Middle, middle, used, Noted, Last');
  });

  it('are those of one server by its name, or by the server of their module', async () => {
    @Controller({ path: '/a', server: 'admin' })
    class Admin {
      @Get()
      get() {
        return 1;
      }
    }
    const admin = defineModule({
      name: 'admin module',
      server: 'admin',
      bind: ({ bind }) => bind(GlobalMiddleware).toConstantValue(noted('by module')),
    });
    const app = await boot(
      {
        imports: [admin],
        controllers: [Plain, Admin],
        bind: ({ bind }) => {
          bind(GlobalMiddleware).toConstantValue(noted('by name')).whenNamed('admin');
          bind(GlobalMiddleware).toConstantValue(noted('all'));
        },
      },
      { servers: { admin: {} } },
    );
    await app.start();
    expect((await app.inject({ url: '/plain' })).headers['x-noted']).toBe('all');
    expect((await app.inject({ url: '/a' }, 'admin')).headers['x-noted']).toBe('all, by module, by name');
  });

  it('can be replaced in a test, by their identifier or by their class', async () => {
    class Login implements Guard {
      canActivate() {
        return false;
      }
    }
    const module = defineModule({ controllers: [Plain], bind: ({ bind }) => bind(GlobalGuard).to(Login) });
    const open = await Test.createApplication({ modules: [module] })
      .override(Login)
      .useValue({ canActivate: () => true })
      .create();
    onTestFinished(() => open.close());
    expect((await open.inject({ url: '/plain' })).statusCode).toBe(200);
    const closed = await Test.createApplication({ modules: [module] }).create();
    onTestFinished(() => closed.close());
    expect((await closed.inject({ url: '/plain' })).statusCode).toBe(403);
  });

  it('are replaced with those of controllers by a class that is both', async () => {
    class Login implements Guard {
      canActivate() {
        return false;
      }
    }

    @Controller('/both')
    @UseGuards(Login)
    class Both {
      @Get()
      get() {
        return 'both';
      }
    }
    const app = await Test.createApplication({
      modules: [defineModule({ controllers: [Both], bind: ({ bind }) => bind(GlobalGuard).to(Login) })],
    })
      .override(Login)
      .useValue({ canActivate: () => true })
      .create();
    onTestFinished(() => app.close());
    expect((await app.inject({ url: '/both' })).statusCode).toBe(200);
  });
});

describe('stages of a controller', () => {
  @Injectable()
  class Denies implements Guard {
    canActivate() {
      return false;
    }
  }

  it('can be replaced in a test though nobody binds them', async () => {
    @Controller()
    @UseGuards(Denies)
    class Shop {
      @Get()
      get() {
        return 1;
      }
    }
    const app = await Test.createApplication({ modules: [defineModule({ controllers: [Shop] })] })
      .override(Denies)
      .useValue({ canActivate: () => true })
      .create();
    onTestFinished(() => app.close());
    expect((await app.inject({ url: '/' })).statusCode).toBe(200);
  });

  it('guard what extends it too', async () => {
    @UseGuards(Denies)
    class Base {
      @Get('/inherited')
      inherited() {
        return 1;
      }
    }

    @Controller()
    class Shop extends Base {
      @Get('/own')
      own() {
        return 2;
      }
    }
    const app = await boot({ controllers: [Shop] });
    await app.start();
    expect((await app.inject({ url: '/inherited' })).statusCode).toBe(403);
    expect((await app.inject({ url: '/own' })).statusCode).toBe(403);
  });

  it('are added by a method that overrides a route', async () => {
    class Base {
      @Get('/inherited')
      inherited() {
        return 1;
      }
    }

    @Controller()
    class Shop extends Base {
      @UseGuards(Denies)
      override inherited() {
        return 2;
      }
    }
    const app = await boot({ controllers: [Shop] });
    await app.start();
    expect((await app.inject({ url: '/inherited' })).statusCode).toBe(403);
  });

  it('of a route of a base class guard a method that overrides and decorates it anew', async () => {
    class Base {
      @Get('/inherited')
      @UseGuards(Denies)
      inherited() {
        return 1;
      }
    }

    @Controller()
    class Shop extends Base {
      @Get('/anew')
      override inherited() {
        return 2;
      }
    }
    const app = await boot({ controllers: [Shop] });
    await app.start();
    expect((await app.inject({ url: '/anew' })).statusCode).toBe(403);
  });

  it('of HttpError answer those of another copy of the package too', async () => {
    const copied = Object.assign(new Error('from elsewhere'), {
      [Symbol.for('bowline:http-error')]: true,
      status: 404,
      headers: {},
    });

    @Catch(HttpError)
    class Told implements ExceptionFilter {
      catch(error: HttpError) {
        return { told: error.message };
      }
    }

    @Controller()
    @UseFilters(Told)
    class Shop {
      @Get('/copied')
      copied() {
        throw copied;
      }
    }
    const app = await boot({ controllers: [Shop] });
    await app.start();
    const { statusCode, body } = await app.inject({ url: '/copied' });
    expect([statusCode, JSON.parse(body.toString())]).toEqual([404, { told: 'from elsewhere' }]);
  });

  it('made by one factory share what it made of its services', async () => {
    let made = 0;
    const counted = guard([], () => {
      made++;
      return (allow: boolean) => () => allow;
    });

    @Controller()
    class Shop {
      @Get('/a')
      @UseGuards(counted(true))
      a() {
        return 1;
      }

      @Get('/b')
      @UseGuards(counted(false))
      b() {
        return 2;
      }
    }
    const app = await boot({ controllers: [Shop] });
    await app.start();
    expect((await app.inject({ url: '/a' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/b' })).statusCode).toBe(403);
    expect(made).toBe(1);
  });
});

describe('requireGuard', () => {
  const Public = () => SetMetadata('public', true);

  it('names each route that no guard covers', async () => {
    @Controller('/shop')
    class Shop {
      @Get('/open')
      @Public()
      open() {
        return 1;
      }

      @Get('/guarded')
      @UseGuards(Yes)
      guarded() {
        return 2;
      }
    }
    expect(await problemsOf({ controllers: [Shop] }, { requireGuard: true })).toEqual([
      'GET /shop/open (Shop.open) has no guard, and requireGuard says that each route has one. Put @UseGuards(...) on it or on its controller, or bind a GlobalGuard.',
    ]);
  });

  it('is content with a global guard', async () => {
    const bind: ModuleOptions['bind'] = (load) => void load.bind(GlobalGuard).to(Yes);
    expect(await problemsOf({ controllers: [Plain], bind }, { requireGuard: true })).toEqual([]);
  });
});

describe('use()', () => {
  it('builds a class with its services, and names at start what it lacks', async () => {
    class Missing {}

    @Injectable()
    class NeedsMissing implements Middleware {
      constructor(readonly missing: Missing) {}

      use(_ctx: HttpContext, next: Next) {
        return next();
      }
    }
    const app = await boot({ controllers: [Plain] });
    app.use(NeedsMissing, {} as never);
    await expect(app.start()).rejects.toMatchObject({
      problems: [{ code: 'BOW_STAGE_INVALID' }, { code: 'BOW_UNBOUND' }],
    });
  });

  it('is refused once the application has started', async () => {
    const app = await boot({ controllers: [Plain] });
    await app.start();
    expect(() => app.use(noted('late'))).toThrow(expect.objectContaining({ code: 'BOW_WRONG_STATE' }));
  });

  it('stands around a version that there is not', async () => {
    @Controller({ path: '/versioned', version: '1' })
    class Versioned {
      @Get()
      get() {
        return 1;
      }
    }
    const app = await boot(
      { controllers: [Versioned] },
      { servers: { main: { versioning: { type: 'header', header: 'x-version' } } } },
    );
    await app.use(noted('used')).start();
    const { statusCode, headers } = await app.inject({ url: '/versioned', headers: { 'x-version': '2' } });
    expect([statusCode, headers['x-noted']]).toEqual([404, 'used']);
  });

  it('stands around what no route answers, and around static folders', async () => {
    const app = await boot({ controllers: [Plain] });
    await app.static('/docs', 'docs').use(noted('used')).start();
    expect((await app.inject({ url: '/nothing' })).headers['x-noted']).toBe('used');
    expect((await app.inject({ url: '/docs/errors.md' })).headers['x-noted']).toBe('used');
  });
});
