import type { Provider } from '../contestants.js';
import { turnsOf } from '../interleave.js';
import { spreadOf, type Spread } from '../statistics.js';
import { verdictOn, type Verdict } from '../verdict.js';
import {
  nothing,
  startContestants,
  startPairs,
  type Size,
  type StartContestant,
  type StartMeasure,
  type StartPair,
} from './start-contestants.js';
import { timeStart, type Start } from './time-start.js';
import { writeApplications } from './write-applications.js';

/** One application over all its starts. CPU time above a Node that does nothing and by the clock in milliseconds, memory in mebibytes. */
export interface StartFigure {
  readonly name: string;
  readonly cpu: Spread;
  readonly wall: Spread;
  readonly memory: Spread;
  readonly heap: Spread;
  readonly starts: readonly Start[];
}

/** One application beside its rival, of the single rounds in which both were started. */
export interface StartRatio {
  readonly contestant: string;
  readonly rival: string;
  readonly measure: StartMeasure;
  readonly spread: Spread;
  readonly goal?: number;
  readonly verdict?: Verdict;
}

/** All applications of one size. */
export interface StartComparison {
  readonly size: Size;
  /** The Node that does nothing, whose CPU time is its own. */
  readonly nothing: StartFigure;
  readonly figures: readonly StartFigure[];
  readonly ratios: readonly StartRatio[];
}

const measures = ['cpu', 'wall', 'memory'] as const satisfies StartMeasure[];

/** Every start is a fresh process, and one of each goes before, so that no one reads its files from a disk. */
export async function measureStart(
  size: Size,
  providers: readonly Provider[],
  withPeers: boolean,
  rounds: number,
): Promise<StartComparison> {
  const contestants = [nothing, ...startContestants(providers, withPeers)];
  const applications = writeApplications(contestants, size);
  const starts: Start[][] = contestants.map(() => []);
  try {
    for (let round = -1; round < rounds; round++) {
      for (const turn of turnsOf(contestants.length, Math.max(round, 0))) {
        const contestant = contestants[turn];
        if (contestant === undefined) continue;
        const start = await timeStart(contestant, applications.entryOf(contestant), size);
        if (round >= 0) starts[turn]?.push(start);
      }
    }
  } finally {
    applications.remove();
  }
  return compareStarts(size, contestants, starts, startPairs(providers, size, withPeers));
}

function compareStarts(
  size: Size,
  contestants: readonly StartContestant[],
  starts: readonly (readonly Start[])[],
  pairs: readonly StartPair[],
): StartComparison {
  const [idle = [], ...rest] = starts;
  const above = rest.map((own) => own.map((start, round) => ({ ...start, cpu: start.cpu - (idle[round]?.cpu ?? 0) })));
  const [bare, ...figures] = [idle, ...above].map((own, index) => toFigure(contestants[index]?.name ?? '', own));
  if (bare === undefined) throw new Error('Nothing was started.');
  const ratios = pairs.flatMap((pair) => measures.map((measure) => toRatio(pair, measure, figures)));
  return { size, nothing: bare, figures, ratios };
}

function toFigure(name: string, starts: readonly Start[]): StartFigure {
  const spread = (of: keyof Start): Spread => spreadOf(starts.map((start) => start[of]));
  return { name, cpu: spread('cpu'), wall: spread('wall'), memory: spread('memory'), heap: spread('heap'), starts };
}

function toRatio(
  { contestant, rival, goals }: StartPair,
  measure: StartMeasure,
  figures: readonly StartFigure[],
): StartRatio {
  const startsOf = (name: string): readonly Start[] => figures.find((figure) => figure.name === name)?.starts ?? [];
  const others = startsOf(rival);
  const spread = spreadOf(
    startsOf(contestant).map((start, round) => start[measure] / (others[round]?.[measure] ?? Number.NaN)),
  );
  const goal = goals[measure];
  const verdict = goal === undefined ? {} : { goal, verdict: verdictOn(spread.median, goal) };
  return { contestant, rival, measure, spread, ...verdict };
}
