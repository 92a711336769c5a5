import { inject, injectable, injectFromBase, type BindingScope } from 'inversify';
import { classChain, emittedParameterTypes, ownMetadata, type ClassType } from '../foundation/index.js';
import { injectableKey, injectFromBaseKey, type Scope } from './injectable.js';
import { isUndecided, writtenInjections } from './written-injections.js';

const inheriting = new WeakSet<ClassType>();

/** Inversify's names of our scopes. */
export const inversifyScope: Readonly<Record<Scope, BindingScope>> = {
  singleton: 'Singleton',
  request: 'Request',
  transient: 'Transient',
};

/**
 * Gives a class and its bases the metadata that Inversify reads: what `@Injectable` and `@InjectFromBase` asked for,
 * and the types that the compiler wrote. A class that carries Inversify's own `@injectable` keeps it as it is.
 */
export function prepareClass(type: ClassType): void {
  for (const current of classChain(type).toReversed()) {
    completeInjections(current);
    makeInjectable(current);
    const fromBase = ownMetadata(injectFromBaseKey, current)[0];
    if (fromBase !== undefined && !inheriting.has(current)) {
      injectFromBase(fromBase)(current);
      inheriting.add(current);
    }
  }
}

/** Inversify takes `@optional() log: Logger` only beside an `@inject`; the type that was written for it says which. */
function completeInjections(type: ClassType): void {
  const written = writtenInjections(type);
  const types = emittedParameterTypes(type) ?? [];
  types.forEach((emitted, index) => {
    if (isIdentifier(emitted) && isUndecided(written.parameters[index])) inject(emitted)(type, undefined, index);
  });
  for (const [key, property] of written.properties) {
    const prototype = type.prototype as object;
    const emitted: unknown = Reflect.getMetadata('design:type', prototype, key);
    if (isIdentifier(emitted) && isUndecided(property)) inject(emitted)(prototype, key);
  }
}

function makeInjectable(type: ClassType): void {
  if (ownMetadata(injectableKey, type).length === 0 && emittedParameterTypes(type) === undefined) return;
  const scope = scopeOfClass(type);
  try {
    injectable(scope === undefined ? undefined : inversifyScope[scope])(type);
  } catch {
    // The one thing that it throws for: the class is injectable already.
  }
}

/** The scope that the decorators of a class itself name. */
export function scopeOfClass(type: ClassType): Scope | undefined {
  return ownMetadata(injectableKey, type).find((entry) => entry.scope !== undefined)?.scope;
}

const builtIn: readonly unknown[] = [Array, BigInt, Boolean, Function, Number, Object, String];

/** Whether a type that the compiler wrote says what to inject. */
export function isIdentifier(emitted: unknown): emitted is ClassType {
  return typeof emitted === 'function' && !builtIn.includes(emitted);
}
