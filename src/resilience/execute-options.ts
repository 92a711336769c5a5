import {
  booleanOption,
  BowlineError,
  customOption,
  describeValue,
  optionName,
  requireOptions,
  stringOption,
  type OptionRules,
} from '../foundation/index.js';
import type { ExecuteOptions } from './ongoing-call.js';

export const noOptions: ExecuteOptions = {};

const executeRules: OptionRules = {
  signal: customOption('an AbortSignal', isSignal),
  deadline: customOption('a number of milliseconds, or a Deadline', isDeadline),
  priority: stringOption,
  args: customOption('a list', Array.isArray),
  callee: stringOption,
  idempotent: booleanOption,
};

/** What is wrong with a call. Asked of every call, so only of what would break it. */
export function problemOf(pipeline: string, call: unknown, options: ExecuteOptions): BowlineError | undefined {
  if (typeof call !== 'function')
    return invalid(`A call of ${pipeline}`, `given ${describeValue(call)}`, 'given a function');
  if (options === noOptions) return undefined;
  if (typeof options !== 'object' || options === null) {
    return invalid(`A call of ${pipeline}`, `given ${describeValue(options)} as its options`, 'given an object');
  }
  if (isSignal(options)) return invalid(`A call of ${pipeline}`, 'given a signal as its options', 'given { signal }');
  const { signal, deadline } = options;
  if (signal !== undefined && !isSignal(signal)) return wrong(pipeline, 'signal', signal);
  return deadline === undefined || isDeadline(deadline) ? undefined : wrong(pipeline, 'deadline', deadline);
}

/** For a call that is described once and made often: throws for whatever is wrong, misspelt options included. */
export function requireCall(pipeline: string, call: unknown, options: ExecuteOptions): void {
  const problem = problemOf(pipeline, call, options);
  if (problem !== undefined) throw problem;
  requireOptions(`a call of ${pipeline}`, options, executeRules);
}

function wrong(pipeline: string, option: 'signal' | 'deadline', value: unknown): BowlineError {
  return invalid(
    optionName(`a call of ${pipeline}`, option),
    describeValue(value),
    executeRules[option]?.expected ?? '',
  );
}

function invalid(option: string, got: string, expected: string): BowlineError {
  return new BowlineError('BOW_OPTION_INVALID', { option, got, expected });
}

function isSignal(value: unknown): value is AbortSignal {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

function isDeadline(value: unknown): boolean {
  if (typeof value === 'number') return true;
  const { remaining, signal } = (value ?? {}) as { readonly remaining?: unknown; readonly signal?: unknown };
  return typeof remaining === 'number' && isSignal(signal);
}
