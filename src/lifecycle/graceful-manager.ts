import {
  BowlineError,
  logSafely,
  MovableDeadline,
  runInOrder,
  type Clock,
  type Deadline,
  type EventSource,
  type Logger,
} from '../foundation/index.js';
import type { Budget } from './budget.js';
import { toHook, type Hook, type HookFunction, type HookOptions } from './hooks.js';
import type { HostedService } from './hosted-service.js';
import type { ConnectionsCount, ServerHealth } from './managed-server.js';
import { Members, type MemberOptions } from './members.js';
import { PhaseTrack, type Lifecycle, type Phase } from './phase.js';
import { runHooks } from './run-hooks.js';
import type { ShutdownReport } from './shutdown-report.js';
import { describeReason, type StopReason } from './stop-reason.js';
import { StopSequence, type ServiceCloser } from './stop-sequence.js';
import { WatchedRuns } from './watched-runs.js';

export interface ManagerParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventSource;
  readonly budget: Budget;
  /** How long one hook, one service and the whole start may take. Milliseconds. */
  readonly timeouts: { readonly hook: number; readonly service: number; readonly start: number };
  readonly services?: ServiceCloser;
  /** Called when the report is complete: what tells of every phase, the management server, ends last. Must not reject. */
  readonly finish?: () => Promise<void>;
}

export interface StopOptions {
  /** @default { kind: 'api' } */
  readonly reason?: StopReason;
  /** Milliseconds. @default what was set, else 0, and after a signal what fits the surroundings */
  readonly lameDuckDelay?: number;
}

/** What an application is doing, in sums and in detail. */
export interface HealthStatus {
  readonly phase: Phase;
  /** Whether new clients should be sent here. */
  readonly ready: boolean;
  readonly connections: ConnectionsCount;
  /** Requests in flight. */
  readonly inFlight: number;
  readonly servers: readonly ServerHealth[];
  readonly hosted: readonly { readonly name: string; readonly active: number }[];
  /** Hooks and services that are running at this moment. */
  readonly running: readonly string[];
  /** Milliseconds that are left of the grace period; undefined while nothing stops. */
  readonly remaining: number | undefined;
}

/** Starts and stops the servers, hosted services and hooks of an application as one. Its figures are sums. */
export class GracefulManager {
  readonly #parts: ManagerParts;
  readonly #members = new Members();
  readonly #hooks: Hook[] = [];
  readonly #track: PhaseTrack;
  readonly #runs: WatchedRuns;
  #starting: { readonly deadline: MovableDeadline; readonly done: Promise<unknown> } | undefined;
  #sequence: StopSequence | undefined;
  #stopped: Promise<ShutdownReport> | undefined;
  #drainTimeout: number;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#track = new PhaseTrack(parts.events);
    this.#runs = new WatchedRuns(parts.log, parts.events);
    this.#drainTimeout = parts.budget.drainTimeout.value;
  }

  get phase(): Phase {
    return this.#track.phase;
  }

  get lifecycle(): Lifecycle {
    return this.#track;
  }

  /** What the stop has finished and cut so far; undefined until one has begun. */
  get report(): ShutdownReport | undefined {
    return this.#sequence?.report;
  }

  /** Adds a server or a hosted service. Throws BOW_SERVICE_NAME_TAKEN. */
  add(name: string, service: HostedService, options: MemberOptions = {}): this {
    this.#members.add(name, service, options);
    return this;
  }

  addHook(hook: Hook): this {
    this.#hooks.push(hook);
    return this;
  }

  /** Calls `run` at the end of the lame duck, while everything is still served. */
  preShutdownHook(name: string, run: HookFunction, options: HookOptions = {}): this {
    return this.addHook(toHook('PreShutdown', name, run, options));
  }

  /** Calls `run` when all requests have ended and all services are closed, save those that have such a hook themselves. */
  postShutdownHook(name: string, run: HookFunction, options: HookOptions = {}): this {
    return this.addHook(toHook('PostShutdown', name, run, options));
  }

  /**
   * Starts: first what `prepare` does, then servers and hosted services, dependencies first and independent ones at once; then
   * enters `ready` and calls the hooks of that. All of it within the time of a start, and given up when a stop begins.
   * Rejects with the first failure, after which nothing new is begun: a {@link gracefulStop} then ends what had started.
   */
  async startup(prepare: (deadline: Deadline) => Promise<void> = () => Promise.resolve()): Promise<void> {
    const { clock, timeouts } = this.#parts;
    this.#enter('starting');
    const deadline = new MovableDeadline(clock, timeouts.start, 'The start');
    const done = prepare(deadline).then(() => this.#startMembers(deadline));
    this.#starting = { deadline, done: done.catch(ignore) };
    try {
      await done;
      deadline.signal.throwIfAborted();
    } finally {
      deadline.end();
    }
    if (this.#enter('ready')) await this.#runReadyHooks();
  }

  /** Runs something that belongs to the start. Rejects with what it throws, and where its time or that of the start is over. */
  async startOne(kind: string, name: string, timeout: number, work: (signal: AbortSignal) => unknown): Promise<void> {
    const deadline = this.#starting?.deadline;
    if (deadline === undefined) throw new Error(`${name} belongs to no start.`);
    deadline.signal.throwIfAborted();
    const report = await this.#runs.run(kind, name, { clock: this.#parts.clock, deadline, timeout }, work);
    if (report.error !== undefined) throw report.error;
  }

  /**
   * Stops everything: a lame duck first, then the drain, then services. Later calls join the first. Never rejects: what fails
   * is in the report. Called by a hook or a service that is being stopped, it resolves at once with the live report.
   */
  gracefulStop(options: StopOptions = {}): Promise<ShutdownReport> {
    this.#stopped ??= this.#run(options);
    return this.#runs.isInside && this.report !== undefined ? Promise.resolve(this.report) : this.#stopped;
  }

  /** Cuts what a stop still waits for; services are still closed, within a second, and the report is still made. */
  force(): void {
    this.#sequence?.force();
  }

  /** How long draining may take, also while it goes on. Milliseconds. */
  setDrainTimeout(timeout: number): void {
    this.#drainTimeout = timeout;
    this.#sequence?.setDrainTimeout(timeout);
  }

  /** Resolves once no server has a connection left. */
  async waitForConnections(): Promise<void> {
    await Promise.all(this.#members.servers.map((server) => server.waitForConnections()));
  }

  getConnectionsCount(): ConnectionsCount {
    return sumOf(this.#members.servers.map((server) => server.getConnectionsCount()));
  }

  getHealthStatus(): HealthStatus {
    const servers = this.#members.servers.map((server) => server.getHealthStatus());
    return {
      phase: this.phase,
      ready: this.phase === 'ready',
      connections: sumOf(servers.map(({ connections }) => connections)),
      inFlight: servers.reduce((sum, { inFlight }) => sum + inFlight, 0),
      servers,
      hosted: this.#members.all
        .filter(({ service }) => !('stopReport' in service))
        .map(({ name, service }) => ({ name, active: service.activity?.().active ?? 0 })),
      running: this.#runs.names,
      remaining: this.report?.remaining,
    };
  }

  /** This manager as one hosted service of another, which then says when each step is taken. */
  asHostedService(start: () => Promise<unknown>): HostedService {
    return {
      start: async () => void (await start()),
      lameDuck: ({ reason, deadline }) => this.#begin(reason).lameDuck(deadline.remaining),
      drain: ({ reason, signal }) => {
        const sequence = this.#begin(reason);
        signal.addEventListener('abort', () => sequence.force(), { once: true });
        return sequence.drain();
      },
      stop: async ({ reason }) => void (await this.gracefulStop({ reason, lameDuckDelay: 0 })),
      activity: () => ({ active: this.getHealthStatus().inFlight }),
    };
  }

  async #startMembers(deadline: Deadline): Promise<void> {
    this.#members.check();
    const failures: unknown[] = [];
    await runInOrder(
      this.#members.all,
      (member) => this.#members.dependenciesOf(member),
      async (member) => {
        if (failures.length > 0 || deadline.signal.aborted) return;
        member.started = true;
        const start = (signal: AbortSignal): unknown => member.service.start?.({ deadline, signal });
        await this.startOne('start', member.name, Infinity, start).catch((error: unknown) => failures.push(error));
      },
    );
    if (failures.length > 0) throw failures[0];
  }

  async #runReadyHooks(): Promise<void> {
    const { clock, timeouts } = this.#parts;
    const deadline = new MovableDeadline(clock, timeouts.start, 'The start');
    const surroundings = { clock, runs: this.#runs, timeout: timeouts.hook, phase: this.phase, reason: undefined };
    await runHooks(this.#hooks, 'OnReady', { ...surroundings, deadline });
    deadline.end();
  }

  async #run(options: StopOptions): Promise<ShutdownReport> {
    const { reason = { kind: 'api' }, lameDuckDelay = this.#usualDelay(reason) } = options;
    const wasReady = this.phase === 'ready';
    const sequence = this.#begin(reason);
    if (this.#starting !== undefined && !wasReady) {
      this.#starting.deadline.cancel(new BowlineError('BOW_START_GIVEN_UP', { reason: describeReason(reason) }));
      await this.#starting.done;
    }
    if (wasReady) await sequence.lameDuck(lameDuckDelay);
    await sequence.drain();
    await sequence.stop();
    await this.#parts.finish?.();
    this.#tellStopped(sequence.report);
    return sequence.report;
  }

  #begin(reason: StopReason): StopSequence {
    return (this.#sequence ??= new StopSequence(
      {
        services: undefined,
        ...this.#parts,
        members: this.#members,
        hooks: this.#hooks,
        track: this.#track,
        runs: this.#runs,
      },
      reason,
      this.#drainTimeout,
    ));
  }

  #usualDelay({ kind }: StopReason): number {
    const { lameDuckDelay, isDelaySet } = this.#parts.budget;
    return isDelaySet || kind === 'signal' || kind === 'parent' ? lameDuckDelay.value : 0;
  }

  #tellStopped(report: ShutdownReport): void {
    const { events, log } = this.#parts;
    const { exitCode } = report;
    logSafely(log, report.isComplete ? 'info' : 'warn', 'The application has stopped', {
      report: report.toJSON(),
    });
    events.emit('stopped', { reason: report.reason.kind, exitCode, duration: Math.round(report.duration) });
  }

  #enter(phase: Phase): boolean {
    const entered = this.#track.enter(phase);
    if (entered) logSafely(this.#parts.log, 'info', `The application is ${phase}`, { phase });
    return entered;
  }
}

function sumOf(counts: readonly ConnectionsCount[]): ConnectionsCount {
  const sum = (of: (count: ConnectionsCount) => number): number =>
    counts.reduce((total, count) => total + of(count), 0);
  return { total: sum(({ total }) => total), active: sum(({ active }) => active), idle: sum(({ idle }) => idle) };
}

function ignore(): void {}
