/** A value that class-transformer treats in a way of its own. It ends the building; class-transformer is asked then. */
export class OddValue extends Error {}

/** Deeper values are left to class-transformer, which has no limit but the stack. */
const maxDepth = 64;

// Thrown again and again: a client may send what is odd, and a stack costs more than the answer.
export const odd = new OddValue('class-transformer is to be asked');

/** What class-transformer makes of a value without a declared type: lists, plain objects and dates are copied. */
export function copyValue(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) throw odd;
  if (Array.isArray(value)) return copyList(value, (element) => copyValue(element, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Date.prototype) return new Date((value as Date).valueOf());
  if (prototype !== Object.prototype && prototype !== null) throw odd;
  // class-transformer takes it for the class of the value.
  if (Object.hasOwn(value, 'constructor') || typeof (value as { then?: unknown }).then === 'function') throw odd;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    // It never replaces a method that every object has, nor a prototype.
    if (!(key in Object.prototype)) copy[key] = copyValue((value as Record<string, unknown>)[key], depth + 1);
  }
  return copy;
}

/** What `@Type(() => Number)` makes of a value. */
export function toNumber(value: unknown): unknown {
  return converted(value, Number);
}

/** What `@Type(() => String)` makes of a value. */
export function toText(value: unknown): unknown {
  return converted(value, String);
}

/** What `@Type(() => Boolean)` makes of a value. */
export function toTruth(value: unknown): unknown {
  return converted(value, Boolean);
}

/** What `@Type(() => Date)` makes of a value, which may be an invalid date. */
export function toDate(value: unknown): unknown {
  return converted(value, dateOf);
}

function dateOf(value: unknown): Date {
  return new Date(value as string);
}

function converted(value: unknown, convert: (value: unknown) => unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return convert(value);
    case 'undefined':
      return undefined;
    default:
      if (value === null) return null;
      if (!Array.isArray(value) || depth > maxDepth) throw odd;
      return copyList(value, (element) => converted(element, convert, depth + 1));
  }
}

function copyList(list: readonly unknown[], copy: (element: unknown) => unknown): unknown[] {
  const copies: unknown[] = [];
  for (let index = 0; index < list.length; index++) {
    const element = list[index];
    // It skips holes, which JSON has none of.
    if (element === undefined) throw odd;
    copies.push(copy(element));
  }
  return copies;
}
