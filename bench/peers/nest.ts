import 'reflect-metadata';
import {
  Body,
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Param,
  ParseBoolPipe,
  ParseIntPipe,
  Post,
  Query,
  Scope,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { CreateUser } from './create-user.js';
import { key, mark, type RouteSet } from '../workloads.js';

interface Outgoing {
  header?(name: string, value: string): unknown;
  setHeader(name: string, value: string): unknown;
}

function markAnswer(context: ExecutionContext): void {
  const response = context.switchToHttp().getResponse<Outgoing>();
  if (response.header === undefined) response.setHeader(mark.name, mark.value);
  else response.header(mark.name, mark.value);
}

@Controller('/hello')
class HelloController {
  @Get()
  hello(): { hello: string } {
    return { hello: 'world' };
  }
}

@Controller('/users')
class UserController {
  @Get('/:id')
  find(
    @Param('id', ParseIntPipe) id: number,
    @Query('verbose', new ParseBoolPipe({ optional: true })) verbose?: boolean,
  ): { id: number; verbose: boolean } {
    return { id, verbose: verbose ?? false };
  }
}

@Controller('/users')
class SignUpController {
  @Post()
  create(@Body() user: CreateUser): { id: number; name: string; city: string } {
    return { id: 1, name: user.name, city: user.address.city };
  }
}

@Injectable()
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
    return request.headers[key.name] === key.value;
  }
}

@Injectable()
class Marked implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    markAnswer(context);
    return next.handle();
  }
}

@Controller('/guarded')
class GuardedController {
  @Get()
  @UseGuards(KeyGuard)
  @UseInterceptors(Marked)
  hello(): { hello: string } {
    return { hello: 'world' };
  }
}

@Injectable({ scope: Scope.REQUEST })
class Caller {
  readonly key: string | undefined;

  constructor(@Inject(REQUEST) request: { headers: Record<string, string | undefined> }) {
    this.key = request.headers[key.name];
  }
}

@Injectable({ scope: Scope.REQUEST })
class UnitOfWork {
  isOpen = true;
}

@Injectable({ scope: Scope.REQUEST })
class Greetings {
  constructor(
    @Inject(UnitOfWork) private readonly work: UnitOfWork,
    @Inject(Caller) private readonly caller: Caller,
  ) {}

  get(): string {
    return this.work.isOpen && this.caller.key !== undefined ? 'world' : 'nobody';
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedGuard implements CanActivate {
  constructor(@Inject(Caller) private readonly caller: Caller) {}

  canActivate(): boolean {
    return this.caller.key === key.value;
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedMark implements NestInterceptor {
  constructor(@Inject(UnitOfWork) private readonly work: UnitOfWork) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.work.isOpen) markAnswer(context);
    return next.handle();
  }
}

@Controller('/scoped')
@UseGuards(ScopedGuard)
@UseInterceptors(ScopedMark)
class ScopedController {
  constructor(
    @Inject(Greetings) private readonly greetings: Greetings,
    @Inject(UnitOfWork) readonly work: UnitOfWork,
  ) {}

  @Get()
  hello(): { hello: string } {
    return { hello: this.greetings.get() };
  }
}

const modules: Readonly<
  Record<
    RouteSet,
    { controllers: (new (...args: never[]) => object)[]; providers: (new (...args: never[]) => object)[] }
  >
> = {
  hello: { controllers: [HelloController], providers: [] },
  params: { controllers: [UserController], providers: [] },
  post: { controllers: [SignUpController], providers: [] },
  guard: { controllers: [GuardedController], providers: [] },
  scope: { controllers: [ScopedController], providers: [Caller, UnitOfWork, Greetings] },
};

/** The same application on either of its adapters. */
export async function createNest(routes: RouteSet, platform: 'express' | 'fastify'): Promise<INestApplication> {
  @Module(modules[routes] as object)
  class BenchModule {}
  const options = { logger: false } as const;
  if (platform === 'express') return NestFactory.create(BenchModule, options);
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return NestFactory.create(BenchModule, new FastifyAdapter() as never, options);
}

export async function serveNest(routes: RouteSet, platform: 'express' | 'fastify'): Promise<number> {
  const app = await createNest(routes, platform);
  if (routes === 'post') app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return port;
}
