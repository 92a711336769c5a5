import { ask, askWrongly } from './ask.js';
import type { Contestant } from './contestants.js';
import { exchanges } from './workloads.js';

/** Asks a contestant once what it is going to be asked, and once what it has to refuse; how long the answer is, in bytes. */
export async function checkContestant({ name, server, routes }: Contestant, port: number): Promise<number> {
  const exchange = exchanges[routes];
  const { length } = await ask(name, port, exchange);
  // The bare server says how little a body can cost, and checks none.
  if (server !== 'bare' || routes !== 'post') await askWrongly(name, port, exchange);
  return length;
}
