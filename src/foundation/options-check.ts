import { BootReport } from './boot-report.js';
import { BowlineError } from './errors.js';
import { longestDelay } from './clock.js';
import { nearestName } from './nearest-name.js';

/** What one option accepts. `check` returns what is expected where the value does not fit. */
export interface OptionRule {
  readonly expected: string;
  accepts(value: unknown): boolean;
  /** Members of an option that is itself a set of options. */
  readonly members?: OptionRules;
  /** Rules of each member where the names are the user's own, as those of servers are. */
  readonly each?: OptionRules;
}

export type OptionRules = Readonly<Record<string, OptionRule>>;

export function integerOption(min: number, max: number = Number.MAX_SAFE_INTEGER, unit = ''): OptionRule {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    expected: `a whole number ${range}${unit === '' ? '' : ` (${unit})`}`,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

/** A time in milliseconds; at most what a timer of Node can hold. */
export function durationOption(min = 0): OptionRule {
  return integerOption(min, longestDelay, 'milliseconds');
}

export const booleanOption: OptionRule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' };

export const stringOption: OptionRule = { expected: 'a string', accepts: (value) => typeof value === 'string' };

export function oneOfOption(...values: readonly string[]): OptionRule {
  return {
    expected: `one of ${values.map((value) => `'${value}'`).join(', ')}`,
    accepts: (value) => typeof value === 'string' && values.includes(value),
  };
}

/** Anything that passes `accepts`, described by `expected`. */
export function customOption(expected: string, accepts: (value: unknown) => boolean): OptionRule {
  return { expected, accepts };
}

export function nestedOption(members: OptionRules): OptionRule {
  return { expected: 'an object', accepts: isPlainObject, members };
}

/** An object whose names are the user's own and whose values all follow `each`. */
export function namedOption(each: OptionRules): OptionRule {
  return { expected: 'an object', accepts: isPlainObject, each };
}

/** Adds a problem for every option of `given` that is unknown or out of range; `undefined` counts as not given. */
export function checkOptions(report: BootReport, where: string, given: object, rules: OptionRules): void {
  for (const [name, value] of Object.entries(given)) {
    const option = optionName(where, name);
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const known = Object.keys(rules);
      const nearest = nearestName(name, known);
      report.add('BOW_OPTION_UNKNOWN', {
        option,
        nearest: nearest === undefined ? undefined : optionName(where, nearest),
        known,
      });
    } else if (value !== undefined) {
      checkOption(report, option, value, rule);
    }
  }
}

/** The same for who has no report at hand: throws one {@link BootError} that lists every problem. */
export function requireOptions(where: string, given: object, rules: OptionRules): void {
  const report = new BootReport();
  checkOptions(report, where, given, rules);
  report.throwIfAny();
}

/** For one value, which must be there: throws BOW_OPTION_INVALID where it does not fit. */
export function requireOption(option: string, value: unknown, rule: OptionRule): void {
  if (rule.accepts(value)) return;
  throw new BowlineError('BOW_OPTION_INVALID', { option, got: describeValue(value), expected: rule.expected });
}

/** An object that was written as one, and no instance of a class. */
export function isPlainOptions(value: unknown): value is object {
  if (!isPlainObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** As sentences call it. What is known by its place, as a module without a name is, takes no member behind it. */
export function optionName(where: string, name: string): string {
  return /[/: ]/.test(where) ? `'${name}' (${where})` : `${where}.${name}`;
}

function checkOption(report: BootReport, option: string, value: unknown, rule: OptionRule): void {
  if (!rule.accepts(value)) {
    report.add('BOW_OPTION_INVALID', { option, got: describeValue(value), expected: rule.expected });
    return;
  }
  if (!isPlainObject(value)) return;
  if (rule.members !== undefined) checkOptions(report, option, value, rule.members);
  if (rule.each !== undefined) {
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) checkOption(report, `${option}.${name}`, member, nestedOption(rule.each));
    }
  }
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How a wrong value is shown in a sentence: short, and never the inside of an object, which may hold a secret. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `a string of ${value.length} characters` : `'${value}'`;
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  return 'an object';
}
