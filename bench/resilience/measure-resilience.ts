import { startChild } from '../child.js';
import { spreadOf, type Spread } from '../statistics.js';
import type { ResilienceOrder, ResilienceSample } from './sample-resilience.js';

/** One call in one way: nanoseconds above those of the call alone. */
export interface ResilienceFigure {
  readonly name: string;
  readonly spread: Spread;
  readonly values: readonly number[];
}

/** What is to be reached, and what was. */
export interface ResilienceGoal {
  readonly what: string;
  readonly unit: string;
  readonly measured: number;
  readonly goal: number;
  readonly reached: boolean;
}

export interface ResilienceFigures {
  readonly figures: readonly ResilienceFigure[];
  readonly goals: readonly ResilienceGoal[];
}

/** Each sample is a fresh process, since one optimises differently from the next. */
export async function measureResilience(samples: number, rounds: number): Promise<ResilienceFigures> {
  const all: ResilienceSample[] = [];
  for (let index = 0; index < samples; index++) all.push(await takeSample({ rounds }));
  const [alone = '', ...others] = Object.keys(all[0]?.times ?? {});
  const figures = others.map((name) => {
    const values = all.map(({ times }) => (times[name] ?? Number.NaN) - (times[alone] ?? Number.NaN));
    return { name, spread: spreadOf(values), values };
  });
  return { figures, goals: goalsOf(figures, spreadOf(all.map(({ breakerSize }) => breakerSize)).median) };
}

function goalsOf(figures: readonly ResilienceFigure[], breakerSize: number): readonly ResilienceGoal[] {
  const of = (name: string): number => figures.find((figure) => figure.name === name)?.spread.median ?? Number.NaN;
  const goal = (what: string, measured: number, atMost: number, unit = 'ns'): ResilienceGoal => ({
    what,
    unit,
    measured,
    goal: atMost,
    reached: measured <= atMost,
  });
  return [
    goal('all six over the call alone', of('all six'), 650),
    goal('the same with the breaker on opossum', of('all six, breaker on opossum'), 1_200),
    goal('what it costs to read the signal', of('all six, signal read') - of('all six'), 300),
    goal('all six / what cockatiel wraps', of('all six') / of('cockatiel, five wrapped'), 0.1, ''),
    goal("circuit breaker / cockatiel's", of('circuit breaker') / of('cockatiel, circuit breaker'), 1, ''),
    goal('a circuit breaker at rest', breakerSize, 1_024, 'bytes'),
  ];
}

async function takeSample(order: ResilienceOrder): Promise<ResilienceSample> {
  const child = startChild(new URL('sample-resilience.ts', import.meta.url), order);
  try {
    return await child.answer<ResilienceSample>();
  } finally {
    await child.end();
  }
}
