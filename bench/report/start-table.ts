import type { StartComparison, StartFigure, StartRatio } from '../start-up/measure-start.js';
import type { StartMeasure } from '../start-up/start-contestants.js';
import { pairText, type Table } from './table.js';

/** What is compared, as tables say it. */
export const startMeasures: Readonly<Record<StartMeasure, string>> = {
  cpu: 'CPU time',
  wall: 'by the clock',
  memory: 'memory',
};

/** What each application took. */
export function startTable({ nothing, figures }: StartComparison): Table {
  const head = ['', 'CPU ms, min', 'median', 'quartiles', 'clock ms, median', 'quartiles', 'MiB resident', 'JS heap'];
  return { head, rows: [nothing, ...figures].map(toFigureRow) };
}

function toFigureRow({ name, cpu, wall, memory, heap }: StartFigure): string[] {
  return [
    name,
    cpu.minimum.toFixed(0),
    cpu.median.toFixed(0),
    pairText(cpu.quarter, cpu.threeQuarters, 0),
    wall.median.toFixed(0),
    pairText(wall.quarter, wall.threeQuarters, 0),
    memory.median.toFixed(1),
    heap.median.toFixed(1),
  ];
}

/** What each pair of them comes to, a line for each. */
export function startRatioTable({ ratios }: StartComparison): Table {
  const pairs = Map.groupBy(ratios, ({ contestant, rival }) => JSON.stringify([contestant, rival]));
  const head = ['', 'beside', ...Object.values(startMeasures).flatMap((name) => [name, 'quartiles']), 'goals'];
  return { head, rows: [...pairs.values()].map(toPairRow) };
}

function toPairRow(ratios: readonly StartRatio[]): string[] {
  const goals = ratios.flatMap(({ measure, goal, verdict }) =>
    goal === undefined ? [] : `${startMeasures[measure]} ${goal.toFixed(2)} ${verdict}`,
  );
  return [
    ratios[0]?.contestant ?? '',
    ratios[0]?.rival ?? '',
    ...ratios.flatMap(({ spread }) => [spread.median.toFixed(3), pairText(spread.quarter, spread.threeQuarters, 2)]),
    goals.join(', '),
  ];
}
