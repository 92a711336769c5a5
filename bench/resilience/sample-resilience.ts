/** One sample: nanoseconds of one call in each way, in turns. Says them, and ends. */
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { circuitBreaker, pipeline } from '../../src/entries/resilience.js';
import { quantile } from '../statistics.js';
import { makeWays, type Way } from './ways.js';

export interface ResilienceOrder {
  /** How often each way has its turn. */
  readonly rounds: number;
}

export interface ResilienceSample {
  /** Nanoseconds of one call, by the name of the way. */
  readonly times: Readonly<Record<string, number>>;
  /** Bytes of one circuit breaker that no call has passed, its pipeline not included. */
  readonly breakerSize: number;
}

const callsPerTurn = 2_000;

async function sample({ rounds }: ResilienceOrder): Promise<ResilienceSample> {
  const ways = Object.entries(makeWays());
  const times = new Map<string, number[]>(ways.map(([name]) => [name, []]));
  // What is called for the first time is not compiled yet.
  for (const [, way] of ways) await turn(way, callsPerTurn * 10);
  for (let round = 0; round < rounds; round++) {
    // There and back again, so that nobody always comes behind the same one.
    for (const [name, way] of round % 2 === 0 ? ways : ways.toReversed())
      times.get(name)?.push(await turn(way, callsPerTurn));
  }
  const medians = [...times].map(([name, each]) => [name, quantile(each, 0.1)] as const);
  return { times: Object.fromEntries(medians), breakerSize: sizeOfBreaker() };
}

async function turn(way: Way, calls: number): Promise<number> {
  const from = performance.now();
  for (let index = 0; index < calls; index++) await way();
  return ((performance.now() - from) * 1e6) / calls;
}

function sizeOfBreaker(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const count = 10_000;
  const sizeOf = (make: () => unknown): number => {
    const kept: unknown[] = Array.from({ length: count });
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < count; index++) kept[index] = make();
    collect();
    const size = (process.memoryUsage().heapUsed - before) / count;
    return kept.length === count ? size : Number.NaN;
  };
  const withBreaker = (): unknown => {
    const breaker = circuitBreaker();
    const whole = pipeline(breaker);
    // Its engine is made when it is needed first.
    return breaker.state === 'closed' ? whole : undefined;
  };
  sizeOf(withBreaker);
  return sizeOf(withBreaker) - sizeOf(() => pipeline());
}

process.on('disconnect', () => process.exit());
process.send?.(await sample(JSON.parse(process.argv[2] ?? '') as ResilienceOrder), () => process.exit());
