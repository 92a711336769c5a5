import { startChild, type ChildOptions } from '../child.js';
import { whyNoLoopback } from '../loopback/measure-on-loopback.js';
import { spreadOf, type Spread } from '../statistics.js';
import type { ClientOrder, ClientSample, ClientTimes } from './sample-client.js';

/** One request in one way. */
export interface ClientFigure {
  readonly name: string;
  /** Nanoseconds by the clock, the service included. */
  readonly nanoseconds: Spread;
  /** Microseconds of CPU time of the calling process. */
  readonly cpu: Spread;
  /** Its CPU time over that of undici alone, sample by sample. */
  readonly ratio: Spread;
}

/** What `HttpClient` without a pipeline may cost over undici alone. */
export const clientGoal = 1.1;

/** Each side has a core to itself where that can be had. */
function onCore(cpu: number): ChildOptions {
  return whyNoLoopback() === undefined ? { cpu } : {};
}

/** Each sample is a fresh process, since one optimises differently from the next; the service is another. */
export async function measureClient(samples: number, rounds: number): Promise<readonly ClientFigure[]> {
  const service = startChild(new URL('client-service.ts', import.meta.url), {}, onCore(0));
  try {
    const { port } = await service.answer<{ readonly port: number }>();
    const all: ClientSample[] = [];
    for (let index = 0; index < samples; index++) all.push(await takeSample({ port, rounds }));
    const [alone = '', ...others] = Object.keys(all[0] ?? {});
    return [alone, ...others].map((name) => figureOf(all, name, alone));
  } finally {
    await service.end();
  }
}

function figureOf(all: readonly ClientSample[], name: string, alone: string): ClientFigure {
  const of = (sample: ClientSample, way: string): ClientTimes =>
    sample[way] ?? { nanoseconds: Number.NaN, cpu: Number.NaN };
  return {
    name,
    nanoseconds: spreadOf(all.map((sample) => of(sample, name).nanoseconds)),
    cpu: spreadOf(all.map((sample) => of(sample, name).cpu)),
    ratio: spreadOf(all.map((sample) => of(sample, name).cpu / of(sample, alone).cpu)),
  };
}

async function takeSample(order: ClientOrder): Promise<ClientSample> {
  const child = startChild(new URL('sample-client.ts', import.meta.url), order, onCore(1));
  try {
    return await child.answer<ClientSample>();
  } finally {
    await child.end();
  }
}
