import {
  describeValue,
  logSafely,
  MovableDeadline,
  nameOf,
  reasonOf,
  type Clock,
  type HealthFinding,
  type HealthGroup,
  type HealthIndicator,
  type HealthState,
  type Logger,
} from '../foundation/index.js';
import { runTimed } from './timed-run.js';

/** What one check said last. */
export interface HealthCheckReport {
  readonly name: string;
  readonly groups: readonly HealthGroup[];
  readonly state: HealthState;
  /** What the check said, or threw, or that it ran out of time. */
  readonly reason: string | undefined;
  /** Milliseconds. */
  readonly duration: number;
  /** When it ended. */
  readonly checkedAt: Date;
}

interface Check {
  readonly name: string;
  readonly groups: readonly HealthGroup[];
  readonly indicator: HealthIndicator;
  readonly timeout: number;
  readonly cacheDuration: number;
  running: { readonly deadline: MovableDeadline; readonly report: Promise<HealthCheckReport | undefined> } | undefined;
  last: { readonly report: HealthCheckReport; readonly at: number } | undefined;
}

const healthStates: readonly unknown[] = ['up', 'degraded', 'down'] satisfies HealthState[];
const defaultTimeout = 1_000;
const defaultCacheDuration = 1_000;

/** As probes and logs call an indicator. */
export function indicatorName(indicator: HealthIndicator): string {
  return indicator.name ?? nameOf(indicator.constructor);
}

/** Asks health indicators: all at once, each within its own time, and none while it is still running or has just answered. */
export class HealthChecks {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #checks: Check[] = [];
  #isClosed = false;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  add(indicator: HealthIndicator): this {
    this.#checks.push({
      name: indicatorName(indicator),
      groups: indicator.groups ?? ['ready'],
      indicator,
      timeout: indicator.timeout ?? defaultTimeout,
      cacheDuration: indicator.cacheDuration ?? defaultCacheDuration,
      running: undefined,
      last: undefined,
    });
    return this;
  }

  /** What the checks of `group`, or all of them, say. Never rejects, and takes as long as the slowest may. */
  async run(group?: HealthGroup): Promise<readonly HealthCheckReport[]> {
    const own = group === undefined ? this.#checks : this.#checks.filter(({ groups }) => groups.includes(group));
    const reports = await Promise.all(own.map((check) => this.#ask(check)));
    return reports.filter((report) => report !== undefined);
  }

  /** Ends what is running: services are about to be closed. From now on only what was known is reported. */
  close(): void {
    this.#isClosed = true;
    for (const { running } of this.#checks)
      running?.deadline.cancel(new DOMException('The application stops.', 'AbortError'));
  }

  async #ask(check: Check): Promise<HealthCheckReport | undefined> {
    const { last, running } = check;
    const isFresh = last !== undefined && this.#clock.elapsed() - last.at < check.cacheDuration;
    if (this.#isClosed || isFresh) return last?.report;
    return (running ?? this.#begin(check)).report;
  }

  #begin(check: Check): NonNullable<Check['running']> {
    const deadline = new MovableDeadline(this.#clock, check.timeout, check.name);
    check.running = { deadline, report: this.#run(check, deadline) };
    return check.running;
  }

  async #run(check: Check, deadline: MovableDeadline): Promise<HealthCheckReport | undefined> {
    const { name, groups, indicator, timeout, last } = check;
    let finding: HealthFinding = { state: 'down' };
    const limits = { clock: this.#clock, timeout, deadline };
    const { error, duration } = await runTimed(`The health check '${name}'`, limits, async (signal) => {
      finding = toFinding(await indicator.check(signal));
    });
    deadline.end();
    check.running = undefined;
    // What was told to end says nothing about what it looked at.
    if (this.#isClosed) return last?.report;
    const { state, reason } = error === undefined ? finding : { state: 'down' as const, reason: reasonOf(error) };
    const checkedAt = new Date(this.#clock.now());
    const report = { name, groups, state, reason, duration: Math.round(duration), checkedAt };
    check.last = { report, at: this.#clock.elapsed() };
    this.#tellChange(report, last?.report);
    return report;
  }

  #tellChange({ name, state, reason }: HealthCheckReport, last: HealthCheckReport | undefined): void {
    if (state === (last?.state ?? 'up')) return;
    logSafely(this.#log, state === 'up' ? 'info' : 'warn', `The health check '${name}' is ${state}`, { reason });
  }
}

function toFinding(result: unknown): HealthFinding {
  if (result === undefined) return { state: 'up' };
  const { state, reason } = (
    typeof result === 'object' && result !== null ? result : { state: result }
  ) as HealthFinding;
  if (!healthStates.includes(state))
    return { state: 'down', reason: `It said ${describeValue(state)}, which is none of up, degraded and down.` };
  return reason === undefined ? { state } : { state, reason: String(reason) };
}
