/**
 * A value without members that are called as what every object has. Class-transformer copies none, but takes `constructor` for the class of its
 * object, and calls `toString` and `valueOf`: it throws where a client has sent them. The value itself where there is none. `value` is no
 * deeper than the limits allow.
 */
export function withoutMethods(value: unknown): unknown {
  return hasMethod(value) ? copied(value) : value;
}

function hasMethod(value: unknown): boolean {
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
