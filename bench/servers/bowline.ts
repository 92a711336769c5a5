import {
  Body,
  Controller,
  createApplication,
  defineModule,
  Get,
  HttpCode,
  HttpProvider,
  loadProvider,
  Param,
  Post,
  Query,
  type ModuleOptions,
} from 'bowline';
import type { Contestant } from '../contestants.js';
import type { RouteSet } from '../workloads.js';
import { CreateUser } from './create-user.js';
import { GuardedController, ScopedController, scopedServices } from './scoped.js';

@Controller()
class HelloController {
  @Get('/hello')
  hello(): { hello: string } {
    return { hello: 'world' };
  }
}

@Controller('/users')
class UserController {
  @Get('/:id')
  find(
    @Param('id') id: number,
    @Query('verbose', { default: false }) verbose: boolean,
  ): { id: number; verbose: boolean } {
    return { id, verbose };
  }
}

@Controller('/users')
class SignUpController {
  @Post()
  @HttpCode(201)
  create(@Body() { name, address }: CreateUser): { id: number; name: string; city: string } {
    return { id: 1, name, city: address.city };
  }
}

const modules: Readonly<Record<RouteSet, Pick<ModuleOptions, 'controllers' | 'services'>>> = {
  hello: { controllers: [HelloController] },
  params: { controllers: [UserController] },
  post: { controllers: [SignUpController] },
  guard: { controllers: [GuardedController] },
  scope: { controllers: [ScopedController], services: scopedServices },
};

export async function serve(contestant: Contestant): Promise<number> {
  const { provider = 'node', routes, emptyRequests = 'standard', idleRoutes = 0 } = contestant;
  const idle = idleRoutes === 0 ? [] : [controllerOf(idleRoutes)];
  const served = defineModule({
    name: 'served',
    ...modules[routes],
    controllers: [...(modules[routes].controllers ?? []), ...idle],
    bind: async ({ bind }) => {
      bind(HttpProvider).toConstantValue(await loadProvider(provider));
    },
  });
  const app = await createApplication({
    modules: [served],
    servers: { main: { emptyRequests } },
    logger: { level: 'warn' },
    // A benchmark that is interrupted ends its servers itself.
    signals: false,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return Number(new URL(app.url).port);
}

/** Routes as an application of some size has them: twenty resources, plain paths and ones with a parameter. */
function controllerOf(count: number): new () => object {
  class IdleController {}
  for (let index = 0; index < count; index++) {
    const path = `/resource-${index % 20}/action-${index}${index % 2 === 0 ? '/:id' : ''}`;
    const descriptor = { value: () => ({ index }), configurable: true, writable: true };
    Object.defineProperty(IdleController.prototype, `action${index}`, descriptor);
    Get(path)(IdleController.prototype, `action${index}`, descriptor);
  }
  Controller()(IdleController);
  return IdleController;
}
