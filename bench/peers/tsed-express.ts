import 'reflect-metadata';
import '@tsed/ajv';
import { Configuration, Controller, Inject, Injectable, ProviderScope, Scope } from '@tsed/di';
import { PlatformExpress } from '@tsed/platform-express';
import { Forbidden } from '@tsed/exceptions';
import { Middleware, UseBefore, type MiddlewareMethods } from '@tsed/platform-middlewares';
import { BodyParams, Context, PathParams, QueryParams } from '@tsed/platform-params';
import { Get, Post, Status } from '@tsed/schema';
import type { Contestant } from '../contestants.js';
import { portOf } from '../servers/port-of.js';
import { key, mark, type RouteSet } from '../workloads.js';
import { CreateUser } from './tsed-create-user.js';

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
  find(@PathParams('id') id: number, @QueryParams('verbose') verbose: boolean): { id: number; verbose: boolean } {
    return { id, verbose };
  }
}

@Controller('/users')
class SignUpController {
  @Post('/')
  @Status(201)
  create(@BodyParams() user: CreateUser): { id: number; name: string; city: string } {
    return { id: 1, name: user.name, city: user.address.city };
  }
}

@Middleware()
class KeyGuard implements MiddlewareMethods {
  use(@Context() ctx: Context): void {
    if (ctx.request.headers[key.name] !== key.value) throw new Forbidden('no');
  }
}

@Middleware()
class Marked implements MiddlewareMethods {
  use(@Context() ctx: Context): void {
    ctx.response.setHeader(mark.name, mark.value);
  }
}

@Controller('/guarded')
class GuardedController {
  @Get('/')
  @UseBefore(KeyGuard, Marked)
  hello(): { hello: string } {
    return { hello: 'world' };
  }
}

@Injectable()
@Scope(ProviderScope.REQUEST)
class Caller {
  readonly key = key.value as string | undefined;
}

@Injectable()
@Scope(ProviderScope.REQUEST)
class UnitOfWork {
  isOpen = true;
}

@Injectable()
@Scope(ProviderScope.REQUEST)
class Greetings {
  @Inject(UnitOfWork) private readonly work!: UnitOfWork;
  @Inject(Caller) private readonly caller!: Caller;

  get(): string {
    return this.work.isOpen && this.caller.key !== undefined ? 'world' : 'nobody';
  }
}

@Controller('/scoped')
@Scope(ProviderScope.REQUEST)
class ScopedController {
  @Inject(Greetings) private readonly greetings!: Greetings;

  @Get('/')
  @UseBefore(KeyGuard, Marked)
  hello(): { hello: string } {
    return { hello: this.greetings.get() };
  }
}

const controllers: Readonly<Record<RouteSet, unknown>> = {
  hello: HelloController,
  params: UserController,
  post: SignUpController,
  guard: GuardedController,
  scope: ScopedController,
};

export async function serve({ routes }: Contestant): Promise<number> {
  @Configuration({
    mount: { '/': [controllers[routes]] },
    middlewares: ['json-parser'],
    httpPort: false,
    httpsPort: false,
    logger: { level: 'off' },
    disableBootstrapLog: true,
  } as object)
  class Server {}
  const platform = await PlatformExpress.bootstrap(Server);
  const app = platform.app.getApp() as { listen(port: number, host: string): Parameters<typeof portOf>[0] };
  return portOf(app.listen(0, '127.0.0.1'));
}
