import {
  BadRequestError,
  Body,
  Catch,
  ConflictError,
  contextKey,
  Controller,
  Ctx,
  Get,
  GlobalFilter,
  GlobalGuard,
  GlobalInterceptor,
  GlobalMiddleware,
  GlobalPipe,
  guard,
  HttpCode,
  HttpContext,
  Injectable,
  NotFoundError,
  Order,
  Param,
  Post,
  Query,
  Reflector,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  UsePipes,
  type ExceptionFilter,
  type Interceptor,
  type Middleware,
  type ModuleOptions,
  type Next,
  type Pipe,
  type PipeArgument,
} from 'bowline';
import { describe, expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

/** What each stage did for one request, told by a header of the answer. */
const Trace = contextKey<string[]>('trace');

function note(ctx: HttpContext, text: string): void {
  if (!ctx.has(Trace)) ctx.put(Trace, []);
  ctx.read(Trace).push(text);
}

@Injectable()
class TellTrace implements Middleware {
  async use(ctx: HttpContext, next: Next) {
    note(ctx, 'global middleware');
    try {
      await next();
    } finally {
      note(ctx, 'global middleware out');
      ctx.set('x-trace', ctx.read(Trace).join(', '));
    }
  }
}

@Order(1)
class SecondMiddleware implements Middleware {
  use(ctx: HttpContext, next: Next) {
    note(ctx, 'second global middleware');
    return next();
  }
}

const middlewareOf = (name: string) => (ctx: HttpContext, next: Next) => {
  note(ctx, `${name} middleware`);
  return next();
};
const guardOf = (name: string) => (ctx: HttpContext) => {
  note(ctx, `${name} guard`);
  return true;
};
const interceptorOf = (name: string) => async (ctx: HttpContext, next: () => unknown) => {
  note(ctx, `${name} interceptor`);
  const value = await next();
  note(ctx, `${name} interceptor out`);
  return value;
};
const pipeOf = (name: string) => (value: unknown, argument: PipeArgument) =>
  typeof value === 'string' ? `${value} ${name}(${argument.source} ${argument.name} ${argument.index})` : value;

@Controller('/order')
@UseMiddleware(middlewareOf('controller'), middlewareOf('second controller'))
@UseGuards(guardOf('controller'))
@UseInterceptors(interceptorOf('controller'))
@UsePipes(pipeOf('controller'))
class OrderOfStages {
  @Get('/:id')
  @UseMiddleware(middlewareOf('route'))
  @UseGuards(guardOf('route'), guardOf('second route'))
  @UseInterceptors(interceptorOf('route'))
  @UsePipes(pipeOf('route'))
  get(@Param('id', { pipe: pipeOf('own') }) id: string, @Ctx() ctx: HttpContext) {
    note(ctx, 'handler');
    return { id };
  }
}

class AddOne implements Interceptor {
  async intercept(_ctx: HttpContext, next: () => unknown) {
    return ((await next()) as number) + 1;
  }
}

const replaced = (_ctx: HttpContext, next: () => unknown) => {
  next();
  return { replaced: true };
};

@Injectable()
class Roles {
  has(role: string, wanted: string): boolean {
    return role === wanted;
  }
}

const requireRole = guard(
  [Roles],
  (roles) => (wanted: string) => (ctx) => roles.has(ctx.header('x-role') ?? '', wanted),
);

class DoubleId implements Pipe<number, number> {
  async transform(value: number) {
    await Promise.resolve();
    if (value > 100) throw new BadRequestError('Too large to be doubled.');
    return value * 2;
  }
}

class Thing {
  constructor(readonly id: string) {}
}

class ThingById implements Pipe<string, Thing> {
  transform(id: string) {
    return new Thing(id);
  }
}

class NoRow extends Error {}

@Catch(NoRow)
class NoRowFilter implements ExceptionFilter {
  catch(error: NoRow, ctx: HttpContext) {
    ctx.status(404).set('x-filter', 'no-row');
    return { message: error.message };
  }
}

@Catch(ConflictError)
class ConflictFilter implements ExceptionFilter {
  async catch(error: ConflictError) {
    await Promise.resolve();
    return { conflict: error.message };
  }
}

@Catch(NotFoundError)
class NotFoundPage implements ExceptionFilter {
  catch(_error: NotFoundError, ctx: HttpContext) {
    // What controllers say of their own things stands.
    return ctx.path.startsWith('/pages') ? (ctx.type('text/html; charset=utf-8'), '<h1>Nothing here</h1>') : undefined;
  }
}

const audit: string[] = [];

const byMetadata = (reflector: Reflector) => (ctx: HttpContext) => reflector.get('public', ctx.target) === true;
const onlyPublic = guard([Reflector], (reflector) => () => byMetadata(reflector));

@Controller('/stages')
class Stages {
  #calls = 0;

  @Get('/added')
  @UseInterceptors(AddOne, new AddOne())
  added() {
    return 40;
  }

  @Get('/replaced')
  @UseInterceptors(replaced)
  replaced() {
    return { replaced: false };
  }

  @Get('/again')
  @UseInterceptors(async (_ctx: HttpContext, next: () => unknown) => {
    try {
      return await next();
    } catch {
      return next();
    }
  })
  again() {
    this.#calls++;
    if (this.#calls % 2 === 1) throw new Error('the first time');
    return 'the second time';
  }

  @Get('/without-handler')
  @UseInterceptors(() => ({ handler: 'not called' }))
  withoutHandler() {
    audit.push('called all the same');
  }

  @Get('/refused')
  @UseGuards(() => false)
  refused() {
    audit.push('called all the same');
  }

  @Post('/refused')
  @UseGuards(async () => false)
  refusedPost(@Body({ validate: false }) body: object) {
    return body;
  }

  @Get('/verdict')
  @UseGuards((() => undefined) as unknown as () => boolean)
  verdict() {
    return 'never';
  }

  @Get('/thrown')
  @UseGuards(() => {
    throw new ConflictError('by the guard');
  })
  thrown() {
    return 'never';
  }

  @Get('/redirected-and-true')
  @UseGuards((ctx: HttpContext) => {
    ctx.redirect('/login');
    return true;
  })
  redirectedAndTrue() {
    audit.push('called all the same');
    return 'never';
  }

  @Get('/refused-with-nothing')
  @UseGuards(() => Promise.reject(undefined))
  refusedWithNothing() {
    audit.push('called all the same');
    return 'never';
  }

  @Get('/late-next')
  @UseMiddleware((_ctx: HttpContext, next: Next) => {
    setImmediate(next);
  })
  lateNext() {
    audit.push('called all the same');
    return 'never';
  }

  @Get('/redirected')
  @UseGuards((ctx: HttpContext) => {
    ctx.redirect('/login');
    return false;
  })
  redirected() {
    return 'never';
  }

  @Get('/role')
  @UseGuards(requireRole('admin'))
  role() {
    return 'for admins';
  }

  @Get('/public')
  @SetMetadata('public', true)
  @UseGuards(onlyPublic())
  public() {
    return 'for all';
  }

  @Get('/private')
  @UseGuards(onlyPublic())
  private() {
    return 'for nobody';
  }

  @Get('/double/:id')
  double(@Param('id', { type: Number, pipe: DoubleId }) id: number) {
    return { id };
  }

  @Get('/thing/:id')
  thing(@Param('id', { pipe: ThingById }) thing: Thing) {
    return { isThing: thing instanceof Thing, id: thing.id };
  }

  @Get('/piped-twice')
  pipedTwice(@Query('a', { pipe: [(text: string) => `${text}1`, (text: string) => `${text}2`] }) a: string) {
    return { a };
  }

  @Post('/piped-body')
  pipedBody(@Body({ validate: false, pipe: (body: { n: number }) => body.n }) n: number) {
    return { n };
  }

  @Get('/early')
  @UseMiddleware((ctx: HttpContext) => ctx.send({ by: 'middleware' }))
  early() {
    audit.push('called all the same');
  }

  @Get('/silent')
  @UseMiddleware(() => {})
  silent() {
    return 'never';
  }

  @Get('/twice')
  @UseMiddleware(async (_ctx: HttpContext, next: Next) => {
    await next();
    await next();
  })
  twice() {
    return 'never';
  }

  @Get('/not-awaited')
  @UseMiddleware((_ctx: HttpContext, next: Next) => {
    void next();
  })
  async notAwaited() {
    await new Promise((resolve) => setImmediate(resolve));
    return { waited: true };
  }

  @Get('/not-awaited-error')
  @UseMiddleware((_ctx: HttpContext, next: Next) => {
    void next();
  })
  async notAwaitedError() {
    await new Promise((resolve) => setImmediate(resolve));
    throw new ConflictError('later');
  }

  @Get('/caught')
  @UseMiddleware(async (ctx: HttpContext, next: Next) => {
    try {
      await next();
    } catch (error) {
      ctx.status(418).send({ caught: (error as Error).message });
    }
  })
  caught() {
    throw new Error('inside');
  }

  @Get('/swallowed')
  @UseMiddleware(async (_ctx: HttpContext, next: Next) => {
    try {
      await next();
    } catch {
      // and no answer
    }
  })
  swallowed() {
    throw new ConflictError('swallowed');
  }

  @Get('/header-after')
  @UseMiddleware(async (ctx: HttpContext, next: Next) => {
    await next();
    ctx.set('x-after', ctx.answered ? 'too late' : 'in time');
  })
  headerAfter() {
    return { ok: true };
  }

  @Get('/synchronous')
  @UseMiddleware((ctx: HttpContext, next: Next) => {
    const done = next();
    ctx.set('x-promise', String(done !== undefined));
  })
  @UseGuards(() => true)
  @UseInterceptors((ctx: HttpContext, next: () => unknown) => {
    const value = next();
    ctx.set('x-value', String(value));
    return value;
  })
  @UsePipes((value: unknown) => value)
  synchronous(@Query('a') a?: string) {
    return a ?? 'none';
  }
}

function refuseToTell(): never {
  throw new Error('nobody looks at me');
}

@Controller('/filters')
@UseFilters(ConflictFilter)
class Filters {
  @Get('/row')
  @UseFilters(NoRowFilter)
  row() {
    throw new NoRow('no such row');
  }

  @Get('/conflict')
  conflict(@Ctx() ctx: HttpContext) {
    ctx.status(201).type('text/csv');
    throw new ConflictError('taken');
  }

  @Get('/unreadable')
  unreadable() {
    throw new Proxy(new Error('hidden'), {
      get: refuseToTell,
      getPrototypeOf: refuseToTell,
    });
  }

  @Get('/other')
  other() {
    throw new BadRequestError('nobody catches it');
  }

  @Get('/unexpected')
  @UseFilters((error: Error) => ({ seen: error.message }))
  unexpected() {
    throw new Error('secret');
  }

  @Get('/passed-on')
  @UseFilters((): unknown => undefined, (error: Error) => ({ second: error.message }))
  passedOn() {
    throw new ConflictError('passed on');
  }

  @Get('/replaced')
  @UseFilters(() => {
    throw new ConflictError('by the filter');
  })
  replaced() {
    throw new Error('first');
  }

  @Get('/guard')
  @UseFilters((error: Error, ctx: HttpContext) => ({ name: error.constructor.name, target: ctx.target?.method }))
  @UseGuards(() => false)
  guarded() {
    return 'never';
  }

  @Get('/middleware')
  @UseFilters((error: Error) => ({ from: error.message }))
  @UseMiddleware(() => {
    throw new ConflictError('a middleware');
  })
  middleware() {
    return 'never';
  }

  @Get('/sent')
  @UseFilters((_error: Error, ctx: HttpContext) => ctx.status(503).send('by hand'))
  sent() {
    throw new Error('x');
  }

  @Get('/unsendable')
  @UseFilters(() => ({ n: 1n }))
  unsendable() {
    throw new ConflictError('x');
  }

  @Post()
  @HttpCode(202)
  @UseFilters((error: Error) => ({ error: error.constructor.name }))
  body(@Body({ validate: false }) body: object) {
    return body;
  }
}

const bind: ModuleOptions['bind'] = ({ bind: to }) => {
  to(GlobalMiddleware).to(SecondMiddleware);
  to(GlobalMiddleware).to(TellTrace);
  to(GlobalGuard).toConstantValue(guardOf('global'));
  to(GlobalInterceptor).toConstantValue(interceptorOf('global'));
  to(GlobalPipe).toConstantValue(pipeOf('global'));
  to(GlobalFilter).to(NotFoundPage);
};

describeProviders('the order of stages', { controllers: [OrderOfStages], bind, overHttps: true }, (server) => {
  test('is global, server, controller, route; middleware, guards, interceptors, pipes, handler', async () => {
    const { headers, json } = await server.get('/order/7');
    expect(headers['x-trace']).toBe(
      [
        'global middleware',
        'second global middleware',
        'controller middleware',
        'second controller middleware',
        'route middleware',
        'global guard',
        'controller guard',
        'route guard',
        'second route guard',
        'global interceptor',
        'controller interceptor',
        'route interceptor',
        'handler',
        'route interceptor out',
        'controller interceptor out',
        'global interceptor out',
        'global middleware out',
      ].join(', '),
    );
    expect(json).toEqual({
      id: '7 global(param id 0) controller(param id 0) route(param id 0) own(param id 0)',
    });
  });

  test('lets global middleware and filters stand around what no route answers', async () => {
    const missing = await server.get('/pages/nothing');
    expect(missing.headers['x-trace']).toBe('global middleware, second global middleware, global middleware out');
    expect([missing.status, missing.text, missing.headers['content-type']]).toEqual([
      404,
      '<h1>Nothing here</h1>',
      'text/html; charset=utf-8',
    ]);
    const wrongMethod = await server.post('/order/7');
    expect([wrongMethod.status, wrongMethod.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(wrongMethod.headers['x-trace']).toContain('global middleware');
    const options = await server.call('OPTIONS', '/order/7');
    expect([options.status, options.headers['x-trace']]).toEqual([
      204,
      'global middleware, second global middleware, global middleware out',
    ]);
    expect((await server.get('/order/%zz')).headers['x-trace']).toContain('global middleware');
    expect((await server.get('/other')).status).toBe(404);
  });
});

describeProviders('stages', { controllers: [Stages, Filters], services: [Roles], overHttps: true }, (server) => {
  describe('interceptors', () => {
    test('replace the value of the handler, the outermost last', async () => {
      expect((await server.get('/stages/added')).json).toBe(42);
      expect((await server.get('/stages/replaced')).json).toEqual({ replaced: true });
    });

    test('may call the handler again', async () => {
      expect((await server.get('/stages/again')).text).toBe('the second time');
    });

    test('may leave the handler out', async () => {
      expect((await server.get('/stages/without-handler')).json).toEqual({ handler: 'not called' });
      expect(audit).toEqual([]);
    });
  });

  describe('guards', () => {
    test('answer 403 with a problem document, and the handler is not called', async () => {
      const { status, json, headers } = await server.get('/stages/refused');
      expect([status, headers['content-type']]).toEqual([403, 'application/problem+json; charset=utf-8']);
      expect(json).toMatchObject({ status: 403, title: 'Forbidden' });
      expect(audit).toEqual([]);
    });

    test('refuse before the body is looked at', async () => {
      const bad = { body: '{', headers: { 'content-type': 'application/json' } };
      expect((await server.post('/stages/refused', bad)).status).toBe(403);
      const foreign = { body: 'x', headers: { 'content-type': 'image/png' } };
      expect((await server.post('/stages/refused', foreign)).status).toBe(403);
    });

    test('that give neither true nor false are a 500 that refuses', async () => {
      expect((await server.get('/stages/verdict')).status).toBe(500);
      expect(server.log.rest()[0]?.fields['error']).toMatchObject({ code: 'BOW_GUARD_VERDICT' });
    });

    test('may throw an error of their own, or answer by themselves', async () => {
      expect((await server.get('/stages/thrown')).status).toBe(409);
      const { status, headers } = await server.get('/stages/redirected');
      expect([status, headers['location']]).toEqual([302, '/login']);
    });

    test('that have answered let nothing pass, whatever they give', async () => {
      expect((await server.get('/stages/redirected-and-true')).status).toBe(302);
      expect(audit).toEqual([]);
    });

    test('refuse by a promise that is rejected with nothing', async () => {
      expect((await server.get('/stages/refused-with-nothing')).status).toBe(500);
      expect(server.log.rest()).toHaveLength(1);
      expect(audit).toEqual([]);
    });

    test('made by a configured factory get their services and their options', async () => {
      expect((await server.get('/stages/role', { headers: { 'x-role': 'admin' } })).status).toBe(200);
      expect((await server.get('/stages/role', { headers: { 'x-role': 'user' } })).status).toBe(403);
    });

    test('read the metadata of the route', async () => {
      expect((await server.get('/stages/public')).status).toBe(200);
      expect((await server.get('/stages/private')).status).toBe(403);
    });
  });

  describe('pipes', () => {
    test('work on the converted value, and may refuse it', async () => {
      expect((await server.get('/stages/double/21')).json).toEqual({ id: 42 });
      expect((await server.get('/stages/double/101')).json).toMatchObject({ detail: 'Too large to be doubled.' });
      expect((await server.get('/stages/double/x')).status).toBe(400);
    });

    test('make another type of a text', async () => {
      expect((await server.get('/stages/thing/a')).json).toEqual({ isThing: true, id: 'a' });
    });

    test('work one after the other, also on a body', async () => {
      expect((await server.get('/stages/piped-twice?a=0')).json).toEqual({ a: '012' });
      expect((await server.post('/stages/piped-body', { json: { n: 3 } })).json).toEqual({ n: 3 });
    });
  });

  describe('middleware', () => {
    test('may answer without the handler', async () => {
      expect((await server.get('/stages/early')).json).toEqual({ by: 'middleware' });
      expect(audit).toEqual([]);
    });

    test('that neither goes on nor answers is a 500 that names it', async () => {
      expect((await server.get('/stages/silent')).status).toBe(500);
      expect(server.log.rest()[0]?.fields['error']).toMatchObject({ code: 'BOW_MIDDLEWARE_SILENT' });
    });

    test('may go on once', async () => {
      expect((await server.get('/stages/twice')).status).toBe(500);
      expect(server.log.rest()[0]?.fields['error']).toMatchObject({ code: 'BOW_NEXT_CALLED_TWICE' });
    });

    test('that does not wait for the rest is waited for', async () => {
      expect((await server.get('/stages/not-awaited')).json).toEqual({ waited: true });
      expect((await server.get('/stages/not-awaited-error')).status).toBe(409);
    });

    test('may not go on when it has ended', async () => {
      expect((await server.get('/stages/late-next')).status).toBe(500);
      const silent = await server.log.next();
      const late = await server.log.next();
      expect([silent, late].map(({ fields }) => (fields['error'] as { code?: string }).code)).toEqual([
        'BOW_MIDDLEWARE_SILENT',
        'BOW_NEXT_CALLED_LATE',
      ]);
      expect(audit).toEqual([]);
    });

    test('may catch what is thrown inside, and answer in its place', async () => {
      const { status, json } = await server.get('/stages/caught');
      expect([status, json]).toEqual([418, { caught: 'inside' }]);
    });

    test('that catches an error and answers nothing leaves it to be answered', async () => {
      expect((await server.get('/stages/swallowed')).status).toBe(409);
    });

    test('may set headers when the handler has given its value', async () => {
      expect((await server.get('/stages/header-after')).headers['x-after']).toBe('in time');
    });
  });

  test('stages that are synchronous stay so', async () => {
    const { headers, text } = await server.get('/stages/synchronous?a=b');
    expect([headers['x-promise'], headers['x-value'], text]).toEqual(['false', 'b', 'b']);
  });

  describe('exception filters', () => {
    test('answer the errors that they name, with a status of their own or that of the error', async () => {
      const row = await server.get('/filters/row');
      expect([row.status, row.json, row.headers['x-filter']]).toEqual([404, { message: 'no such row' }, 'no-row']);
      const conflict = await server.get('/filters/conflict');
      expect([conflict.status, conflict.json, conflict.headers['content-type']]).toEqual([
        409,
        { conflict: 'taken' },
        'application/json; charset=utf-8',
      ]);
    });

    test('leave alone what cannot be looked at', async () => {
      expect((await server.get('/filters/unreadable')).status).toBe(500);
      expect(server.log.rest()).toHaveLength(1);
    });

    test('leave other errors alone', async () => {
      expect((await server.get('/filters/other')).json).toMatchObject({ status: 400, detail: 'nobody catches it' });
    });

    test('answer what is no HttpError with 500 unless they say otherwise', async () => {
      const { status, json } = await server.get('/filters/unexpected');
      expect([status, json]).toEqual([500, { seen: 'secret' }]);
      expect(server.log.rest().map(({ message }) => message)).toEqual([
        'GET /filters/unexpected failed with 500, which A filter of Filters.unexpected answered',
      ]);
    });

    test('hand an error on by giving nothing, or another one by throwing it', async () => {
      const passedOn = await server.get('/filters/passed-on');
      expect([passedOn.status, passedOn.json]).toEqual([409, { second: 'passed on' }]);
      const replacedError = await server.get('/filters/replaced');
      expect([replacedError.status, replacedError.json]).toEqual([409, { conflict: 'by the filter' }]);
    });

    test('see what guards, middleware and bodies throw', async () => {
      expect((await server.get('/filters/guard')).json).toEqual({ name: 'ForbiddenError', target: 'guarded' });
      expect((await server.get('/filters/middleware')).json).toEqual({ from: 'a middleware' });
      const bad = { body: '{', headers: { 'content-type': 'application/json' } };
      const answer = await server.post('/filters', bad);
      expect([answer.status, answer.json]).toEqual([400, { error: 'BadRequestError' }]);
      expect((await server.post('/filters', { json: {} })).status).toBe(202);
    });

    test('may answer by hand', async () => {
      const { status, text } = await server.get('/filters/sent');
      expect([status, text]).toEqual([503, 'by hand']);
    });

    test('whose answer cannot be sent are answered for', async () => {
      expect((await server.get('/filters/unsendable')).status).toBe(500);
      expect(server.log.rest()[0]?.fields['error']).toMatchObject({ code: 'BOW_REPLY_INVALID' });
    });
  });
});
