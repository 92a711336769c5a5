import { startChild } from '../child.js';
import { compare, type Comparison } from '../comparison.js';
import type { Contestant, Match } from '../contestants.js';
import { turnsOf } from '../interleave.js';
import type { Sample, SampleOrder } from './sample-process.js';

export interface InProcessOptions {
  readonly samples: number;
  /** Before anything counts. Milliseconds. */
  readonly warmUp: number;
  /** Of one sample. Milliseconds. */
  readonly duration: number;
}

/**
 * JavaScript time per request without a kernel. Each sample is a fresh process, since one optimises differently from
 * the next; the rivals take turns.
 */
export async function measureInProcess(
  match: Match,
  { samples, warmUp, duration }: InProcessOptions,
): Promise<Comparison> {
  const { contestants } = match;
  const values: number[][] = contestants.map(() => []);
  for (let round = 0; round < samples; round++) {
    for (const turn of turnsOf(contestants.length, round)) {
      const contestant = contestants[turn];
      if (contestant !== undefined) values[turn]?.push((await takeSample({ contestant, warmUp, duration })).best);
    }
  }
  return compare('in-process', match, values);
}

async function takeSample(order: SampleOrder & { readonly contestant: Contestant }): Promise<Sample> {
  const child = startChild(new URL('sample-process.ts', import.meta.url), order);
  try {
    return await child.answer<Sample>();
  } finally {
    await child.end();
  }
}
