import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Provider } from '../contestants.js';
import { spreadOf, type Spread } from '../statistics.js';
import { timeBareNode, timeOrders } from './time-orders.js';

/** Milliseconds of something that was done several times. */
export interface Duration {
  readonly name: string;
  readonly spread: Spread;
  readonly values: readonly number[];
  readonly goal?: number;
  readonly reached?: boolean;
}

export interface StartUp {
  readonly provider: Provider;
  readonly durations: readonly Duration[];
}

const startGoal = 200;
const stopGoal = 50;

const main = fileURLToPath(new URL('../../examples/orders/dist/main.js', import.meta.url));

/**
 * What examples/orders costs before its first answer, in CPU time above a Node that does nothing, and how long it takes
 * to end on Ctrl-C with nothing in flight. Rejects where the example has not been built.
 */
export async function measureOrders(provider: Provider, runs: number): Promise<StartUp> {
  if (!existsSync(main)) throw new Error('examples/orders has not been built: npm run build:examples does it.');
  const bare: number[] = [];
  const lives = [];
  for (let run = 0; run < runs; run++) {
    bare.push(await timeBareNode());
    lives.push(await timeOrders(main, provider));
  }
  const durations = [
    toDuration('bare node: CPU', bare),
    toDuration(
      'first answer: CPU above bare node',
      lives.map(({ cpuTime }, run) => cpuTime - (bare[run] ?? Number.NaN)),
      startGoal,
    ),
    toDuration(
      'first answer: by the clock',
      lives.map(({ wallTime }) => wallTime),
    ),
    toDuration(
      'SIGINT to the end: by the clock',
      lives.map(({ stopTime }) => stopTime),
      stopGoal,
    ),
  ];
  return { provider, durations };
}

function toDuration(name: string, values: readonly number[], goal?: number): Duration {
  const spread = spreadOf(values);
  return { name, spread, values, ...(goal === undefined ? {} : { goal, reached: spread.median <= goal }) };
}
