import type { ResilienceFigures } from '../resilience/measure-resilience.js';
import { toTable } from './table.js';

export function printResilience({ figures, goals }: ResilienceFigures): void {
  const rows = figures.map(({ name, spread }) => [
    name,
    spread.minimum.toFixed(0),
    spread.median.toFixed(0),
    `${spread.quarter.toFixed(0)} - ${spread.threeQuarters.toFixed(0)}`,
  ]);
  const head = ['nanoseconds over the call alone', 'minimum', 'median', 'quartiles'];
  console.log(`\nresilience, one asynchronous call that succeeds\n\n${toTable({ head, rows })}`);
  const goalRows = goals.map(({ what, measured, goal, unit, reached }) => [
    what,
    measured.toFixed(unit === '' ? 3 : 0),
    String(goal),
    unit,
    reached ? 'reached' : 'missed',
  ]);
  console.log(`\n${toTable({ head: ['', 'measured', 'goal', '', ''], rows: goalRows })}`);
}
