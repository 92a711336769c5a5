import { constants } from 'node:os';
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
  compileTrust,
  defaultDeadline,
  defaultLimits,
  defaultTimeouts,
  httpMethods,
  resolveMultipartLimits,
  type LimitOptions,
  type PrefixOptions,
  type ResolvedLimits,
  type ResolvedServerOptions,
  type ServerOptions,
  type TlsOptions,
  type TrustProxyOption,
  type VersioningOptions,
} from '../http/index.js';
import { divideGracePeriod, isKubernetes, periodVariable, type Budget } from '../lifecycle/index.js';
import type { PipelineDefinitions } from '../resilience/index.js';
import { pathProblem } from '../routing/index.js';
import { checkValidation, type ResponseSettings, type ValidationOptions } from '../validation/index.js';
import { lackingOfLogger } from './check-contracts.js';
import { isDevelopment, isWatched } from './is-watched.js';
import type { ContextOption } from './keep-context.js';
import {
  checkManagement,
  managementOption,
  resolveManagement,
  type ManagementOptions,
  type ResolvedManagement,
} from './management/management-options.js';
import { createPinoLogger, loggerLevels, type LoggerOptions } from './pino-logger.js';

/** What an application is made of. */
export interface ApplicationOptions<Servers extends Record<string, ServerOptions> = Record<string, ServerOptions>> {
  /** The modules to load, or a function that gives them. */
  readonly modules?:
    | readonly ContainerModule[]
    | (() => readonly ContainerModule[] | Promise<readonly ContainerModule[]>);
  /** The servers by name. `main` is there without being declared. */
  readonly servers?: Servers;
  /** As log lines and events call it. @default 'application' */
  readonly name?: string;
  /**
   * Whether SIGTERM and SIGINT stop the application and then the process, from the first moment of `listen` or `start`; a list
   * names other signals. One that is only started and hosts nothing may live in somebody else's server, by `handler` or `fetch`,
   * whose end is not its own to decide: it hears signals only where this option says so. Where such an application hosts services,
   * say false and call `close` yourself.
   * @default true, and false for an application that is only started and has no {@link HostedService}
   */
  readonly signals?: boolean | readonly NodeJS.Signals[];
  /**
   * Whether an exception or rejection that nobody catches is logged and stops the application, and then the process with
   * exit code 1, from the same moment on. Where false, Node ends the process at once. @default as `signals`
   */
  readonly uncaughtErrors?: boolean;
  /**
   * Whether {@link currentContext} works: on the routes whose controller reaches what reads it (`auto`), on all, or on none.
   * It costs a few tenths of a microsecond for each request. @default 'auto'
   */
  readonly context?: ContextOption;
  /** Whether a route that no guard covers is a mistake that the boot names. @default false */
  readonly requireGuard?: boolean;
  /**
   * How what comes in by classes with rules is validated, option by option where no {@link ValidationPipe} of a controller, route or
   * parameter says otherwise.
   */
  readonly validation?: ValidationOptions;
  /**
   * Pipelines of policies by name, for `@UsePolicy('payments')`, for {@link PolicyRegistry} and for the client. What is said
   * here counts above what decorators add to the same name.
   */
  readonly policies?: PipelineDefinitions;
  /**
   * Whether a property that holds a class with rules, and does not say `@ValidateNested`, is a mistake that the boot names; else the
   * log of the start warns of it. @default false
   */
  readonly strict?: boolean;
  /** How answers that `@Returns` describes are held against it. */
  readonly responses?: ResponseSettings;
  /** Whether {@link Application.explain} is logged when the application has started. @default false */
  readonly explain?: boolean;
  /** Options of the default logger, or a logger to use in its place. A module that binds `Logger` wins. */
  readonly logger?: LoggerOptions | Logger;
  /**
   * How long the whole stop may take, from the signal to the end of the process: a little less than the platform waits before it
   * kills. Milliseconds. @default `BOWLINE_GRACE_PERIOD` (seconds), else 30_000 in Kubernetes and 9_000 elsewhere
   */
  readonly gracePeriod?: number;
  /**
   * How long everything is still served, old and new connections, once readiness says no: as long as the balancer takes to see it.
   * Milliseconds. @default 5_000 in Kubernetes, 500 after any other signal, 0 on a terminal and for a call of `close`
   */
  readonly lameDuckDelay?: number;
  /**
   * How long requests in flight may take once draining has begun; then their signals abort. Milliseconds.
   * @default what the other parts leave of the grace period
   */
  readonly drainTimeout?: number;
  /** How long an idle connection may speak once more after its server has stopped listening. Milliseconds. @default 1_000 */
  readonly drainIdleTimeout?: number;
  /** How long a request whose signal has aborted may take before it is cut. Milliseconds. @default 500 */
  readonly abortGrace?: number;
  /** How long all services together may take to close. Milliseconds. @default a fifth of the grace period */
  readonly stopTimeout?: number;
  /** How long one service may take to close. Milliseconds. @default 5_000 */
  readonly serviceTimeout?: number;
  /** How long one hook may take that does not say otherwise. Milliseconds. @default 5_000 */
  readonly hookTimeout?: number;
  /** How long the whole start may take. Milliseconds. @default 30_000 */
  readonly startTimeout?: number;
  /**
   * Where `/livez`, `/readyz`, `/startupz` and `/health` are answered: `{ port: 9000 }` gives them a server of their own.
   * @default nowhere
   */
  readonly management?: ManagementOptions;
}

export interface ResolvedApplicationOptions {
  readonly servers: ReadonlyMap<string, ResolvedServerOptions>;
  readonly context: ContextOption;
  readonly requireGuard: boolean;
  readonly validation: ValidationOptions;
  readonly policies: PipelineDefinitions;
  readonly strict: boolean;
  /** Whether somebody is at work on it, and wants to know of what would fill the log of a service. */
  readonly isDevelopment: boolean;
  readonly explain: boolean;
  readonly responses: ResponseSettings;
  readonly name: string;
  readonly signals: readonly NodeJS.Signals[];
  readonly uncaughtErrors: boolean;
  /** Whether the process ends with an application that is only started; undefined where the user has not said so. */
  readonly ownsProcess: boolean | undefined;
  readonly budget: Budget;
  readonly timeouts: { readonly hook: number; readonly service: number; readonly start: number };
  readonly logger: Logger;
  readonly management: ResolvedManagement | undefined;
}

const prefixOption: OptionRule = customOption(
  "a path such as '/api', or { path, exclude }",
  (value) => typeof value === 'string' || isObject(value),
);

const serverRules: OptionRules = {
  port: integerOption(0, 65_535),
  host: stringOption,
  path: stringOption,
  prefix: {
    ...prefixOption,
    members: {
      path: stringOption,
      exclude: customOption("a list of paths, each alone or behind a method, as 'GET /health'", isExcludeList),
    },
  },
  versioning: nestedOption({
    type: oneOfOption('uri', 'header', 'media-type'),
    prefix: stringOption,
    header: customOption('the name of a header', isToken),
    parameter: customOption('the name of a parameter of Accept', isToken),
    defaultVersion: stringOption,
  }),
  trailingSlash: oneOfOption('ignore', 'strict'),
  trustProxy: customOption('a number of proxies, CIDR ranges, or a function', isTrustOption),
  emptyRequests: oneOfOption('standard', 'fast'),
  etag: customOption("false or 'weak'", (value) => value === false || value === 'weak'),
  limits: nestedOption({
    body: integerOption(0),
    unread: integerOption(0),
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
    body: durationOption(),
    keepAlive: durationOption(),
    handler: durationOption(),
  }),
  deadline: nestedOption({
    default: durationOption(),
    max: durationOption(1),
    header: customOption('the name of a header, or false', (value) => value === false || isToken(value)),
  }),
  tls: customOption('an object with key and cert', isObject),
  whileDraining: oneOfOption('close', 'refuse'),
  dependsOn: customOption('a list of names', isNames),
};

const applicationRules: OptionRules = {
  modules: customOption(
    'a list of modules, or a function that gives one',
    (value) => Array.isArray(value) || typeof value === 'function',
  ),
  servers: namedOption(serverRules),
  context: oneOfOption('auto', 'on', 'off'),
  requireGuard: booleanOption,
  validation: customOption('an object', isObject),
  policies: customOption('an object with a pipeline for each name', isObject),
  strict: booleanOption,
  explain: booleanOption,
  responses: nestedOption({ misfits: oneOfOption('refuse', 'log', 'ignore') }),
  name: stringOption,
  signals: customOption('true, false, or a list of signals', (value) => typeof value === 'boolean' || isNames(value)),
  uncaughtErrors: booleanOption,
  logger: customOption('a Logger, or { level, format }', isObject),
  gracePeriod: durationOption(1),
  lameDuckDelay: durationOption(),
  drainTimeout: durationOption(),
  drainIdleTimeout: durationOption(),
  abortGrace: durationOption(),
  stopTimeout: durationOption(),
  serviceTimeout: durationOption(1),
  hookTimeout: durationOption(1),
  startTimeout: durationOption(1),
  management: managementOption,
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
  if (isObject(given.validation)) checkValidation(given.validation, 'options.validation', report);
  const { logger } = given;
  if (isObject(logger)) checkLogger(report, logger);
  const declared: Record<string, ServerOptions> = isObject(given.servers) ? { ...given.servers } : {};
  const budget = resolveBudget(given, report);
  const servers = Object.entries({ main: {}, ...declared }).map(([name, server]) => {
    checkServer(report, name, isObject(server) ? server : {});
    return [name, resolveServer(name, isObject(server) ? server : {}, budget, given)] as const;
  });
  const signals = signalsOf(given.signals, report);
  const management = isObject(given.management) ? given.management : undefined;
  if (management !== undefined) checkManagement(management, Object.keys({ main: {}, ...declared }), report);
  return {
    name: given.name ?? 'application',
    servers: new Map(servers),
    context: given.context ?? 'auto',
    requireGuard: given.requireGuard === true,
    validation: isObject(given.validation) ? given.validation : {},
    policies: isObject(given.policies) ? given.policies : {},
    strict: given.strict === true,
    isDevelopment: isDevelopment(),
    explain: given.explain === true,
    responses: isObject(given.responses) ? defined(given.responses) : {},
    signals,
    uncaughtErrors: given.uncaughtErrors ?? signals.length > 0,
    ownsProcess: given.signals === undefined && given.uncaughtErrors !== true ? undefined : true,
    budget,
    timeouts: {
      hook: given.hookTimeout ?? 5_000,
      service: given.serviceTimeout ?? 5_000,
      start: given.startTimeout ?? 30_000,
    },
    logger: isLogger(logger) ? logger : createPinoLogger(usable(logger)),
    management:
      management &&
      resolveManagement(management, isKubernetes(process.env), (name, server) =>
        resolveServer(name, server, budget, given),
      ),
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
function isLogger(value: unknown): value is Logger {
  return value instanceof Logger || (isObject(value) && lackingOfLogger(value).length === 0);
}

function checkLogger(report: BootReport, logger: object): void {
  const lacking = lackingOfLogger(logger);
  if (lacking.length === 0) return;
  // Options have no methods; what has some was meant as a logger.
  const isMeant = logger instanceof Logger || 'info' in logger || 'child' in logger;
  if (!isMeant) return checkOptions(report, 'options.logger', logger, loggerRules);
  report.add('BOW_OPTION_INVALID', {
    option: 'options.logger',
    got: `${describeValue(logger)} without ${lacking.join(', ')}`,
    expected: 'a Logger with trace, debug, info, warn, error and child, or { level, format }',
  });
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
  if (isObject(server.prefix) && server.prefix.path === undefined) {
    const facts = { option: `${where}.prefix.path`, got: 'missing', expected: "a path such as '/api'" };
    report.add('BOW_OPTION_INVALID', facts);
  }
  if (isObject(server.versioning)) checkVersioning(report, `${where}.versioning`, server.versioning);
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

const versioningTypes: Readonly<Record<string, string>> = {
  prefix: 'uri',
  header: 'header',
  parameter: 'media-type',
};

/** Each way to version has one option of its own, which the others would ignore. */
function checkVersioning(report: BootReport, option: string, versioning: VersioningOptions): void {
  const { type } = versioning;
  if (type === undefined) {
    const expected = "one of 'uri', 'header', 'media-type'";
    report.add('BOW_OPTION_INVALID', { option: `${option}.type`, got: 'missing', expected });
    return;
  }
  for (const [name, value] of Object.entries(versioning)) {
    const owner = versioningTypes[name];
    if (owner === undefined || owner === type || value === undefined || !Object.values(versioningTypes).includes(type))
      continue;
    report.add('BOW_OPTION_INVALID', {
      option: `${option}.${name}`,
      got: `${describeValue(value)} beside the type '${type}'`,
      expected: `left out: it belongs to the type '${owner}'`,
    });
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

/** What is no number has been reported. */
function resolveBudget(given: ApplicationOptions, report: BootReport): Budget {
  const period = process.env[periodVariable];
  if (period !== undefined && !isPeriod(period)) {
    const expected = 'a positive number of seconds, such as 30 or 2.5';
    report.add('BOW_OPTION_INVALID', { option: periodVariable, got: describeValue(period), expected });
  }
  const usable = (value: unknown): number | undefined =>
    Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
  const budget = divideGracePeriod(
    {
      gracePeriod: usable(given.gracePeriod),
      lameDuckDelay: usable(given.lameDuckDelay),
      drainTimeout: usable(given.drainTimeout),
      abortGrace: usable(given.abortGrace),
      stopTimeout: usable(given.stopTimeout),
    },
    {
      environment: process.env,
      isInteractive: isWatched(),
    },
  );
  if (budget.conflict !== undefined) report.add('BOW_GRACE_PERIOD_EXCEEDED', { conflict: budget.conflict });
  return budget;
}

/** Left empty, as a file for several surroundings may leave it, the variable says nothing. */
function isPeriod(seconds: string): boolean {
  const isNumber = /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(seconds.trim());
  return seconds.trim() === '' || (isNumber && durationOption(1).accepts(Math.round(Number(seconds) * 1_000)));
}

function signalsOf(given: ApplicationOptions['signals'] = true, report: BootReport): readonly NodeJS.Signals[] {
  if (given === true) return ['SIGTERM', 'SIGINT'];
  if (!isNames(given)) return [];
  for (const [index, name] of given.entries()) {
    if (isSignal(name)) continue;
    const expected = deaf.includes(name)
      ? 'a signal that a process can hear: the system itself acts on this one'
      : "the name of a signal, such as 'SIGTERM'";
    report.add('BOW_OPTION_INVALID', { option: `options.signals[${index}]`, got: describeValue(name), expected });
  }
  return given.filter(isSignal);
}

function resolveServer(
  name: string,
  server: ServerOptions,
  budget: Budget,
  options: ApplicationOptions,
): ResolvedServerOptions {
  const { prefix = '' } = server;
  return {
    name,
    port: server.port,
    host: server.host,
    path: server.path,
    prefix: resolvePrefix(prefix),
    versioning: server.versioning,
    trailingSlash: server.trailingSlash ?? 'ignore',
    trust: isTrustOption(server.trustProxy) ? compileTrust(server.trustProxy) : undefined,
    emptyRequests: server.emptyRequests ?? 'standard',
    etag: server.etag ?? false,
    limits: resolveLimits(server.limits),
    timeouts: { ...defaultTimeouts, ...defined(server.timeouts) },
    deadline: { ...defaultDeadline, ...defined(server.deadline) },
    tls: server.tls,
    drainTimeout: budget.drainTimeout.value,
    drainIdleTimeout: options.drainIdleTimeout ?? 1_000,
    abortGrace: budget.abortGrace.value,
    whileDraining: server.whileDraining ?? 'close',
    dependsOn: isNames(server.dependsOn) ? server.dependsOn : [],
  };
}

/** What is of another type has been reported. */
function resolvePrefix(prefix: string | PrefixOptions): Required<PrefixOptions> {
  const { path, exclude } = typeof prefix === 'string' ? { path: prefix, exclude: [] } : prefix;
  return {
    path: typeof (path as unknown) === 'string' ? path : '',
    exclude: exclude !== undefined && isExcludeList(exclude) ? exclude : [],
  };
}

function resolveLimits(limits: LimitOptions | undefined): ResolvedLimits {
  const { multipart, ...rest } = limits ?? {};
  return {
    ...defaultLimits,
    ...defined(rest),
    multipart: resolveMultipartLimits(isObject(multipart) ? multipart : {}),
  };
}

/** The members that were given; one that is undefined must not hide a default. */
function defined<T extends object>(given: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The token of RFC 9110. */
function isToken(value: unknown): boolean {
  return typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isSignal(name: string): boolean {
  return Object.hasOwn(signalNumbers, name) && !deaf.includes(name);
}

/** Signals that no process hears. */
const deaf: readonly string[] = ['SIGKILL', 'SIGSTOP'];

const signalNumbers: Readonly<Record<string, number>> = constants.signals;

const methods: readonly string[] = [...httpMethods, 'ALL'];

/** `/health`, or `GET /health`. */
function isExcludeList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((entry) => {
      const [first = '', second, ...rest] = typeof entry === 'string' ? entry.trim().split(/\s+/) : [];
      const isPath = (text: string): boolean => text !== '' && pathProblem(text) === undefined;
      return second === undefined
        ? isPath(first)
        : rest.length === 0 && methods.includes(first.toUpperCase()) && isPath(second);
    })
  );
}

/** A proxy that is believed by mistake lets anybody say who he is: what is no number, range or function is refused. */
function isTrustOption(value: unknown): value is TrustProxyOption {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value <= 100;
  if (typeof value === 'function') return true;
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  if (typeof value !== 'string' && !isList) return false;
  try {
    compileTrust(value as string | readonly string[]);
    return true;
  } catch {
    return false;
  }
}
