import { logSafely, nameOf, type ClassType } from '../foundation/index.js';
import type { HttpContext } from '../http/index.js';
import type { TransformStorage } from './compiled/library-metadata.js';
import type { Libraries } from './libraries.js';
import { heldClass } from './unchecked-fields.js';
import type { Validator } from './validator.js';

/** How many properties are named for one parameter, since clients choose their names. */
const maxNamed = 50;
/** How far into lists and into what they hold is looked. */
const maxElements = 100;
const maxDepth = 16;

/**
 * Says in the log, once for each property, what a validator takes away because no rule names it. For development: it looks at every
 * value.
 */
export function warningOfUnknown(validate: Validator, libraries: Libraries, type: ClassType, where: string): Validator {
  const { transforms } = libraries;
  if (transforms === undefined) return validate;
  const finder = new UnknownFinder(libraries, transforms);
  const named = new Set<string>();
  const warn = (field: string, ctx: HttpContext): void => {
    if (named.size >= maxNamed || named.has(field)) return;
    named.add(field);
    const message = `${where} took away ${field}, which a client sent and no rule names. Put a rule or @Allow() on it, or say unknown: 'refuse' where nobody may send it.`;
    logSafely(ctx.services.log, 'warn', message, ctx.describe());
  };
  return (value, ctx) => {
    if (ctx !== undefined && named.size < maxNamed) finder.find(type, value, (field) => warn(field, ctx), maxDepth);
    return validate(value, ctx);
  };
}

class UnknownFinder {
  readonly #rulesOf: Libraries['rulesOf'];
  readonly #transforms: TransformStorage;
  readonly #known = new Map<ClassType, ReadonlyMap<string, string>>();

  constructor({ rulesOf }: Pick<Libraries, 'rulesOf'>, transforms: TransformStorage) {
    this.#rulesOf = rulesOf;
    this.#transforms = transforms;
  }

  find(type: ClassType, value: unknown, tell: (field: string) => void, depth: number): void {
    if (typeof value !== 'object' || value === null || depth === 0) return;
    if (Array.isArray(value)) {
      for (const element of value.slice(0, maxElements) as readonly unknown[])
        this.find(type, element, tell, depth - 1);
      return;
    }
    const known = this.#knownOf(type);
    for (const [name, member] of Object.entries(value)) {
      const property = known.get(name);
      if (property === undefined) tell(`${nameOf(type)}.${shown(name)}`);
      else if (typeof member === 'object') this.#findIn(type, property, member, tell, depth);
    }
  }

  #findIn(type: ClassType, property: string, value: unknown, tell: (field: string) => void, depth: number): void {
    const isNested = this.#rulesOf(type).some(
      (rule) => rule.propertyName === property && rule.type === 'nestedValidation',
    );
    const held = isNested ? heldClass(type, property, this.#transforms) : undefined;
    if (held !== undefined) this.find(held, value, tell, depth - 1);
  }

  /** The properties that have a rule, by the names under which they are sent. */
  #knownOf(type: ClassType): ReadonlyMap<string, string> {
    const cached = this.#known.get(type);
    if (cached !== undefined) return cached;
    const known = new Map(this.#rulesOf(type).map(({ propertyName }) => [String(propertyName), String(propertyName)]));
    for (const { propertyName, options } of this.#transforms.getExposedMetadatas(type)) {
      if (propertyName !== undefined && options?.name !== undefined && known.has(propertyName))
        known.set(options.name, propertyName);
    }
    this.#known.set(type, known);
    return known;
  }
}

/** A client may have chosen it for whoever reads the log. */
function shown(name: string): string {
  return /^[\w$-]{1,60}$/.test(name) ? name : JSON.stringify(name.slice(0, 60));
}
