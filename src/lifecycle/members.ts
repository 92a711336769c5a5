import { describeValue, nearestName, BowlineError } from '../foundation/index.js';
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
  /** Whether it works, or may, so that it has to be stopped. */
  started: boolean;
}

/** Servers and hosted services by name, and who of them uses whom. */
export class Members {
  readonly #all = new Map<string, Member>();

  get all(): readonly Member[] {
    return [...this.#all.values()];
  }

  has(name: string): boolean {
    return this.#all.has(name);
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

  /** Throws BOW_SERVICE_NAME_TAKEN for a name that another has, and BOW_OPTION_INVALID for what is no list of names. */
  add(name: string, service: HostedService, { dependsOn = service.dependsOn ?? [] }: MemberOptions): void {
    if (this.#all.has(name)) throw new BowlineError('BOW_SERVICE_NAME_TAKEN', { name });
    if (!Array.isArray(dependsOn) || dependsOn.some((each) => typeof each !== 'string'))
      throw new BowlineError('BOW_OPTION_INVALID', {
        option: `dependsOn of '${name}'`,
        got: describeValue(dependsOn),
        expected: 'a list of names',
      });
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

  /** A port is opened when all is there that works behind it, save what itself waits for the port. */
  startsAfter(member: Member): readonly Member[] {
    const declared = this.dependenciesOf(member);
    if (!isManagedServer(member.service)) return declared;
    const hosted = this.all.filter(({ service }) => !isManagedServer(service));
    return [...new Set([...declared, ...hosted.filter((each) => !this.#reaches(each, member, new Set()))])];
  }

  /** How many drain before it, one after the other. */
  depthOf(member: Member): number {
    return Math.max(0, ...this.dependentsOf(member).map((each) => 1 + this.depthOf(each)));
  }

  #reaches(from: Member, target: Member, seen: Set<Member>): boolean {
    if (from === target) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return this.dependenciesOf(from).some((each) => this.#reaches(each, target, seen));
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

/** What it is busy with, 0 where it does not say. */
export function activityOf(service: HostedService): number {
  try {
    const { active } = service.activity?.() ?? { active: 0 };
    return Number.isFinite(active) ? active : 0;
  } catch {
    return 0;
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

export function isServerGroup(service: HostedService): service is ServerGroup {
  return 'managedServers' in service;
}

export function isManagedServer(service: HostedService): service is ManagedServer {
  return 'getHealthStatus' in service && 'stopReport' in service;
}
