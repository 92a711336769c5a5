import { clientGoal, type ClientFigure } from '../client/measure-client.js';
import { toTable } from './table.js';

export function printClient(figures: readonly ClientFigure[]): void {
  const rows = figures.map(({ name, nanoseconds, cpu, ratio }) => [
    name,
    nanoseconds.median.toFixed(0),
    cpu.median.toFixed(1),
    ratio.median.toFixed(3),
    `${ratio.quarter.toFixed(3)} - ${ratio.threeQuarters.toFixed(3)}`,
  ]);
  const head = ['one GET of a small JSON', 'ns', 'us of CPU', 'ratio', 'quartiles'];
  console.log(`\nclient, eight requests at a time on loopback\n\n${toTable({ head, rows })}`);
  const measured = figures[1]?.ratio.median ?? Number.NaN;
  const verdict = measured <= clientGoal ? 'reached' : 'missed';
  console.log(`\n${figures[1]?.name} over undici alone: ${measured.toFixed(3)}, goal ${clientGoal}: ${verdict}`);
}
