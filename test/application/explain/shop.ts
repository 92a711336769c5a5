import {
  Body,
  Catch,
  Controller,
  createApplication,
  Ctx,
  Deadline,
  CurrentRequest,
  defineModule,
  Get,
  GlobalFilter,
  GlobalGuard,
  GlobalMiddleware,
  guard,
  HttpCode,
  HttpContext,
  Inject,
  Injectable,
  lazy,
  Order,
  Param,
  Post,
  Put,
  Query,
  token,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  UsePipes,
  type Application,
  type ApplicationOptions,
  type ExceptionFilter,
  type Guard,
  type Interceptor,
  type Middleware,
  type Next,
  type Pipe,
} from 'bowline';

export const Currency = token<string>('currency');
export const Mail = token<{ send(): void }>('mail');

@Injectable()
class Database {
  async [Symbol.asyncDispose](): Promise<void> {}
}

@Injectable()
class Audit {
  constructor(
    readonly database: Database,
    readonly current: CurrentRequest,
  ) {}
}

@Injectable()
class OrderService {
  constructor(
    readonly database: Database,
    @Inject(Currency) readonly currency: string,
  ) {}
}

@Injectable({ scope: 'request' })
class Tenant {
  constructor(readonly ctx: HttpContext) {}
}

@Injectable({ scope: 'request' })
class TenantConnection {
  constructor(
    readonly tenant: Tenant,
    readonly database: Database,
  ) {}
}

@Injectable({ scope: 'request' })
class TenantGuard implements Guard {
  constructor(readonly connection: TenantConnection) {}

  canActivate() {
    return true;
  }
}

@Injectable()
class Roles {}

const requireRole = guard([Roles], () => (_role: string) => () => true);

@Order(-10)
class RequestLog implements Middleware {
  use(_ctx: HttpContext, next: Next) {
    return next();
  }
}

class Login implements Guard {
  canActivate() {
    return true;
  }
}

class Timing implements Interceptor {
  intercept(_ctx: HttpContext, next: () => unknown) {
    return next();
  }
}

class Trim implements Pipe<string, string> {
  transform(value: string) {
    return value.trim();
  }
}

class NoRow extends Error {}

@Catch(NoRow)
class NoRowFilter implements ExceptionFilter {
  catch() {
    return {};
  }
}

const noStore = (_ctx: HttpContext, next: Next) => next();
const positive = (value: number) => value;

@Controller('/orders')
@UseMiddleware(noStore)
@UseInterceptors(Timing)
@UsePipes(Trim)
class OrderController {
  constructor(
    readonly orders: OrderService,
    readonly audit: Audit,
  ) {}

  @Get()
  list(
    @Query('limit', { type: Number, default: 20, pipe: positive }) limit: number,
    @Query('after', { type: BigInt, default: 0n }) after: bigint,
    @Query('state', { enum: ['open', 'paid'], array: true, default: ['open'] }) state: string[],
  ) {
    return [limit, after, state];
  }

  @Get('/:id')
  @Deadline(2_000)
  @UseGuards(TenantGuard, requireRole('admin'))
  find(@Param('id', { type: Number }) id: number, @Ctx() ctx: HttpContext) {
    return [id, ctx.id];
  }

  @Post()
  @HttpCode(202)
  place(@Body({ validate: false }) order: object) {
    return order;
  }
}

@Injectable({ scope: 'request' })
@Controller('/baskets')
class BasketController {
  constructor(readonly connection: TenantConnection) {}

  @Put('/:id?')
  put(@Param('id', { type: String }) id: string) {
    return id;
  }
}

@Controller('/reports')
class ReportController {
  @Get()
  all() {
    return [];
  }
}

const shop = defineModule({
  name: 'shop',
  controllers: [OrderController, BasketController],
  services: [Database, Audit, OrderService, Tenant, TenantConnection, Roles],
  bind: ({ bind }) => {
    bind(Currency).toConstantValue('EUR');
    bind(Mail).toDynamicValue((services) => ({ send: () => void services.get(OrderService) }));
    bind(GlobalMiddleware).to(RequestLog);
    bind(GlobalGuard).to(Login).whenNamed('main');
    bind(GlobalFilter).to(NoRowFilter);
  },
});

const reports = defineModule({
  name: 'reports',
  server: 'admin',
  controllers: [ReportController],
  bind: ({ bind }) => {
    lazy(bind('archive').to(Database));
  },
});

/** A shop that has one of everything that explain tells. */
export function createShop(options: ApplicationOptions = {}): Promise<Application> {
  return createApplication({
    name: 'shop',
    modules: [shop, reports],
    servers: {
      main: { prefix: '/api', timeouts: { handler: 5_000 }, trustProxy: 1, deadline: { default: 3_000 } },
      admin: { port: 0, host: '127.0.0.1' },
    },
    management: {
      mountOn: 'admin',
      guard: function onlyUs() {
        return true;
      },
    },
    gracePeriod: 20_000,
    signals: false,
    logger: { level: 'silent' },
    ...options,
  }) as Promise<Application>;
}
