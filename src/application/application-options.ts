import type { ContainerModule } from 'inversify';
import {
  booleanOption,
  checkOptions,
  customOption,
  describeValue,
  durationOption,
  integerOption,
  Logger,
  namedOption,
  nestedOption,
  oneOfOption,
  reasonOf,
  stringOption,
  type BootReport,
  type OptionRule,
  type OptionRules,
} from '../foundation/index.js';
import {
  resolveMultipartLimits,
  type LimitOptions,
  type ResolvedLimits,
  type ResolvedServerOptions,
  type ServerOptions,
  type TlsOptions,
} from '../http/index.js';
import { createPinoLogger, loggerLevels, type LoggerOptions } from './pino-logger.js';

/** What an application is made of. */
export interface ApplicationOptions<Servers extends Record<string, ServerOptions> = Record<string, ServerOptions>> {
  /** The modules to load, or a function that gives them. */
  readonly modules?:
    | readonly ContainerModule[]
    | (() => readonly ContainerModule[] | Promise<readonly ContainerModule[]>);
  /** The servers by name. `main` is there without being declared. */
  readonly servers?: Servers;
  /** Whether SIGTERM and SIGINT stop the application and then the process, once it listens. @default true */
  readonly signals?: boolean;
  /** Options of the default logger, or a logger to use in its place. A module that binds `Logger` wins. */
  readonly logger?: LoggerOptions | Logger;
  /** How long requests in flight may take once a stop has begun; the rest is cut. Milliseconds. @default 6_000 */
  readonly drainTimeout?: number;
  /** How long an idle connection may speak once more after its server has stopped listening. Milliseconds. @default 1_000 */
  readonly drainIdleTimeout?: number;
  /** How long one service may take to close. Milliseconds. @default 5_000 */
  readonly serviceTimeout?: number;
}

export interface ResolvedApplicationOptions {
  readonly servers: ReadonlyMap<string, ResolvedServerOptions>;
  readonly signals: boolean;
  readonly serviceTimeout: number;
  readonly logger: Logger;
}

const prefixOption: OptionRule = customOption(
  "a path such as '/api', or { path, exclude }",
  (value) => typeof value === 'string' || isObject(value),
);

const serverRules: OptionRules = {
  port: integerOption(0, 65_535),
  host: stringOption,
  path: stringOption,
  prefix: { ...prefixOption, members: { path: stringOption, exclude: customOption('a list of paths', isStringList) } },
  versioning: nestedOption({
    type: oneOfOption('uri', 'header', 'media-type'),
    prefix: stringOption,
    header: stringOption,
    parameter: stringOption,
    defaultVersion: stringOption,
  }),
  trailingSlash: oneOfOption('ignore', 'strict'),
  emptyRequests: oneOfOption('standard', 'fast'),
  limits: nestedOption({
    body: integerOption(0),
    jsonDepth: integerOption(1, 512),
    formFields: integerOption(1, 1_000_000),
    headers: integerOption(1_024, 1_048_576),
    multipart: nestedOption({
      size: integerOption(1),
      files: integerOption(1, 10_000),
      fileSize: integerOption(1),
      fields: integerOption(0, 1_000_000),
      fieldSize: integerOption(1),
      parts: integerOption(1, 1_000_000),
      headerPairs: integerOption(1, 2_000),
      headerSize: integerOption(64, 1_048_576),
      nameSize: integerOption(1, 65_536),
    }),
  }),
  timeouts: nestedOption({
    head: durationOption(),
    request: durationOption(),
    keepAlive: durationOption(),
    handler: durationOption(),
  }),
  tls: customOption('an object with key and cert', isObject),
};

const applicationRules: OptionRules = {
  modules: customOption(
    'a list of modules, or a function that gives one',
    (value) => Array.isArray(value) || typeof value === 'function',
  ),
  servers: namedOption(serverRules),
  signals: booleanOption,
  logger: customOption('a Logger, or { level, format }', isObject),
  drainTimeout: durationOption(),
  drainIdleTimeout: durationOption(),
  serviceTimeout: durationOption(1),
};

const loggerRules: OptionRules = {
  level: oneOfOption(...loggerLevels, 'silent'),
  format: oneOfOption('json', 'pretty'),
};

/** Reports every option that is unknown, misspelt or out of range, and fills in the defaults of the rest. */
export function resolveOptions(options: ApplicationOptions, report: BootReport): ResolvedApplicationOptions {
  const given: ApplicationOptions = isObject(options) ? options : {};
  if (given !== options)
    report.add('BOW_OPTION_INVALID', { option: 'options', got: describeValue(options), expected: 'an object' });
  checkOptions(report, 'options', given, applicationRules);
  const { logger } = given;
  if (isObject(logger) && !isLogger(logger)) checkOptions(report, 'options.logger', logger, loggerRules);
  const declared: Record<string, ServerOptions> = isObject(given.servers) ? { ...given.servers } : {};
  const servers = Object.entries({ main: {}, ...declared }).map(([name, server]) => {
    checkServer(report, name, isObject(server) ? server : {});
    return [name, resolveServer(name, isObject(server) ? server : {}, given)] as const;
  });
  return {
    servers: new Map(servers),
    signals: given.signals ?? true,
    serviceTimeout: given.serviceTimeout ?? 5_000,
    logger: isLogger(logger) ? logger : createPinoLogger(usable(logger)),
  };
}

/** What pino would throw for is in the report. */
function usable(logger: unknown): LoggerOptions {
  const { level, format } = (isObject(logger) ? logger : {}) as LoggerOptions;
  return {
    ...(level !== undefined && loggerRules['level']?.accepts(level) === true ? { level } : {}),
    ...(format !== undefined && loggerRules['format']?.accepts(format) === true ? { format } : {}),
  };
}

/** Whether a value can stand in for a Logger: the class is a contract, so its shape decides. */
export function isLogger(value: unknown): value is Logger {
  return value instanceof Logger || (isObject(value) && 'child' in value && typeof value.child === 'function');
}

/** What one rule alone cannot say. */
function checkServer(report: BootReport, name: string, server: ServerOptions): void {
  const where = `options.servers.${name}`;
  if (server.path !== undefined && (server.port !== undefined || server.host !== undefined)) {
    report.add('BOW_OPTION_INVALID', {
      option: `${where}.path`,
      got: `'${server.path}' beside a port or host`,
      expected: 'given alone: a server listens on one place',
    });
  }
  if (isObject(server.versioning) && server.versioning.type === undefined) {
    report.add('BOW_OPTION_INVALID', {
      option: `${where}.versioning.type`,
      got: 'missing',
      expected: "one of 'uri', 'header', 'media-type'",
    });
  }
  if (
    isObject(server.tls) &&
    server.tls.pfx === undefined &&
    (server.tls.key === undefined || server.tls.cert === undefined)
  ) {
    report.add('BOW_OPTION_INVALID', {
      option: `${where}.tls`,
      got: 'without a key or without a certificate',
      expected: 'an object with key and cert in PEM',
    });
  } else if (isObject(server.tls)) {
    checkTls(report, `${where}.tls`, server.tls);
  }
}

/** OpenSSL says what is wrong with a key, and would say so only when the port is opened. */
function checkTls(report: BootReport, option: string, tls: TlsOptions): void {
  try {
    // Loaded when a server has a certificate.
    process.getBuiltinModule('node:tls').createSecureContext(tls);
  } catch (error) {
    const expected = `a key and a certificate in PEM that belong together (${reasonOf(error)})`;
    report.add('BOW_OPTION_INVALID', { option, got: 'not usable', expected }, error);
  }
}

function resolveServer(name: string, server: ServerOptions, options: ApplicationOptions): ResolvedServerOptions {
  const { prefix = '' } = server;
  return {
    name,
    port: server.port,
    host: server.host,
    path: server.path,
    prefix:
      typeof prefix === 'string' ? { path: prefix, exclude: [] } : { path: prefix.path, exclude: prefix.exclude ?? [] },
    versioning: server.versioning,
    trailingSlash: server.trailingSlash ?? 'ignore',
    emptyRequests: server.emptyRequests ?? 'standard',
    limits: resolveLimits(server.limits),
    timeouts: { head: 10_000, request: 300_000, keepAlive: 72_000, handler: 30_000, ...defined(server.timeouts) },
    tls: server.tls,
    drainTimeout: options.drainTimeout ?? 6_000,
    drainIdleTimeout: options.drainIdleTimeout ?? 1_000,
  };
}

function resolveLimits(limits: LimitOptions | undefined): ResolvedLimits {
  const { multipart, ...rest } = limits ?? {};
  return {
    body: 1_048_576,
    jsonDepth: 64,
    formFields: 1_000,
    headers: 16_384,
    ...defined(rest),
    multipart: resolveMultipartLimits(isObject(multipart) ? multipart : {}),
  };
}

/** The members that were given; one that is undefined must not hide a default. */
function defined<T extends object>(given: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
