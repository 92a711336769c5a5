import { AsyncLocalStorage } from 'node:async_hooks';
import { isBowlineError, logSafely, reasonOf, type EventSource, type Logger } from '../foundation/index.js';
import { runTimed, type RunReport, type TimeLimits } from './timed-run.js';

/** Runs hooks and services, knows which of them are running, and tells of those that fail. */
export class WatchedRuns {
  readonly #log: Logger;
  readonly #events: EventSource;
  readonly #names = new Set<string>();
  readonly #inside = new AsyncLocalStorage<true>();

  constructor(log: Logger, events: EventSource) {
    this.#log = log;
    this.#events = events;
  }

  /** What is running at this moment. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  /** Whether the caller is one of them, or was called by one: it would wait for itself. */
  get isInside(): boolean {
    return this.#inside.getStore() ?? false;
  }

  /** Runs `work`, which is a `kind` such as PreShutdown, within its limits. Never rejects. */
  async run(
    kind: string,
    name: string,
    limits: TimeLimits,
    work: (signal: AbortSignal) => unknown,
  ): Promise<RunReport> {
    this.#names.add(name);
    const report = await runTimed(name, limits, (signal) => this.#inside.run(true, work, signal));
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
function isGivenUp(error: unknown): boolean {
  return isForced(error) || (isBowlineError(error) && error.code === 'BOW_START_GIVEN_UP');
}
