import type { ValidationFigure } from '../validation/measure-validation.js';
import { toTable } from './table.js';

export function printValidation(figures: readonly ValidationFigure[]): void {
  const base = figures[0]?.spread.median ?? Number.NaN;
  const rows = figures.map(({ name, spread, goal, reached }) => [
    name,
    spread.minimum.toFixed(0),
    spread.median.toFixed(0),
    `${spread.quarter.toFixed(0)} - ${spread.threeQuarters.toFixed(0)}`,
    (spread.median / base).toFixed(1),
    goal === undefined ? '' : String(goal),
    reached === undefined ? '' : reached ? 'reached' : 'missed',
  ]);
  const head = ['nanoseconds', 'minimum', 'median', 'quartiles', 'ratio', 'goal', ''];
  console.log(`\nvalidation, from a plain object of six fields to a checked instance\n\n${toTable({ head, rows })}`);
}
