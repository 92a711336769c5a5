import {
  BowlineError,
  durationOption,
  isBowlineError,
  logSafely,
  MovableDeadline,
  reasonOf,
  requireOption,
  runInOrder,
  type Clock,
  type Deadline,
  type LifecycleEventSource,
  type Logger,
} from '../foundation/index.js';
import type { Budget } from './budget.js';
import { loggedReport } from './describe-report.js';
import { exitCodes } from './exit-code.js';
import { toHook, type Hook, type HookContext, type HookFunction, type HookOptions, type HookReport } from './hooks.js';
import type { HostedService, Leftover } from './hosted-service.js';
import type { ConnectionsCount, ManagedServer, ServerGroup, ServerHealth } from './managed-server.js';
import { activityOf, isManagedServer, isServerGroup, Members, type MemberOptions } from './members.js';
import { enterPhase, isBefore, PhaseTrack, type Lifecycle, type Phase } from './phase.js';
import { runHooks } from './run-hooks.js';
import type { ShutdownReport } from './shutdown-report.js';
import { requireStopOptions, type StopOptions } from './stop-options.js';
import { describeReason, type StopReason } from './stop-reason.js';
import { StopSequence, type ServiceCloser } from './stop-sequence.js';
import { isGivenUp, WatchedRuns } from './watched-runs.js';

export interface ManagerParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: LifecycleEventSource;
  readonly budget: Budget;
  /** How long one hook, one service and the whole start may take. Milliseconds. */
  readonly timeouts: { readonly hook: number; readonly service: number; readonly start: number };
  readonly services?: ServiceCloser;
  /** Called when the report is complete: what tells of every phase, the management server, ends last. Must not reject. */
  readonly finish?: () => Promise<void>;
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
  /** While `OnReady` hooks run. */
  #readying: { readonly deadline: MovableDeadline; readonly done: Promise<unknown> } | undefined;
  #sequence: StopSequence | undefined;
  #stopped: Promise<ShutdownReport> | undefined;
  #drainTimeout: number;
  /** Of the `OnReady` hooks those that failed. */
  #unready: readonly HookReport[] = [];

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

  /** Whether anything was added that starts and stops. */
  get hasMembers(): boolean {
    return this.#members.all.length > 0;
  }

  /** Whether a server or hosted service of that name was added. */
  hasMember(name: string): boolean {
    return this.#members.has(name);
  }

  /**
   * Adds a server or a hosted service. Throws BOW_SERVICE_NAME_TAKEN, BOW_SERVICE_CIRCLE for an application within itself, and
   * BOW_WRONG_STATE once the start has ended: nobody would start it.
   */
  add(name: string, service: HostedService, options: MemberOptions = {}): this {
    if (!isBefore(this.phase, 'ready'))
      throw new BowlineError('BOW_WRONG_STATE', {
        call: 'manager.add()',
        state: this.phase,
        mend: 'Call it before start() or listen().',
      });
    if (isServerGroup(service) && service.holds(this))
      throw new BowlineError('BOW_SERVICE_CIRCLE', { chain: [name, name] });
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

  /** Throws BOW_SERVICE_UNKNOWN, or BOW_SERVICE_CIRCLE, where the dependencies of what was added make no order. */
  check(): void {
    this.#members.check();
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
   * Stops everything: a lame duck first, then the drain, then services. Later calls join the first. What fails is in the report,
   * and rejects nothing; only options that are none do, with BOW_OPTION_INVALID, and begin no stop. Called by a hook or a
   * service that is being stopped, it resolves at once with the live report.
   */
  async gracefulStop(options: StopOptions = {}): Promise<ShutdownReport> {
    requireStopOptions(options);
    const stopped = this.wholeStop(options);
    return this.#runs.isInside && this.report !== undefined ? this.report : stopped;
  }

  /** The same, and resolves when the stop has ended whoever asks. */
  wholeStop(options: StopOptions = {}): Promise<ShutdownReport> {
    if (this.#stopped === undefined) {
      // Set before anything runs: what is told of the first phase may ask for the stop, too.
      const { promise, resolve } = Promise.withResolvers<ShutdownReport>();
      this.#stopped = promise;
      void this.#run(options).then(resolve);
    }
    return this.#stopped;
  }

  /** Cuts what a stop still waits for; services are still closed, within a second, and the report is still made. */
  force(): void {
    this.#sequence?.force();
  }

  /** Says that nobody has caught `error`: a stop that is under way has it in its report. */
  noteUncaught(error: unknown): void {
    this.report?.uncaught.push(error);
  }

  /** How long draining may take, also while it goes on. Milliseconds. Throws BOW_OPTION_INVALID for anything else. */
  setDrainTimeout(timeout: number): void {
    requireOption('setDrainTimeout()', timeout, durationOption());
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
        .filter(({ service }) => !isManagedServer(service))
        .map(({ name, service }) => ({ name, active: activityOf(service) })),
      running: this.#runs.names,
      remaining: this.report?.remaining,
    };
  }

  /** This manager as one hosted service of another, which then says when each step is taken. */
  asHostedService(start: () => Promise<unknown>): ServerGroup {
    const servers = (): readonly ManagedServer[] => this.#members.servers;
    const leftovers = (): readonly Leftover[] => this.report?.leftovers ?? [];
    return {
      get managedServers() {
        return servers();
      },
      holds: (manager) =>
        manager === this || this.#members.all.some(({ service }) => isServerGroup(service) && service.holds(manager)),
      get leftovers() {
        return leftovers();
      },
      start: async () => void (await start()),
      lameDuck: async ({ reason, deadline }) => {
        const sequence = this.#begin(reason);
        await this.#giveUpStart(reason);
        await sequence.lameDuck(deadline.remaining);
      },
      drain: async ({ reason, deadline, signal }) => {
        const sequence = this.#begin(reason);
        signal.addEventListener('abort', () => sequence.force(), { once: true });
        deadline.signal.addEventListener('abort', () => sequence.hurry(), { once: true });
        // What it began to start is to be drained, and nothing is to be started behind that.
        await this.#giveUpStart(reason);
        await sequence.drain();
      },
      stop: async ({ reason }) => throwFailures(await this.wholeStop({ reason, lameDuckDelay: 0 })),
      activity: () => ({ active: this.#active }),
    };
  }

  /** Requests, and what hosted services are busy with. */
  get #active(): number {
    const { inFlight, hosted } = this.getHealthStatus();
    return hosted.reduce((sum, { active }) => sum + active, inFlight);
  }

  async #startMembers(deadline: Deadline): Promise<void> {
    this.check();
    const failures: unknown[] = [];
    await runInOrder(
      this.#members.all,
      (member) => this.#members.startsAfter(member),
      async (member) => {
        if (failures.length > 0 || deadline.signal.aborted) return;
        const start = (signal: AbortSignal): unknown => member.service.start?.({ deadline, signal });
        try {
          await this.startOne('start', member.name, Infinity, start);
          member.started = true;
        } catch (error) {
          // What was given up in the middle may have begun to work; what threw says that it has not.
          member.started = isBowlineError(error) && unfinished.includes(error.code);
          failures.push(error);
        }
      },
    );
    if (failures.length > 0) throw failures[0];
  }

  async #runReadyHooks(): Promise<void> {
    const { clock, timeouts } = this.#parts;
    const deadline = new MovableDeadline(clock, timeouts.start, 'The start');
    const surroundings = { clock, runs: this.#runs, timeout: timeouts.hook, phase: this.phase, reason: undefined };
    const run = (hook: Hook, context: HookContext): unknown => {
      // A later one is not begun when an earlier one was given up.
      deadline.signal.throwIfAborted();
      return hook.run(context);
    };
    const hooks = this.#hooks.map((hook): Hook => ({ ...hook, run: (context) => run(hook, context) }));
    const done = runHooks(hooks, 'OnReady', { ...surroundings, deadline });
    this.#readying = { deadline, done: done.then((reports) => this.#noteUnready(reports)) };
    await this.#readying.done;
    this.#readying = undefined;
    deadline.end();
  }

  /** That one did not do what it was for shows where everything else is told. */
  #noteUnready(reports: readonly HookReport[]): void {
    this.#unready = reports.filter(({ error }) => error !== undefined && !isGivenUp(error));
    this.report?.hooks.unshift(...this.#unready);
  }

  /** Lets a start that is under way begin nothing more; undefined where there is none. What `OnReady` has begun may be the contrary of what a lame duck does. */
  #giveUpStart(reason: StopReason): Promise<unknown> | undefined {
    const unfinished = isBefore(this.phase, 'ready') ? this.#starting : this.#readying;
    unfinished?.deadline.cancel(new BowlineError('BOW_START_GIVEN_UP', { reason: describeReason(reason) }));
    return unfinished?.done;
  }

  async #run(options: StopOptions): Promise<ShutdownReport> {
    const { reason = { kind: 'api' }, lameDuckDelay = this.#usualDelay(reason) } = options;
    const wasReady = this.phase === 'ready';
    const sequence = this.#begin(reason);
    const givenUp = this.#giveUpStart(reason);
    // Without a start to wait for readiness is off before this returns.
    if (givenUp !== undefined) await givenUp;
    if (wasReady) await this.#step(() => sequence.lameDuck(lameDuckDelay));
    await this.#step(() => sequence.drain());
    await this.#step(() => sequence.stop());
    await this.#step(() => this.#parts.finish?.());
    await this.#step(() => this.#tellStopped(sequence.report));
    return sequence.report;
  }

  /** What goes wrong in one step, which nothing should, keeps no later one from being taken. */
  async #step(take: () => unknown): Promise<void> {
    try {
      await take();
    } catch (error) {
      logSafely(this.#parts.log, 'error', 'A step of the stop failed; the rest goes on', { error });
    }
  }

  #begin(reason: StopReason): StopSequence {
    return (this.#sequence ??= this.#makeSequence(reason));
  }

  #makeSequence(reason: StopReason): StopSequence {
    const sequence = new StopSequence(
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
    );
    sequence.report.hooks.push(...this.#unready);
    return sequence;
  }

  #usualDelay({ kind }: StopReason): number {
    const { lameDuckDelay, isDelaySet } = this.#parts.budget;
    return isDelaySet || kind === 'signal' || kind === 'parent' ? lameDuckDelay.value : 0;
  }

  #tellStopped(report: ShutdownReport): void {
    const { events, log } = this.#parts;
    const { exitCode } = report;
    const isCut = report.servers.some(({ connections }) => connections.active > 0);
    // Why it was begun has been told by then.
    const isWell = exitCode === exitCodes.clean || (exitCode === exitCodes.error && report.uncaught.length === 0);
    const level = isWell && !isCut ? 'info' : 'warn';
    logSafely(log, level, 'The application has stopped', { report: loggedReport(report) });
    events.emit('stopped', { reason: report.reason.kind, exitCode, duration: Math.round(report.duration) });
  }

  #enter(phase: Phase): boolean {
    return enterPhase(this.#track, this.#parts.log, phase);
  }
}

/** Lets who waits for this stop know what failed in it. */
function throwFailures({ failures }: ShutdownReport): void {
  if (failures.length === 0) return;
  const texts = failures.map(({ name, error }) => `${name}: ${reasonOf(error)}`);
  const errors = failures.map(({ error }) => error);
  throw new AggregateError(errors, texts.join('; '));
}

function sumOf(counts: readonly ConnectionsCount[]): ConnectionsCount {
  const sum = (of: (count: ConnectionsCount) => number): number =>
    counts.reduce((total, count) => total + of(count), 0);
  return { total: sum(({ total }) => total), active: sum(({ active }) => active), idle: sum(({ idle }) => idle) };
}

const unfinished: readonly string[] = ['BOW_OUT_OF_TIME', 'BOW_START_GIVEN_UP'];

function ignore(): void {}
