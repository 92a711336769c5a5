/**
 * A value without members called `constructor`, which class-transformer takes for the class of what has one: it throws then, and copies none
 * anyway. The value itself where there is none. `value` is no deeper than the limits allow.
 */
export function withoutConstructors(value: unknown): unknown {
  return hasConstructor(value) ? copied(value) : value;
}

function hasConstructor(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasConstructor);
  if (!isPlain(value)) return false;
  return Object.hasOwn(value, 'constructor') || Object.values(value).some(hasConstructor);
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (!isPlain(value)) return value;
  const members = Object.entries(value).filter(([name]) => name !== 'constructor');
  return Object.fromEntries(members.map(([name, member]) => [name, copied(member)]));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
