import { bulkhead, pipeline, SeededRandom, type BulkheadOptions, type Random } from 'bowline/resilience';
import { VirtualClock } from 'bowline/testing';

/** A callee with so many servers behind one queue, in the order of coming. Times are milliseconds. */
export interface Scenario {
  readonly seed: number;
  readonly servers: number;
  /** Calls per second. */
  readonly load: (now: number) => number;
  /** How long one server takes for one call. */
  readonly service: (now: number) => number;
  /** How long callers wait; what comes later is of no use, though the callee does the work. */
  readonly deadline: number;
  readonly duration: number;
}

/** Useful answers per second of each period, and the limit at its end. */
export interface Goodput {
  readonly perPeriod: readonly number[];
  readonly limits: readonly number[];
}

/** Plays a scenario through a bulkhead, and counts the answers in time per `period`. */
export async function play(
  scenario: Scenario,
  maxConcurrent: NonNullable<BulkheadOptions['maxConcurrent']>,
  period: number,
): Promise<Goodput> {
  const clock = new VirtualClock();
  const random = new SeededRandom(scenario.seed);
  const policy = bulkhead({ maxConcurrent });
  const calls = pipeline({ clock, random }, policy);
  // A chance of its own, so that the same callers come whatever the bulkhead lets through.
  const callee = new Callee(clock, new SeededRandom(scenario.seed + 1_000), scenario);
  const useful: number[] = [];
  const limits: number[] = [];
  const count = (): void => {
    const index = Math.floor(clock.elapsed() / period);
    useful[index] = (useful[index] ?? 0) + 1;
  };
  const arrive = (): void => {
    const call = Promise.resolve(calls.execute(() => callee.call(), { deadline: scenario.deadline }));
    call.then(count, () => undefined);
    if (clock.elapsed() < scenario.duration)
      clock.schedule(arrive, exponential(random, 1_000 / scenario.load(clock.elapsed())));
  };
  arrive();
  for (let passed = 0; passed < scenario.duration; passed += period) {
    await clock.advance(period);
    limits.push(policy.metrics.limit);
  }
  const periods = Math.round(scenario.duration / period);
  const perPeriod = Array.from({ length: periods }, (_, index) => ((useful[index] ?? 0) * 1_000) / period);
  return { perPeriod, limits };
}

class Callee {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #scenario: Scenario;
  /** When each server is free. */
  readonly #free: number[];

  constructor(clock: VirtualClock, random: Random, scenario: Scenario) {
    this.#clock = clock;
    this.#random = random;
    this.#scenario = scenario;
    this.#free = Array.from({ length: scenario.servers }, () => 0);
  }

  /** It knows of no deadline: work that nobody waits for is done as well. */
  call(): Promise<void> {
    const now = this.#clock.elapsed();
    const first = Math.min(...this.#free);
    const begin = Math.max(now, first);
    // Half of it is fixed, half by chance.
    const service = this.#scenario.service(begin);
    const end = begin + service / 2 + exponential(this.#random, service / 2);
    this.#free[this.#free.indexOf(first)] = end;
    return this.#clock.wait(end - now);
  }
}

function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.next()) * mean;
}
