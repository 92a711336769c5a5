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
  /** Whether a part that nobody set gets less than it usually has, because of those that somebody did. */
  readonly isTight: boolean;
  /** Why the parts do not fit into the period; undefined where they do. */
  readonly conflict: string | undefined;
}

const kubernetesPeriod = 30_000;
/** Docker kills ten seconds after its signal, and tells nobody. */
const ordinaryPeriod = 9_000;
const usualGrace = 500;
/** What a drain has at least where somebody needs more than the ordinary period for another part. */
const usualDrain = 5_000;
const mostReserve = 1_000;

/**
 * Divides the grace period: as set, else `BOWLINE_GRACE_PERIOD` (seconds), else 30 s in Kubernetes and 9 s elsewhere. Parts
 * that nobody set give way to those that somebody did.
 */
export function divideGracePeriod(options: BudgetOptions, surroundings: Surroundings): Budget {
  const set = (value: number | undefined): BudgetPart | undefined =>
    value === undefined ? undefined : { value, origin: 'as set' };
  const gracePeriod = set(options.gracePeriod) ?? periodOf(options, surroundings);
  const period = gracePeriod.value;
  const reserve: BudgetPart = { value: Math.min(mostReserve, Math.round(period / 10)), origin: 'a tenth, at most 1 s' };
  const given = sumOf(options);
  let left = Math.max(0, period - reserve.value - given);
  let isTight = false;
  /** The part as it was set, else as much of `wish` as is left. */
  const take = (value: number | undefined, wish: number, origin: string): BudgetPart => {
    const own = set(value);
    if (own !== undefined) return own;
    const taken = Math.min(wish, left);
    left -= taken;
    isTight ||= taken < wish;
    return { value: taken, origin: taken < wish ? `${origin}, cut to what is left` : origin };
  };
  const stopTimeout = take(options.stopTimeout, Math.round(period / 5), 'a fifth of the grace period');
  const [delay, why] = usualDelay(surroundings);
  const lameDuckDelay = take(options.lameDuckDelay, delay, why);
  const abortGrace = take(options.abortGrace, usualGrace, 'the default');
  const drainTimeout = take(options.drainTimeout, left, 'the rest of the grace period');
  return {
    gracePeriod,
    lameDuckDelay,
    drainTimeout,
    stopTimeout,
    abortGrace,
    reserve,
    isDelaySet: options.lameDuckDelay !== undefined,
    isTight: isTight || (options.drainTimeout === undefined && drainTimeout.value === 0),
    conflict: given > period ? conflictOf(options, gracePeriod) : undefined,
  };
}

function periodOf(options: BudgetOptions, surroundings: Surroundings): BudgetPart {
  const { environment } = surroundings;
  const seconds = Number(environment[periodVariable]);
  if (environment[periodVariable] !== undefined && seconds > 0)
    return { value: Math.round(seconds * 1_000), origin: periodVariable };
  if (isKubernetes(environment)) return { value: kubernetesPeriod, origin: 'Kubernetes' };
  // Nobody has said how long the platform waits, so parts that were set show that it is longer than Docker's.
  return sumOf(options) > ordinaryPeriod
    ? { value: periodAround(options, surroundings), origin: 'the parts that were set' }
    : { value: ordinaryPeriod, origin: 'the default' };
}

/** What the parts that were set need, and all others beside them. */
function periodAround(options: BudgetOptions, surroundings: Surroundings): number {
  const [lameDuckDelay] = usualDelay(surroundings);
  const usual = { lameDuckDelay, drainTimeout: usualDrain, abortGrace: usualGrace };
  const set = Object.fromEntries(setParts(options));
  const beside = Object.values({ ...usual, ...set, reserve: mostReserve }).reduce((sum, value) => sum + value, 0);
  return options.stopTimeout === undefined ? Math.ceil((beside * 5) / 4) : beside;
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

function conflictOf(options: BudgetOptions, period: BudgetPart): string {
  const terms = setParts(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(' + ');
  return `${terms} = ${sumOf(options)} ms, and the grace period is ${period.value} ms (${period.origin})`;
}

/** Names the variable that says how long the platform waits, in seconds. */
export const periodVariable = 'BOWLINE_GRACE_PERIOD';

/** One line for the log: every number and where it comes from. */
export function describeBudget(budget: Budget): string {
  const { gracePeriod, lameDuckDelay, drainTimeout, abortGrace, stopTimeout, reserve } = budget;
  const parts = Object.entries({ lameDuckDelay, drainTimeout, abortGrace, stopTimeout, reserve })
    .map(([name, { value, origin }]) => `${name} ${value} ms (${origin})`)
    .join(', ');
  const mend = budget.isTight ? '. Some parts have less than usual: give a longer gracePeriod, or shorter parts' : '';
  return `A stop takes at most ${gracePeriod.value} ms (${gracePeriod.origin}): ${parts}${mend}`;
}
