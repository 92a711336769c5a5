import type { Rule } from './compiled/library-metadata.js';

/** More than a client would read of a rule that lists what it accepts. */
const maxMembers = 100;
const maxDepth = 3;

/**
 * What a rule was told, as JSON has a form for it: numbers, texts and the lists of them, regular expressions by their source, enums by
 * their values. Functions and classes are left out, or null where more comes behind them. Undefined where nothing is left.
 */
export function paramsOfRule({ name, constraints = [] }: Rule): readonly unknown[] | undefined {
  // @IsEnum keeps the values behind the enum itself.
  const told = name === 'isEnum' ? constraints.slice(1) : constraints;
  const params = told.map((each) => toPlain(each, maxDepth));
  const count = params.findLastIndex((each) => each !== undefined) + 1;
  return count === 0 ? undefined : params.slice(0, count).map((each) => each ?? null);
}

function toPlain(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? undefined : objectToPlain(value, depth);
    default:
      return undefined;
  }
}

function objectToPlain(value: object, depth: number): unknown {
  if (value instanceof RegExp) return value.source;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (depth === 0) return undefined;
  if (Array.isArray(value))
    return value.length > maxMembers ? undefined : value.map((each) => toPlain(each, depth - 1) ?? null);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const members = Object.entries(value)
    .map(([name, member]) => [name, toPlain(member, depth - 1)] as const)
    .filter(([, member]) => member !== undefined);
  return members.length === 0 || members.length > maxMembers ? undefined : Object.fromEntries(members);
}
