/** Any class, abstract ones included: what a decorator is put on and what an identifier may be. */
export type ClassType<T = unknown> = abstract new (...args: never[]) => T;

/** `target` and its base classes, nearest first; `Object` is left out. */
export function classChain(target: ClassType): ClassType[] {
  const chain: ClassType[] = [];
  let current: unknown = target;
  while (typeof current === 'function' && current !== Function.prototype) {
    chain.push(current as ClassType);
    current = Object.getPrototypeOf(current);
  }
  return chain;
}

export function isClass(value: unknown): value is ClassType {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;
}

/** A name for people: the class's own, the description of a symbol, else the text itself. */
export function nameOf(identifier: unknown): string {
  if (typeof identifier === 'function') return identifier.name === '' ? '(anonymous class)' : identifier.name;
  if (typeof identifier === 'symbol') return identifier.description ?? '(unnamed token)';
  return String(identifier);
}
