import { reasonOf } from '../foundation/index.js';
import { exitCodes } from './exit-code.js';
import type { HookReport } from './hooks.js';
import type { ServerStopReport } from './managed-server.js';
import type { Phase } from './phase.js';
import { describeReason, type StopReason } from './stop-reason.js';
import type { RunReport } from './timed-run.js';

/** How long a phase took, so far. */
export interface PhaseReport {
  readonly phase: Phase;
  /** Milliseconds. */
  readonly duration: number;
}

/** What became of one step of a service or hosted service: `close` is that of the container. */
export interface ServiceReport extends RunReport {
  readonly step: 'lameDuck' | 'drain' | 'stop' | 'close';
}

/** A piece of work that was still under way when everything had to be closed. */
export interface Leftover {
  readonly name: string;
  readonly active: number;
}

/** Where the figures of a report come from while the stop is under way. */
export interface ReportSources {
  readonly phase: () => Phase;
  /** Milliseconds since the stop began. */
  readonly elapsed: () => number;
  /** Milliseconds until the process should have ended. */
  readonly remaining: () => number;
  readonly servers: () => readonly ServerStopReport[];
}

/** What a stop finished and what it cut: live while it goes on, final once its promise has resolved. */
export class ShutdownReport {
  readonly reason: StopReason;
  /** When the stop began. */
  readonly startedAt: Date;
  /** Of hooks, in the order of their ends. */
  readonly hooks: HookReport[] = [];
  /** Of services and hosted services, in the order of their ends. Servers have an account of their own. */
  readonly services: ServiceReport[] = [];
  /** Hosted services that were still busy when they had to stop. */
  readonly leftovers: Leftover[] = [];
  /** What kept the process alive after the stop; empty where it ended by itself. */
  activeHandles: readonly string[] = [];
  /** Whether somebody insisted. */
  forced = false;
  readonly #sources: ReportSources;
  readonly #entered: { readonly phase: Phase; readonly at: number }[] = [];
  #final: { readonly duration: number; readonly servers: readonly ServerStopReport[] } | undefined;

  constructor(reason: StopReason, startedAt: Date, sources: ReportSources) {
    this.reason = reason;
    this.startedAt = startedAt;
    this.#sources = sources;
  }

  get phase(): Phase {
    return this.#sources.phase();
  }

  /** Milliseconds, so far or in all. */
  get duration(): number {
    return this.#final?.duration ?? this.#sources.elapsed();
  }

  /** Milliseconds that are left of the grace period. */
  get remaining(): number {
    return this.#final === undefined ? this.#sources.remaining() : 0;
  }

  get phases(): readonly PhaseReport[] {
    return this.#entered.map(({ phase, at }, index) => ({
      phase,
      duration: (this.#entered[index + 1]?.at ?? this.duration) - at,
    }));
  }

  get servers(): readonly ServerStopReport[] {
    return this.#final?.servers ?? this.#sources.servers();
  }

  /** The sums over all servers. */
  get requests(): Pick<ServerStopReport, 'inFlight' | 'finished' | 'abandoned' | 'cut' | 'refused'> {
    const sum = (of: (server: ServerStopReport) => number): number =>
      this.servers.reduce((total, server) => total + of(server), 0);
    return {
      inFlight: sum((server) => server.inFlight),
      finished: sum((server) => server.finished),
      abandoned: sum((server) => server.abandoned),
      cut: sum((server) => server.cut),
      refused: sum((server) => server.refused),
    };
  }

  /** Hooks and services that failed. */
  get failures(): readonly RunReport[] {
    const ofServers = this.servers.flatMap(({ hooks }) => hooks);
    return [...this.hooks, ...ofServers, ...this.services].filter((each) => each.error !== undefined);
  }

  /** What the process ends with, one of {@link exitCodes}. */
  get exitCode(): number {
    if (this.reason.kind === 'error') return exitCodes.error;
    if (this.forced) return exitCodes.forced;
    if (this.#hasCut) return exitCodes.cut;
    return this.failures.length > 0 ? exitCodes.failed : exitCodes.clean;
  }

  /** Whether all that was begun was finished, and nothing failed, whatever the stop was begun for. */
  get isComplete(): boolean {
    return !this.#hasCut && this.failures.length === 0;
  }

  get #hasCut(): boolean {
    const isRunning = this.servers.some(({ running }) => running > 0);
    return this.requests.cut > 0 || isRunning || this.leftovers.length > 0;
  }

  /** Says that a phase begins now. */
  enter(phase: Phase): void {
    this.#entered.push({ phase, at: this.#sources.elapsed() });
  }

  /** Holds all figures as they are now. */
  close(): void {
    this.#final ??= { servers: this.#sources.servers(), duration: this.#sources.elapsed() };
  }

  /** The figures as one plain object, for a structured log line. Errors become their messages. */
  toJSON(): Record<string, unknown> {
    const { requests, phases, servers, exitCode, forced, leftovers, activeHandles } = this;
    return {
      reason: describeReason(this.reason),
      startedAt: this.startedAt.toISOString(),
      duration: Math.round(this.duration),
      exitCode,
      ...(forced ? { forced } : {}),
      phases: Object.fromEntries(phases.map(({ phase, duration }) => [phase, Math.round(duration)])),
      requests,
      servers,
      hooks: this.hooks.map(({ hook, ...report }) => ({ hook, ...plain(report) })),
      services: this.services.map(({ step, ...report }) => ({ step, ...plain(report) })),
      ...(leftovers.length > 0 ? { leftovers } : {}),
      ...(activeHandles.length > 0 ? { activeHandles } : {}),
    };
  }
}

function plain({ name, duration, error }: RunReport): object {
  return { name, duration: Math.round(duration), ...(error === undefined ? {} : { error: reasonOf(error) }) };
}
