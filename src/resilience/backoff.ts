import {
  booleanOption,
  customOption,
  durationOption,
  longestDelay,
  nestedOption,
  oneOfOption,
  type OptionRule,
  type Random,
} from '../foundation/index.js';
import { eitherOption } from './policy-options.js';

/** How waits grow. */
export type BackoffType = 'constant' | 'linear' | 'exponential' | 'decorrelated-jitter';

/** How long to wait before each further time. Milliseconds. */
export interface BackoffOptions {
  /**
   * - `constant`: always `delay`.
   * - `linear`: `delay`, twice, three times `delay` and so on.
   * - `exponential`: `delay`, then `factor` times the one before.
   * - `decorrelated-jitter`: by chance, from `delay` to three times the wait before; waits of many clients spread out best.
   *
   * @default 'exponential'
   */
  readonly type?: BackoffType;
  /** The first wait. 0 or more. @default 100 for retries, 5_000 for circuits */
  readonly delay?: number;
  /** No wait is longer. @default 50 times `delay` */
  readonly maxDelay?: number;
  /** Of `exponential`. 1 or more. @default 2 */
  readonly factor?: number;
  /** Whether each wait is shortened by chance, down to its half at most, so that clients do not come back all at once. @default true */
  readonly jitter?: boolean;
}

export type ResolvedBackoff = Required<BackoffOptions>;

/** A number of milliseconds is a constant wait, a word the wait of that type. */
export type Backoff = number | BackoffType | BackoffOptions;

const typeOption = oneOfOption('constant', 'linear', 'exponential', 'decorrelated-jitter');

export const backoffOption: OptionRule = eitherOption(
  durationOption(),
  typeOption,
  nestedOption({
    type: typeOption,
    delay: durationOption(),
    maxDelay: durationOption(),
    factor: customOption('a number of at least 1', (value) => typeof value === 'number' && value >= 1),
    jitter: booleanOption,
  }),
);

/** `options` with all that is not given. */
export function resolveBackoff(options: Backoff, defaultDelay: number): ResolvedBackoff {
  const given: BackoffOptions =
    typeof options === 'number'
      ? { type: 'constant', delay: options, jitter: false }
      : typeof options === 'string'
        ? { type: options }
        : options;
  const delay = given.delay ?? defaultDelay;
  return {
    type: given.type ?? 'exponential',
    delay,
    maxDelay: given.maxDelay ?? Math.min(longestDelay, delay * 50),
    factor: given.factor ?? 2,
    jitter: given.jitter ?? true,
  };
}

/** The wait before the next time: `times` is how many came before, 1 or more; `previous` what was waited then. */
export function backoffDelay(backoff: ResolvedBackoff, times: number, previous: number, random: Random): number {
  const { type, delay, maxDelay, factor, jitter } = backoff;
  if (type === 'decorrelated-jitter') {
    const upTo = Math.max(delay, previous * 3);
    return Math.min(maxDelay, delay + random.next() * (upTo - delay));
  }
  const grown =
    type === 'constant' ? delay : type === 'linear' ? delay * times : delay * Math.min(factor ** (times - 1), 1e9);
  const whole = Math.min(maxDelay, grown);
  return jitter ? whole * (1 - random.next() / 2) : whole;
}
