import { isClass, nameOf, type ClassType } from '../foundation/index.js';
import type { Rule, TransformStorage } from './compiled/library-metadata.js';

/** A property that holds a class with rules and does not say `@ValidateNested`, so that nobody asks them. */
export interface UncheckedField {
  /** `Order.lines`. */
  readonly field: string;
  /** The name of the class whose rules are not asked. */
  readonly holds: string;
  /** Whether it is declared as a list. */
  readonly list: boolean;
}

/** Finds such properties in a class, and in those that it holds. */
export function uncheckedFields(
  type: ClassType,
  rulesOf: (type: ClassType) => readonly Rule[],
  transforms: TransformStorage,
  seen = new Set<ClassType>(),
): UncheckedField[] {
  if (seen.has(type)) return [];
  seen.add(type);
  const byName = Map.groupBy(rulesOf(type), ({ propertyName }) => String(propertyName));
  return [...byName].flatMap(([name, rules]) => {
    const held = heldClass(type, name, transforms);
    if (held === undefined || rulesOf(held).length === 0) return [];
    const isNested = rules.some((rule) => rule.type === 'nestedValidation');
    const list = declaredType(type, name) === Array;
    const own = isNested ? [] : [{ field: `${nameOf(type)}.${name}`, holds: nameOf(held), list }];
    return [...own, ...uncheckedFields(held, rulesOf, transforms, seen)];
  });
}

/** The class of a property, or of the elements of its list. */
export function heldClass(type: ClassType, name: string, transforms: TransformStorage): ClassType | undefined {
  const held = toldClass(transforms.findTypeMetadata(type, name)?.typeFunction) ?? declaredType(type, name);
  return isClass(held) ? held : undefined;
}

function declaredType(type: ClassType, name: string): unknown {
  return Reflect.getMetadata('design:type', type.prototype as object, name);
}

/** What `@Type` names; undefined where it says nothing, or chooses by the value. */
export function toldClass(typeFunction: (() => unknown) | undefined): unknown {
  // One that takes something chooses between several.
  if (typeFunction === undefined || typeFunction.length > 0) return undefined;
  try {
    return typeFunction();
  } catch {
    // What it names is not there yet, or never will be: class-transformer says so when a value comes.
    return undefined;
  }
}
