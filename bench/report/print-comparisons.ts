import type { Comparison, Figure, Ratio } from '../comparison.js';
import { toTable } from './table.js';

const units = {
  loopback: 'CPU us',
  'in-process': 'JS us',
} as const;

const titles = {
  loopback: 'loopback: CPU time per request, kernel included',
  'in-process': 'in-process: JavaScript time per request, no kernel',
} as const;

/** All matches of one workload by one method. */
export function printComparisons(workload: string, comparisons: readonly Comparison[]): void {
  const [first] = comparisons;
  if (first === undefined) return;
  const { method } = first;
  const hasGoals = comparisons.some(({ ratios }) => ratios.some(({ goal }) => goal !== undefined));
  const head = [units[method], 'minimum', 'median', 'quartiles', 'ratio', 'quartiles', 'of minima'];
  if (hasGoals) head.push('goal', '');
  const rows = comparisons.flatMap(({ figures, ratios }) =>
    figures.map((figure) =>
      toRow(
        figure,
        ratios.find(({ contestant }) => contestant === figure.contestant.name),
      ),
    ),
  );
  console.log(`\n${workload}, ${titles[method]}\n\n${toTable(head, rows)}`);
}

function toRow({ contestant, spread }: Figure, ratio: Ratio | undefined): string[] {
  const figures = [spread.minimum, spread.median].map((value) => value.toFixed(2));
  const row = [contestant.name, ...figures, `${spread.quarter.toFixed(2)} - ${spread.threeQuarters.toFixed(2)}`];
  if (ratio === undefined) return row;
  const { spread: ratios, ofMinima, goal, reached } = ratio;
  const verdict = reached === undefined ? '' : reached ? 'reached' : 'missed';
  return [
    ...row,
    ratios.median.toFixed(3),
    `${ratios.quarter.toFixed(2)} - ${ratios.threeQuarters.toFixed(2)}`,
    ofMinima.toFixed(3),
    goal === undefined ? '' : goal.toFixed(2),
    verdict,
  ];
}
