import type { PipeArgument } from '../../http/index.js';
import { missingValue, unfitValue, type Expectation } from '../../routing/index.js';
import type { ParseOptions } from './parse-options.js';

/**
 * Makes a value of what a pipe gets: a text, or what the declared type of the parameter has made of it already. What it converts to
 * undefined for is a 400 that says what was expected.
 */
export function parseValue(
  value: unknown,
  argument: PipeArgument,
  options: ParseOptions,
  parse: Expectation & { convert(text: string): unknown },
): unknown {
  if (value === undefined) {
    if (options.optional === true) return undefined;
    throw missingValue(argument);
  }
  const text = textOf(value);
  const made = text === undefined ? undefined : parse.convert(text);
  if (made === undefined) throw unfitValue(argument, parse, text ?? (Array.isArray(value) ? 'a list' : 'an object'));
  return made;
}

/** Undefined for objects of a client's, which may have a `toString` of their own. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : undefined;
}
