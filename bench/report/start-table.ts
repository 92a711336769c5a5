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

/** What each pair of them comes to. */
export function startRatioTable({ ratios }: StartComparison): Table {
  return { head: ['', 'beside', 'of', 'ratio', 'quartiles', 'goal', ''], rows: ratios.map(toRatioRow) };
}

function toRatioRow({ contestant, rival, measure, spread, goal, verdict }: StartRatio): string[] {
  return [
    contestant,
    rival,
    startMeasures[measure],
    spread.median.toFixed(3),
    pairText(spread.quarter, spread.threeQuarters, 2),
    goal?.toFixed(2) ?? '',
    verdict ?? '',
  ];
}
