import type { ClassType } from '../foundation/index.js';
import type { Rule } from './compiled/library-metadata.js';
import { maxFailures, pointerStep } from './refusal.js';
import type { SentNames } from './sent-names.js';
import type { ValidatedSource, ValidationFailure } from './validator.js';

/**
 * Finds arrays where `@ValidateNested` wants an instance or a map, and instances where it wants a set: class-validator looks through
 * arrays at their elements, of which there may be none, and the handler would get an array that has passed.
 */
export class NestedInstances {
  readonly #nested = new Map<unknown, readonly string[]>();

  constructor(
    private readonly rulesOf: (type: ClassType) => readonly Rule[],
    private readonly names: SentNames,
  ) {}

  /** Adds what is wrong in a value and in what it holds; only instances of classes have rules to hold them against. */
  check(value: unknown, source: ValidatedSource, path: string, failures: ValidationFailure[]): void {
    const type = classOf(value);
    if (type === undefined) return;
    for (const name of this.#nestedOf(type)) {
      const member = (value as Readonly<Record<string, unknown>>)[name];
      const own = path + pointerStep(this.names.of(type, name));
      const misplaced = misplacedIn(type, name, member);
      if (misplaced !== undefined)
        failures.push({ path: own, in: source, code: 'nestedValidation', message: `${name} must be ${misplaced}` });
      else if (Array.isArray(member)) this.#checkEach(member.entries(), name, source, own, failures);
      else if (member instanceof Set) this.#checkEach([...member].entries(), name, source, own, failures);
      else if (member instanceof Map) this.#checkEach(member.entries(), name, source, own, failures);
      else this.check(member, source, own, failures);
    }
  }

  #checkEach(
    entries: Iterable<readonly [key: unknown, element: unknown]>,
    name: string,
    source: ValidatedSource,
    path: string,
    failures: ValidationFailure[],
  ): void {
    const message = `each value in ${name} must be an object`;
    for (const [key, element] of entries) {
      if (failures.length > maxFailures) return;
      const own = path + pointerStep(String(key));
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

/** The class of an instance; undefined for lists and plain objects. Not by its own `constructor`, which a client may send. */
export function classOf(value: unknown): ClassType | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const prototype = Object.getPrototypeOf(value) as { readonly constructor: unknown } | null;
  return prototype === null || prototype === Object.prototype ? undefined : (prototype.constructor as ClassType);
}

/** What should have been there, as a clause; undefined where it is. */
function misplacedIn(type: ClassType, name: string, member: unknown): string | undefined {
  const declared = declaredType(type, name);
  if (Array.isArray(member)) return declared === Map || !takesList(type, name) ? 'an object' : undefined;
  const isOther = typeof member === 'object' && member !== null && !(member instanceof Set);
  return declared === Set && isOther ? 'an array' : undefined;
}

/** A property that is declared as a class holds one; where the compiler wrote something else it may be a list. */
export function takesList(type: ClassType, name: string): boolean {
  const declared = declaredType(type, name);
  return typeof declared !== 'function' || ([Array, Object, Set, Map] as unknown[]).includes(declared);
}

function declaredType(type: ClassType, name: string): unknown {
  return Reflect.getMetadata('design:type', type.prototype as object, name);
}
