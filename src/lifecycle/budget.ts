import { longestDelay } from '../foundation/index.js';

/** The parts of a grace period that a user may set. Milliseconds. */
export interface BudgetOptions {
  readonly gracePeriod?: number | undefined;
  readonly lameDuckDelay?: number | undefined;
  readonly drainTimeout?: number | undefined;
  readonly stopTimeout?: number | undefined;
  readonly abortGrace?: number | undefined;
}

/** What the surroundings say. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether somebody sits before it, or a watcher restarts it: nobody balances load there. */
  readonly isInteractive: boolean;
}

export interface BudgetPart {
  /** Milliseconds. */
  readonly value: number;
  /** Where the number comes from, in a few words. */
  readonly origin: string;
}

/** How the time between the word to stop and the end is divided. */
export interface Budget {
  readonly gracePeriod: BudgetPart;
  /** After a signal; a stop by a call has no lame duck unless the delay was set. */
  readonly lameDuckDelay: BudgetPart;
  readonly drainTimeout: BudgetPart;
  /** For all services and the last hooks. */
  readonly stopTimeout: BudgetPart;
  /** Between the word to those who are late and their cut. */
  readonly abortGrace: BudgetPart;
  /** What is left for the end of the process before somebody kills it. */
  readonly reserve: BudgetPart;
  /** Whether the lame-duck delay was set, and so counts for every stop. */
  readonly isDelaySet: boolean;
  /** Why the parts do not fit into the period; undefined where they do. */
  readonly conflict: string | undefined;
}

const kubernetesPeriod = 30_000;
/** Docker kills ten seconds after its signal, and tells nobody. */
const ordinaryPeriod = 9_000;

/**
 * Divides the grace period: as set, else `BOWLINE_GRACE_PERIOD` (seconds), else 30 s in Kubernetes and 9 s elsewhere. Parts
 * that nobody set give way to those that somebody did.
 */
export function divideGracePeriod(options: BudgetOptions, surroundings: Surroundings): Budget {
  const gracePeriod = periodOf(options, surroundings);
  const period = gracePeriod.value;
  const reserve: BudgetPart = { value: Math.min(1_000, Math.round(period / 10)), origin: 'a tenth, at most 1 s' };
  const [delay, why] = usualDelay(surroundings);
  const wishes = {
    stopTimeout: { wish: Math.round(period / 5), why: 'a fifth of the grace period' },
    lameDuckDelay: {
      wish: Math.min(delay, Math.round(period / 4)),
      why: delay > period / 4 ? 'a quarter of the grace period' : why,
    },
    abortGrace: {
      wish: Math.min(500, Math.round(period / 10)),
      why: period < 5_000 ? 'a tenth of the grace period' : 'the default',
    },
  };
  const left = Math.max(0, period - reserve.value - sumOf(options));
  const names = ['stopTimeout', 'lameDuckDelay', 'abortGrace'] as const;
  const wished = names.reduce((sum, name) => sum + (options[name] === undefined ? wishes[name].wish : 0), 0);
  // They share what those leave that were set, and the drain takes what they leave.
  const scale = wished <= left ? 1 : left / wished;
  const part = (name: (typeof names)[number]): BudgetPart => {
    const given = options[name];
    if (given !== undefined) return { value: given, origin: asSet };
    const { wish, why: origin } = wishes[name];
    return {
      value: Math.min(left, Math.floor(wish * scale)),
      origin: scale < 1 ? `${origin}, cut to what is left` : origin,
    };
  };
  const stopTimeout = part('stopTimeout');
  const lameDuckDelay = part('lameDuckDelay');
  const abortGrace = part('abortGrace');
  const rest = period - reserve.value - stopTimeout.value - lameDuckDelay.value - abortGrace.value;
  const drainTimeout: BudgetPart =
    options.drainTimeout === undefined
      ? { value: Math.max(0, rest), origin: 'the rest of the grace period' }
      : { value: options.drainTimeout, origin: asSet };
  return {
    gracePeriod,
    lameDuckDelay,
    drainTimeout,
    stopTimeout,
    abortGrace,
    reserve,
    isDelaySet: options.lameDuckDelay !== undefined,
    conflict: conflictOf(options, gracePeriod, reserve.value),
  };
}

/** Where a part comes from that a user has set. */
export const asSet = 'as set';

function periodOf(options: BudgetOptions, { environment }: Surroundings): BudgetPart {
  if (options.gracePeriod !== undefined) return { value: options.gracePeriod, origin: asSet };
  const seconds = Number(environment[periodVariable]);
  if (environment[periodVariable] !== undefined && seconds > 0 && seconds < longestDelay / 1_000)
    return { value: Math.round(seconds * 1_000), origin: periodVariable };
  if (isKubernetes(environment)) return { value: kubernetesPeriod, origin: 'Kubernetes' };
  // Nobody has said how long the platform waits, so a part that was set shows that it is longer than Docker's.
  const needed = Math.round(sumOf(options) * 1.25) + 1_500;
  return sumOf(options) > 0 && needed > ordinaryPeriod
    ? { value: needed, origin: 'the parts that were set' }
    : { value: ordinaryPeriod, origin: 'the default' };
}

function usualDelay({ environment, isInteractive }: Surroundings): readonly [delay: number, origin: string] {
  if (isInteractive) return [0, 'on a terminal or under --watch'];
  return isKubernetes(environment) ? [5_000, 'Kubernetes'] : [500, 'the default after a signal'];
}

export function isKubernetes(environment: Surroundings['environment']): boolean {
  return environment['KUBERNETES_SERVICE_HOST'] !== undefined;
}

function setParts({ lameDuckDelay, drainTimeout, abortGrace, stopTimeout }: BudgetOptions): [string, number][] {
  return Object.entries({ lameDuckDelay, drainTimeout, abortGrace, stopTimeout }).filter(
    (part): part is [string, number] => part[1] !== undefined,
  );
}

function sumOf(options: BudgetOptions): number {
  return setParts(options).reduce((total, [, value]) => total + value, 0);
}

/** Parts that were set must leave what services and the end of the process need. */
function conflictOf(options: BudgetOptions, period: BudgetPart, reserve: number): string | undefined {
  const services = options.stopTimeout === undefined ? Math.min(1_000, Math.round(period.value / 10)) : 0;
  const sum = sumOf(options) + reserve + services;
  if (sumOf(options) === 0 || sum <= period.value) return undefined;
  const terms = setParts(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(' + ');
  const needed = `${reserve + services} for ${services > 0 ? 'services and ' : ''}the end of the process`;
  return `${terms} + ${needed} = ${sum} ms, and the grace period is ${period.value} ms (${period.origin})`;
}

/** Names the variable that says how long the platform waits, in seconds. */
export const periodVariable = 'BOWLINE_GRACE_PERIOD';

/** One line for the log: every number and where it comes from. */
export function describeBudget(budget: Budget): string {
  const { gracePeriod, lameDuckDelay, drainTimeout, abortGrace, stopTimeout, reserve } = budget;
  const parts = Object.entries({ lameDuckDelay, drainTimeout, abortGrace, stopTimeout, reserve })
    .map(([name, { value, origin }]) => `${name} ${value} ms (${origin})`)
    .join(', ');
  return `A stop takes at most ${gracePeriod.value} ms (${gracePeriod.origin}): ${parts}`;
}
