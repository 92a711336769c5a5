import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { onTestFinished } from 'vitest';
import { LifecycleEventSource, SystemClock, type Logger } from '../../src/foundation/index.js';
import {
  defaultDeadline,
  defaultLimits,
  defaultTimeouts,
  problemFormat,
  type MountedProvider,
  type ResolvedServerOptions,
} from '../../src/http/index.js';
import { createHttpServer, type HttpServer } from '../../src/server/index.js';

const pem = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');

/** Self-signed, for localhost. */
export const tls = { key: pem('key.pem'), cert: pem('cert.pem') };

export const silent: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
};

export const silentEvents = new LifecycleEventSource('test', () => {});

export function serverOptions(options: Partial<ResolvedServerOptions> = {}): ResolvedServerOptions {
  return {
    name: 'main',
    port: 0,
    host: '127.0.0.1',
    path: undefined,
    prefix: { path: '', exclude: [] },
    versioning: undefined,
    trailingSlash: 'ignore',
    emptyRequests: 'standard',
    etag: false,
    trust: undefined,
    limits: defaultLimits,
    timeouts: defaultTimeouts,
    deadline: defaultDeadline,
    tls: undefined,
    drainTimeout: 6_000,
    drainIdleTimeout: 300,
    abortGrace: 100,
    whileDraining: 'close',
    dependsOn: [],
    ...options,
  };
}

export function mounted(listener: RequestListener, more: Partial<MountedProvider> = {}): MountedProvider {
  return { listener, native: undefined, close: () => Promise.resolve(), ...more };
}

/** A server that is stopped when the test ends, not listening yet. */
export function makeServer(
  listener: RequestListener,
  options: Partial<ResolvedServerOptions> = {},
  log: Logger = silent,
): HttpServer {
  const server = createHttpServer(serverOptions(options), {
    clock: new SystemClock(),
    log,
    errorFormat: problemFormat,
    events: silentEvents,
    hookTimeout: 1_000,
  });
  server.use(mounted(listener));
  onTestFinished(async () => {
    await server.gracefulStop();
  });
  return server;
}

/** The same, listening. */
export async function startServer(
  listener: RequestListener,
  options: Partial<ResolvedServerOptions> = {},
): Promise<HttpServer> {
  const server = makeServer(listener, options);
  await server.listen();
  return server;
}

/** A promise and the function that resolves it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
