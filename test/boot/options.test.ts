import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Controller, createApplication, Get } from 'bowline';
import { problemsOf, shop } from './boot-fixture.js';

describe('an option', () => {
  it('that does not exist is named with the nearest', async () => {
    const options = {
      server: {},
      drainTimeOut: 1,
      fancy: true,
      servers: { main: { prot: 1 }, admin: { timeouts: { haed: 1 } } },
    };
    expect(await problemsOf(options as object)).toEqual([
      'There is no option options.server. Did you mean options.servers? [BOW_OPTION_UNKNOWN]',
      'There is no option options.drainTimeOut. Did you mean options.drainTimeout? [BOW_OPTION_UNKNOWN]',
      'There is no option options.fancy. Known here: modules, servers, context, requireGuard, validation, policies, strict, explain, responses, name, signals, uncaughtErrors, logger, gracePeriod, lameDuckDelay, drainTimeout, drainIdleTimeout, abortGrace, stopTimeout, serviceTimeout, hookTimeout, startTimeout, management. [BOW_OPTION_UNKNOWN]',
      'There is no option options.servers.main.prot. Did you mean options.servers.main.port? [BOW_OPTION_UNKNOWN]',
      'There is no option options.servers.admin.timeouts.haed. Did you mean options.servers.admin.timeouts.head? [BOW_OPTION_UNKNOWN]',
    ]);
  });

  it('out of range is named with what it must be', async () => {
    const servers = {
      main: { port: 70_000, limits: { body: -1, jsonDepth: 1000 }, timeouts: { head: 1.5 }, trailingSlash: 'never' },
      admin: { versioning: { type: 'url' }, prefix: 7, tls: true, host: 1, emptyRequests: true },
      late: { deadline: { default: -1, max: 0, header: 'a b', maxi: 1 } },
    };
    const options = { servers, drainTimeout: -1, drainIdleTimeout: Number.NaN, serviceTimeout: '5s', signals: 'no' };
    expect(await problemsOf(options as object)).toEqual([
      "options.signals is 'no'; it must be true, false, or a list of signals. [BOW_OPTION_INVALID]",
      'options.servers.main.port is 70000; it must be a whole number from 0 to 65535. [BOW_OPTION_INVALID]',
      'options.servers.main.limits.body is -1; it must be a whole number of at least 0. [BOW_OPTION_INVALID]',
      'options.servers.main.limits.jsonDepth is 1000; it must be a whole number from 1 to 512. [BOW_OPTION_INVALID]',
      'options.servers.main.timeouts.head is 1.5; it must be a whole number from 0 to 2147483647 (milliseconds). [BOW_OPTION_INVALID]',
      "options.servers.main.trailingSlash is 'never'; it must be one of 'ignore', 'strict'. [BOW_OPTION_INVALID]",
      "options.servers.admin.versioning.type is 'url'; it must be one of 'uri', 'header', 'media-type'. [BOW_OPTION_INVALID]",
      "options.servers.admin.prefix is 7; it must be a path such as '/api', or { path, exclude }. [BOW_OPTION_INVALID]",
      'options.servers.admin.tls is true; it must be an object with key and cert. [BOW_OPTION_INVALID]',
      'options.servers.admin.host is 1; it must be a string. [BOW_OPTION_INVALID]',
      "options.servers.admin.emptyRequests is true; it must be one of 'standard', 'fast'. [BOW_OPTION_INVALID]",
      'options.servers.late.deadline.default is -1; it must be a whole number from 0 to 2147483647 (milliseconds). [BOW_OPTION_INVALID]',
      'options.servers.late.deadline.max is 0; it must be a whole number from 1 to 2147483647 (milliseconds). [BOW_OPTION_INVALID]',
      "options.servers.late.deadline.header is 'a b'; it must be the name of a header, or false. [BOW_OPTION_INVALID]",
      'There is no option options.servers.late.deadline.maxi. Did you mean options.servers.late.deadline.max? [BOW_OPTION_UNKNOWN]',
      'options.drainTimeout is -1; it must be a whole number from 0 to 2147483647 (milliseconds). [BOW_OPTION_INVALID]',
      'options.drainIdleTimeout is NaN; it must be a whole number from 0 to 2147483647 (milliseconds). [BOW_OPTION_INVALID]',
      "options.serviceTimeout is '5s'; it must be a whole number from 1 to 2147483647 (milliseconds). [BOW_OPTION_INVALID]",
    ]);
  });

  it('of responses is checked like any other', async () => {
    expect(await problemsOf({ responses: { misfits: 'send', misfit: 'log' } } as object)).toEqual([
      "options.responses.misfits is 'send'; it must be one of 'refuse', 'log', 'ignore'. [BOW_OPTION_INVALID]",
      'There is no option options.responses.misfit. Did you mean options.responses.misfits? [BOW_OPTION_UNKNOWN]',
    ]);
  });

  it('that names signals says which of them it cannot hear', async () => {
    expect(await problemsOf({ signals: ['SIGTERM', 'SIGKILL', 'SIGSTOP', 'SIGTREM'] } as object)).toEqual([
      "options.signals[1] is 'SIGKILL'; it must be a signal that a process can hear: the system itself acts on this one. [BOW_OPTION_INVALID]",
      "options.signals[2] is 'SIGSTOP'; it must be a signal that a process can hear: the system itself acts on this one. [BOW_OPTION_INVALID]",
      "options.signals[3] is 'SIGTREM'; it must be the name of a signal, such as 'SIGTERM'. [BOW_OPTION_INVALID]",
    ]);
  });

  it.each(['30s', 'abc', '0', '-1', 'Infinity', '9999999999', '1e3'])(
    'of the environment is checked: %s',
    async (text) => {
      vi.stubEnv('BOWLINE_GRACE_PERIOD', text);
      onTestFinished(() => void vi.unstubAllEnvs());
      expect(await problemsOf({})).toEqual([
        `BOWLINE_GRACE_PERIOD is '${text}'; it must be a positive number of seconds, such as 30 or 2.5. [BOW_OPTION_INVALID]`,
      ]);
    },
  );

  it.each(['30', '2.5', ''])("of the environment is taken as '%s'", async (text) => {
    vi.stubEnv('BOWLINE_GRACE_PERIOD', text);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await problemsOf({})).toEqual([]);
  });

  it('of the logger is checked, too', async () => {
    expect(await problemsOf({ logger: { level: 'verbose', formt: 'json' } } as object)).toEqual([
      "options.logger.level is 'verbose'; it must be one of 'trace', 'debug', 'info', 'warn', 'error', 'silent'. [BOW_OPTION_INVALID]",
      'There is no option options.logger.formt. Did you mean options.logger.format? [BOW_OPTION_UNKNOWN]',
    ]);
    expect(await problemsOf({ logger: console } as object)).toEqual([
      'options.logger is an object without child; it must be a Logger with trace, debug, info, warn, error and child, or { level, format }. [BOW_OPTION_INVALID]',
    ]);
  });

  it('that is undefined counts as not given', async () => {
    const options = { servers: { main: { port: undefined } }, drainTimeout: undefined, modules: undefined };
    expect(await problemsOf(options as object)).toEqual([]);
  });

  it('of a prefix excludes routes that there are', async () => {
    @Controller('/health')
    class HealthController {
      @Get() show(): void {}
    }
    const excluding = (...exclude: unknown[]): object => ({
      modules: [shop({ controllers: [HealthController] })],
      servers: { main: { prefix: { path: '/api', exclude } } },
    });
    expect(await problemsOf(excluding('/health', 'GET /health/', 'get health') as object)).toEqual([]);
    expect(await problemsOf(excluding('/helth', 'POST /health', '/api/health') as object)).toEqual([
      "options.servers.main.prefix.exclude is '/helth', which is no route of this server; it must be paths of routes, without the prefix. [BOW_OPTION_INVALID]",
      "options.servers.main.prefix.exclude is 'POST /health', which is no route of this server; it must be paths of routes, without the prefix. [BOW_OPTION_INVALID]",
      "options.servers.main.prefix.exclude is '/api/health', which is no route of this server; it must be paths of routes, without the prefix. [BOW_OPTION_INVALID]",
    ]);
    for (const wrong of ['FETCH /health', 'GET /health now', '', 7]) {
      expect(await problemsOf(excluding(wrong))).toEqual([
        "options.servers.main.prefix.exclude is an array; it must be a list of paths, each alone or behind a method, as 'GET /health'. [BOW_OPTION_INVALID]",
      ]);
    }
    expect(await problemsOf({ servers: { main: { prefix: { exclude: [] } as never } } })).toEqual([
      "options.servers.main.prefix.path is missing; it must be a path such as '/api'. [BOW_OPTION_INVALID]",
    ]);
  });

  it('of versioning belongs to its type', async () => {
    const servers = {
      main: { versioning: { type: 'uri', header: 'x-version' } },
      admin: { versioning: { type: 'header', prefix: 'v', parameter: 'v', header: 'x version' } },
    };
    expect(await problemsOf({ servers } as object)).toEqual([
      "options.servers.admin.versioning.header is 'x version'; it must be the name of a header. [BOW_OPTION_INVALID]",
      "options.servers.main.versioning.header is 'x-version' beside the type 'uri'; it must be left out: it belongs to the type 'header'. [BOW_OPTION_INVALID]",
      "options.servers.admin.versioning.prefix is 'v' beside the type 'header'; it must be left out: it belongs to the type 'uri'. [BOW_OPTION_INVALID]",
      "options.servers.admin.versioning.parameter is 'v' beside the type 'header'; it must be left out: it belongs to the type 'media-type'. [BOW_OPTION_INVALID]",
    ]);
  });

  it('stands beside none that it excludes', async () => {
    expect(await problemsOf({ servers: { main: { path: '/tmp/x.sock', port: 1 } } })).toEqual([
      "options.servers.main.path is '/tmp/x.sock' beside a port or host; it must be given alone: a server listens on one place. [BOW_OPTION_INVALID]",
    ]);
  });

  it('of TLS is checked by its key', async () => {
    expect(await problemsOf({ servers: { main: { tls: { key: 'x', cert: 'y' } } } })).toEqual([
      'options.servers.main.tls is not usable; it must be a key and a certificate in PEM that belong together (error:0480006C:PEM routines::no start line). [BOW_OPTION_INVALID]',
    ]);
  });

  it('may be none at all', async () => {
    expect(await problemsOf({ modules: [] })).toEqual([]);
    await expect(createApplication(undefined)).resolves.toBeDefined();
    expect(await problemsOf(null as never)).toEqual(['options is null; it must be an object. [BOW_OPTION_INVALID]']);
    expect(await problemsOf('x' as never)).toEqual(["options is 'x'; it must be an object. [BOW_OPTION_INVALID]"]);
  });
});
