import {
  closeWith,
  ConflictError,
  contextKey,
  Body,
  Controller,
  Ctx,
  CurrentRequest,
  Get,
  guard,
  HttpContext,
  Inject,
  Injectable,
  Post,
  PreDestroy,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  UsePipes,
  Query,
  type ExceptionFilter,
  type Guard,
  type Interceptor,
  type Middleware,
  type ModuleOptions,
  type Next,
  type Pipe,
} from 'bowline';
import { describe, expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

const User = contextKey<{ readonly name: string }>('user');

/** What happened to instances, in order, by the id that the client sent. */
class Book {
  readonly #lines = new Map<string, string[]>();
  readonly #waiting = new Map<string, () => void>();

  note(id: string, line: string): void {
    this.of(id).push(line);
    if (line === 'connection closed') this.#waiting.get(id)?.();
  }

  of(id: string): string[] {
    const lines = this.#lines.get(id) ?? [];
    this.#lines.set(id, lines);
    return lines;
  }

  /** Resolves when the connection of that request was closed. */
  async closed(id: string): Promise<readonly string[]> {
    if (!this.of(id).includes('connection closed'))
      await new Promise<void>((resolve) => {
        this.#waiting.set(id, resolve);
      });
    return this.of(id);
  }
}

const book = new Book();

@Injectable({ scope: 'request' })
class Visit {
  readonly id: string;

  constructor(readonly ctx: HttpContext) {
    this.id = ctx.header('x-visit') ?? 'none';
    book.note(this.id, 'visit');
  }
}

@Injectable({ scope: 'request' })
class Connection {
  constructor(readonly visit: Visit) {
    book.note(visit.id, 'connection');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    book.note(this.visit.id, 'connection closed');
  }
}

/** Disposed of, and not shared. */
@Injectable({ scope: 'transient' })
class Cursor {
  constructor(readonly connection: Connection) {
    book.note(connection.visit.id, 'cursor');
  }

  [Symbol.dispose](): void {
    book.note(this.connection.visit.id, 'cursor closed');
  }
}

@Injectable({ scope: 'request' })
class Repository {
  constructor(
    readonly connection: Connection,
    readonly cursor: Cursor,
  ) {
    book.note(connection.visit.id, 'repository');
  }

  @PreDestroy()
  leave(): void {
    book.note(this.connection.visit.id, 'repository closed');
  }
}

/** Reads in its constructor what a guard has put. */
@Injectable({ scope: 'request' })
class Tenant {
  constructor(
    @Inject(User) readonly user: { readonly name: string },
    readonly visit: Visit,
  ) {}
}

class Login implements Guard {
  canActivate(ctx: HttpContext) {
    const name = ctx.header('x-user');
    if (name !== undefined) ctx.put(User, { name });
    return name !== undefined;
  }
}

/** As an interceptor with a time-out does. */
class AnswerFirst implements Interceptor {
  intercept(_ctx: HttpContext, next: () => unknown) {
    return Promise.race([next(), new Promise((resolve) => setImmediate(resolve, 'first'))]);
  }
}

class FailFirst implements Middleware {
  async use(_ctx: HttpContext, next: Next) {
    void next();
    throw new ConflictError('first');
  }
}

@Injectable({ scope: 'request' })
class ScopedMiddleware implements Middleware {
  constructor(readonly visit: Visit) {}

  use(ctx: HttpContext, next: Next) {
    ctx.state['middleware'] = this.visit;
    return next();
  }
}

@Injectable({ scope: 'request' })
class ScopedGuard implements Guard {
  constructor(readonly visit: Visit) {}

  canActivate(ctx: HttpContext) {
    ctx.state['guard'] = this.visit;
    return ctx.query['deny'] === undefined;
  }
}

@Injectable({ scope: 'request' })
class ScopedInterceptor implements Interceptor {
  constructor(readonly visit: Visit) {}

  intercept(ctx: HttpContext, next: () => unknown) {
    ctx.state['interceptor'] = this.visit;
    return next();
  }
}

@Injectable({ scope: 'request' })
class ScopedPipe implements Pipe {
  constructor(readonly visit: Visit) {}

  transform(value: unknown) {
    this.visit.ctx.state['pipe'] = this.visit;
    return value;
  }
}

@Injectable({ scope: 'request' })
class ScopedFilter implements ExceptionFilter {
  constructor(readonly visit: Visit) {}

  catch(error: Error, ctx: HttpContext) {
    const { state } = ctx;
    const seen = [state['middleware'], state['guard'], state['interceptor'], state['pipe'], state['controller']];
    return { shared: seen.every((visit) => visit === this.visit), error: error.message };
  }
}

/** A singleton that works for requests. */
@Injectable()
class Greeter {
  constructor(private readonly current: CurrentRequest) {}

  greet(): string {
    return `hello ${this.current.context.header('x-visit')}`;
  }
}

abstract class Clerk {
  abstract readonly connection: Connection;
}

const mayRead = guard([Connection], (connection) => () => (ctx) => {
  ctx.state['read'] = connection;
  return true;
});

@Controller({ path: '/scoped', scope: 'request' })
class ScopedController {
  constructor(
    private readonly visit: Visit,
    private readonly repository: Repository,
    private readonly greeter: Greeter,
  ) {}

  @Get('/all')
  @UseMiddleware(ScopedMiddleware)
  @UseGuards(ScopedGuard)
  @UseInterceptors(ScopedInterceptor)
  @UsePipes(ScopedPipe)
  @UseFilters(ScopedFilter)
  all(@Query('a', { required: true }) a: string, @Ctx() ctx: HttpContext) {
    ctx.state['controller'] = this.visit;
    throw new Error(`in the end ${a}`);
  }

  @Get('/disposed')
  disposed() {
    return { id: this.repository.connection.visit.id, greeting: this.greeter.greet() };
  }

  @Get('/thrown')
  thrown() {
    throw new Error('thrown');
  }

  @Get('/slow')
  async slow() {
    await new Promise((resolve) => setTimeout(resolve, 30));
    book.note(this.visit.id, 'handler ended');
    return 'slow';
  }

  @Get('/raced')
  @UseInterceptors(AnswerFirst)
  async raced() {
    return this.slow();
  }

  @Get('/failed-around')
  @UseMiddleware(FailFirst)
  async failedAround() {
    return this.slow();
  }

  @Get('/stream')
  async *stream() {
    yield 'one ';
    await new Promise((resolve) => setImmediate(resolve));
    book.note(this.visit.id, `open while streaming: ${!book.of(this.visit.id).includes('connection closed')}`);
    yield 'two';
  }

  @Post('/body')
  body(@Body({ validate: false }) body: object) {
    return { id: this.visit.id, body };
  }
}

@Controller({ path: '/tenant', scope: 'request' })
@UseGuards(Login)
class TenantController {
  constructor(private readonly tenant: Tenant) {}

  @Get()
  get() {
    return { user: this.tenant.user.name, visit: this.tenant.visit.id };
  }
}

@Controller('/guarded')
class GuardedController {
  @Get('/denied')
  @UseGuards(ScopedGuard, () => false)
  denied() {
    return 'never';
  }

  @Get('/factory')
  @UseGuards(mayRead())
  factory(@Ctx() ctx: HttpContext) {
    return { isConnection: ctx.state['read'] instanceof Connection };
  }
}

@Controller({ path: '/dynamic', scope: 'request' })
class DynamicController {
  constructor(
    private readonly clerk: Clerk,
    private readonly connection: Connection,
  ) {}

  @Get()
  get() {
    return { shared: this.clerk.connection === this.connection };
  }
}

@Injectable({ scope: 'request' })
class Half {
  constructor(readonly connection: Connection) {
    throw new Error('cannot be built');
  }
}

@Controller({ path: '/half', scope: 'request' })
class HalfController {
  constructor(private readonly half: Half) {}

  @Get()
  get() {
    return this.half;
  }
}

@Injectable({ scope: 'request' })
class CountedJob {
  isDisposed = false;

  [Symbol.dispose](): void {
    this.isDisposed = true;
  }
}
@Injectable({ scope: 'request' })
class JobOfUser {
  constructor(@Inject(User) readonly user: { readonly name: string }) {}
}

/** Of a library that knows nothing of symbols. */
class Lease {
  readonly closed: boolean[] = [];
}

const bind: ModuleOptions['bind'] = (load) => {
  load
    .bind(Lease)
    .toDynamicValue(() => new Lease())
    .inRequestScope()
    .onDeactivation(closeWith((lease) => lease.closed.push(true)));
  load
    .bind(Clerk)
    .toDynamicValue(async (context) => {
      await new Promise((resolve) => setImmediate(resolve));
      // Behind an await, where no variable of the moment could say for which request this is.
      return { connection: context.get(Connection) };
    })
    .inRequestScope();
};

const fixture = {
  controllers: [ScopedController, TenantController, GuardedController, DynamicController, HalfController],
  services: [Visit, Connection, Cursor, Repository, Tenant, Greeter, Half, Login, CountedJob, JobOfUser],
  bind,
  overHttps: true,
};

let count = 0;

describeProviders('request scope', fixture, (server) => {
  const visit = () => ({ id: `${server.name} ${server.protocol} ${++count}` });
  const headersOf = (id: string, more = {}) => ({ headers: { 'x-visit': id, ...more } });

  test('shares one instance among middleware, guards, interceptors, pipes, filters and the controller', async () => {
    const { json } = await server.get('/scoped/all?a=b', headersOf(visit().id));
    expect(json).toEqual({ shared: true, error: 'in the end b' });
    expect(server.log.rest()).toHaveLength(1);
  });

  test('disposes of everything once after the answer, the last one made first', async () => {
    const { id } = visit();
    expect((await server.get('/scoped/disposed', headersOf(id))).json).toEqual({ id, greeting: `hello ${id}` });
    expect(await book.closed(id)).toEqual([
      'visit',
      'connection',
      'cursor',
      'repository',
      'repository closed',
      'cursor closed',
      'connection closed',
    ]);
  });

  test('disposes where the handler throws', async () => {
    const { id } = visit();
    expect((await server.get('/scoped/thrown', headersOf(id))).status).toBe(500);
    expect((await book.closed(id)).filter((line) => line.endsWith('closed'))).toHaveLength(3);
    expect(server.log.rest()).toHaveLength(1);
  });

  test('disposes of what was made where a constructor throws half-way', async () => {
    const { id } = visit();
    expect((await server.get('/half', headersOf(id))).status).toBe(500);
    expect(await book.closed(id)).toEqual(['visit', 'connection', 'connection closed']);
    expect(server.log.rest()).toHaveLength(1);
  });

  test('keeps everything until a streamed answer has ended', async () => {
    const { id } = visit();
    expect((await server.get('/scoped/stream', headersOf(id))).text).toBe('one two');
    const lines = await book.closed(id);
    expect(lines).toContain('open while streaming: true');
    expect(lines.at(-1)).toBe('connection closed');
  });

  test('keeps everything until the handler has ended, also when its client has left', async () => {
    const { id } = visit();
    const client = await server.connect();
    client.send(`GET /scoped/slow HTTP/1.1\r\nHost: a\r\nX-Visit: ${id}\r\n\r\n`);
    await expect.poll(() => book.of(id)).toContain('repository');
    client.stream.destroy();
    const lines = await book.closed(id);
    expect(lines.indexOf('handler ended')).toBeGreaterThan(0);
    expect(lines.indexOf('handler ended')).toBeLessThan(lines.indexOf('repository closed'));
  });

  test.for([
    ['raced', 200],
    ['failed-around', 409],
  ] as const)(
    'keeps everything until the handler has ended, also when a stage was faster (%s)',
    async ([path, status]) => {
      const { id } = visit();
      expect((await server.get(`/scoped/${path}`, headersOf(id))).status).toBe(status);
      const lines = await book.closed(id);
      expect(lines.indexOf('handler ended')).toBeGreaterThan(0);
      expect(lines.indexOf('handler ended')).toBeLessThan(lines.indexOf('repository closed'));
    },
  );

  test('lets a service read in its constructor what a guard has put', async () => {
    const { id } = visit();
    const { json } = await server.get('/tenant', headersOf(id, { 'x-user': 'ada' }));
    expect(json).toEqual({ user: 'ada', visit: id });
  });

  test('makes nothing for a request that a guard refuses', async () => {
    const { id } = visit();
    expect((await server.get('/tenant', headersOf(id))).status).toBe(403);
    expect(book.of(id)).toEqual([]);
  });

  test('makes for a guard no more than the guard needs', async () => {
    const { id } = visit();
    expect((await server.get('/guarded/denied', headersOf(id))).status).toBe(403);
    expect(book.of(id)).toEqual(['visit']);
  });

  test('makes no controller where the body is refused', async () => {
    const { id } = visit();
    const bad = { body: '{', headers: { 'content-type': 'application/json', 'x-visit': id } };
    expect((await server.post('/scoped/body', bad)).status).toBe(400);
    expect(book.of(id)).toEqual([]);
    expect((await server.post('/scoped/body', { ...headersOf(id), json: { a: 1 } })).json).toEqual({
      id,
      body: { a: 1 },
    });
  });

  test('gives configured guards services of the request', async () => {
    const { id } = visit();
    expect((await server.get('/guarded/factory', headersOf(id))).json).toEqual({ isConnection: true });
    expect(await book.closed(id)).toEqual(['visit', 'connection', 'connection closed']);
  });

  test('shares what a dynamic value asks for behind an await', async () => {
    const { id } = visit();
    expect((await server.get('/dynamic', headersOf(id))).json).toEqual({ shared: true });
    expect((await book.closed(id)).filter((line) => line === 'connection')).toHaveLength(1);
  });

  describe('outside of requests', () => {
    test('shares and disposes of what a job makes', async () => {
      const ran = await server.app.runInRequestScope(async (services) => {
        const first = services.get(CountedJob);
        return [first === services.get(CountedJob), first === (await services.getAsync(CountedJob)), first] as const;
      });
      expect([ran[0], ran[1], ran[2].isDisposed]).toEqual([true, true, true]);
    });

    test('gives a job what was put under a key, and what closes it as well', async () => {
      const ran = await server.app.runInRequestScope((services, context) => {
        context.put(User, { name: 'a job' });
        return { user: services.get(JobOfUser).user.name, closed: services.get(Lease).closed };
      });
      expect(ran.user).toBe('a job');
      expect(ran.closed).toEqual([true]);
    });

    test('has no request to give', async () => {
      await expect(server.app.runInRequestScope((services) => services.get(Visit))).rejects.toMatchObject({
        code: 'BOW_NO_CURRENT_CONTEXT',
      });
    });
  });
});
