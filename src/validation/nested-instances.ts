import type { ClassType } from '../foundation/index.js';
import type { Rule } from './compiled/library-metadata.js';
import { maxFailures, pointerStep } from './refusal.js';
import type { ValidatedSource, ValidationFailure } from './validator.js';

/**
 * Finds arrays where `@ValidateNested` wants an instance: class-validator looks through them at their elements, of which
 * there may be none, and the handler would get an array that has passed.
 */
export class NestedInstances {
  readonly #nested = new Map<unknown, readonly string[]>();

  constructor(private readonly rulesOf: (type: ClassType) => readonly Rule[]) {}

  /** Adds what is wrong in a value and in what it holds; only instances of classes have rules to hold them against. */
  check(value: unknown, source: ValidatedSource, path: string, failures: ValidationFailure[]): void {
    const type = classOf(value);
    if (type === undefined) return;
    for (const name of this.#nestedOf(type)) {
      const member = (value as Readonly<Record<string, unknown>>)[name];
      const own = path + pointerStep(name);
      if (!Array.isArray(member)) this.check(member, source, own, failures);
      else if (takesList(type, name)) this.#checkList(member, name, source, own, failures);
      else failures.push({ path: own, in: source, code: 'nestedValidation', message: `${name} must be an object` });
    }
  }

  #checkList(
    list: readonly unknown[],
    name: string,
    source: ValidatedSource,
    path: string,
    failures: ValidationFailure[],
  ): void {
    const message = `each value in ${name} must be an object`;
    for (const [index, element] of list.entries()) {
      if (failures.length > maxFailures) return;
      const own = `${path}/${index}`;
      if (Array.isArray(element)) failures.push({ path: own, in: source, code: 'nestedValidation', message });
      else this.check(element, source, own, failures);
    }
  }

  #nestedOf(type: ClassType): readonly string[] {
    const known = this.#nested.get(type);
    if (known !== undefined) return known;
    const nested = this.rulesOf(type).filter((rule) => rule.type === 'nestedValidation');
    const names = [...new Set(nested.map(({ propertyName }) => String(propertyName)))];
    this.#nested.set(type, names);
    return names;
  }
}

/** Not by its own `constructor`, which a client may send. */
function classOf(value: unknown): ClassType | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const prototype = Object.getPrototypeOf(value) as { readonly constructor: unknown } | null;
  return prototype === null || prototype === Object.prototype ? undefined : (prototype.constructor as ClassType);
}

/** A property that is declared as a class holds one; where the compiler wrote something else it may be a list. */
export function takesList(type: ClassType, name: string): boolean {
  const declared: unknown = Reflect.getMetadata('design:type', type.prototype as object, name);
  return typeof declared !== 'function' || ([Array, Object, Set, Map] as unknown[]).includes(declared);
}
