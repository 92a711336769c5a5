import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { ask, askWrongly } from '../ask.js';
import { restingCpuTimeOf } from '../cpu-time.js';
import { startProcess } from '../processes.js';
import { exchanges, type Exchange } from '../workloads.js';
import type { Memory } from './applications/entry.js';
import { nothing, type Size, type StartContestant } from './start-contestants.js';
import { pathOf } from './write-applications.js';

/** One start of one application. */
export interface Start {
  /** From the start of the process to the first answer, all threads, user and kernel. Milliseconds. */
  readonly cpu: number;
  /** The same by the clock. Milliseconds. */
  readonly wall: number;
  /** What is resident after the first answer and a full garbage collection. Mebibytes. */
  readonly memory: number;
  /** Of it, what JavaScript holds. Mebibytes. */
  readonly heap: number;
}

/** How long a process may take to start. Milliseconds. */
const patience = 60_000;

const mebibyte = 2 ** 20;

/** Starts an application in a fresh process and asks its last controller once; one that does nothing is not asked. */
export async function timeStart(contestant: StartContestant, entry: string, size: Size): Promise<Start> {
  const { name, variant = '' } = contestant;
  const started = performance.now();
  const child = startProcess(process.execPath, ['--expose-gc', entry, variant], {
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const answer = async <T>(): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const late = setTimeout(() => reject(new Error(`${name} says nothing for ${patience / 1_000} s.`)), patience);
    const onExit = (code: number | null): void => reject(new Error(`${name} has ended (${code}) unasked.`));
    child.once('message', resolve).once('exit', onExit).once('error', reject);
    return promise.finally(() => {
      clearTimeout(late);
      child.off('message', resolve).off('exit', onExit).off('error', reject);
    });
  };

  const port = await answer<number>();
  const exchange = firstExchange(size);
  if (contestant !== nothing) await ask(name, port, exchange);
  const wall = performance.now() - started;
  const cpu = (await restingCpuTimeOf(child.pid ?? 0)) / 1_000;
  child.send('memory');
  const { resident, heap } = await answer<Memory>();
  if (contestant !== nothing) await askWrongly(name, port, exchange);

  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  return { cpu, wall, memory: resident / mebibyte, heap: heap / mebibyte };
}

/** A body with rules, to the controller that was declared last. */
function firstExchange(size: Size): Exchange {
  return { ...exchanges.post, target: pathOf(size - 1) };
}
