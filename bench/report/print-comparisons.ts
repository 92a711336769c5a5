import type { Comparison } from '../comparison.js';
import { comparisonTable } from './comparison-table.js';
import { toTable } from './table.js';

const titles = {
  loopback: 'loopback: CPU time per request, kernel included',
  'in-process': 'in-process: JavaScript time per request, no kernel',
} as const;

/** All matches of one workload by one method. */
export function printComparisons(workload: string, comparisons: readonly Comparison[]): void {
  const [first] = comparisons;
  if (first === undefined) return;
  console.log(`\n${workload}, ${titles[first.method]}\n\n${toTable(comparisonTable(comparisons))}`);
}
