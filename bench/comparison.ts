import type { Contestant, Match, Pair } from './contestants.js';
import { spreadOf, type Spread } from './statistics.js';
import { verdictOn, type Verdict } from './verdict.js';
import type { Method } from './workloads.js';

/** Microseconds per request of one contestant. */
export interface Figure {
  readonly contestant: Contestant;
  readonly spread: Spread;
  /** One for each round or sample, in their order. */
  readonly values: readonly number[];
}

/** A contestant against its rival. */
export interface Ratio {
  readonly contestant: string;
  readonly rival: string;
  /** Of the ratios of the single rounds, in which both ran under the same conditions. */
  readonly spread: Spread;
  /** Of the best round of each. */
  readonly ofMinima: number;
  readonly goal?: number;
  readonly verdict?: Verdict;
}

/** What one method says about one match. */
export interface Comparison {
  readonly method: Method;
  readonly provider: string;
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
}

/** `values` holds a list for each contestant of the match. */
export function compare(method: Method, match: Match, values: readonly (readonly number[])[]): Comparison {
  const { provider, contestants, pairs } = match;
  const figures = contestants.map((contestant, index) => {
    const own = values[index] ?? [];
    return { contestant, spread: spreadOf(own), values: own };
  });
  return { method, provider, figures, ratios: pairs.map((pair) => toRatio(pair, figures, pair.goals[method])) };
}

function toRatio({ contestant, rival }: Pair, figures: readonly Figure[], goal: number | undefined): Ratio {
  const own = figureOf(figures, contestant);
  const other = figureOf(figures, rival);
  const spread = spreadOf(own.values.map((value, round) => value / (other.values[round] ?? Number.NaN)));
  return {
    contestant,
    rival,
    spread,
    ofMinima: own.spread.minimum / other.spread.minimum,
    ...(goal === undefined ? {} : { goal, verdict: verdictOn(spread.median, goal) }),
  };
}

function figureOf(figures: readonly Figure[], name: string): Figure {
  const figure = figures.find(({ contestant }) => contestant.name === name);
  if (figure === undefined) throw new Error(`Nobody in the match is called ${name}.`);
  return figure;
}
