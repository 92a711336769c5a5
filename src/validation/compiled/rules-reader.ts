import type { ClassType } from '../../foundation/index.js';
import type { ValidatorLibrary } from '../class-libraries.js';
import type { RuleOptions } from '../validation-options.js';
import type { Rule } from './library-metadata.js';

type Storage = ReturnType<ValidatorLibrary['getMetadataStorage']>;

/** The rules of a class that are asked: all, or those of some groups. */
export function rulesReader(
  validator: ValidatorLibrary,
  { groups }: Pick<RuleOptions, 'groups'> = {},
): (type: ClassType) => readonly Rule[] {
  const storage = validator.getMetadataStorage();
  const families = new RuleFamilies(storage);
  const known = new Map<ClassType, readonly Rule[]>();
  return (type) => {
    let rules = known.get(type);
    if (rules === undefined) {
      rules = families.storageFor(type).getTargetValidationMetadatas(type, '', false, false, groups);
      known.set(type, rules);
    }
    return rules;
  };
}

/** A class that has rules of its own, and its place among all. */
interface Ruled {
  readonly type: unknown;
  readonly place: number;
}

/**
 * What class-validator knows of one class and its bases. Asked itself, it looks at every class that has rules, for each of them: of a
 * thousand classes that took 90 ms of a start.
 */
class RuleFamilies {
  readonly #storage: Storage;
  /** Its rules by class; undefined where it keeps them in an unknown way. */
  readonly #rules: ReadonlyMap<unknown, unknown> | undefined;
  readonly #byPrototype = new Map<unknown, Ruled>();
  #count = 0;
  #first: unknown;
  /** Whether `instanceof` says of each class what its prototype says. */
  #isPlain = true;

  constructor(storage: Storage) {
    const { validationMetadatas } = storage as { readonly validationMetadatas?: unknown };
    this.#storage = storage;
    this.#rules = validationMetadatas instanceof Map ? validationMetadatas : undefined;
  }

  /** A storage that knows nothing but this family, in the order in which the whole one knows it. */
  storageFor(type: ClassType): Storage {
    const rules = this.#rules;
    if (rules === undefined) return this.#storage;
    this.#readClasses(rules);
    if (!this.#isPlain) return this.#storage;
    const family = new Map<unknown, unknown>();
    for (const base of this.#basesOf(type)) family.set(base.type, rules.get(base.type));
    if (rules.has(type)) family.set(type, rules.get(type));
    return Object.assign(Object.create(this.#storage) as Storage, { validationMetadatas: family });
  }

  #basesOf(type: ClassType): Ruled[] {
    const bases: Ruled[] = [];
    let prototype: unknown = Object.getPrototypeOf(type.prototype);
    while (prototype !== null) {
      const base = this.#byPrototype.get(prototype);
      if (base !== undefined) bases.push(base);
      prototype = Object.getPrototypeOf(prototype);
    }
    return bases.length < 2 ? bases : bases.toSorted((a, b) => a.place - b.place);
  }

  /** Anew where files were loaded meanwhile, which bring classes of their own, and where somebody began the storage anew. */
  #readClasses(rules: ReadonlyMap<unknown, unknown>): void {
    const [first] = rules.keys();
    if (rules.size === this.#count && first === this.#first) return;
    this.#byPrototype.clear();
    this.#isPlain = true;
    this.#count = rules.size;
    this.#first = first;
    for (const type of rules.keys()) this.#add(type);
  }

  #add(type: unknown): void {
    const prototype: unknown = typeof type === 'function' ? type.prototype : undefined;
    const isPlain =
      typeof type === 'function' &&
      type[Symbol.hasInstance] === Function.prototype[Symbol.hasInstance] &&
      typeof prototype === 'object' &&
      !this.#byPrototype.has(prototype);
    if (isPlain) this.#byPrototype.set(prototype, { type, place: this.#byPrototype.size });
    else this.#isPlain = false;
  }
}
