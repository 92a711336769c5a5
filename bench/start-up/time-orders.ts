import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../ask.js';
import type { Provider } from '../contestants.js';
import { restingCpuTimeOf } from '../cpu-time.js';
import { startProcess } from '../processes.js';

/** One life of the example. Milliseconds. */
export interface OrdersLife {
  /** CPU time until the first answer. */
  readonly cpuTime: number;
  /** The same by the clock. */
  readonly wallTime: number;
  /** From SIGINT to the end of the process. */
  readonly stopTime: number;
}

/** How long a process may take to start, or to end. Milliseconds. */
const patience = 15_000;

/** Long enough for a server to notice that its client has gone. Milliseconds. */
const settleDelay = 100;

const firstRequest = { method: 'GET', target: '/orders', status: 200, contentType: 'application/json' };

/** Starts the example, asks it once, and interrupts it when nothing is in flight. */
export async function timeOrders(main: string, provider: Provider): Promise<OrdersLife> {
  const started = performance.now();
  const orders = startProcess(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 2],
    env: { ...process.env, PROVIDER: provider, PORT: '0' },
  });
  const port = Number(await firstMatch(orders, /listens on \S*:(\d+)/, 'examples/orders'));
  await ask('examples/orders', port, firstRequest);
  const wallTime = performance.now() - started;
  const cpuTime = (await restingCpuTimeOf(orders.pid ?? 0)) / 1_000;
  await sleep(settleDelay);

  const exit = once(orders, 'exit', { signal: AbortSignal.timeout(patience) });
  const interrupted = performance.now();
  orders.kill('SIGINT');
  const [code] = (await exit) as [number | null];
  const stopTime = performance.now() - interrupted;
  if (code !== 0) throw new Error(`examples/orders ended with exit code ${code} on SIGINT.`);
  return { cpuTime, wallTime, stopTime };
}

/** CPU time of a Node that has started and does nothing, seen in the same way. Milliseconds. */
export async function timeBareNode(): Promise<number> {
  const script = "require('node:fs').writeSync(1, 'ready'); setTimeout(() => {}, 60_000)";
  const bare = startProcess(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 2] });
  await firstMatch(bare, /(ready)/, 'node');
  const cpuTime = (await restingCpuTimeOf(bare.pid ?? 0)) / 1_000;
  const exit = once(bare, 'exit');
  bare.kill('SIGKILL');
  await exit;
  return cpuTime;
}

/** The first group of the first place in what a process prints that matches. The rest is read and dropped. */
async function firstMatch(child: ChildProcess, pattern: RegExp, name: string): Promise<string> {
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onData = (chunk: Buffer): void => {
    text += chunk.toString();
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) resolve(found);
  };
  child.stdout?.on('data', onData);
  child.once('exit', (code) => reject(new Error(`${name} has ended (${code}) before it was up.\n${text}`)));
  const late = setTimeout(() => reject(new Error(`${name} is not up after ${patience / 1_000} s.\n${text}`)), patience);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    child.stdout?.off('data', onData).resume();
  }
}
