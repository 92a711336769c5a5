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
 * Ends the process by SIGKILL after `delay` milliseconds, and says on stderr which route was entered last. It waits in a thread of
 * its own, since a handler that never returns stops all that waits in this one. Returns a function that calls it off.
 */
export function startBackstop(marks: RouteMarks, delay: number): () => void {
  const calledOff = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(source, {
    eval: true,
    workerData: { calledOff, last: marks.last, names: marks.names, delay },
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
const { workerData: { calledOff, last, names, delay } } = require('node:worker_threads');
if (Atomics.wait(calledOff, 0, 0, delay) === 'timed-out') {
  const name = names[Atomics.load(last, 0)];
  const where = name === undefined ? 'before any route was entered' : 'the route that was entered last is ' + name;
  require('node:fs').writeSync(2, 'The process did not stop within its grace period of ' + delay + ' ms; killing it. If its event loop is stuck, ' + where + '.\\n');
  process.kill(process.pid, 'SIGKILL');
}
`;
