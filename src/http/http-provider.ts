import type { RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { RouteTable } from './route.js';
import type { ResolvedServerOptions } from './server-options.js';

/** What a provider can do. A route that needs what is missing is a boot error. */
export interface ProviderCapabilities {
  /** Whether foreign code on this provider stands requests whose stream has already ended. */
  readonly fastEmptyRequests: boolean;
  /** Whether connections may be upgraded, as for WebSockets. */
  readonly upgrade: boolean;
}

/** A provider at work on one server. */
export interface MountedProvider {
  /** Given to the HTTP server that Bowline owns. */
  readonly listener: RequestListener;
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The Fastify, Express, Koa or Hono instance; undefined for the node provider. */
  readonly native: unknown;
  /** Native clean-up. Called once, after the last request. */
  close(): Promise<void>;
}

/** How the routes of a server are compared; a native router must agree. */
export type ProviderRules = Pick<RouteTable, 'ignoreTrailingSlash' | 'maxParamLength'>;

/**
 * Puts compiled routes behind a framework's own request listener. It never listens, handles no signals and counts no
 * connections: sockets belong to Bowline. Bind one in a module to choose it: `bind(HttpProvider).to(FastifyProvider)`.
 */
export abstract class HttpProvider {
  /** As errors and the matrix of providers show it. */
  abstract readonly name: string;
  abstract readonly capabilities: ProviderCapabilities;
  /** Loads what the provider needs, before anything is built. Throws a BowlineError where it cannot work; boot reports it. */
  prepare(_routes: ProviderRules): Promise<void> {
    return Promise.resolve();
  }
  /** Called once for each server. May throw a BowlineError where the native instance cannot be used. */
  abstract mount(routes: RouteTable, options: ResolvedServerOptions): Promise<MountedProvider>;
}
