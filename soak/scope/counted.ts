import {
  contextKey,
  Controller,
  Ctx,
  Get,
  HttpContext,
  Inject,
  Injectable,
  UseGuards,
  UseInterceptors,
  type Guard,
  type Interceptor,
  type ModuleOptions,
} from 'bowline';

/** What was made and disposed of, over all requests. */
export interface Account {
  readonly made: number;
  readonly disposed: number;
  /** Instances that were disposed of more than once. */
  readonly twice: number;
  /** Instances that were used when they had been disposed of. */
  readonly late: number;
}

const account = { made: 0, disposed: 0, twice: 0, late: 0 };

export function readAccount(): Account {
  return { ...account };
}

/** Knows how often it was disposed of. */
abstract class Counted {
  #disposals = 0;

  constructor() {
    account.made++;
  }

  use(): string {
    if (this.#disposals > 0) account.late++;
    return 'used';
  }

  protected end(): void {
    this.#disposals++;
    account.disposed++;
    if (this.#disposals > 1) account.twice++;
  }
}

const User = contextKey<string>('user');

@Injectable({ scope: 'request' })
class Visit extends Counted {
  constructor(readonly ctx: HttpContext) {
    super();
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

@Injectable({ scope: 'request' })
class Connection extends Counted {
  constructor(readonly visit: Visit) {
    super();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    this.visit.use();
    this.end();
  }
}

@Injectable({ scope: 'transient' })
class Cursor extends Counted {
  constructor(readonly connection: Connection) {
    super();
  }

  [Symbol.dispose](): void {
    this.connection.use();
    this.end();
  }
}

/** Made asynchronously. */
class Session extends Counted {
  [Symbol.dispose](): void {
    this.end();
  }
}

@Injectable({ scope: 'request' })
class Tenant {
  constructor(@Inject(User) readonly user: string) {}
}

@Injectable({ scope: 'request' })
class Broken {
  constructor(readonly cursor: Cursor) {
    throw new TypeError('cannot be built');
  }
}

@Injectable({ scope: 'request' })
class VisitGuard implements Guard {
  constructor(private readonly visit: Visit) {}

  canActivate(): boolean {
    this.visit.use();
    this.visit.ctx.put(User, 'ada');
    return this.visit.ctx.query['refuse'] === undefined;
  }
}

@Injectable({ scope: 'request' })
class ConnectionInterceptor implements Interceptor {
  constructor(private readonly connection: Connection) {}

  async intercept(_ctx: HttpContext, next: () => unknown): Promise<unknown> {
    const value = await next();
    this.connection.use();
    return value;
  }
}

@Controller({ path: '/', scope: 'request' })
@UseGuards(VisitGuard)
@UseInterceptors(ConnectionInterceptor)
class ScopedController {
  constructor(
    private readonly first: Cursor,
    private readonly second: Cursor,
    private readonly session: Session,
    private readonly tenant: Tenant,
  ) {}

  @Get('/quick')
  quick() {
    return [this.first.use(), this.second.use(), this.session.use(), this.tenant.user];
  }

  @Get('/slow')
  async slow() {
    await new Promise((resolve) => setTimeout(resolve, 3));
    return this.quick();
  }

  @Get('/stream')
  async *stream() {
    for (let piece = 0; piece < 4; piece++) {
      yield `${this.first.use()} ${'x'.repeat(1_000)}`;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  @Get('/throws')
  throws() {
    throw new TypeError(this.first.use());
  }

  @Get('/waits')
  async waits(@Ctx() ctx: HttpContext) {
    await new Promise((resolve) => {
      ctx.signal.addEventListener('abort', resolve);
      setTimeout(resolve, 5);
    });
    return this.quick();
  }
}

@Controller({ path: '/broken', scope: 'request' })
class BrokenController {
  constructor(private readonly broken: Broken) {}

  @Get()
  get() {
    return this.broken;
  }
}

export const countedModule: Pick<ModuleOptions, 'controllers' | 'services' | 'bind'> = {
  controllers: [ScopedController, BrokenController],
  services: [Visit, Connection, Cursor, Tenant, Broken],
  bind: ({ bind }) => {
    bind(Session)
      .toDynamicValue(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return new Session();
      })
      .inRequestScope();
  },
};
