import { AsyncLocalStorage } from 'node:async_hooks';
import { isBowlineError, logSafely, reasonOf, type LifecycleEventSource, type Logger } from '../foundation/index.js';
import { runTimed, type RunReport, type TimeLimits } from './timed-run.js';

/** Runs hooks and services, knows which of them are running, and tells of those that fail. */
export class WatchedRuns {
  readonly #log: Logger;
  readonly #events: LifecycleEventSource;
  readonly #names = new Set<string>();
  /** Which run the calling code belongs to. What a run has left behind, as a timer, belongs to none once it has ended. */
  readonly #inside = new AsyncLocalStorage<{ isRunning: boolean }>();

  constructor(log: Logger, events: LifecycleEventSource) {
    this.#log = log;
    this.#events = events;
  }

  /** What is running at this moment. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  /** Whether the caller is a run of a stop, or was called by one that has not ended: it would wait for itself. */
  get isInside(): boolean {
    return this.#inside.getStore()?.isRunning ?? false;
  }

  /** Runs `work`, which is a `kind` such as PreShutdown, within its limits. Never rejects. */
  async runInStop(
    kind: string,
    name: string,
    limits: TimeLimits,
    work: (signal: AbortSignal) => unknown,
  ): Promise<RunReport> {
    const mark = { isRunning: true };
    const report = await this.run(kind, name, limits, (signal) => this.#inside.run(mark, work, signal));
    mark.isRunning = false;
    return report;
  }

  /** The same for what belongs to a start: everything that it begins lives on, and must not count as a part of it. */
  async run(
    kind: string,
    name: string,
    limits: TimeLimits,
    work: (signal: AbortSignal) => unknown,
  ): Promise<RunReport> {
    this.#names.add(name);
    const report = await runTimed(name, limits, work);
    this.#names.delete(name);
    const { error, duration } = report;
    if (error !== undefined && !isGivenUp(error)) {
      logSafely(this.#log, 'error', `${kind} of ${name} failed`, { error, duration: Math.round(duration) });
      this.#events.emit('hook:failed', { hook: kind, name, reason: reasonOf(error) });
    }
    return report;
  }
}

/** Whether somebody insisted while it ran, so that its time was over before its deadline. */
export function isForced(error: unknown): boolean {
  return isBowlineError(error) && error.code === 'BOW_STOP_FORCED';
}

/** That a start was given up, or a stop told to hurry, is nobody's failure. */
export function isGivenUp(error: unknown): boolean {
  return isForced(error) || (isBowlineError(error) && error.code === 'BOW_START_GIVEN_UP');
}
