import type { BodyKind } from './body/body-kind.js';
import type { ContextServices } from './context-services.js';
import type { HttpContext } from './http-context.js';
import type { HttpMethod } from './http-method.js';
import type { DescribedRoute } from './route-description.js';

/** Answers one request. Errors of user code never leave it. */
export type RouteHandler = (ctx: HttpContext) => void | Promise<void>;

/** A route that can be called. */
export interface Route extends DescribedRoute {
  readonly handler: RouteHandler;
}

/** One method and path of the table; several versions of a route share an entry. */
export interface RouteEntry {
  readonly method: HttpMethod;
  /** In the syntax of find-my-way, which Fastify shares. */
  readonly pattern: string;
  readonly handler: RouteHandler;
  /** The route, where the entry has exactly one. */
  readonly route: Route | undefined;
  /** What a provider that reads bodies before the handler must read; undefined where none of the routes takes a body. */
  readonly body: readonly BodyKind[] | undefined;
  /** Whether stages stand around the reading of the body: they may refuse before it, and see it refused. */
  readonly bodyComesLate: boolean;
}

/** What was found for a request. The parameters are decoded; the query string is raw. */
export interface RouteMatch {
  readonly handler: RouteHandler;
  readonly params: Readonly<Record<string, string>>;
  readonly searchParams: string;
  readonly store: Route | undefined;
}

/** The compiled routes of one server: all that a provider needs to know. */
export interface RouteTable {
  readonly entries: readonly RouteEntry[];
  readonly services: ContextServices;
  /** How paths are compared; a native router must agree. */
  readonly ignoreTrailingSlash: boolean;
  readonly maxParamLength: number;
  /** The entry for a method and request target, or null. A target that cannot be decoded matches an entry that answers 400. */
  find(method: string, target: string): RouteMatch | null;
  /** Answers a request that neither a route nor native code has taken: 404, 405 with `Allow`, or `OPTIONS`. */
  readonly unmatched: RouteHandler;
}
