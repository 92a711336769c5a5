import 'reflect-metadata';
import { ClassValidationPipe } from '@inversifyjs/class-validation';
import {
  Body,
  Controller,
  Get,
  HttpStatusCode,
  Params,
  Post,
  Query,
  StatusCode,
  UseGuard,
  UseInterceptor,
  type InversifyHttpAdapter,
  type Guard,
  type Interceptor,
  type Pipe,
} from '@inversifyjs/http-core';
import { InversifyValidationErrorFilter } from '@inversifyjs/http-validation';
import { Container, inject, injectable, type Newable } from 'inversify';
import { key, mark, type RouteSet } from '../workloads.js';
import { CreateUser } from './create-user.js';
import { ToInteger } from './start-up/inversify/to-integer.js';

interface Incoming {
  readonly headers: Record<string, string | undefined>;
}

interface Outgoing {
  header?(name: string, value: string): unknown;
  setHeader(name: string, value: string): unknown;
}

function markAnswer(response: Outgoing): void {
  if (response.header === undefined) response.setHeader(mark.name, mark.value);
  else response.header(mark.name, mark.value);
}

@injectable()
class ToBoolean implements Pipe<string | undefined, boolean> {
  execute(input: string | undefined): boolean {
    return input === 'true';
  }
}

@Controller('/hello')
class HelloController {
  @Get('/')
  hello(): { hello: string } {
    return { hello: 'world' };
  }
}

@Controller('/users')
class UserController {
  @Get('/:id')
  find(
    @Params({ name: 'id' }, ToInteger) id: number,
    @Query({ name: 'verbose' }, ToBoolean) verbose: boolean,
  ): { id: number; verbose: boolean } {
    return { id, verbose };
  }
}

@Controller('/users')
class SignUpController {
  @Post('/')
  @StatusCode(HttpStatusCode.CREATED)
  create(@Body() user: CreateUser): { id: number; name: string; city: string } {
    return { id: 1, name: user.name, city: user.address.city };
  }
}

@injectable()
class KeyGuard implements Guard<Incoming> {
  activate(request: Incoming): boolean {
    return request.headers[key.name] === key.value;
  }
}

@injectable()
class Marked implements Interceptor<Incoming, Outgoing> {
  async intercept(_request: Incoming, response: Outgoing, next: () => Promise<unknown>): Promise<void> {
    markAnswer(response);
    await next();
  }
}

@Controller('/guarded')
class GuardedController {
  @UseGuard(KeyGuard)
  @UseInterceptor(Marked)
  @Get('/')
  hello(): { hello: string } {
    return { hello: 'world' };
  }
}

@injectable()
class Caller {
  readonly key = key.value as string | undefined;
}

@injectable()
class UnitOfWork {
  isOpen = true;
}

@injectable()
class Greetings {
  constructor(
    @inject(UnitOfWork) private readonly work: UnitOfWork,
    @inject(Caller) private readonly caller: Caller,
  ) {}

  get(): string {
    return this.work.isOpen && this.caller.key !== undefined ? 'world' : 'nobody';
  }
}

@Controller('/scoped')
class ScopedController {
  constructor(
    @inject(Greetings) private readonly greetings: Greetings,
    @inject(UnitOfWork) readonly work: UnitOfWork,
  ) {}

  @UseGuard(KeyGuard)
  @UseInterceptor(Marked)
  @Get('/')
  hello(): { hello: string } {
    return { hello: this.greetings.get() };
  }
}

const controllers: Readonly<Record<RouteSet, Newable<object>>> = {
  hello: HelloController,
  params: UserController,
  post: SignUpController,
  guard: GuardedController,
  scope: ScopedController,
};

/** Validation as its own documentation sets it up: a pipe for all, and a filter that turns its error into a 400. */
export function validate(
  adapter: Pick<InversifyHttpAdapter<any, any, any, any>, 'useGlobalFilters' | 'useGlobalPipe'>,
): void {
  adapter.useGlobalFilters(InversifyValidationErrorFilter);
  adapter.useGlobalPipe(new ClassValidationPipe());
}

/** Its request scope spans one resolution, and the request itself cannot be injected. */
export function containerOf(routes: RouteSet): Container {
  const container = new Container();
  for (const stage of [ToInteger, ToBoolean, KeyGuard, Marked, InversifyValidationErrorFilter] as Newable<object>[])
    container.bind(stage).toSelf().inSingletonScope();
  for (const service of [Caller, UnitOfWork, Greetings] as Newable<object>[])
    container.bind(service).toSelf().inRequestScope();
  const bound = container.bind(controllers[routes]).toSelf();
  if (routes === 'scope') bound.inRequestScope();
  else bound.inSingletonScope();
  return container;
}
