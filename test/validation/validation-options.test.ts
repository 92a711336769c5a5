import {
  Body,
  Controller,
  defineModule,
  Get,
  Headers,
  Post,
  Query,
  UsePipes,
  ValidationPipe,
  type ApplicationOptions,
  type ClassType,
} from 'bowline';
import { Test, type TestApplication } from 'bowline/testing';
import { Type } from 'class-transformer';
import {
  Allow,
  IsArray,
  IsEmail,
  IsEnum,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Min,
  MinLength,
  Validate,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { RecordedLog } from '../conformance/harness/recorded-log.js';

async function serve(
  controllers: readonly ClassType[],
  options: Omit<ApplicationOptions, 'servers'> = {},
): Promise<TestApplication> {
  const modules = [defineModule({ controllers })];
  const app = await Test.createApplication({ modules, logger: { level: 'silent' }, ...options }).create();
  onTestFinished(() => app.close());
  return app;
}

interface Told {
  readonly status: number;
  readonly errors: readonly string[];
}

/** What was refused, each failure as its path and code. */
async function refused(app: TestApplication, url: string, payload: unknown): Promise<Told> {
  const { statusCode: status, body } = await app.inject({ method: 'POST', url, payload });
  const { errors = [] } = JSON.parse(body) as { readonly errors?: readonly { path: string; code: string }[] };
  return { status, errors: errors.map(({ path, code }) => `${path} ${code}`) };
}

class Person {
  @IsString() @MinLength(2) name!: string;
}

describe('what is said of validation', () => {
  @Controller('/open')
  class OpenController {
    @Post('/usual') usual(@Body() person: Person) {
      return person;
    }
    @Post('/strip') strip(@Body(new ValidationPipe({ unknown: 'strip' })) person: Person) {
      return person;
    }
  }

  @Controller('/kept')
  @UsePipes(new ValidationPipe({ unknown: 'keep', status: 422 }))
  class KeepingController {
    @Post('/usual') usual(@Body() person: Person) {
      return person;
    }
    @Post('/strict') @UsePipes(new ValidationPipe({ unknown: 'refuse' })) strict(@Body() person: Person) {
      return person;
    }
    @Post('/mixed')
    @UsePipes(new ValidationPipe({ unknown: 'refuse' }))
    mixed(@Body(Person, new ValidationPipe({ unknown: 'strip' })) person: Person) {
      return person;
    }
    @Post('/list') list(@Body([Person], new ValidationPipe({ unknown: 'refuse' })) people: Person[]) {
      return people;
    }
  }

  @Controller('/extended')
  @UsePipes(ValidationPipe, new ValidationPipe({ status: 400 }))
  class ExtendingController extends KeepingController {}

  const more = { name: 'Ada', age: 36 };
  const controllers = [OpenController, KeepingController, ExtendingController];

  it('takes away what is unknown unless anybody says otherwise', async () => {
    const app = await serve(controllers);
    expect((await app.inject({ method: 'POST', url: '/open/usual', payload: more })).json()).toEqual({ name: 'Ada' });
  });

  it('holds for the application, and nearer places win, option by option', async () => {
    const app = await serve(controllers, { validation: { unknown: 'refuse', stopAtFirstError: true } });
    const answer = async (url: string, payload: unknown = more): Promise<unknown> =>
      (await app.inject({ method: 'POST', url, payload })).json();

    expect(await refused(app, '/open/usual', more)).toEqual({ status: 400, errors: ['/age whitelistValidation'] });
    expect(await answer('/open/strip')).toEqual({ name: 'Ada' });
    expect(await answer('/kept/usual')).toEqual(more);
    expect(await refused(app, '/kept/usual', { name: 1 })).toEqual({ status: 422, errors: ['/name minLength'] });
    expect(await refused(app, '/kept/strict', more)).toEqual({ status: 422, errors: ['/age whitelistValidation'] });
    expect(await answer('/kept/mixed')).toEqual({ name: 'Ada' });
    expect(await refused(app, '/kept/list', [{ name: 'Ada' }, more])).toEqual({
      status: 422,
      errors: ['/1/age whitelistValidation'],
    });
  });

  it('takes away unknown headers whatever is said of unknown properties', async () => {
    class Tenant {
      @IsString() 'x-tenant'!: string;
    }
    @Controller('/tenant')
    class TenantController {
      @Get() find(@Headers() tenant: Tenant) {
        return tenant;
      }
    }
    const app = await serve([TenantController], { validation: { unknown: 'refuse' } });
    const answer = await app.inject({ url: '/tenant', headers: { 'x-tenant': 'north', 'x-other': '1' } });
    expect(answer.json()).toEqual({ 'x-tenant': 'north' });
  });

  it('holds for what extends a controller, and less than what that says itself', async () => {
    const app = await serve(controllers);
    expect(await refused(app, '/extended/strict', more)).toEqual({ status: 400, errors: ['/age whitelistValidation'] });
    expect((await app.inject({ method: 'POST', url: '/extended/usual', payload: more })).json()).toEqual(more);
  });

  it('is told by the description and the text of a route', async () => {
    const app = await serve(controllers, { validation: { limits: { depth: 8 } } });
    const route = app.application.routes.find(({ path }) => path === '/kept/strict');
    expect(route?.parameters[0]).toMatchObject({
      conversion: 'class',
      validation: { unknown: 'refuse', status: 422, limits: { depth: 8 } },
    });
    expect(route?.stages).toEqual([]);
    expect(app.application.explain('POST /kept/strict').replaceAll(/\s+/g, ' ')).toContain(
      'checked by the rules of its class, what is unknown is refused, else 422, at most 8 depth',
    );
  });

  it('is told of a class that is left to class-validator, with why', async () => {
    @ValidatorConstraint({ async: true })
    class IsFree {
      async validate(): Promise<boolean> {
        return Promise.resolve(true);
      }
    }
    class Name {
      @Validate(IsFree) name!: string;
    }
    @Controller('/names')
    class NameController {
      @Post() create(@Body() name: Name) {
        return name;
      }
    }
    const app = await serve([NameController]);
    expect(app.application.routes[0]?.parameters[0]?.notCompiled).toBe('name has an asynchronous rule');
    expect(app.application.explain('POST /names').replaceAll(/\s+/g, ' ')).toContain(
      'by class-validator, since name has an asynchronous rule',
    );
  });
});

describe('groups', () => {
  class Account {
    @IsEmail({}, { groups: ['create'] }) email!: string;
    @IsInt({ always: true }) age!: number;
    @IsString({ groups: ['update'] }) note!: string;
  }

  @Controller('/accounts')
  class AccountController {
    @Post() create(@Body(new ValidationPipe({ groups: ['create'] })) account: Account) {
      return account;
    }
    @Post('/1') update(@Body(new ValidationPipe({ groups: ['update'] })) account: Account) {
      return account;
    }
  }

  it('say which rules are asked, and so which properties are known', async () => {
    const app = await serve([AccountController]);
    const account = { email: 'ada@example.com', age: 36, note: 'first' };
    const { note: _, ...created } = account;
    const { email: _email, ...updated } = account;
    expect((await app.inject({ method: 'POST', url: '/accounts', payload: account })).json()).toEqual(created);
    expect((await app.inject({ method: 'POST', url: '/accounts/1', payload: account })).json()).toEqual(updated);
    expect(await refused(app, '/accounts', { note: 1 })).toMatchObject({ errors: ['/email isEmail', '/age isInt'] });
    expect(await refused(app, '/accounts/1', { age: 1 })).toMatchObject({ errors: ['/note isString'] });
  });
});

describe('a schema', () => {
  const Sign = z.object({ text: z.string().min(3).regex(/^a/), size: z.coerce.number() });

  @Controller('/signs')
  class SignController {
    @Post() create(
      @Body(Sign, new ValidationPipe({ status: 422, stopAtFirstError: true })) sign: z.output<typeof Sign>,
    ) {
      return sign;
    }
    @Get() find(@Query(Sign, new ValidationPipe({ status: 422 })) sign: z.output<typeof Sign>) {
      return sign;
    }
  }

  it('is refused with the status, and the first failure of each property, where that is said', async () => {
    const app = await serve([SignController]);
    const bad = { text: 'x', size: 'x' };
    expect(await refused(app, '/signs', bad)).toEqual({ status: 422, errors: ['/text schema', '/size schema'] });
    const answer = await app.inject('/signs?text=x&size=x');
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors).toHaveLength(3);
    expect(app.application.routes.map(({ parameters }) => parameters[0]?.validation)).toEqual([
      { status: 422, stopAtFirstError: true },
      { status: 422 },
    ]);
  });
});

describe('the size of a value', () => {
  class Line {
    @IsInt() @Min(1) quantity!: number;
  }
  class Order {
    @IsOptional() @ValidateNested({ each: true }) @Type(() => Line) lines?: Line[];
    @IsOptional() @ValidateNested() @Type(() => Order) parent?: Order;
    @IsOptional() @IsArray() tags?: unknown[];
    @IsOptional() @IsObject() labels?: object;
    @IsOptional() @Type(() => Number) counts?: number[];
  }
  @ValidatorConstraint({ async: true })
  class Later {
    async validate(): Promise<boolean> {
      return Promise.resolve(true);
    }
  }
  class SlowOrder extends Order {
    @IsOptional() @Validate(Later) checked?: unknown;
  }

  @Controller('/orders')
  @UsePipes(new ValidationPipe({ limits: { items: 6, properties: 4, depth: 4 } }))
  class OrderController {
    @Post('/compiled') compiled(@Body() order: Order) {
      return { lines: order.lines?.length ?? 0 };
    }
    @Post('/slow') slow(@Body() order: SlowOrder) {
      return { lines: order.lines?.length ?? 0 };
    }
    @Post('/lists/compiled') listCompiled(@Body([Order]) orders: Order[]) {
      return { lines: orders.length };
    }
    @Post('/lists/slow') listSlow(@Body([SlowOrder]) orders: SlowOrder[]) {
      return { lines: orders.length };
    }
  }

  const line = { quantity: 1 };

  it.each(['compiled', 'slow'])('is held to its limits in the same way: %s', async (way) => {
    const app = await serve([OrderController]);
    expect(app.application.routes[0]?.parameters[0]?.notCompiled).toBeUndefined();
    const url = `/orders/${way}`;
    const taken = async (payload: unknown, at = url): Promise<unknown> =>
      (await app.inject({ method: 'POST', url: at, payload })).statusCode;
    const error = async (payload: unknown, at = url): Promise<unknown> => (await refused(app, at, payload)).errors;

    expect(await taken({ lines: [line, line, line], tags: [1, 2, 3] })).toBe(200);
    expect(await error({ lines: [line, line, line, line], tags: [1, 2, 3] })).toEqual(['/tags maxItems']);
    expect(await error({ counts: [1, 2, 3, 4, 5, 6, 7] })).toEqual(['/counts maxItems']);
    expect(
      await error({
        tags: [
          [1, 2, 3],
          [1, 2, 3],
        ],
      }),
    ).toEqual(['/tags/1 maxItems']);
    expect(await taken({ labels: { a: 1, b: 1, c: 1, d: 1 } })).toBe(200);
    expect(await error({ labels: { a: 1, b: 1, c: 1, d: 1, e: 1 } })).toEqual(['/labels maxProperties']);
    expect(await taken({ parent: { parent: { parent: {} } } })).toBe(200);
    expect(await error({ parent: { parent: { parent: { parent: {} } } } })).toEqual([
      '/parent/parent/parent/parent maxDepth',
    ]);
    expect(await taken({ parent: { lines: [line] } })).toBe(200);
    expect(await error({ parent: { parent: { lines: [line] } } })).toEqual(['/parent/parent/lines/0 maxDepth']);
    expect(await error({ tags: [[[[]]]] })).toEqual(['/tags/0/0/0 maxDepth']);
    expect(await taken([{}, {}, { lines: [line, line, line] }], `/orders/lists/${way}`)).toBe(200);
    expect(await error([{ lines: [line, line] }, { lines: [line, line, line] }], `/orders/lists/${way}`)).toEqual([
      '/1/lines maxItems',
    ]);
    expect(await error([{}, {}, {}, {}, {}, {}, {}], `/orders/lists/${way}`)).toEqual([' maxItems']);
  });

  it('says what was too large', async () => {
    const app = await serve([OrderController]);
    const answer = await app.inject({
      method: 'POST',
      url: '/orders/compiled',
      payload: { tags: [1, 2, 3, 4, 5, 6, 7] },
    });
    expect(answer.json().errors).toEqual([
      {
        path: '/tags',
        in: 'body',
        code: 'maxItems',
        params: [6],
        message: 'tags brings the lists of the body to more than 6 elements',
      },
    ]);
  });

  it('may be as deep as the parser lets it be', async () => {
    @Controller('/orders')
    class DeepController {
      @Post('/compiled') compiled(@Body() order: Order) {
        return { isOrder: order.parent instanceof Order };
      }
      @Post('/slow') slow(@Body() order: SlowOrder) {
        return { isOrder: order.parent instanceof Order };
      }
    }
    const modules = [defineModule({ controllers: [DeepController] })];
    const servers = { main: { limits: { jsonDepth: 512 } } };
    const app = await Test.createApplication({ modules, servers, logger: { level: 'silent' } }).create();
    onTestFinished(() => app.close());
    const payload = `${'{"parent":'.repeat(511)}{}${'}'.repeat(511)}`;
    const headers = { 'content-type': 'application/json' };
    for (const url of ['/orders/compiled', '/orders/slow'])
      expect((await app.inject({ method: 'POST', url, payload, headers })).json()).toEqual({ isOrder: true });
  });

  it('keeps a body of very many wrong elements away from class-validator', async () => {
    @Controller('/orders')
    class UsualController {
      @Post() create(@Body() order: Order) {
        return order;
      }
    }
    const app = await serve([UsualController]);
    const lines = Array.from({ length: 10_001 }, () => ({}));
    expect(await refused(app, '/orders', { lines })).toEqual({ status: 400, errors: ['/lines maxItems'] });
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`k${index}`, 1]));
    expect(await refused(app, '/orders', { ...many, tags: 1 })).toEqual({ status: 400, errors: [' maxProperties'] });
  });
});

describe('the params of a failure', () => {
  enum Rig {
    Sloop = 'sloop',
    Ketch = 'ketch',
  }
  @ValidatorConstraint({ name: 'never' })
  class Never {
    validate(): boolean {
      return false;
    }
  }
  class Boat {
    @Length(2, 5) name!: string;
    @Matches(/^[a-z]+$/i) port!: string;
    @IsEnum(Rig) rig!: Rig;
    @IsIn(['red', 2, null]) colour!: string;
    @IsEmail({ require_tld: false }) owner!: string;
    @IsString() flag!: string;
    @Allow() note?: string;
    @Validate(Never, [Rig, () => 1, 10n, new Date(0), Number.NaN, { deep: /x/ }, () => 2])
    never!: string;
  }
  class Berths {
    @IsInt() @Min(1) length!: number;
    @IsOptional() since?: Date;
  }

  @Controller('/boats')
  class BoatController {
    @Post() create(@Body() boat: Boat) {
      return boat;
    }
    @Get() find(@Query() berths: Berths) {
      return berths;
    }
    @Get('/one') one(@Query('rig', { enum: Rig }) rig: Rig | undefined) {
      return rig;
    }
  }

  it('are what its rule was told, as far as JSON has a form for it', async () => {
    const app = await serve([BoatController]);
    const { errors } = (await app.inject({ method: 'POST', url: '/boats', payload: {} })).json() as {
      readonly errors: readonly { readonly code: string; readonly params?: unknown }[];
    };
    expect(Object.fromEntries(errors.map(({ code, params }) => [code, params]))).toEqual({
      isLength: [2, 5],
      matches: ['^[a-z]+$'],
      isEnum: [['sloop', 'ketch']],
      isIn: [['red', 2, null]],
      isEmail: [{ require_tld: false }],
      isString: undefined,
      never: [{ Sloop: 'sloop', Ketch: 'ketch' }, null, '10', '1970-01-01T00:00:00.000Z', null, { deep: 'x' }],
    });
  });

  it('are the type that a text should have had', async () => {
    const app = await serve([BoatController]);
    expect((await app.inject('/boats?length=x&since=y')).json().errors).toEqual([
      { path: '/length', in: 'query', code: 'type', params: ['number'], message: 'length must be a number' },
      expect.objectContaining({ path: '/since', params: ['Date'] }),
    ]);
    expect((await app.inject('/boats/one?rig=x')).json().errors).toEqual([
      expect.objectContaining({ path: '/rig', code: 'type', params: ['string', ['sloop', 'ketch']] }),
    ]);
  });
});

describe('what is taken away', () => {
  class Line {
    @IsInt() quantity!: number;
  }
  class Order {
    @IsString() name!: string;
    @IsOptional() @ValidateNested({ each: true }) @Type(() => Line) lines?: Line[];
  }
  @Controller('/orders')
  class OrderController {
    @Post() create(@Body() order: Order) {
      return order;
    }
    @Post('/kept') keep(@Body(new ValidationPipe({ unknown: 'keep' })) order: Order) {
      return order;
    }
  }
  const order = { name: 'a', more: 1, lines: [{ quantity: 1, 'two\nlines': 1 }] };

  it('is named in the log of development, once for each property of a route', async () => {
    vi.stubEnv('WATCH_REPORT_DEPENDENCIES', '1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const logger = new RecordedLog();
    const app = await serve([OrderController], { logger });
    for (const url of ['/orders', '/orders', '/orders/kept']) await app.inject({ method: 'POST', url, payload: order });
    expect(logger.rest().map(({ message }) => message)).toEqual([
      "@Body() of OrderController.create (parameter 1) took away Order.more, which a client sent and no rule names. Put a rule or @Allow() on it, or say unknown: 'refuse' where nobody may send it.",
      expect.stringContaining('took away Line."two\\nlines", which'),
    ]);
  });

  it('is named for some properties, and no more for as many as a client likes', async () => {
    vi.stubEnv('WATCH_REPORT_DEPENDENCIES', '1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const logger = new RecordedLog();
    const app = await serve([OrderController], { logger });
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, 1]));
    await app.inject({ method: 'POST', url: '/orders', payload: { name: 'a', ...many } });
    expect(logger.rest()).toHaveLength(50);
  });

  it('is not named in production', async () => {
    vi.stubEnv('WATCH_REPORT_DEPENDENCIES', '1');
    vi.stubEnv('NODE_ENV', 'production');
    onTestFinished(() => void vi.unstubAllEnvs());
    const logger = new RecordedLog();
    const app = await serve([OrderController], { logger });
    await app.inject({ method: 'POST', url: '/orders', payload: order });
    expect(logger.rest()).toEqual([]);
  });
});

describe('the log of the start', () => {
  it('warns of a property that holds a class with rules and is not validated', async () => {
    class Order {
      @IsOptional() first?: Person;
    }
    @Controller('/orders')
    class OrderController {
      @Post() create(@Body() order: Order) {
        return order;
      }
    }
    const logger = new RecordedLog();
    await serve([OrderController], { logger });
    expect(logger.rest().map(({ message }) => message)).toEqual([
      'Order.first holds Person, whose rules nobody asks, so anything would pass. Put @ValidateNested() and @Type(() => Person) on it.',
    ]);
  });
});
