import {
  defaultLimits,
  defaultTimeouts,
  type HttpProvider,
  type ResolvedDeadlineOptions,
  type ResolvedLimits,
  type ResolvedServerOptions,
  type ResolvedTimeouts,
  type StageDescription,
  type VersioningOptions,
} from '../../http/index.js';

/** One server. Bytes and milliseconds. */
export interface ServerExplanation {
  readonly name: string;
  readonly provider: string;
  /** Where it listens, as a client writes it; undefined while it does not. */
  readonly url?: string;
  /** Where it is declared to listen; empty where only `listen` says so. */
  readonly declared: { readonly port?: number; readonly host?: string; readonly path?: string };
  /** What stands before the paths of its routes; empty for nothing. */
  readonly prefix: string;
  readonly versioning?: VersioningOptions;
  readonly tls: boolean;
  /** Whether proxies are believed in what they say of the client. */
  readonly trustsProxies: boolean;
  readonly trailingSlash: 'ignore' | 'strict';
  readonly emptyRequests: 'standard' | 'fast';
  readonly etag: false | 'weak';
  readonly whileDraining: 'close' | 'refuse';
  readonly dependsOn: readonly string[];
  readonly limits: ResolvedLimits;
  readonly timeouts: ResolvedTimeouts;
  readonly deadline: ResolvedDeadlineOptions;
  /** How long its requests in flight, and then its idle connections, may take in a stop. */
  readonly drainTimeout: number;
  readonly drainIdleTimeout: number;
  /** The limits and time-outs that differ from the defaults: `timeouts.handler`. */
  readonly changed: readonly string[];
  /** What stands around all that no route answers, as a 404. */
  readonly stages: readonly StageDescription[];
}

export interface ExplainedServer {
  readonly options: ResolvedServerOptions;
  readonly provider: Pick<HttpProvider, 'name'>;
  readonly url: string | undefined;
  readonly stages: readonly StageDescription[];
}

/** What a server was told and is, without its key and certificate. */
export function explainServer({ options, provider, url, stages }: ExplainedServer): ServerExplanation {
  const { deadline, name, port, host, path, prefix, versioning, limits, timeouts, tls, trust } = options;
  return {
    name,
    provider: provider.name,
    ...(url === undefined ? {} : { url }),
    declared: {
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(path === undefined ? {} : { path }),
    },
    prefix: prefix.path,
    ...(versioning === undefined ? {} : { versioning }),
    tls: tls !== undefined,
    trustsProxies: trust !== undefined,
    trailingSlash: options.trailingSlash,
    emptyRequests: options.emptyRequests,
    etag: options.etag,
    whileDraining: options.whileDraining,
    dependsOn: options.dependsOn,
    limits,
    timeouts,
    deadline,
    drainTimeout: options.drainTimeout,
    drainIdleTimeout: options.drainIdleTimeout,
    changed: [
      ...differing('limits', limits, defaultLimits),
      ...differing('limits.multipart', limits.multipart, defaultLimits.multipart),
      ...differing('timeouts', timeouts, defaultTimeouts),
    ],
    stages,
  };
}

function differing<T extends object>(where: string, own: T, defaults: T): string[] {
  const values = Object.entries(defaults) as [keyof T & string, unknown][];
  return values
    .filter(([name, value]) => typeof value !== 'object' && own[name] !== value)
    .map(([name]) => `${where}.${name}`);
}
