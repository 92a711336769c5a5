import {
  Controller,
  createApplication,
  defineModule,
  Get,
  HttpProvider,
  loadProvider,
  NodeProvider,
  type ContainerModule,
} from 'bowline';
import { ExpressProvider } from 'bowline/express';
import { describe, expect, it } from 'vitest';
import { problemsOf, shop } from './boot-fixture.js';

function provides(name: string, ...servers: readonly string[]): ContainerModule {
  return defineModule({
    name,
    bind: ({ bind }) => {
      if (servers.length === 0) bind(HttpProvider).to(NodeProvider);
      for (const server of servers) bind(HttpProvider).to(NodeProvider).whenNamed(server);
    },
  });
}

describe('a server that is not declared', () => {
  it('is named with the nearest, whether a controller or a module names it', async () => {
    @Controller({ path: '/a', server: 'admn' })
    class AdminController {
      @Get() list(): void {}
    }
    @Controller('/b')
    class OtherController {
      @Get() list(): void {}
    }
    const modules = [
      shop({ controllers: [AdminController] }),
      defineModule({ name: 'ops', server: 'metrics', controllers: [OtherController] }),
    ];
    expect(await problemsOf({ modules, servers: { admin: {} } })).toEqual([
      "@Controller of AdminController names the server 'admn', which is not declared (declared: main, admin). Did you mean 'admin'? [BOW_SERVER_UNKNOWN]",
      "ops names the server 'metrics', which is not declared (declared: main, admin). Add it to the servers of createApplication. [BOW_SERVER_UNKNOWN]",
    ]);
  });

  it('is reported once for a module with several controllers', async () => {
    @Controller('/a')
    class AController {
      @Get() list(): void {}
    }
    @Controller('/b')
    class BController {
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ server: 'metrics', controllers: [AController, BController] })])).toEqual([
      "shop names the server 'metrics', which is not declared (declared: main). Add it to the servers of createApplication. [BOW_SERVER_UNKNOWN]",
    ]);
  });

  it('is named where a provider is bound for it', async () => {
    expect(await problemsOf({ modules: [provides('ops', 'admn')], servers: { admin: {} } })).toEqual([
      'NodeProvider, bound as HttpProvider in ops, is for a server that is not declared (declared: main, admin). Name one of these with whenNamed, or add the server. [BOW_PROVIDER_UNUSED]',
    ]);
  });

  it('is named where a test asks it', async () => {
    await using app = await (await createApplication({ signals: false, servers: { admin: {} } })).start();
    await expect(app.inject({ url: '/' }, 'admn' as 'admin')).rejects.toThrow(
      "inject() names the server 'admn', which is not declared (declared: main, admin). Did you mean 'admin'?",
    );
  });
});

describe('a server', () => {
  it('has one provider', async () => {
    expect(await problemsOf([provides('one'), provides('two')])).toEqual([
      "The server 'main' has 2 HTTP providers (NodeProvider in one, NodeProvider in two). Bind one, or name them by server with whenNamed('admin'). [BOW_PROVIDER_AMBIGUOUS]",
    ]);
    const modules = [provides('one', 'admin'), provides('two', 'admin')];
    expect(await problemsOf({ modules, servers: { admin: {} } })).toEqual([
      "The server 'admin' has 2 HTTP providers (NodeProvider in one, NodeProvider in two). Bind one, or name them by server with whenNamed('admin'). [BOW_PROVIDER_AMBIGUOUS]",
    ]);
  });

  it('prefers the provider that is named for it', async () => {
    expect(await problemsOf([provides('all'), provides('main', 'main')])).toEqual([]);
  });

  it('needs a provider that can do what its options ask', async () => {
    const module = shop({
      bind: ({ bind }) => {
        bind(HttpProvider).to(ExpressProvider);
      },
    });
    expect(await problemsOf({ modules: [module], servers: { main: { emptyRequests: 'fast' } } })).toEqual([
      "emptyRequests: 'fast' of the server 'main' needs 'fastEmptyRequests', which the express provider cannot do. Bind another provider for this server; docs/providers.md has the matrix. [BOW_CAPABILITY_MISSING]",
    ]);
  });

  it('names a provider that cannot be built', async () => {
    const module = shop({
      bind: ({ bind }) => {
        bind(HttpProvider).toDynamicValue(() => {
          throw new Error('no licence');
        });
      },
    });
    expect(await problemsOf([module])).toEqual(['HttpProvider could not be built: no licence. [BOW_NOT_RESOLVED]']);
  });

  it('names something else that was bound as a provider', async () => {
    const module = shop({
      bind: ({ bind }) => {
        bind(HttpProvider).toConstantValue({ name: 'fastify' } as never);
      },
    });
    expect(await problemsOf([module])).toEqual([
      'The Object instance that was handed in cannot be used: it is no HttpProvider; hand it to one, as in new FastifyProvider(instance). [BOW_NATIVE_INSTANCE]',
    ]);
  });
});

describe('a provider by name', () => {
  it('is one of those that there are', async () => {
    await expect(loadProvider('kao' as 'koa')).rejects.toThrow(
      "the provider is 'kao'; it must be one of node, fastify, express, koa, hono.",
    );
    await expect(loadProvider('toString' as 'koa')).rejects.toThrow(
      "the provider is 'toString'; it must be one of node, fastify, express, koa, hono.",
    );
  });
});
