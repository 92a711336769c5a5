import type { HostedService, Leftover } from './hosted-service.js';
import type { HookReport } from './hooks.js';
import type { Phase } from './phase.js';

/** Open connections. */
export interface ConnectionsCount {
  readonly total: number;
  /** With a request in flight, or upgraded to another protocol. */
  readonly active: number;
  readonly idle: number;
}

/** The requests of one route that are in flight. */
export interface RouteActivity {
  readonly method: string;
  /** The path of the route, such as `/orders/:id`; `(native)` where no route of ours answers. */
  readonly route: string;
  readonly inFlight: number;
}

/** What a server is doing. */
export interface ServerHealth {
  readonly name: string;
  readonly phase: Phase;
  /** Whether its port is open. */
  readonly listening: boolean;
  readonly connections: ConnectionsCount;
  readonly inFlight: number;
  readonly routes: readonly RouteActivity[];
}

/** What became of the requests of one route while its server stopped. */
export interface RouteStopReport {
  readonly method: string;
  readonly route: string;
  /** In flight when the stop began. */
  readonly inFlight: number;
  /** Answered whole since then, those that came later included. */
  readonly finished: number;
  readonly cut: number;
}

/** A request that had not ended when its time was over. */
export interface CutRequest {
  readonly method: string;
  readonly route: string;
  /** Milliseconds since its head had arrived; where the handler had answered at once and its client was slow to read, since the stop began at least. */
  readonly age: number;
}

/** What a server finished and what it cut. It counts from the moment in which the stop began. */
export interface ServerStopReport {
  readonly name: string;
  /** Requests in flight when the stop began. */
  readonly inFlight: number;
  /** Requests answered whole since then, those that came later included. */
  readonly finished: number;
  /** Requests whose client left before the answer was whole. */
  readonly abandoned: number;
  /** Requests that had not ended in time. */
  readonly cut: number;
  /** Requests that came behind an answer which had said `Connection: close`, or while refusing; clients send them again. */
  readonly refused: number;
  readonly connections: {
    /** Closed with nothing in flight. */
    readonly idle: number;
    /** Cut with a request in flight, or while they spoke another protocol. */
    readonly active: number;
    /** Closed after an answer that told them so. */
    readonly told: number;
    /** Still open. */
    readonly open: number;
  };
  readonly routes: readonly RouteStopReport[];
  readonly cuts: readonly CutRequest[];
  /** Handlers that ran on when the services that they use had to be closed. */
  readonly running: number;
  /** Of the hooks of this server alone. */
  readonly hooks: readonly HookReport[];
}

/** A service that has servers of its own, as an application within another: their figures count in those of the whole. */
export interface ServerGroup extends HostedService {
  readonly managedServers: readonly ManagedServer[];
  /** Whether `manager` is the one behind it, or behind one within it. */
  holds(manager: unknown): boolean;
  /** What its hosted services have left undone. */
  readonly leftovers: readonly Leftover[];
}

/** A server that can be asked for its figures: what the manager of an application adds up. */
export interface ManagedServer extends HostedService {
  readonly name: string;
  readonly phase: Phase;
  getConnectionsCount(): ConnectionsCount;
  getHealthStatus(): ServerHealth;
  /** How long requests in flight may take once draining has begun, or is to begin. Milliseconds. */
  setDrainTimeout(timeout: number): void;
  /** Resolves once no connection is left. */
  waitForConnections(): Promise<void>;
  /** Undefined until a stop has begun; live until it has ended. */
  readonly stopReport: ServerStopReport | undefined;
}
