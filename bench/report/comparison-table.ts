import type { Comparison, Figure, Ratio } from '../comparison.js';
import { pairText, type Table } from './table.js';

/** All matches of one workload by one method: a line for each ratio. */
export function comparisonTable(comparisons: readonly Comparison[]): Table {
  const head = ['us', 'min', 'median', 'beside', 'min', 'median', 'ratio', 'quartiles', 'of minima', 'goal', ''];
  const rows = comparisons.flatMap(({ figures, ratios }) => ratios.map((ratio) => toRow(ratio, figures)));
  return { head, rows };
}

function toRow({ contestant, rival, spread, ofMinima, goal, verdict }: Ratio, figures: readonly Figure[]): string[] {
  return [
    ...figureCells(contestant, figures),
    ...figureCells(rival, figures),
    spread.median.toFixed(3),
    pairText(spread.quarter, spread.threeQuarters, 2),
    ofMinima.toFixed(3),
    goal?.toFixed(2) ?? '',
    verdict ?? '',
  ];
}

function figureCells(name: string, figures: readonly Figure[]): string[] {
  const spread = figures.find(({ contestant }) => contestant.name === name)?.spread;
  return [name, spread?.minimum.toFixed(2) ?? '', spread?.median.toFixed(2) ?? ''];
}
