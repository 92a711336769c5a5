import { reasonOf } from '../foundation/index.js';
import { exitCodes } from './exit-code.js';
import type { HookReport } from './hooks.js';
import type { Leftover } from './hosted-service.js';
import type { ServerStopReport } from './managed-server.js';
import type { Phase } from './phase.js';
import { describeReason, type StopReason } from './stop-reason.js';
import type { RunReport } from './timed-run.js';
import { isForced } from './watched-runs.js';

/** How long a phase took, so far. */
export interface PhaseReport {
  readonly phase: Phase;
  /** Milliseconds. */
  readonly duration: number;
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
  /** Of hooks, in the order of their ends; of `OnReady`, which was before, those that failed. */
  readonly hooks: HookReport[] = [];
  /** Of services and hosted services, in the order of their ends. */
  readonly services: RunReport[] = [];
  /** Hosted services that were still busy when they had to stop. */
  readonly leftovers: Leftover[] = [];
  /** Errors that nobody caught while it stopped. */
  readonly uncaught: unknown[] = [];
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

  /** Those that take time: it has none for being stopped. */
  get phases(): readonly PhaseReport[] {
    return this.#entered
      .map(({ phase, at }, index) => ({ phase, duration: (this.#entered[index + 1]?.at ?? this.duration) - at }))
      .filter(({ phase }) => phase !== 'stopped');
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

  /** Hooks and services that failed. To be told to hurry is no failure. */
  get failures(): readonly RunReport[] {
    const ofServers = this.servers.flatMap(({ hooks }) => hooks);
    return [...this.hooks, ...ofServers, ...this.services].filter(
      ({ error }) => error !== undefined && !isForced(error),
    );
  }

  /** What the process ends with; docs/architecture/stop.md has the list. */
  get exitCode(): number {
    if (this.reason.kind === 'error' || this.uncaught.length > 0) return exitCodes.error;
    if (this.forced) return exitCodes.forced;
    const isRunning = this.servers.some(({ running }) => running > 0);
    if (this.requests.cut > 0 || isRunning || this.leftovers.length > 0) return exitCodes.cut;
    return this.failures.length > 0 ? exitCodes.failed : exitCodes.clean;
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
    const { requests, phases, servers, exitCode, forced, leftovers, uncaught, activeHandles } = this;
    return {
      reason: describeReason(this.reason),
      ...(this.reason.kind === 'error' ? { error: reasonOf(this.reason.error) } : {}),
      startedAt: this.startedAt.toISOString(),
      duration: Math.round(this.duration),
      exitCode,
      ...(forced ? { forced } : {}),
      phases: Object.fromEntries(phases.map(({ phase, duration }) => [phase, Math.round(duration)])),
      requests,
      servers: servers.map(plainServer),
      hooks: this.hooks.map(plainHook),
      services: this.services.map(plain),
      ...(leftovers.length > 0 ? { leftovers } : {}),
      ...(uncaught.length > 0 ? { uncaught: uncaught.map(reasonOf) } : {}),
      ...(activeHandles.length > 0 ? { activeHandles } : {}),
    };
  }
}

/** Without what is nothing in nearly every report. */
function plainServer({ cuts, running, hooks, ...figures }: ServerStopReport): object {
  return {
    ...figures,
    ...(cuts.length === 0 ? {} : { cuts }),
    ...(running === 0 ? {} : { running }),
    ...(hooks.length === 0 ? {} : { hooks: hooks.map(plainHook) }),
  };
}

function plainHook({ hook, ...report }: HookReport): object {
  return { hook, ...plain(report) };
}

function plain({ name, step, duration, error }: RunReport): object {
  return {
    name,
    ...(step === undefined ? {} : { step }),
    duration: Math.round(duration),
    ...(error === undefined ? {} : { error: reasonOf(error) }),
  };
}
