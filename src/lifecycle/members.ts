import { nearestName, BowlineError } from '../foundation/index.js';
import type { HostedService } from './hosted-service.js';
import type { ManagedServer, ServerGroup } from './managed-server.js';

export interface MemberOptions {
  /** The names of those that this one uses: it starts after them and drains before them. @default those of the service */
  readonly dependsOn?: readonly string[];
}

/** One server or hosted service of a manager. */
export interface Member {
  readonly name: string;
  readonly service: HostedService;
  readonly dependsOn: readonly string[];
  /** Whether it has begun to start, so that it has to be stopped. */
  started: boolean;
}

/** Servers and hosted services by name, and who of them uses whom. */
export class Members {
  readonly #all = new Map<string, Member>();

  get all(): readonly Member[] {
    return [...this.#all.values()];
  }

  get started(): readonly Member[] {
    return this.all.filter(({ started }) => started);
  }

  /** Those of applications within this one too, as `application/server`. */
  get servers(): readonly ManagedServer[] {
    return this.all.flatMap(({ name, service }) => {
      if (isManagedServer(service)) return service;
      return isServerGroup(service) ? service.managedServers.map((server) => within(name, server)) : [];
    });
  }

  /** Throws BOW_SERVICE_NAME_TAKEN for a name that another has. */
  add(name: string, service: HostedService, { dependsOn = service.dependsOn ?? [] }: MemberOptions): void {
    if (this.#all.has(name)) throw new BowlineError('BOW_SERVICE_NAME_TAKEN', { name });
    this.#all.set(name, { name, service, dependsOn, started: false });
  }

  /** Throws BOW_SERVICE_UNKNOWN, or BOW_SERVICE_CIRCLE, where the dependencies make no order. */
  check(): void {
    for (const { name, dependsOn } of this.all) {
      for (const other of dependsOn) {
        if (this.#all.has(other)) continue;
        const known = [...this.#all.keys()];
        throw new BowlineError('BOW_SERVICE_UNKNOWN', { name, other, known, nearest: nearestName(other, known) });
      }
      const circle = this.#circleFrom(name, []);
      if (circle !== undefined) throw new BowlineError('BOW_SERVICE_CIRCLE', { chain: circle });
    }
  }

  dependenciesOf(member: Member): readonly Member[] {
    return member.dependsOn.flatMap((name) => this.#all.get(name) ?? []);
  }

  dependentsOf(member: Member): readonly Member[] {
    return this.all.filter(({ dependsOn }) => dependsOn.includes(member.name));
  }

  #circleFrom(name: string, chain: readonly string[]): readonly string[] | undefined {
    if (chain.includes(name)) return [...chain.slice(chain.indexOf(name)), name];
    for (const next of this.#all.get(name)?.dependsOn ?? []) {
      const circle = this.#circleFrom(next, [...chain, name]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  }
}

/** The same server by the name that nobody else has. */
function within(group: string, server: ManagedServer): ManagedServer {
  const name = `${group}/${server.name}`;
  return {
    name,
    get phase() {
      return server.phase;
    },
    get stopReport() {
      return server.stopReport && { ...server.stopReport, name };
    },
    getConnectionsCount: () => server.getConnectionsCount(),
    getHealthStatus: () => ({ ...server.getHealthStatus(), name }),
    setDrainTimeout: (timeout) => server.setDrainTimeout(timeout),
    waitForConnections: () => server.waitForConnections(),
  };
}

function isServerGroup(service: HostedService): service is ServerGroup {
  return 'managedServers' in service;
}

function isManagedServer(service: HostedService): service is ManagedServer {
  return 'getHealthStatus' in service && 'stopReport' in service;
}
