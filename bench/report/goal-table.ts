import type { Results } from '../results.js';
import type { Verdict } from '../verdict.js';
import { startMeasures } from './start-table.js';
import { pairText, type Table } from './table.js';

interface Line {
  readonly cells: readonly string[];
  readonly verdict: Verdict;
}

/** Everything that has a goal, over all workloads. */
export function goalTable(results: Results): Table {
  const head = ['workload', 'measured', '', 'beside', 'ratio', 'quartiles', 'goal', ''];
  return { head, rows: linesOf(results).map(({ cells, verdict }) => [...cells, verdict]) };
}

/** How many goals came to what. */
export function countOf(results: Results): {
  readonly reached: number;
  readonly within: number;
  readonly missed: number;
} {
  const verdicts = linesOf(results).map(({ verdict }) => verdict);
  const count = (wanted: Verdict): number => verdicts.filter((verdict) => verdict === wanted).length;
  return { reached: count('reached'), within: count('within the error'), missed: count('missed') };
}

function linesOf({ comparisons, starts }: Results): readonly Line[] {
  const requests = comparisons.flatMap(({ workload, comparison: { method, ratios } }) =>
    ratios.map((ratio) => ({ where: [workload, method], ratio })),
  );
  const beginnings = starts.flatMap(({ size, ratios }) =>
    ratios.map((ratio) => ({ where: [`start, ${size}`, startMeasures[ratio.measure]], ratio })),
  );
  return [...requests, ...beginnings].flatMap(({ where, ratio: { contestant, rival, spread, goal, verdict } }) => {
    if (goal === undefined || verdict === undefined) return [];
    const figures = [spread.median.toFixed(3), pairText(spread.quarter, spread.threeQuarters, 2), goal.toFixed(2)];
    return [{ cells: [...where, contestant, rival, ...figures], verdict }];
  });
}
