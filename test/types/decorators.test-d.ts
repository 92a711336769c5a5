import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  All,
  applyDecorators,
  Body,
  contextKey,
  Controller,
  createParamDecorator,
  Ctx,
  Deadline,
  Delete,
  Get,
  Head,
  Header,
  HttpCode,
  HttpContext,
  Inject,
  Injectable,
  InjectFromBase,
  Ip,
  MultiInject,
  Named,
  Optional,
  Options,
  Patch,
  Post,
  PostConstruct,
  PreDestroy,
  Put,
  Query,
  Redirect,
  Reflector,
  Req,
  Res,
  SetMetadata,
  Signal,
  Tagged,
  token,
  UsePipes,
  ValidationPipe,
  Version,
} from 'bowline';
import { z } from 'zod';

class Order {
  id!: number;
}

class Invoice {
  number!: string;
}

interface User {
  readonly name: string;
}

const schema = z.object({ id: z.coerce.number() });
const CurrentUser = contextKey<User>('user');
const Tenant = createParamDecorator((_: undefined, ctx: HttpContext): string => ctx.host);
const Prefix = createParamDecorator((length: number, ctx: HttpContext): Promise<string> =>
  Promise.resolve(ctx.host.slice(length)),
);
const Clock = token<() => number>('clock');

@Controller()
export class Bodies {
  @Post() bodies(@Body() _declared: Order): void {}
  @Post() byClass(@Body(Order) _order: Order): void {}
  @Post() list(@Body([Order]) _orders: Order[]): void {}
  @Post() bySchema(@Body(schema) _order: { id: number }): void {}
  @Post() unchecked(@Body({ validate: false }) _order: unknown): void {}
  @Post() said(@Body(Order, new ValidationPipe({ unknown: 'refuse', status: 422 })) _order: Order): void {}
  @Post() saidAlone(@Body(new ValidationPipe({ groups: ['create'] })) _order: Order): void {}
  @Post() saidOfSchema(@Body(schema, ValidationPipe) _order: { id: number }): void {}
  @Post() saidOfQuery(@Query(Order, new ValidationPipe({ limits: { items: 10 } })) _order: Order): void {}
  @Post() @UsePipes(ValidationPipe, new ValidationPipe({})) saidOfRoute(@Body() _order: Order): void {}

  // @ts-expect-error -- another class
  @Post() otherClass(@Body(Order) _invoice: Invoice): void {}
  // @ts-expect-error -- nor does what is said of validation make it one
  @Post() otherSaid(@Body(Order, new ValidationPipe()) _invoice: Invoice): void {}
  // @ts-expect-error -- this is what NestJS calls it
  @Post() foreign(@Body(new ValidationPipe({ whitelist: true })) _order: Order): void {}
  // @ts-expect-error -- a list
  @Post() otherList(@Body([Order]) _order: Order): void {}
  // @ts-expect-error -- what the schema makes, not what it takes
  @Post() otherSchema(@Body(schema) _order: { id: string }): void {}
  // @ts-expect-error -- an option that there is not
  @Post() misspelt(@Body({ validat: false }) _order: unknown): void {}
}

@Controller()
export class FromTheCall {
  @Get() context(
    @Ctx() _ctx: HttpContext,
    @Ctx(CurrentUser) _user: User,
    @Ip() _ip: string,
    @Signal() _signal: AbortSignal,
    @Req() _request: IncomingMessage,
    @Res() _response: ServerResponse,
    @Res({ passthrough: true }) _same: ServerResponse,
    @Tenant() _tenant: string,
    @Prefix(3) _prefix: string,
  ): void {}

  // @ts-expect-error -- the context is no request
  @Get() ctx(@Ctx() _ctx: IncomingMessage): void {}
  // @ts-expect-error -- another value than the key's
  @Get() key(@Ctx(CurrentUser) _user: Order): void {}
  // @ts-expect-error -- an address is a text
  @Get() ip(@Ip() _ip: number): void {}
  // @ts-expect-error -- the signal, not what aborts it
  @Get() signal(@Signal() _signal: AbortController): void {}
  // @ts-expect-error -- an option that there is not
  @Get() res(@Res({ passthru: true }) _response: ServerResponse): void {}
  // @ts-expect-error -- another value than the factory's
  @Get() custom(@Tenant() _tenant: number): void {}
  // @ts-expect-error -- without what the factory needs
  @Get() data(@Prefix() _prefix: string): void {}
}

@Controller()
export class OnConstructors {
  constructor(
    // @ts-expect-error -- a constructor is not called for a request
    @Body() _body: Order,
    // @ts-expect-error -- nor with a context
    @Ctx() _ctx: HttpContext,
    // @ts-expect-error -- nor from an address
    @Ip() _ip: string,
    // @ts-expect-error -- nor with a signal
    @Signal() _signal: AbortSignal,
    // @ts-expect-error -- nor with a native request
    @Req() _request: IncomingMessage,
    // @ts-expect-error -- nor with a native response
    @Res() _response: ServerResponse,
    // @ts-expect-error -- nor with anything made of the context
    @Tenant() _tenant: string,
  ) {}
}

@Controller({ path: ['/a', '/b'], version: '1', server: 'admin', scope: 'request' })
export class OnMethods {
  @Get()
  @Post('/x')
  @Put(['/y', '/z'])
  @Patch()
  @Delete()
  @Head()
  @Options()
  @All()
  @HttpCode(201)
  @Header('x-a', 'b')
  @Redirect('/', 301)
  @Version(['1', '2'])
  @SetMetadata('roles', ['admin'])
  all(): void {}

  // @ts-expect-error -- a path is a text
  @Get(1) path(): void {}
  // @ts-expect-error -- no parentheses
  @Post post(): void {}
  // @ts-expect-error -- a status is a number
  @HttpCode('201') status(): void {}
  // @ts-expect-error -- a header has a value
  @Header('x-a') header(): void {}
  // @ts-expect-error -- no status of a redirection
  @Redirect('/', 200) redirect(): void {}
  // @ts-expect-error -- a version is a text
  @Version(2) version(): void {}
  // @ts-expect-error -- a deadline is a number
  @Deadline('2s') late(): void {}
  @Deadline(2_000) inTime(@Ctx() ctx: HttpContext): Deadline | undefined {
    return ctx.deadline;
  }
  // @ts-expect-error -- a field is no method
  @Get() field = (): void => {};
  // @ts-expect-error -- a controller is a class
  @Controller() controller(): void {}
}

// @ts-expect-error -- a server is a name
@Controller({ server: 1 })
export class WrongController {}

// @ts-expect-error -- a scope that there is not
@Injectable({ scope: 'session' })
export class WrongScope {}

// @ts-expect-error -- a class is no method
@Get()
export class WrongGet {}

const Roles = Reflector.createDecorator<string[]>();
const Admin = applyDecorators(Roles(['admin']), SetMetadata('audit', true));

@Admin
@Injectable({ scope: 'transient' })
export class Base {
  constructor(
    @Inject(Order) readonly order: Order,
    @Inject(Clock) @Optional() readonly clock: (() => number) | undefined,
    @MultiInject(Invoice) readonly invoices: Invoice[],
    @Inject(Order) @Named('last') readonly last: Order,
    @Inject(Order) @Tagged('kind', 'old') readonly old: Order,
  ) {}

  @PostConstruct() open(): void {}
  @PreDestroy() close(): void {}
  @Roles(['user']) method(): void {}

  // @ts-expect-error -- another type of value
  @Roles('user') wrong(): void {}
}

@InjectFromBase({ extendConstructorArguments: true })
@Injectable()
export class Derived extends Base {
  roles: string[] | undefined = new Reflector().get(Roles, Derived);
  // @ts-expect-error -- the decorator knows its value
  wrong: number | undefined = new Reflector().get(Roles, Derived);
}
