import type { SecureContextOptions } from 'node:tls';
import type { Trust, TrustProxyOption } from './proxy-trust.js';

/** How much a form with files may hold. What goes beyond is a 413 that names the field. */
export interface MultipartLimitOptions {
  /** Bytes of the whole body, from 1. @default what the files of the route may have together, and 1 MiB */
  readonly size?: number;
  /** Files, 1 to 10_000. @default 10 */
  readonly files?: number;
  /** Bytes of a file whose parameter has no `maxSize`, from 1. @default 10_485_760 */
  readonly fileSize?: number;
  /** Fields that are no files, 0 to 1_000_000. @default 100 */
  readonly fields?: number;
  /** Bytes of one such field, from 1. @default 65_536 */
  readonly fieldSize?: number;
  /** Fields and files together, 1 to 1_000_000. @default what `files` and `fields` allow */
  readonly parts?: number;
  /** Headers of one field or file, 1 to 2_000. @default 16 */
  readonly headerPairs?: number;
  /** Bytes of these headers, 64 to 1_048_576. @default 8_192 */
  readonly headerSize?: number;
  /** Bytes of the name of a field, 1 to 65_536. @default 200 */
  readonly nameSize?: number;
}

/** How much of a form is taken. `size` is undefined where it follows from the files of a route. */
export type ResolvedMultipartLimits = Required<Omit<MultipartLimitOptions, 'size'>> & {
  readonly size: number | undefined;
};

/** How much a client may send. */
export interface LimitOptions {
  /** Bytes of a request body that is read whole and is no form with files, as they come out of its Content-Encoding. @default 1_048_576 */
  readonly body?: number;
  /**
   * Bytes of a body that nobody reads, as that of a 404. A body that is known to be no longer leaves the connection open;
   * of any other so much is still taken before the connection ends. @default 16_777_216
   */
  readonly unread?: number;
  /** How deep a JSON body may nest, 1 to 512. @default 64 */
  readonly jsonDepth?: number;
  /** Fields of an urlencoded body. @default 1_000 */
  readonly formFields?: number;
  /** Bytes of all request headers together; beyond it 431. @default 16_384 */
  readonly headers?: number;
  /** Forms with files. */
  readonly multipart?: MultipartLimitOptions;
}

export type ResolvedLimits = Required<Omit<LimitOptions, 'multipart'>> & {
  readonly multipart: ResolvedMultipartLimits;
};

/** How long a client may take. Milliseconds; 0 switches one off. */
export interface TimeoutOptions {
  /** Until the request's head has arrived. @default 10_000 */
  readonly head?: number;
  /** Until the whole request has arrived. @default 300_000 */
  readonly request?: number;
  /** How long the body may go without another kibibyte, while somebody waits for it: 408. @default 60_000 */
  readonly body?: number;
  /** How long an idle connection is kept. Longer than a balancer's own. @default 72_000 */
  readonly keepAlive?: number;
  /**
   * Until the answer to a request begins, not counting the time in which its body arrives: 503, `signal` aborts, and the
   * log names the route. @default 30_000
   */
  readonly handler?: number;
}

export type ResolvedTimeouts = Required<TimeoutOptions>;

/** How long requests may take, from the arrival of their heads until their answers begin. Milliseconds. */
export interface DeadlineOptions {
  /** Of a route that has no `@Deadline` of its own, nor its controller one. 0 is none. @default 0 */
  readonly default?: number;
  /** The most that the word of a caller counts for, from 1. @default 300_000 */
  readonly max?: number;
  /**
   * The header in which a caller that `trustProxy` believes says how many milliseconds it still waits; `false` reads none.
   * @default 'x-request-timeout-ms'
   */
  readonly header?: string | false;
}

export type ResolvedDeadlineOptions = Required<DeadlineOptions>;

/** What stands before the paths of all routes of a server. */
export interface PrefixOptions {
  readonly path: string;
  /** Full paths without the prefix that stay where they are: `/health`, or `GET /health`. */
  readonly exclude?: readonly string[];
}

/** Where the version of a route is read from. */
export interface VersioningOptions {
  /** `uri`: `/v1/orders`. `header`: a header of its own. `media-type`: a parameter of `Accept`. */
  readonly type: 'uri' | 'header' | 'media-type';
  /** What stands before the version in the path. Only for `uri`. @default 'v' */
  readonly prefix?: string;
  /** The header's name. Only for `header`. @default 'x-api-version' */
  readonly header?: string;
  /** The parameter's name. Only for `media-type`. @default 'v' */
  readonly parameter?: string;
  /** The version of a request that names none, and of routes that declare none. */
  readonly defaultVersion?: string;
}

/** Key and certificate in PEM, and whatever else `tls.createSecureContext` takes. */
export type TlsOptions = SecureContextOptions;

/** One server of an application. */
export interface ServerOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  /** The address to listen on. @default all interfaces */
  readonly host?: string;
  /** A Unix socket in place of port and host. */
  readonly path?: string;
  readonly prefix?: string | PrefixOptions;
  readonly versioning?: VersioningOptions;
  /** Whether `/a/` is `/a`. @default 'ignore' */
  readonly trailingSlash?: 'ignore' | 'strict';
  /** `fast` gives requests without a body an ended stream (Node 24.12): cheaper, but foreign code that waits for its `end` hangs. @default 'standard' */
  readonly emptyRequests?: 'standard' | 'fast';
  /**
   * `weak` puts a weak ETag on whole answers to GET and HEAD with the status 200 and none of their own, and answers 304
   * where the client has the same already. That costs a hash of each body. @default false
   */
  readonly etag?: false | 'weak';
  /**
   * Which proxies are believed in what they say of the client (X-Forwarded-For, -Proto, -Host, X-Request-Id) and in how long
   * it waits: how many stand in front, their CIDR ranges, or a function. @default nobody
   */
  readonly trustProxy?: TrustProxyOption;
  readonly limits?: LimitOptions;
  readonly timeouts?: TimeoutOptions;
  readonly deadline?: DeadlineOptions;
  readonly tls?: TlsOptions;
  /**
   * What happens to new requests while the server drains: `close` closes its port, so that clients go elsewhere, `refuse` keeps
   * it open until all else is done and answers 503 with Retry-After, for a balancer that takes a closed port amiss.
   * @default 'close'
   */
  readonly whileDraining?: 'close' | 'refuse';
  /** Servers and hosted services that this server's handlers use: it starts after them and drains before them. */
  readonly dependsOn?: readonly string[];
}

/** A server's options with every default filled in. */
export interface ResolvedServerOptions {
  readonly name: string;
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly path: string | undefined;
  readonly prefix: Required<PrefixOptions>;
  readonly versioning: VersioningOptions | undefined;
  readonly trailingSlash: 'ignore' | 'strict';
  readonly emptyRequests: 'standard' | 'fast';
  readonly etag: false | 'weak';
  readonly trust: Trust | undefined;
  readonly limits: ResolvedLimits;
  readonly timeouts: ResolvedTimeouts;
  readonly deadline: ResolvedDeadlineOptions;
  readonly tls: TlsOptions | undefined;
  readonly drainTimeout: number;
  readonly drainIdleTimeout: number;
  readonly whileDraining: 'close' | 'refuse';
  /** Between the abort of a late request and its cut. Milliseconds. */
  readonly abortGrace: number;
  readonly dependsOn: readonly string[];
}
