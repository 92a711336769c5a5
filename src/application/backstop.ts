import { Worker } from 'node:worker_threads';

/** Which route was entered last, where another thread can see it. */
export class RouteMarks {
  /** The index of that route; -1 before the first. */
  readonly last: Int32Array;
  readonly names: string[];

  constructor() {
    this.last = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
    this.names = [];
  }

  /** Gives a route its index. */
  add(name: string): number {
    return this.names.push(name) - 1;
  }
}

/**
 * Ends the process by SIGKILL after `delay` milliseconds, which are a little less than the `gracePeriod` of which it tells, and says on stderr which route was entered last. It waits in a thread of
 * its own, since a handler that never returns stops all that waits in this one. Returns a function that calls it off.
 *
 * It covers what gets stuck after the stop has begun. A loop that was stuck already does not learn of the signal, and a thread that
 * waited from the beginning (18 MB in every process, measured) could not tell either: libuv takes a signal from the system at once
 * and hands it to that loop alone, and that a loop does not turn is no reason to kill a process which nobody has told to end.
 * There the platform kills, as it does with all that do not answer.
 */
export function startBackstop(marks: readonly RouteMarks[], delay: number, gracePeriod: number): () => void {
  const calledOff = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(source, {
    eval: true,
    workerData: { calledOff, marks: marks.map(({ last, names }) => ({ last, names })), delay, gracePeriod },
    // It needs nothing of what the user gave to his own process, such as loaders.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  worker.unref();
  worker.on('error', () => undefined);
  return () => {
    Atomics.store(calledOff, 0, 1);
    Atomics.notify(calledOff, 0);
  };
}

const source = `
const { workerData: { calledOff, marks, delay, gracePeriod } } = require('node:worker_threads');
if (Atomics.wait(calledOff, 0, 0, delay) === 'timed-out') {
  const names = marks.map(({ last, names }) => names[Atomics.load(last, 0)]).filter((name) => name !== undefined);
  const where = names.length === 0 ? 'no route was entered, so a hook, a service or a timer does not return' : 'the route that was entered last is ' + names.join(', or of another application ');
  require('node:fs').writeSync(2, 'The process did not stop within its grace period of ' + Math.round(gracePeriod) + ' ms; killing it. If its event loop is stuck, ' + where + '.\\n');
  process.kill(process.pid, 'SIGKILL');
}
`;
