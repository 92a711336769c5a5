import type { Contestant, Match } from './contestants.js';
import { spreadOf, type Spread } from './statistics.js';

export type Method = 'loopback' | 'in-process';

/** How far a median of ratios may lie above its goal: about its standard error. */
const tolerance = 0.03;

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
  readonly reached?: boolean;
}

/** What one method says about one match. */
export interface Comparison {
  readonly method: Method;
  readonly provider: string;
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
}

/** `values` holds a list for each contestant, the rival's first. Goals are for loopback, where a request is whole. */
export function compare(method: Method, match: Match, values: readonly (readonly number[])[]): Comparison {
  const { provider, rival, challengers } = match;
  const figures = [rival, ...challengers].map((contestant, index) => {
    const own = values[index] ?? [];
    return { contestant, spread: spreadOf(own), values: own };
  });
  const [base, ...rest] = figures;
  if (base === undefined) throw new Error('A match has a rival.');
  const ratios = rest.map((figure, index) => {
    const goal = method === 'loopback' ? challengers[index]?.goal : undefined;
    return toRatio(figure, base, goal);
  });
  return { method, provider, figures, ratios };
}

function toRatio(figure: Figure, base: Figure, goal: number | undefined): Ratio {
  const spread = spreadOf(figure.values.map((value, round) => value / (base.values[round] ?? Number.NaN)));
  return {
    contestant: figure.contestant.name,
    rival: base.contestant.name,
    spread,
    ofMinima: figure.spread.minimum / base.spread.minimum,
    ...(goal === undefined ? {} : { goal, reached: spread.median <= goal + tolerance }),
  };
}
