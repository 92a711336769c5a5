import { logSafely, type LogLevel } from '../../foundation/index.js';
import { createContextServices, problemFormat } from '../../http/index.js';
import { HealthChecks, type GracefulManager } from '../../lifecycle/index.js';
import { NodeProvider } from '../../providers/node/index.js';
import { createRouteTable, type PlacedRoute } from '../../routing/index.js';
import { createHttpServer, type HttpServer } from '../../server/index.js';
import type { ApplicationParts } from '../application-parts.js';
import { managementName } from './management-options.js';
import { loopbackGuard, managementRoutes } from './management-routes.js';
import { Probes } from './probes.js';

type Parts = Pick<ApplicationParts, 'clock' | 'events' | 'generateId' | 'log' | 'options'>;

/** Says how the application is, from the first moment of its start to the last of its stop. Its server is no member of the manager. */
export class Management {
  readonly checks: HealthChecks;
  readonly #parts: Parts;
  readonly #probes: Probes;
  #server: HttpServer | undefined;

  constructor(parts: Parts, manager: GracefulManager) {
    this.#parts = parts;
    this.checks = new HealthChecks(parts.clock, parts.log);
    this.#probes = new Probes(manager, this.checks);
  }

  /** Where its server listens; undefined while it does not. */
  get url(): string | undefined {
    return this.#server?.address === undefined ? undefined : this.#server.url;
  }

  /** The routes that it brings to one server, its own included. */
  routesOn(server: string): readonly PlacedRoute[] {
    const { management } = this.#parts.options;
    if (management === undefined) return [];
    const { guard, mountOn } = management;
    if (server === management.server?.name) return managementRoutes(server, this.#probes, guard ?? loopbackGuard);
    return server === mountOn ? managementRoutes(server, this.#probes, guard) : [];
  }

  /** Opens its server, where it has one. Throws BOW_LISTEN_FAILED. */
  async listen(): Promise<void> {
    const { clock, events, generateId, log, options } = this.#parts;
    const { server: own, isForKubernetes = false } = options.management ?? {};
    if (own === undefined) return;
    // Neither waits for anything that a module binds, nor breaks with it.
    const errorFormat = problemFormat;
    const services = createContextServices(own, { errorFormat, log, clock, generateId });
    const { trailingSlash, versioning } = own;
    const table = createRouteTable(this.routesOn(own.name), { services, trailingSlash, versioning });
    const server = createHttpServer(own, { clock, log, errorFormat, events, hookTimeout: options.timeouts.hook });
    server.use(await new NodeProvider().mount(table), { handlers: services.handlerTimeouts });
    this.#server = server;
    await server.listen();
    this.#tell('info', `The server '${managementName}' listens on ${server.url}`);
    if (isForKubernetes)
      this.#tell('info', `It listens on all interfaces, since Kubernetes probes the address of the pod`);
  }

  /** Ends within a moment, whoever still asks. Never rejects. */
  async close(): Promise<void> {
    this.checks.close();
    await this.#server?.gracefulStop();
  }

  #tell(level: LogLevel, message: string): void {
    logSafely(this.#parts.log, level, message, { server: managementName });
  }
}
