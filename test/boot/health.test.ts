import {
  Controller,
  createApplication,
  defineModule,
  Get,
  Head,
  HealthIndicator,
  Injectable,
  Post,
  StaticFolder,
  type HealthResult,
  type ModuleOptions,
} from 'bowline';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../conformance/harness/folder.js';
import { problemsOf, shop } from './boot-fixture.js';

class DatabaseCheck extends HealthIndicator {
  check(): HealthResult {}
}

@Injectable({ scope: 'request' })
class RequestCheck extends DatabaseCheck {}

@Injectable({ scope: 'transient' })
class TransientCheck extends DatabaseCheck {}

function bound(bind: ModuleOptions['bind']): object {
  return { modules: [shop(bind === undefined ? {} : { bind })] };
}

describe('a health indicator', () => {
  it('is a singleton, by whatever way it is bound', async () => {
    const options = bound(({ bind }) => {
      bind(HealthIndicator).to(RequestCheck);
      bind(HealthIndicator).to(TransientCheck);
      bind(HealthIndicator).to(DatabaseCheck);
      bind(DatabaseCheck).toSelf().inRequestScope();
      bind(HealthIndicator).toService(DatabaseCheck);
    });
    const sentence = (name: string, scope: string): string =>
      `${name} cannot be a health check: it is ${scope}-scoped, and a check is one object for the life of the application: make it a singleton. [BOW_HEALTH_INDICATOR_INVALID]`;
    expect(await problemsOf(options)).toEqual([
      sentence('RequestCheck', 'request'),
      sentence('TransientCheck', 'transient'),
      sentence('DatabaseCheck', 'request'),
    ]);
  });

  it('has a name of its own, and only what a check can have', async () => {
    const app = await createApplication({
      signals: false,
      logger: { level: 'silent' },
      modules: [
        defineModule({
          bind: ({ bind }) => {
            const constant = (value: object): void =>
              void bind(HealthIndicator).toConstantValue(value as HealthIndicator);
            const check = (): void => {};
            bind(HealthIndicator).to(DatabaseCheck);
            constant({ name: 'DatabaseCheck', check });
            constant({ name: 'none' });
            constant({ name: '', check });
            constant({ name: 'a', groups: ['redy'], check });
            constant({ name: 'b', groups: [], check });
            constant({ name: 'c', timeout: 0, check });
            constant({ name: 'd', timeout: '5s', check });
            constant({ name: 'e', cacheDuration: Infinity, check });
          },
        }),
      ],
    });
    const invalid = (name: string, reason: string): object => ({
      code: 'BOW_HEALTH_INDICATOR_INVALID',
      message: `'${name}' cannot be a health check: ${reason}.`,
    });
    const groups = 'its groups must be a list of live, ready, startup, with one at least';
    await expect(app.start()).rejects.toMatchObject({
      problems: [
        invalid('DatabaseCheck', "another check is called 'DatabaseCheck' too; give one of them a name of its own"),
        invalid('none', 'it has no method check'),
        invalid('', "its name is ''; it must be a text"),
        invalid('a', groups),
        invalid('b', groups),
        invalid('c', 'its timeout is 0; it must be a number of milliseconds above 0'),
        invalid('d', "its timeout is '5s'; it must be a number of milliseconds above 0"),
        invalid('e', 'its cacheDuration is Infinity; it must be a number of milliseconds'),
      ],
    });
    expect(app.state).toBe('stopped');
  });
});

describe('the option management', () => {
  it('names a place, and knows the servers', async () => {
    expect(await problemsOf({ management: {} })).toEqual([
      'options.management is without a place; it must be given a port, or the name of a server as mountOn, or both. [BOW_OPTION_INVALID]',
    ]);
    expect(await problemsOf({ management: { mountOn: 'admn', host: '::1' }, servers: { admin: {} } })).toEqual([
      'options.management.host is given without a port; it must be left out, or given beside a port. [BOW_OPTION_INVALID]',
      "options.management.mountOn names the server 'admn', which is not declared (declared: main, admin). Did you mean 'admin'? [BOW_SERVER_UNKNOWN]",
    ]);
    const wrong = { port: -1, host: 1, mountOn: 7, guard: true, prot: 1 };
    expect(await problemsOf({ management: wrong } as object)).toEqual([
      'options.management.port is -1; it must be a whole number from 0 to 65535. [BOW_OPTION_INVALID]',
      'options.management.host is 1; it must be a string. [BOW_OPTION_INVALID]',
      'options.management.mountOn is 7; it must be a string. [BOW_OPTION_INVALID]',
      'options.management.guard is true; it must be a function. [BOW_OPTION_INVALID]',
      'There is no option options.management.prot. Did you mean options.management.port? [BOW_OPTION_UNKNOWN]',
    ]);
    expect(await problemsOf({ management: 9_000 } as object)).toEqual([
      'options.management is 9000; it must be an object. [BOW_OPTION_INVALID]',
    ]);
    expect(await problemsOf({ management: undefined } as object)).toEqual([]);
  });

  it('leaves the name of its server to it', async () => {
    const servers = { management: {} };
    expect(await problemsOf({ management: { port: 0 }, servers })).toEqual([
      "Two servers or hosted services are called 'management'. Give one of them another name. [BOW_SERVICE_NAME_TAKEN]",
    ]);
    expect(await problemsOf({ management: { mountOn: 'management' }, servers })).toEqual([]);
  });

  it('mounts probes where nothing else is', async () => {
    @Controller()
    class HealthController {
      @Get('/livez') alive(): void {}
      @Head('/readyz') ready(): void {}
      @Post('/startupz') start(): void {}
      @Get('/health/') health(): void {}
      @Get('/:page') page(): void {}
    }
    const modules = [shop({ controllers: [HealthController] })];
    const twice = (route: string, handler: string): string =>
      `${route} is declared by HealthController.${handler} and again by the option management (mountOn: 'main'). Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]`;
    const mounted = { mountOn: 'main' };
    const probes = [twice('GET /livez', 'alive'), twice('HEAD /readyz', 'ready')];
    expect(await problemsOf({ management: mounted, modules })).toEqual(probes);
    expect(await problemsOf({ management: { ...mounted, guard: () => true }, modules })).toEqual([
      ...probes,
      twice('GET /health', 'health'),
    ]);
    const strict = { main: { trailingSlash: 'strict' } } as const;
    expect(await problemsOf({ management: { ...mounted, guard: () => true }, modules, servers: strict })).toEqual(
      probes,
    );
    expect(await problemsOf({ management: { mountOn: 'admin' }, modules, servers: { admin: {} } })).toEqual([]);
    expect(await problemsOf({ management: { port: 0 }, modules })).toEqual([]);
  });

  it('finds the versions of a route there, and folders', async () => {
    @Controller({ path: '/livez', version: '2' })
    class VersionController {
      @Get() alive(): void {}
    }
    const folder = temporaryFolder({ 'file.txt': '' });
    const options = {
      management: { mountOn: 'main' },
      servers: { main: { versioning: { type: 'header' } } },
      modules: [
        shop({
          controllers: [VersionController],
          bind: ({ bind }) => void bind(StaticFolder).toConstantValue(new StaticFolder('/readyz', folder)),
        }),
      ],
    } as const;
    const twice = (route: string, owner: string): string =>
      `GET ${route} is declared by ${owner} and again by the option management (mountOn: 'main'). Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]`;
    expect(await problemsOf(options)).toEqual([
      twice('/livez', 'VersionController.alive'),
      twice('/readyz', 'StaticFolder.serve'),
    ]);
    const app = await createApplication({
      management: { mountOn: 'main' },
      signals: false,
      logger: { level: 'silent' },
    });
    await expect(app.static('/startupz', folder).start()).rejects.toMatchObject({
      problems: [{ code: 'BOW_ROUTE_DUPLICATED' }],
    });
  });
});
