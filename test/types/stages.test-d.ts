import {
  Catch,
  Controller,
  createApplication,
  Ctx,
  exceptionFilter,
  fromExpress,
  Get,
  guard,
  interceptor,
  middleware,
  Param,
  pipe,
  Query,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  UsePipes,
  type CallContext,
  type ExceptionFilter,
  type Guard,
  type HttpContext,
  type Interceptor,
  type Middleware,
  type Next,
  type Pipe,
} from 'bowline';

class Boat {
  readonly mast = 'one';
}

class Crew {
  has(_name: string): boolean {
    return true;
  }
}

/** Needs no HTTP. */
class Anywhere implements Guard<CallContext> {
  canActivate(ctx: CallContext): boolean {
    return ctx.id !== '';
  }
}

class ByHeader implements Guard<HttpContext> {
  canActivate(ctx: HttpContext): Promise<boolean> {
    return Promise.resolve(ctx.header('x-user') !== undefined);
  }
}

class NoGuard {
  mayPass(): boolean {
    return true;
  }
}

class GivesText {
  canActivate(): string {
    return 'yes';
  }
}

class Timing implements Middleware {
  async use(_ctx: HttpContext, next: Next): Promise<void> {
    await next();
  }
}

class Envelope<T> implements Interceptor {
  constructor(readonly more: T) {}

  async intercept(_ctx: CallContext, next: () => unknown): Promise<{ readonly data: unknown; readonly more: T }> {
    return { data: await next(), more: this.more };
  }
}

@Catch(RangeError)
class RangeFilter implements ExceptionFilter {
  catch(error: RangeError): string {
    return error.message;
  }
}

class BoatByName implements Pipe<string, Boat> {
  transform(): Boat {
    return new Boat();
  }
}

class BoatById implements Pipe<number, Promise<Boat>> {
  transform(): Promise<Boat> {
    return Promise.resolve(new Boat());
  }
}

const aboard = guard(
  [Crew],
  (crew) =>
    (name: string, ...others: readonly string[]) =>
    () =>
      [name, ...others].every((each) => crew.has(each)),
);
const timed = interceptor([], () => (limit: number) => (_ctx, next) => (limit > 0 ? next() : undefined));
const noted = middleware([Crew], (crew) => () => (ctx, next) => {
  ctx.state['crew'] = crew;
  return next();
});
const trimmed = pipe([], () => (length: number) => (value: string) => value.slice(0, length));
const told = exceptionFilter([], () => (text: string) => () => text);

@Controller()
@UseMiddleware(
  Timing,
  new Timing(),
  noted(),
  (_ctx, next) => next(),
  fromExpress((_request, _response, next) => next()),
)
@UseGuards(Anywhere, new ByHeader(), aboard('ada', 'joshua'), () => true, async (ctx: CallContext) => ctx.id !== '')
@UseInterceptors(new Envelope(1), timed(5), (_ctx, next) => next())
@UsePipes(trimmed(3), (value: unknown) => value)
@UseFilters(RangeFilter, told('sorry'), (error: Error) => error.message)
export class Accepted {
  @Get('/:name')
  find(@Param('name', { pipe: BoatByName }) boat: Boat, @Ctx() _ctx: HttpContext): Boat {
    return boat;
  }

  @Get('/by-id/:id')
  findById(@Param('id', { type: Number, pipe: [BoatById] }) boat: Boat): Boat {
    return boat;
  }
}

// @ts-expect-error -- it has no canActivate()
UseGuards(NoGuard);
// @ts-expect-error -- nor has its instance
UseGuards(new NoGuard());
// @ts-expect-error -- a text is no verdict
UseGuards(GivesText);
// @ts-expect-error -- nor is nothing
UseGuards(() => {});
// @ts-expect-error -- a guard is no interceptor
UseInterceptors(Anywhere);
// @ts-expect-error -- what makes interceptors makes no guards
UseGuards(timed(5));
// @ts-expect-error -- its options are missing
UseGuards(aboard());
// @ts-expect-error -- its options are wrong
UseGuards(aboard(5));
// @ts-expect-error -- nobody has called it
UseGuards(aboard);
// @ts-expect-error -- an interceptor has another method than middleware
UseMiddleware(new Envelope(1));
// @ts-expect-error -- what is no class cannot be caught
Catch('RangeError');
// @ts-expect-error -- services come in the order of their identifiers
guard([Crew], (crew: Boat) => () => () => crew.mast === 'one');

export class Refused {
  @Get('/:name')
  // @ts-expect-error -- the pipe gives a boat
  find(@Query('name', { pipe: BoatByName }) name: number): number {
    return name;
  }
}

const app = await createApplication({});
app.use(Timing, noted(), (_ctx, next) => next());
// @ts-expect-error -- a guard is no middleware
app.use(Anywhere);
