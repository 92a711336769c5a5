import {
  BowlineError,
  logSafely,
  MovableDeadline,
  passed,
  runInOrder,
  type Clock,
  type LifecycleEventSource,
  type Logger,
} from '../foundation/index.js';
import { asSet, type Budget } from './budget.js';
import type { Hook, HookName } from './hooks.js';
import type { Leftover, StopContext } from './hosted-service.js';
import type { RouteActivity } from './managed-server.js';
import { activityOf, isManagedServer, isServerGroup, type Member, type Members } from './members.js';
import { enterPhase, type Phase, type PhaseTrack } from './phase.js';
import { runHooks } from './run-hooks.js';
import { ShutdownReport } from './shutdown-report.js';
import { describeReason, type StopReason } from './stop-reason.js';
import type { RunReport, TimeLimits } from './timed-run.js';
import { isForced, type WatchedRuns } from './watched-runs.js';

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
  readonly events: LifecycleEventSource;
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

interface MemberDrain {
  /** When the late are told. */
  readonly deadline: MovableDeadline;
  /** When nobody waits for them any more. */
  readonly limit: MovableDeadline;
  /** Of the time that draining has. */
  readonly share: number;
}

/** A fifth of the time is kept for each of those that drain later, or an equal part where there are many. */
function shareOf(depth: number, deepest: number): number {
  return 1 - (deepest - depth) * Math.min(0.2, 1 / (deepest + 1));
}

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
  /** From the beginning of draining. Who drains later, since others use him, keeps a time of his own. */
  readonly #drains: MemberDrain[] = [];
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
    // Not late, but told to hurry: that is nobody's failure.
    this.#work.cancel(new BowlineError('BOW_STOP_FORCED', { reason: describeReason(this.report.reason) }));
    this.#total.shorten(forcedStopTimeout);
  }

  /** Tells those that still drain that their time is over; they keep the moment that the late have. */
  hurry(): void {
    for (const { deadline, limit } of this.#drains) {
      deadline.shorten(0);
      limit.shorten(this.#grace);
    }
  }

  /** Gives draining `timeout` milliseconds from its beginning, also once it has begun. */
  setDrainTimeout(timeout: number): void {
    this.#drainTimeout = timeout;
    for (const { deadline, limit, share } of this.#drains) {
      deadline.moveTo(timeout * share);
      limit.moveTo(timeout * share + this.#grace);
    }
  }

  get #grace(): number {
    return this.#parts.budget.abortGrace.value + cutAllowance;
  }

  async #beLameDuck(delay: number): Promise<void> {
    const { clock, members, timeouts } = this.#parts;
    this.#enter('lame-duck');
    // Half of what draining has is kept from hooks that hang, and from a lame duck that is longer than the grace period. No
    // more than its part: who gives draining more than there is takes nothing from others.
    const kept = Math.min(this.#drainTimeout, this.#parts.budget.drainTimeout.value) / 2;
    const hookTime = Math.max(0, this.#work.remaining - kept);
    const end = new MovableDeadline(clock, Math.min(delay, hookTime), 'The lame duck');
    if (delay > hookTime) this.#tellShortened(delay, hookTime);
    const limits = this.#limits(this.#work, end.remaining + timeouts.service);
    const hookDeadline = new MovableDeadline(clock, hookTime, 'The hooks of the lame duck');
    const onWork = (): void => hookDeadline.cancel(this.#work.signal.reason as Error);
    this.#work.signal.addEventListener('abort', onWork, { once: true });
    await Promise.all([
      // Or until somebody insists.
      Promise.race([passed(end.signal), passed(this.#work.signal)]),
      ...members.started.map((member) =>
        this.#runMember('lameDuck', member, limits, (signal) => member.service.lameDuck?.(this.#context(end, signal))),
      ),
      this.#runHooks('OnLameDuck', hookDeadline),
    ]);
    end.end();
    await this.#runHooks('PreShutdown', hookDeadline);
    hookDeadline.end();
    this.#work.signal.removeEventListener('abort', onWork);
  }

  #tellShortened(delay: number, given: number): void {
    const message = `The lame duck takes ${Math.round(given)} ms and not ${delay}, since the grace period leaves no more`;
    logSafely(this.#parts.log, 'warn', message);
  }

  async #drainAll(): Promise<void> {
    const { clock, members } = this.#parts;
    this.#enter('draining');
    const drainTimeout = Math.min(this.#drainTimeout, this.#work.remaining);
    const depths = new Map(members.started.map((member) => [member, members.depthOf(member)] as const));
    const deepest = Math.max(0, ...depths.values());
    const drains = new Map(
      members.started.map((member) => {
        const share = shareOf(depths.get(member) ?? 0, deepest);
        const deadline = new MovableDeadline(clock, drainTimeout * share, 'Draining');
        const limit = new MovableDeadline(clock, drainTimeout * share + this.#grace, 'Draining');
        return [member, { deadline, limit, share }] as const;
      }),
    );
    this.#drains.push(...drains.values());
    const onWork = (): void => {
      for (const { limit } of this.#drains) limit.shorten(cutAllowance);
    };
    if (this.#work.expired) onWork();
    this.#work.signal.addEventListener('abort', onWork, { once: true });
    const progress = this.#tellProgress();
    await this.#inOrder(async (member) => {
      const own = drains.get(member);
      if (own === undefined) return;
      await this.#runMember('drain', member, this.#limits(own.limit, Infinity), () =>
        member.service.drain?.(this.#context(own.deadline, this.#work.signal)),
      );
    });
    progress.cancel();
    this.#work.signal.removeEventListener('abort', onWork);
    for (const { deadline, limit } of this.#drains) {
      deadline.end();
      limit.end();
    }
    this.report.leftovers.push(...members.started.flatMap(leftoversOf));
  }

  async #stopAll(): Promise<void> {
    const { clock, budget, services, timeouts, runs } = this.#parts;
    this.#enter('stopping');
    // What the drain has left over is theirs, unless somebody has said how long they may take.
    const { value, origin } = budget.stopTimeout;
    const given = origin === asSet ? Math.min(value, this.#total.remaining) : this.#total.remaining;
    const deadline = new MovableDeadline(clock, given, 'The stop of services');
    const onTotal = (): void => deadline.shorten(0);
    this.#total.signal.addEventListener('abort', onTotal, { once: true });
    const limits = this.#limits(deadline, timeouts.service);
    await this.#inOrder((member) =>
      this.#runMember('stop', member, limits, (signal) => member.service.stop?.(this.#context(deadline, signal))),
    );
    this.report.services.push(...((await services?.close(limits, runs)) ?? []));
    await this.#runHooks('PostShutdown', deadline);
    this.report.services.push(...((await services?.closeLast(limits, runs)) ?? []));
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
    step: string,
    member: Member,
    limits: TimeLimits,
    work: (signal: AbortSignal) => unknown,
  ): Promise<void> {
    const report = await this.#parts.runs.runInStop(step, member.name, limits, work);
    if (isForced(report.error) && step !== 'stop') return;
    // Of the steps of a service, only one that takes part in closing, or that fails, is worth a line; servers have their own.
    const { service } = member;
    const isWork = (step === 'stop' || step === 'drain') && service[step] !== undefined && !isManagedServer(service);
    if (report.error !== undefined || isWork) this.report.services.push(step === 'stop' ? report : { ...report, step });
  }

  async #runHooks(name: HookName, deadline: MovableDeadline): Promise<void> {
    const { clock, hooks, runs, timeouts, track } = this.#parts;
    const { reason } = this.report;
    const surroundings = { clock, runs, timeout: timeouts.hook, deadline, phase: track.phase, reason };
    this.report.hooks.push(...(await runHooks(hooks, name, surroundings)));
  }

  #tellProgress(): { cancel(): void } {
    const { clock, events, log, members } = this.#parts;
    const drains = this.#drains;
    let count = 0;
    let timer = clock.schedule(tell, progressInterval, { background: true });
    function tell(): void {
      const figures = members.servers.map((server) => server.getHealthStatus());
      const inFlight = figures.reduce((sum, server) => sum + server.inFlight, 0);
      const connections = figures.reduce((sum, server) => sum + server.connections.total, 0);
      const remaining = Math.round(Math.max(0, ...drains.map(({ deadline }) => deadline.remaining)));
      events.emit('drain:progress', { inFlight, connections, remaining });
      if (++count % progressLines === 0) {
        const routes = figures.flatMap((server) => server.routes.map(describeActivity));
        const hosted = members.started.filter(({ service }) => !isManagedServer(service)).flatMap(describeBusy);
        logSafely(log, 'info', 'Still draining', { inFlight, connections, remaining, routes, hosted });
      }
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
    enterPhase(this.#parts.track, this.#parts.log, phase);
  }
}

function describeBusy({ name, service }: Member): readonly string[] {
  const active = activityOf(service);
  return active > 0 ? [`${name}: ${active}`] : [];
}

/** Requests that were left are in the figures of their servers. */
function leftoversOf({ name, service }: Member): readonly Leftover[] {
  if (isManagedServer(service)) return [];
  if (isServerGroup(service)) return service.leftovers.map((each) => ({ ...each, name: `${name}/${each.name}` }));
  const active = activityOf(service);
  return active > 0 ? [{ name, active }] : [];
}

function describeActivity({ method, route, inFlight }: RouteActivity): string {
  return `${method} ${route}: ${inFlight}`;
}
