import type { StartComparison } from '../start-up/measure-start.js';
import { startRatioTable, startTable } from './start-table.js';
import { toTable } from './table.js';

export function printStart(comparison: StartComparison): void {
  const { size } = comparison;
  console.log(
    `\nstart, ${size === 1 ? 'one controller' : `${size} controllers`}\n\n${toTable(startTable(comparison))}`,
  );
  console.log(`\n${toTable(startRatioTable(comparison))}`);
}
