import { logSafely, SystemClock, type Logger } from '../foundation/index.js';
import { exitCodes, type ShutdownReport, type StopReason } from '../lifecycle/index.js';
import { startBackstop, type RouteMarks } from './backstop.js';
import { warnOfShell, whenParentIsGone } from './launched-by.js';

/** An application that ends with its process, and its process with it. */
export interface WatchedApplication {
  readonly log: Logger;
  readonly signals: readonly NodeJS.Signals[];
  readonly uncaughtErrors: boolean;
  readonly marks: RouteMarks;
  /** Milliseconds from the beginning of a stop to the end of the process. */
  readonly gracePeriod: number;
  /** Whether `listen` has not resolved yet: then its caller must not be told before the process has ended. */
  isStarting(): boolean;
  stop(reason: StopReason): Promise<ShutdownReport>;
  force(): void;
}

/** How long a stopped process may take to end by itself before what keeps it alive is named and it is ended. Milliseconds. */
const lingerTimeout = 1_000;
/**
 * The same signal within this time is not somebody who insists: Ctrl-C reaches all processes of a terminal, and npm hands on what
 * has reached it. Milliseconds.
 */
const echoTime = 300;
/** How much earlier than whoever would kill it. Milliseconds. */
const killMargin = 100;

/**
 * There is one process, whoever else lives in it: the signals, uncaught errors and the parent of a process concern all
 * applications in it. They share one watch, also where two copies of this package are loaded, and nothing of it is left
 * once the last of them has gone.
 */
export function watchProcess(application: WatchedApplication): () => void {
  const holder = process as { [kWatch]?: ProcessWatch };
  const watch = (holder[kWatch] ??= new ProcessWatch(() => delete holder[kWatch]));
  return watch.add(application);
}

const kWatch: unique symbol = Symbol.for('bowline:process-watch');

class ProcessWatch {
  readonly #onEmpty: () => void;
  readonly #applications = new Set<WatchedApplication>();
  readonly #heard = new Set<NodeJS.Signals>();
  readonly #reports: ShutdownReport[] = [];
  /** How often somebody has told the process to end. */
  #count = 0;
  readonly #clock = new SystemClock();
  readonly #lastHeard = new Map<NodeJS.Signals, number>();
  #forgetParent: (() => void) | undefined;
  #standDown: (() => void) | undefined;
  #wasStarting = false;

  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  add(application: WatchedApplication): () => void {
    this.#applications.add(application);
    for (const signal of application.signals) this.#hear(signal);
    if (application.uncaughtErrors && process.listeners('uncaughtException').every((each) => each !== this.#onError))
      process.on('uncaughtException', this.#onError);
    if (application.signals.length > 0) {
      warnOfShell(application.log);
      this.#forgetParent ??= whenParentIsGone(() => this.#stop({ kind: 'parent' }, () => true));
    }
    return () => this.#remove(application);
  }

  #hear(signal: NodeJS.Signals): void {
    if (this.#heard.has(signal)) return;
    this.#heard.add(signal);
    process.on(signal, this.#onSignal);
  }

  #remove(application: WatchedApplication): void {
    this.#applications.delete(application);
    if (this.#applications.size > 0) return;
    for (const signal of this.#heard) process.off(signal, this.#onSignal);
    process.off('uncaughtException', this.#onError);
    this.#forgetParent?.();
    this.#standDown?.();
    this.#onEmpty();
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const now = this.#clock.elapsed();
    if (now - (this.#lastHeard.get(signal) ?? -Infinity) < echoTime) return;
    this.#lastHeard.set(signal, now);
    this.#count++;
    const all = [...this.#applications];
    if (this.#count === 1) {
      this.#tell('info', `${signal} received, stopping`);
      this.#stop({ kind: 'signal', signal }, ({ signals }) => signals.includes(signal));
    } else if (this.#count === 2) {
      this.#tell('warn', `${signal} came again: cutting what is in flight`);
      for (const application of all) application.force();
    } else {
      this.#tell('error', `${signal} came once more: ending at once`);
      process.exit(exitCodes.forced);
    }
  };

  readonly #onError = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    const what = origin === 'unhandledRejection' ? 'A rejection that nobody handled' : 'An error that nobody caught';
    const isFirst = this.#count === 0;
    this.#tell('error', isFirst ? `${what}: stopping, since its damage is unknown` : `${what}, during the stop`, {
      error,
    });
    process.exitCode = exitCodes.error;
    this.#count++;
    this.#stop({ kind: 'error', error }, ({ uncaughtErrors }) => uncaughtErrors);
  };

  #stop(reason: StopReason, concerns: (application: WatchedApplication) => boolean): void {
    for (const application of [...this.#applications].filter(concerns)) {
      this.#standDown ??= startBackstop(application.marks, application.gracePeriod);
      this.#wasStarting ||= application.isStarting();
      // It never rejects.
      void application.stop(reason).then((report) => this.#stopped(application, report));
    }
  }

  #stopped(application: WatchedApplication, report: ShutdownReport): void {
    if (!this.#applications.has(application)) return;
    this.#reports.push(report);
    this.#remove(application);
    if (this.#applications.size > 0) return;
    process.exitCode = worstOf(this.#reports, process.exitCode);
    // Else whoever awaits the start would be told of an error that is none.
    if (this.#wasStarting) process.exit();
    this.#endLater(application, report);
  }

  /** Nothing of ours keeps the process alive now. What the user left running is named, for a deploy must not hang on it. */
  #endLater({ gracePeriod, log }: WatchedApplication, report: ShutdownReport): void {
    const delay = Math.max(0, Math.min(lingerTimeout, gracePeriod - report.duration - killMargin));
    const end = (): void => {
      // Another application came in the meantime.
      if (this.#applications.size > 0) return;
      const handles = process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap');
      report.activeHandles = handles;
      const message = `The application has stopped, but the process does not end by itself; ending it`;
      logSafely(log, 'warn', message, { activeHandles: handles });
      process.exit();
    };
    this.#clock.schedule(end, delay, { background: true });
  }

  #tell(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const [first] = this.#applications;
    if (first !== undefined) logSafely(first.log, level, message, fields);
  }
}

/** The gravest of all, and what somebody else has set where it is clean. */
function worstOf(reports: readonly ShutdownReport[], given: number | string | null | undefined): number {
  const codes = reports.map(({ exitCode }) => exitCode);
  const { error, forced, cut, failed } = exitCodes;
  const worst = [error, forced, cut, failed].find((code) => codes.includes(code));
  return worst ?? (given === undefined || given === null ? exitCodes.clean : Number(given));
}
