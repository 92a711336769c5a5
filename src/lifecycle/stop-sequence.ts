import {
  logSafely,
  MovableDeadline,
  runInOrder,
  type Clock,
  type EventSource,
  type Logger,
} from '../foundation/index.js';
import type { Budget } from './budget.js';
import type { Hook, HookName } from './hooks.js';
import type { StopContext } from './hosted-service.js';
import type { Member, Members } from './members.js';
import type { Phase, PhaseTrack } from './phase.js';
import { runHooks } from './run-hooks.js';
import { ShutdownReport } from './shutdown-report.js';
import type { StopReason } from './stop-reason.js';
import type { RunReport, TimeLimits } from './timed-run.js';
import type { WatchedRuns } from './watched-runs.js';

/** The services of an application, which are closed when nothing works with them any longer. */
export interface ServiceCloser {
  /** Closes all, dependents first, save those that hooks after the shutdown still need. Never rejects. */
  close(limits: TimeLimits, runs: WatchedRuns): Promise<readonly RunReport[]>;
  /** Closes those. Never rejects. */
  closeLast(limits: TimeLimits, runs: WatchedRuns): Promise<readonly RunReport[]>;
}

/** What a stop works on. */
export interface StopParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventSource;
  readonly budget: Budget;
  /** How long one hook and one service may take. Milliseconds. */
  readonly timeouts: { readonly hook: number; readonly service: number };
  readonly members: Members;
  readonly hooks: readonly Hook[];
  readonly track: PhaseTrack;
  readonly runs: WatchedRuns;
  readonly services: ServiceCloser | undefined;
}

/** Once somebody has insisted, all services together get this long. Milliseconds. */
const forcedStopTimeout = 1_000;
/** How long after its cut a server may take to say so. Milliseconds. */
const cutAllowance = 250;
const progressInterval = 1_000;
/** Every how many events of progress a line is logged. */
const progressLines = 5;

/**
 * One stop, in three steps that are each taken once: lame duck, draining, stopping. Whoever calls a step again joins it.
 * No step rejects, and all of them together end within the grace period.
 */
export class StopSequence {
  readonly report: ShutdownReport;
  readonly #parts: StopParts;
  /** When all must have ended. */
  readonly #total: MovableDeadline;
  /** When nothing may be under way any longer. */
  readonly #work: MovableDeadline;
  #lameDuck: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  /** From the beginning of draining: when the late are told, and when nobody waits for them any more. */
  #drain: { readonly deadline: MovableDeadline; readonly limit: MovableDeadline } | undefined;
  #drainTimeout: number;

  constructor(parts: StopParts, reason: StopReason, drainTimeout: number) {
    const { clock, budget, members, track } = parts;
    this.#parts = parts;
    this.#drainTimeout = drainTimeout;
    const start = clock.elapsed();
    const total = budget.gracePeriod.value - budget.reserve.value;
    this.#total = new MovableDeadline(clock, total, 'The grace period');
    this.#work = new MovableDeadline(clock, total - budget.stopTimeout.value, 'The drain');
    this.report = new ShutdownReport(reason, new Date(clock.now()), {
      phase: () => track.phase,
      elapsed: () => clock.elapsed() - start,
      remaining: () => Math.max(0, start + budget.gracePeriod.value - clock.elapsed()),
      servers: () => members.servers.flatMap(({ stopReport }) => stopReport ?? []),
    });
  }

  /** Everything is served for `delay` milliseconds more, then the last hooks run that may still call it. */
  lameDuck(delay: number): Promise<void> {
    return (this.#lameDuck ??= this.#beLameDuck(delay));
  }

  /** Nothing new is taken; what is in flight is finished, or told to end and cut once its time is over. */
  drain(): Promise<void> {
    return (this.#draining ??= this.#drainAll());
  }

  /** Servers, hosted services and services are closed, in this order. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stopAll());
  }

  /** Cuts now what is in flight; services are still closed, and the report is still made. */
  force(): void {
    this.report.forced = true;
    this.#work.shorten(0);
    this.#total.shorten(forcedStopTimeout);
  }

  /** Gives draining `timeout` milliseconds from its beginning, also once it has begun. */
  setDrainTimeout(timeout: number): void {
    this.#drainTimeout = timeout;
    this.#drain?.deadline.moveTo(timeout);
    this.#drain?.limit.moveTo(timeout + this.#grace);
  }

  get #grace(): number {
    return this.#parts.budget.abortGrace.value + cutAllowance;
  }

  async #beLameDuck(delay: number): Promise<void> {
    const { clock, members, timeouts } = this.#parts;
    this.#enter('lame-duck');
    const end = new MovableDeadline(clock, Math.min(delay, this.#work.remaining), 'The lame duck');
    const limits = this.#limits(this.#work, end.remaining + timeouts.service);
    await Promise.all([
      this.#wait(end),
      ...members.started.map((member) =>
        this.#runMember('lameDuck', member, limits, (signal) => member.service.lameDuck?.(this.#context(end, signal))),
      ),
      this.#runHooks('OnLameDuck', this.#work),
    ]);
    end.end();
    await this.#runHooks('PreShutdown', this.#work);
  }

  /** Until a deadline of ours passes, or somebody insists. */
  async #wait(end: MovableDeadline): Promise<void> {
    if (end.expired || this.#work.expired) return;
    await new Promise<void>((resolve) => {
      const done = (): void => resolve();
      end.signal.addEventListener('abort', done, { once: true });
      this.#work.signal.addEventListener('abort', done, { once: true });
    });
  }

  async #drainAll(): Promise<void> {
    const { clock, members } = this.#parts;
    this.#enter('draining');
    const deadline = new MovableDeadline(clock, Math.min(this.#drainTimeout, this.#work.remaining), 'Draining');
    const limit = new MovableDeadline(clock, this.#drainTimeout + this.#grace, 'Draining');
    this.#drain = { deadline, limit };
    const onWork = (): void => limit.shorten(cutAllowance);
    if (this.#work.expired) onWork();
    this.#work.signal.addEventListener('abort', onWork, { once: true });
    const progress = this.#tellProgress(deadline);
    await this.#inOrder((member) =>
      this.#runMember('drain', member, this.#limits(limit, Infinity), () =>
        member.service.drain?.(this.#context(deadline, this.#work.signal)),
      ),
    );
    progress.cancel();
    this.#work.signal.removeEventListener('abort', onWork);
    deadline.end();
    limit.end();
    for (const { name, service } of members.started) {
      const active = 'stopReport' in service ? 0 : (service.activity?.().active ?? 0);
      if (active > 0) this.report.leftovers.push({ name, active });
    }
  }

  async #stopAll(): Promise<void> {
    const { clock, budget, services, timeouts, runs } = this.#parts;
    this.#enter('stopping');
    const given = Math.min(budget.stopTimeout.value, this.#total.remaining);
    const deadline = new MovableDeadline(clock, given, 'The stop of services');
    const onTotal = (): void => deadline.shorten(0);
    this.#total.signal.addEventListener('abort', onTotal, { once: true });
    const limits = this.#limits(deadline, timeouts.service);
    await this.#inOrder((member) =>
      this.#runMember('stop', member, limits, (signal) => member.service.stop?.(this.#context(deadline, signal))),
    );
    this.#tellClosed(await services?.close(limits, runs));
    await this.#runHooks('PostShutdown', deadline);
    this.#tellClosed(await services?.closeLast(limits, runs));
    this.#total.signal.removeEventListener('abort', onTotal);
    for (const each of [deadline, this.#work, this.#total]) each.end();
    this.#enter('stopped');
    this.report.close();
  }

  /** Dependents first, so that nobody loses what he still uses. */
  #inOrder(run: (member: Member) => Promise<void>): Promise<void> {
    const { members } = this.#parts;
    const started = new Set(members.started);
    return runInOrder(
      members.started,
      (member) => members.dependentsOf(member).filter((each) => started.has(each)),
      run,
    );
  }

  async #runMember(
    step: 'lameDuck' | 'drain' | 'stop',
    member: Member,
    limits: TimeLimits,
    work: (signal: AbortSignal) => unknown,
  ): Promise<void> {
    const report = await this.#parts.runs.run(step, member.name, limits, work);
    const { service } = member;
    const isWork = step !== 'lameDuck' && service[step] !== undefined;
    // What a server has finished, and what it took, is in an account of its own.
    if (report.error !== undefined || (isWork && !('stopReport' in service)))
      this.report.services.push({ step, ...report });
  }

  #tellClosed(reports: readonly RunReport[] = []): void {
    this.report.services.push(...reports.map((report) => ({ step: 'close' as const, ...report })));
  }

  async #runHooks(name: HookName, deadline: MovableDeadline): Promise<void> {
    const { clock, hooks, runs, timeouts, track } = this.#parts;
    const { reason } = this.report;
    const surroundings = { clock, runs, timeout: timeouts.hook, deadline, phase: track.phase, reason };
    this.report.hooks.push(...(await runHooks(hooks, name, surroundings)));
  }

  #tellProgress(deadline: MovableDeadline): { cancel(): void } {
    const { clock, events, log, members } = this.#parts;
    let count = 0;
    let timer = clock.schedule(tell, progressInterval, { background: true });
    function tell(): void {
      const figures = members.servers.map((server) => server.getHealthStatus());
      const inFlight = figures.reduce((sum, server) => sum + server.inFlight, 0);
      const connections = figures.reduce((sum, server) => sum + server.connections.total, 0);
      const remaining = Math.round(deadline.remaining);
      events.emit('drain:progress', { inFlight, connections, remaining });
      if (++count % progressLines === 0) logSafely(log, 'info', 'Still draining', { inFlight, connections, remaining });
      timer = clock.schedule(tell, progressInterval, { background: true });
    }
    return { cancel: () => timer.cancel() };
  }

  #context(deadline: MovableDeadline, signal: AbortSignal): StopContext {
    return { reason: this.report.reason, deadline, signal };
  }

  #limits(deadline: MovableDeadline, timeout: number): TimeLimits {
    return { clock: this.#parts.clock, deadline, timeout };
  }

  #enter(phase: Phase): void {
    this.report.enter(phase);
    const { log, track } = this.#parts;
    if (track.enter(phase)) logSafely(log, 'info', `The application is ${wordOf(phase)}`, { phase });
  }
}

function wordOf(phase: Phase): string {
  return phase === 'lame-duck' ? 'a lame duck: it serves on, and is not ready for new clients' : phase;
}
