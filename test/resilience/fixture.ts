import {
  pipeline,
  SeededRandom,
  type PipelineOptions,
  type Policy,
  type Random,
  type ResiliencePipeline,
} from 'bowline/resilience';
import { VirtualClock } from 'bowline/testing';

export interface Fixture<F = never> {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly calls: ResiliencePipeline<F>;
}

/** A pipeline on a clock of its own. */
export function make<F = never>(...policies: readonly Policy<F>[]): Fixture<F> {
  return makeNamed({}, ...policies);
}

export function makeNamed<F = never>(options: PipelineOptions, ...policies: readonly Policy<F>[]): Fixture<F> {
  const clock = new VirtualClock();
  const random = new SeededRandom(7);
  const calls = pipeline<F>({ name: 'payments', clock, random, ...options }, ...policies);
  return { clock, random, calls };
}

/** How a call stands; `at` is when it ended, by the clock. */
export interface Seen {
  state: 'pending' | 'value' | 'error';
  outcome: unknown;
  at: number | undefined;
}

/** Looks at a call without waiting for it. */
export function see(call: unknown, clock: VirtualClock): Seen {
  const seen: Seen = { state: 'pending', outcome: undefined, at: undefined };
  const end = (state: 'value' | 'error') => (outcome: unknown) => {
    Object.assign(seen, { state, outcome, at: clock.elapsed() });
  };
  void Promise.resolve(call).then(end('value'), end('error'));
  return seen;
}

/** Gives `value` after `duration`, deaf to any signal. */
export async function after<T>(clock: VirtualClock, duration: number, value: T): Promise<T> {
  await clock.wait(duration);
  return value;
}

export async function failAfter(clock: VirtualClock, duration: number, error: unknown): Promise<never> {
  await clock.wait(duration);
  throw error;
}

/** Never gives anything, and ends `delay` after its signal aborts. */
export function untilAborted(clock: VirtualClock, signal: AbortSignal, delay = 0): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      if (delay === 0) reject(signal.reason as Error);
      else clock.schedule(() => reject(signal.reason as Error), delay);
    });
  });
}

export function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** What `make` throws. */
export function thrownBy(make: () => unknown): unknown {
  try {
    make();
  } catch (error) {
    return error;
  }
  return undefined;
}
