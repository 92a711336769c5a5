import { startChild } from '../child.js';
import { spreadOf, type Spread } from '../statistics.js';
import type { ValidationOrder, ValidationSample } from './sample-validation.js';

/** Nanoseconds from a plain object to a checked instance, in one way. */
export interface ValidationFigure {
  readonly name: string;
  readonly spread: Spread;
  readonly values: readonly number[];
  readonly goal?: number;
  readonly reached?: boolean;
}

const goal = 200;

/** Each sample is a fresh process, since one optimises differently from the next. */
export async function measureValidation(samples: number, duration: number): Promise<ValidationFigure[]> {
  const all: ValidationSample[] = [];
  for (let index = 0; index < samples; index++) all.push(await takeSample({ duration }));
  return Object.keys(all[0] ?? {}).map((name) => {
    const values = all.map((each) => each[name] ?? Number.NaN);
    const spread = spreadOf(values);
    return { name, spread, values, ...(name === 'Bowline' ? { goal, reached: spread.median <= goal } : {}) };
  });
}

async function takeSample(order: ValidationOrder): Promise<ValidationSample> {
  const child = startChild(new URL('sample-validation.ts', import.meta.url), order);
  try {
    return await child.answer<ValidationSample>();
  } finally {
    await child.end();
  }
}
