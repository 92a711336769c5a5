import type { Room } from './room.js';

/** A value that class-transformer treats in a way of its own. It ends the building; class-transformer is asked then. */
export class OddValue extends Error {}

// Thrown again and again: a client may send what is odd, and a stack costs more than the answer.
export const odd = new OddValue('class-transformer is to be asked');

/** What class-transformer makes of a value without a declared type: lists, plain objects and dates are copied, to `depth` levels. */
export function copyValue(value: unknown, depth: number, room: Room): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth < 1) throw odd;
  if (Array.isArray(value)) return copyList(value, room, (element) => copyValue(element, depth - 1, room));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Date.prototype) return new Date((value as Date).valueOf());
  if (prototype !== Object.prototype && prototype !== null) throw odd;
  // class-transformer takes it for the class of the value.
  if (Object.hasOwn(value, 'constructor') || typeof (value as { then?: unknown }).then === 'function') throw odd;
  const copy: Record<string, unknown> = {};
  const keys = Object.keys(value);
  if (keys.length > room.properties) throw odd;
  for (const key of keys) {
    // It never replaces a method that every object has, nor a prototype.
    if (!(key in Object.prototype)) copy[key] = copyValue((value as Record<string, unknown>)[key], depth - 1, room);
  }
  return copy;
}

/** What `@Type(() => Number)` makes of a value. */
export function toNumber(value: unknown, depth: number, room: Room): unknown {
  return converted(value, depth, room, Number);
}

/** What `@Type(() => String)` makes of a value. */
export function toText(value: unknown, depth: number, room: Room): unknown {
  return converted(value, depth, room, String);
}

/** What `@Type(() => Boolean)` makes of a value. */
export function toTruth(value: unknown, depth: number, room: Room): unknown {
  return converted(value, depth, room, Boolean);
}

/** What `@Type(() => Date)` makes of a value, which may be an invalid date. */
export function toDate(value: unknown, depth: number, room: Room): unknown {
  return converted(value, depth, room, dateOf);
}

function dateOf(value: unknown): Date {
  return new Date(value as string);
}

function isDate(value: unknown): value is Date {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Date.prototype;
}

function converted(value: unknown, depth: number, room: Room, convert: (value: unknown) => unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return convert(value);
    case 'undefined':
      return undefined;
    default:
      if (value === null) return null;
      // What a text of the request was converted to.
      if (convert === dateOf && isDate(value)) return new Date(value.valueOf());
      if (!Array.isArray(value) || depth < 1) throw odd;
      return copyList(value, room, (element) => converted(element, depth - 1, room, convert));
  }
}

function copyList(list: readonly unknown[], room: Room, copy: (element: unknown) => unknown): unknown[] {
  if (!room.take(list.length)) throw odd;
  const copies: unknown[] = [];
  for (let index = 0; index < list.length; index++) {
    const element = list[index];
    // It skips holes, which JSON has none of.
    if (element === undefined) throw odd;
    copies.push(copy(element));
  }
  return copies;
}
