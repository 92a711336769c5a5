import { maxFailures, pointerStep } from './refusal.js';

/**
 * A value without members that are called as what every object has. Class-transformer copies none, but takes `constructor` for the class of its
 * object, and calls `toString` and `valueOf`: it throws where a client has sent them. The value itself where there is none. `value` is no
 * deeper than the limits allow.
 */
export function withoutMethods(value: unknown): unknown {
  return hasMethod(value) ? copied(value) : value;
}

/** Where such members are, as JSON Pointers: one more than an answer lists at most. */
export function placesOfMethods(value: unknown): readonly string[] {
  const places: string[] = [];
  const look = (within: unknown, path: string): void => {
    if (!Array.isArray(within) && !isPlain(within)) return;
    for (const [name, member] of Object.entries(within)) {
      if (places.length > maxFailures) return;
      const own = path + pointerStep(name);
      if (!Array.isArray(within) && name in Object.prototype) places.push(own);
      else look(member, own);
    }
  };
  look(value, '');
  return places;
}

export function hasMethod(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasMethod);
  if (!isPlain(value)) return false;
  return Object.entries(value).some(([name, member]) => name in Object.prototype || hasMethod(member));
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (!isPlain(value)) return value;
  const members = Object.entries(value).filter(([name]) => !(name in Object.prototype));
  return Object.fromEntries(members.map(([name, member]) => [name, copied(member)]));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
