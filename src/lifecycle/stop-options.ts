import {
  BowlineError,
  customOption,
  describeValue,
  durationOption,
  isPlainOptions,
  nearestName,
  requireOption,
} from '../foundation/index.js';
import type { StopReason } from './stop-reason.js';

/** How a stop is begun. */
export interface StopOptions {
  /** @default { kind: 'api' } */
  readonly reason?: StopReason;
  /** Milliseconds. @default what was set, else 0, and after a signal what fits the surroundings */
  readonly lameDuckDelay?: number;
}

const known: readonly string[] = ['reason', 'lameDuckDelay'];

const reasonOption = customOption("a StopReason, such as { kind: 'api' }", isReason);

/** Throws BOW_OPTION_INVALID for what is no set of options of a stop: a delay that is no number would end the lame duck at once. */
export function requireStopOptions(options: StopOptions): void {
  const where = 'gracefulStop()';
  if (!isPlainOptions(options))
    throw new BowlineError('BOW_OPTION_INVALID', {
      option: `the options of ${where}`,
      got: describeValue(options),
      expected: 'an object',
    });
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, known);
    throw new BowlineError('BOW_OPTION_UNKNOWN', { option: `${unknown} of ${where}`, nearest, known });
  }
  const { reason, lameDuckDelay } = options;
  if (reason !== undefined) requireOption(`reason of ${where}`, reason, reasonOption);
  requireLameDuckDelay(where, lameDuckDelay);
}

/** The same for the one number that a server takes. */
export function requireLameDuckDelay(where: string, delay: number | undefined): void {
  if (delay !== undefined) requireOption(`lameDuckDelay of ${where}`, delay, durationOption());
}

function isReason(value: unknown): boolean {
  if (!isPlainOptions(value)) return false;
  const { kind, signal } = value as { readonly kind?: unknown; readonly signal?: unknown };
  if (kind === 'signal') return typeof signal === 'string';
  return kind === 'api' || kind === 'error' || kind === 'parent';
}
