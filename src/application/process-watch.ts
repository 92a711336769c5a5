import { logSafely, SystemClock, type Logger, type Timer } from '../foundation/index.js';
import { exitCodes, type ShutdownReport, type StopReason } from '../lifecycle/index.js';
import { startBackstop, type RouteMarks } from './backstop.js';
import { warnOfShell, whenParentIsGone } from './launched-by.js';

/** An application that ends with its process, and its process with it. */
export interface WatchedApplication {
  readonly name: string;
  readonly log: Logger;
  readonly signals: readonly NodeJS.Signals[];
  readonly uncaughtErrors: boolean;
  readonly marks: RouteMarks;
  /** Milliseconds from the beginning of a stop to the end of the process. */
  readonly gracePeriod: number;
  /** Whether `start` or `listen` has not resolved yet: then its caller must not be told before the process has ended. */
  isStarting(): boolean;
  stop(reason: StopReason): void;
  force(): void;
  /** Says that nobody has caught an error, so that a report which is under way tells of it. */
  noteUncaught(error: unknown): void;
}

/**
 * Tells the watch that an application has stopped, whoever has stopped it. True where the process is about to end in the middle of
 * a start: whoever awaits that would be told of an error that is none.
 */
export type TellStopped = (report: ShutdownReport) => boolean;

/** How long a stopped process may take to end by itself before what keeps it alive is named and it is ended. Milliseconds. */
const lingerTimeout = 1_000;
/**
 * The same signal within this time is not somebody who insists: Ctrl-C reaches all processes of a terminal, and npm hands on what
 * has reached it. Milliseconds.
 */
const echoTime = 300;
/** How much earlier than whoever would kill it. Milliseconds. */
const killMargin = 100;
/** How much earlier the backstop is, whose thread takes a moment to begin: who is killed by the platform names no route. Milliseconds. */
const backstopMargin = 200;

const kWatch: unique symbol = Symbol.for('bowline:process-watch');
const holder = process as { [kWatch]?: ProcessWatch };

/**
 * There is one process, whoever else lives in it: the signals, uncaught errors and the parent of a process concern all
 * applications in it. They share one watch, also where two copies of this package are loaded, and nothing of it is left
 * once the last of them has gone. Where it throws, nothing has been registered.
 */
export function watchProcess(application: WatchedApplication): TellStopped {
  const watch = (holder[kWatch] ??= new ProcessWatch());
  return watch.add(application);
}

/** What the process has been told concerns each application by itself: one may come when another is already going. */
interface Watched {
  readonly application: WatchedApplication;
  /** How often a signal has told it to end. */
  told: number;
  /** The last of these signals. */
  signal: NodeJS.Signals | undefined;
  /** When it must have stopped, on the clock of the watch; undefined while nobody has told it to. */
  until: number | undefined;
}

class ProcessWatch {
  readonly #clock = new SystemClock();
  readonly #all = new Set<Watched>();
  readonly #heard = new Set<NodeJS.Signals>();
  readonly #lastHeard = new Map<NodeJS.Signals, number>();
  readonly #reports: ShutdownReport[] = [];
  #forgetParent: (() => void) | undefined;
  #backstop: { readonly until: number; readonly spare: Timer; standDown(): void } | undefined;
  #wasStarting = false;

  add(application: WatchedApplication): TellStopped {
    const watched: Watched = { application, told: 0, signal: undefined, until: undefined };
    this.#all.add(watched);
    try {
      this.#listen();
    } catch (error) {
      this.#remove(watched);
      throw error;
    }
    const missed = [...this.#all].map(({ signal }) => signal).find((signal) => hears(watched, signal));
    // The process was told while this one was being made, and is told only once. Later, for it has not begun to start yet.
    if (missed !== undefined) queueMicrotask(() => watched.told === 0 && this.#take(missed, [watched]));
    return (report) => this.#stopped(watched, report);
  }

  /** Hears what somebody wants to hear, and no more. */
  #listen(): void {
    const all = [...this.#all].map(({ application }) => application);
    const wanted = new Set(all.flatMap(({ signals }) => signals));
    for (const signal of this.#heard) {
      if (wanted.has(signal)) continue;
      process.off(signal, this.#onSignal);
      this.#heard.delete(signal);
    }
    for (const signal of wanted) {
      if (this.#heard.has(signal)) continue;
      process.on(signal, this.#onSignal);
      this.#heard.add(signal);
    }
    process.off('uncaughtException', this.#onError);
    if (all.some(({ uncaughtErrors }) => uncaughtErrors)) process.on('uncaughtException', this.#onError);
    const [first] = all.filter(({ signals }) => signals.length > 0);
    if (first === undefined) {
      this.#forgetParent?.();
      this.#forgetParent = undefined;
    } else if (this.#forgetParent === undefined) {
      warnOfShell(first.log);
      this.#forgetParent = whenParentIsGone(this.#onParentGone);
    }
  }

  #remove(watched: Watched): void {
    this.#all.delete(watched);
    this.#listen();
    this.#guard();
    if (this.#all.size === 0 && holder[kWatch] === this) delete holder[kWatch];
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const now = this.#clock.elapsed();
    if (now - (this.#lastHeard.get(signal) ?? -Infinity) < echoTime) return;
    this.#lastHeard.set(signal, now);
    this.#take(
      signal,
      [...this.#all].filter((watched) => hears(watched, signal)),
    );
  };

  /** Stops those that hear of a signal for the first time, cuts those that have heard of one before. */
  #take(signal: NodeJS.Signals, concerned: readonly Watched[]): void {
    for (const watched of concerned) {
      watched.told++;
      watched.signal = signal;
    }
    const first = concerned.filter(({ told }) => told === 1);
    const again = concerned.filter(({ told }) => told > 1);
    if (first.length > 0) {
      tell(first, 'info', `${signal} received, stopping`);
      this.#stop(first, { kind: 'signal', signal });
    }
    // Another that lives in this process may have heard of no signal yet.
    if ([...this.#all].every(({ told }) => told > 2)) {
      tell(again, 'error', `${signal} came once more: ending at once`);
      process.exit(exitCodes.forced);
    }
    tell(again, 'warn', `${signal} came again: cutting what is in flight`);
    for (const { application } of again) application.force();
  }

  /** An error is no signal: the next signal is still the first. */
  readonly #onError = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    const what = origin === 'unhandledRejection' ? 'A rejection that nobody handled' : 'An error that nobody caught';
    const all = [...this.#all];
    const concerned = all.filter(({ application, until }) => application.uncaughtErrors && until === undefined);
    const then = concerned.length > 0 ? ': stopping, since its damage is unknown' : ', during the stop';
    tell(concerned.length > 0 ? concerned : all, 'error', `${what}${then}`, { error });
    process.exitCode = exitCodes.error;
    for (const { application } of all) if (application.uncaughtErrors) application.noteUncaught(error);
    this.#stop(concerned, { kind: 'error', error });
  };

  readonly #onParentGone = (): void => {
    const concerned = [...this.#all].filter(({ application }) => application.signals.length > 0);
    this.#stop(concerned, { kind: 'parent' });
  };

  #stop(concerned: readonly Watched[], reason: StopReason): void {
    const now = this.#clock.elapsed();
    for (const watched of concerned) {
      watched.until ??= now + watched.application.gracePeriod;
      this.#wasStarting ||= watched.application.isStarting();
    }
    this.#guard();
    for (const { application } of concerned) application.stop(reason);
  }

  /** Keeps a backstop as long as something stops, at the end of the longest grace period of those that do. */
  #guard(): void {
    const ends = [...this.#all].flatMap(({ until }) => until ?? []);
    const until = Math.max(...ends);
    if (until <= (this.#backstop?.until ?? -Infinity) && ends.length > 0) return;
    this.#backstop?.spare.cancel();
    this.#backstop?.standDown();
    this.#backstop = undefined;
    if (ends.length === 0) return;
    const left = Math.max(0, until - this.#clock.elapsed());
    const delay = left - Math.min(backstopMargin, left / 20);
    const marks = [...this.#all].map(({ application }) => application.marks);
    const spare = this.#clock.schedule(() => this.#spare(), Math.max(0, delay - killMargin), { background: true });
    let standDown = (): void => undefined;
    try {
      standDown = startBackstop(marks, delay, left);
    } catch (error) {
      // Node may have been forbidden to start threads; the stop itself goes on.
      tell([...this.#all], 'warn', 'Nothing will kill this process if it is stuck: no thread could be started', {
        error,
      });
    }
    this.#backstop = { until, spare, standDown };
  }

  /** The loop turns, so that whoever was not told to stop still works: it is not killed because another does not end. */
  #spare(): void {
    const late = [...this.#all].filter(({ until }) => until !== undefined);
    if (late.length === this.#all.size) return;
    const names = late.map(({ application }) => `'${application.name}'`).join(', ');
    tell(late, 'error', `${names} did not stop in time; the process goes on, since another application lives in it`);
    this.#backstop?.standDown();
  }

  #stopped(watched: Watched, report: ShutdownReport): boolean {
    if (!this.#all.has(watched)) return false;
    this.#remove(watched);
    // Who was stopped by a call does not end the process.
    if (watched.until === undefined) return false;
    this.#reports.push(report);
    process.exitCode = worstOf(this.#reports, process.exitCode);
    const left = [...this.#all];
    if (left.length > 0) return this.#wasStarting && left.every(({ until }) => until !== undefined);
    // Whoever else hears of the stop is told first.
    if (this.#wasStarting) queueMicrotask(() => process.exit());
    else this.#endLater(watched.application, report);
    return this.#wasStarting;
  }

  /** Nothing of ours keeps the process alive now. What the user left running is named, for a deploy must not hang on it. */
  #endLater({ gracePeriod, log }: WatchedApplication, report: ShutdownReport): void {
    const delay = Math.max(0, Math.min(lingerTimeout, gracePeriod - report.duration - killMargin));
    const end = (): void => {
      // Another application came in the meantime.
      if (holder[kWatch] !== undefined) return;
      const handles = process.getActiveResourcesInfo().filter((name) => !ownResources.includes(name));
      report.activeHandles = handles;
      const message = `The application has stopped, but the process does not end by itself; ending it`;
      logSafely(log, 'warn', message, { activeHandles: handles });
      process.exit();
    };
    this.#clock.schedule(end, delay, { background: true });
  }
}

/** The streams of the process, and the line that the log is just writing. */
const ownResources: readonly string[] = ['TTYWrap', 'PipeWrap', 'FSReqCallback'];

function hears({ application }: Watched, signal: NodeJS.Signals | undefined): signal is NodeJS.Signals {
  return signal !== undefined && application.signals.includes(signal);
}

/** One of those whom it concerns says it for all. */
function tell(
  [first]: readonly Watched[],
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  if (first !== undefined) logSafely(first.application.log, level, message, fields);
}

/** The gravest of all, and what somebody else has set where it is clean. */
function worstOf(reports: readonly ShutdownReport[], given: number | string | null | undefined): number {
  const codes = [...reports.map(({ exitCode }) => exitCode), Number(given ?? exitCodes.clean)];
  const { error, forced, cut, failed } = exitCodes;
  return [error, forced, cut, failed].find((code) => codes.includes(code)) ?? Number(given ?? exitCodes.clean);
}
