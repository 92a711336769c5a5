import type { ConnectionOptions } from 'node:tls';
import {
  booleanOption,
  BootReport,
  checkOptions,
  Clock,
  customOption,
  durationOption,
  integerOption,
  isPlainOptions,
  nameOf,
  optionName,
  stringOption,
  SystemClock,
  type ClassType,
  type OptionRules,
} from '../../foundation/index.js';
import { pipeline, ResiliencePipeline } from '../../resilience/index.js';

/** Headers by name, as they are sent with each request. */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What `tls.connect` takes, save where to connect to. */
export type TlsOptions = Omit<ConnectionOptions, 'host' | 'port' | 'path' | 'socket' | 'timeout'>;

/** How a client reaches one service. Times are milliseconds. */
export interface HttpClientOptions {
  /** Where the service is: an origin, and a path that stands before those of all requests. */
  readonly baseUrl: string | URL;
  /** As errors and its pipeline call it. @default the host of `baseUrl` */
  readonly name?: string;
  /** Sent with each request to the origin of `baseUrl`, and to no other; those of a request win. @default none */
  readonly headers?: HeaderValues;
  /**
   * Policies around each request: of `pipeline(...)`, or of a PolicyRegistry by name. One with a fallback is refused, since what that gives is no
   * answer: put it around the call. @default no policy
   */
  readonly pipeline?: ResiliencePipeline<unknown>;
  /** Other origins that a whole URL may lead to, as `https://files.example`. @default none */
  readonly allowedOrigins?: readonly string[];
  /**
   * Who is told of the current call: its id (`x-request-id`), its trace (`traceparent`, `tracestate`, `baggage`), and how much time is left
   * (`x-request-timeout-ms`). `true` is the origin of `baseUrl`; a list names origins. Write `false` for a service that is not
   * yours: `baggage` may hold what your callers sent in confidence. @default true
   */
  readonly propagate?: boolean | readonly string[];
  /** Whether an answer with a status that is no success (2xx) is an error. @default true */
  readonly throwOnError?: boolean;
  /** How long a body may be, once inflated; one that is taken as a stream has no limit. Bytes. @default 10_485_760 */
  readonly maxBodySize?: number;
  /** Whether gzip, deflate and br are asked for, and inflated. @default true */
  readonly decompress?: boolean;
  /** How many connections an origin has at most; further requests wait for one. @default no limit */
  readonly connections?: number;
  /** How many requests one connection carries at a time. More than 1 lets them wait for each other, and be lost together. 1 to 100. @default 1 */
  readonly pipelining?: number;
  /** How long an idle connection is kept, unless the server says how long it keeps it. Shorter than what the server does. @default 4_000 */
  readonly keepAliveTimeout?: number;
  /** How long it may take to connect, TLS included; 0 for no limit. @default 5_000 */
  readonly connectTimeout?: number;
  /** How long the head of an answer may take; 0 for no limit. @default 30_000 */
  readonly headersTimeout?: number;
  /** How long nothing of a body may come; 0 for no limit. @default 30_000 */
  readonly bodyTimeout?: number;
  /** Certificates, authorities and the like, for the origin of `baseUrl`. @default what Node trusts */
  readonly tls?: TlsOptions;
  /** A Unix domain socket that leads to the origin of `baseUrl`, whatever its host is. @default none */
  readonly socketPath?: string;
  /** How long {@link HttpClient.close} waits for requests that run. @default 1_000 */
  readonly closeTimeout?: number;
  /** Its only source of time; tests give a virtual one. @default that of the system */
  readonly clock?: Clock;
}

export interface ResolvedHttpClientOptions {
  readonly name: string;
  readonly origin: string;
  /** The path of `baseUrl`, without a slash at its end. */
  readonly basePath: string;
  readonly headers: HeaderValues;
  readonly pipeline: ResiliencePipeline<unknown>;
  /** That of `baseUrl` included. */
  readonly origins: ReadonlySet<string>;
  readonly toldOrigins: ReadonlySet<string>;
  readonly throwOnError: boolean;
  readonly maxBodySize: number;
  readonly decompress: boolean;
  readonly connections: number | undefined;
  readonly pipelining: number;
  readonly keepAliveTimeout: number;
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly tls: TlsOptions | undefined;
  readonly socketPath: string | undefined;
  readonly closeTimeout: number;
  readonly clock: Clock;
}

/** Throws a BootError that lists whatever is wrong with the options of a client of this class. */
export function resolveClientOptions(options: HttpClientOptions, type: ClassType): ResolvedHttpClientOptions {
  requireClientOptions(options, type);
  const base = new URL(options.baseUrl);
  const { origin } = base;
  const name = options.name ?? base.host;
  const clock = options.clock ?? new SystemClock();
  const { propagate = true } = options;
  const told = propagate === true ? [origin] : propagate === false ? [] : propagate.map(originOf);
  return {
    name,
    origin,
    basePath: base.pathname.replace(/\/+$/, ''),
    headers: lowerCased(options.headers ?? {}),
    pipeline: options.pipeline ?? pipeline({ name, clock }),
    origins: new Set([origin, ...(options.allowedOrigins ?? []).map(originOf)]),
    toldOrigins: new Set(told),
    throwOnError: options.throwOnError ?? true,
    maxBodySize: options.maxBodySize ?? 10_485_760,
    decompress: options.decompress ?? true,
    connections: options.connections,
    pipelining: options.pipelining ?? 1,
    keepAliveTimeout: options.keepAliveTimeout ?? 4_000,
    connectTimeout: options.connectTimeout ?? 5_000,
    headersTimeout: options.headersTimeout ?? 30_000,
    bodyTimeout: options.bodyTimeout ?? 30_000,
    tls: options.tls,
    socketPath: options.socketPath,
    closeTimeout: options.closeTimeout ?? 1_000,
    clock,
  };
}

/** Names of headers have no case; the later of two that differ by it counts. */
function lowerCased(headers: HeaderValues): Record<string, string | readonly string[]> {
  const lower: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) lower[name.toLowerCase()] = value;
  return lower;
}

/** `baseUrl` alone has to be there; where it comes from the environment, it often is not. */
function requireClientOptions(given: unknown, type: ClassType): void {
  const options: Partial<HttpClientOptions> = isPlainOptions(given) ? given : {};
  const where = `options of ${nameOf(type)}${typeof options.name === 'string' ? ` '${options.name}'` : ''}`;
  const report = new BootReport();
  if (options.baseUrl === undefined) {
    const { expected } = baseUrlOption;
    report.add('BOW_OPTION_INVALID', { option: optionName(where, 'baseUrl'), got: 'undefined', expected });
  }
  checkOptions(report, where, options, rules);
  report.throwIfAny(`${nameOf(type)} cannot be made`);
}

const baseUrlOption = customOption(
  'an http or https URL without user, password, query string and fragment',
  (value) => (typeof value === 'string' || value instanceof URL) && isBaseUrl(value),
);

const originList = (value: unknown): boolean => Array.isArray(value) && value.every(isOrigin);

const rules: OptionRules = {
  baseUrl: baseUrlOption,
  name: stringOption,
  headers: customOption('an object of header values', isPlainOptions),
  pipeline: customOption(
    'what pipeline(...) returns, without a fallback; put that around the call of the client',
    (value) => value instanceof ResiliencePipeline && value.policies.every(({ kind }) => kind !== 'fallback'),
  ),
  allowedOrigins: customOption("a list of origins, as ['https://files.example']", originList),
  propagate: customOption(
    "true, false, or a list of origins, as ['https://stock.example']",
    (value) => typeof value === 'boolean' || originList(value),
  ),
  throwOnError: booleanOption,
  maxBodySize: integerOption(1, undefined, 'bytes'),
  decompress: booleanOption,
  connections: integerOption(1),
  pipelining: integerOption(1, 100),
  keepAliveTimeout: durationOption(1),
  connectTimeout: durationOption(),
  headersTimeout: durationOption(),
  bodyTimeout: durationOption(),
  tls: customOption('the options of tls.connect', isPlainOptions),
  socketPath: stringOption,
  closeTimeout: durationOption(),
  clock: customOption('a Clock', (value) => typeof (value as Clock | null)?.elapsed === 'function'),
};

function isBaseUrl(given: string | URL): boolean {
  const url = URL.parse(String(given));
  return (
    url !== null && isHttp(url) && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  );
}

function isOrigin(given: unknown): boolean {
  const url = typeof given === 'string' ? URL.parse(given) : null;
  return url !== null && isHttp(url) && url.href === `${url.origin}/`;
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}

function originOf(url: string): string {
  return new URL(url).origin;
}
