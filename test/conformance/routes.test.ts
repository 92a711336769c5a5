import {
  applyDecorators,
  Controller,
  createParamDecorator,
  Ctx,
  Delete,
  ForbiddenError,
  Get,
  Header,
  HttpCode,
  HttpContext,
  Param,
  Post,
  Put,
  Query,
  Reflector,
  SetMetadata,
} from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

@Controller(['/cats', '/dogs'])
class PetController {
  @Get(['/', '/all'])
  list(@Ctx() ctx: HttpContext) {
    return { path: ctx.route?.path };
  }

  @Put('/:id')
  @Post('/')
  save(@Ctx() ctx: HttpContext) {
    return { method: ctx.method, id: ctx.params['id'] ?? 'new' };
  }

  @Get('/:id')
  @Delete('/:id')
  one(@Param('id') id: string, @Ctx() ctx: HttpContext) {
    return { method: ctx.method, id };
  }
}

describeProviders('lists of paths and stacked verbs', { controllers: [PetController] }, (server) => {
  test('serve a method under each path of its controller', async () => {
    expect((await server.get('/cats')).json).toEqual({ path: '/cats' });
    expect((await server.get('/dogs')).json).toEqual({ path: '/dogs' });
  });

  test('serve a method under each of its own paths', async () => {
    expect((await server.get('/dogs/all')).json).toEqual({ path: '/dogs/all' });
  });

  test('serve one method by several verbs, each with its own path', async () => {
    expect((await server.post('/cats')).json).toEqual({ method: 'POST', id: 'new' });
    expect((await server.call('PUT', '/cats/7')).json).toEqual({ method: 'PUT', id: '7' });
    expect(await server.call('PUT', '/cats')).toMatchObject({ status: 405 });
  });

  test('serve one path by several verbs', async () => {
    expect((await server.get('/dogs/7')).json).toEqual({ method: 'GET', id: '7' });
    expect((await server.call('DELETE', '/dogs/7')).json).toEqual({ method: 'DELETE', id: '7' });
  });
});

abstract class CrudController {
  protected abstract readonly kind: string;

  @Get()
  list(@Query('limit') limit: number = 10): unknown {
    return { kind: this.kind, limit };
  }

  @Get('/:id')
  @Header('x-from', 'base')
  find(@Param('id') id: number): unknown {
    return { kind: this.kind, id };
  }

  @Delete('/:id')
  @HttpCode(202)
  remove(@Param('id') id: number): unknown {
    return { removed: id };
  }
}

@Controller('/books')
class BookController extends CrudController {
  protected readonly kind = 'book';

  // Without decorators: the base's stay.
  override list(limit: number): unknown {
    return { kind: this.kind, limit, overridden: true };
  }

  // With decorators: these stand in place of the base's as a whole.
  @Get('/by-isbn/:isbn')
  override find(@Param('isbn', String) isbn: unknown): unknown {
    return { kind: this.kind, isbn };
  }
}

@Controller('/films')
class FilmController extends CrudController {
  protected readonly kind = 'film';
}

describeProviders('inherited routes', { controllers: [BookController, FilmController] }, (server) => {
  test('are served below the path of each subclass', async () => {
    expect((await server.get('/films')).json).toEqual({ kind: 'film', limit: 10 });
    expect(await server.get('/films/7')).toMatchObject({
      json: { kind: 'film', id: 7 },
      headers: { 'x-from': 'base' },
    });
  });

  test('keep the decorators of a method that is overridden without any', async () => {
    expect((await server.get('/books?limit=5')).json).toEqual({ kind: 'book', limit: 5, overridden: true });
    expect(await server.get('/books?limit=x')).toMatchObject({ status: 400 });
  });

  test('give way as a whole to a method that is overridden with decorators', async () => {
    const answer = await server.get('/books/by-isbn/978');
    expect(answer.json).toEqual({ kind: 'book', isbn: '978' });
    expect(answer.headers['x-from']).toBeUndefined();
    expect(await server.get('/books/7')).toMatchObject({ status: 405, headers: { allow: 'DELETE, OPTIONS' } });
  });

  test('keep their status and their parameters', async () => {
    expect(await server.call('DELETE', '/books/7')).toMatchObject({ status: 202, json: { removed: 7 } });
  });
});

const Tenant = createParamDecorator<string | undefined, string>(
  (fallback, ctx) => ctx.header('x-tenant') ?? fallback ?? 'nobody',
);
const Later = createParamDecorator(async (_: undefined, ctx: HttpContext) => {
  await Promise.resolve();
  return `${ctx.method} later`;
});
const Refused = createParamDecorator((): string => {
  throw new ForbiddenError('Not for you.');
});
const Broken = createParamDecorator(async (): Promise<string> => {
  await Promise.resolve();
  throw new Error('broken');
});
const Roles = Reflector.createDecorator<readonly string[]>();
const Audited = (name: string) => applyDecorators(SetMetadata('audit', name), HttpCode(202), Header('x-audited', name));
const reflector = new Reflector();

@Controller('/custom')
@Roles(['reader'])
class CustomController {
  @Get('/tenant')
  tenant(@Tenant() first: string, @Tenant('default') second: string) {
    return [first, second];
  }

  @Get('/later')
  later(@Later() text: string, @Query('n') n: number = 0) {
    return { text, n };
  }

  @Get('/refused')
  refused(@Refused() text: string) {
    return text;
  }

  @Get('/broken')
  broken(@Broken() text: string) {
    return text;
  }

  @Get('/audited')
  @Audited('orders')
  @Roles(['admin', 'writer'])
  audited(@Ctx() ctx: HttpContext) {
    return {
      audit: reflector.get('audit', ctx.target),
      roles: reflector.get(Roles, ctx.target),
      all: reflector.getAll(Roles, ctx.target),
    };
  }

  @Get('/of-class')
  ofClass(@Ctx() ctx: HttpContext) {
    return { roles: reflector.get(Roles, ctx.target), audit: reflector.get('audit', ctx.target) ?? 'none' };
  }
}

describeProviders('custom decorators', { controllers: [CustomController] }, (server) => {
  test('compute a parameter from what they were called with and the context', async () => {
    expect((await server.get('/custom/tenant')).json).toEqual(['nobody', 'default']);
    expect((await server.get('/custom/tenant', { headers: { 'x-tenant': 'acme' } })).json).toEqual(['acme', 'acme']);
  });

  test('may take their time, beside parameters that do not', async () => {
    expect((await server.get('/custom/later?n=3')).json).toEqual({ text: 'GET later', n: 3 });
    expect(await server.get('/custom/later?n=x')).toMatchObject({ status: 400 });
  });

  test('refuse by throwing', async () => {
    expect(await server.get('/custom/refused')).toMatchObject({ status: 403, json: { detail: 'Not for you.' } });
  });

  test('that fail are a logged 500', async () => {
    expect(await server.get('/custom/broken')).toMatchObject({ status: 500 });
    expect((await server.log.next()).fields).toMatchObject({ route: '/custom/broken', error: { message: 'broken' } });
  });

  test('may stand for several', async () => {
    expect(await server.get('/custom/audited')).toMatchObject({
      status: 202,
      headers: { 'x-audited': 'orders' },
      json: { audit: 'orders', roles: ['admin', 'writer'], all: [['admin', 'writer'], ['reader']] },
    });
  });

  test('of a class are read where its method has none', async () => {
    expect((await server.get('/custom/of-class')).json).toEqual({ roles: ['reader'], audit: 'none' });
  });
});
