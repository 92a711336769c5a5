import type { StartUp } from '../start-up/measure-orders.js';
import { toTable } from './table.js';

export function printOrders({ provider, durations }: StartUp): void {
  const rows = durations.map(({ name, spread, goal, reached }) => [
    name,
    spread.minimum.toFixed(1),
    spread.median.toFixed(1),
    `${spread.quarter.toFixed(1)} - ${spread.threeQuarters.toFixed(1)}`,
    goal === undefined ? '' : String(goal),
    reached === undefined ? '' : reached ? 'reached' : 'missed',
  ]);
  const head = ['milliseconds', 'minimum', 'median', 'quartiles', 'goal', ''];
  console.log(`\norders, start and stop on ${provider}\n\n${toTable({ head, rows })}`);
}
