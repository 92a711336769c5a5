import type { ClassType } from '../../foundation/index.js';
import type { PlainOf } from '../../http/index.js';
import { loadStorage, requireTransformer, type TransformerLibrary } from '../class-libraries.js';
import { OutgoingRules } from './outgoing-rules.js';

/**
 * What keeps `@Exclude` where no `@Returns` says what is sent: instances of classes with rules of class-transformer for their way out are sent as
 * its `instanceToPlain` makes them, wherever they are in a value. Undefined where class-transformer is not installed, so that no class has such rules.
 */
export async function loadPlainOf(): Promise<PlainOf | undefined> {
  const storage = await loadStorage();
  if (storage === undefined) return undefined;
  const rules = new OutgoingRules(storage);
  let values: PlainValues | undefined;
  return (value) => {
    if (!rules.any) return value;
    // Its decorators were called, so it is there.
    values ??= new PlainValues(rules, requireTransformer());
    return values.plainOf(value);
  };
}

/** Deeper there may be a circle, which only the slower of the two walks follows no further. */
const maxDepth = 200;

/**
 * Looks at a value before JSON is made of it, in the order in which `JSON.stringify` would. What holds no instance with rules, which is nearly everything,
 * is not touched; of the rest the objects and lists around such an instance are copied.
 */
class PlainValues {
  readonly #rules: OutgoingRules;
  readonly #transformer: TransformerLibrary;

  constructor(rules: OutgoingRules, transformer: TransformerLibrary) {
    this.#rules = rules;
    this.#transformer = transformer;
  }

  plainOf(value: unknown): unknown {
    return isObject(value) && this.#holdsRuled(value, 0) ? this.#copied(value, new Set()) : value;
  }

  #holdsRuled(value: object, depth: number): boolean {
    if (depth > maxDepth) return true;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        const each: unknown = value[index];
        if (isObject(each) && this.#holdsRuled(each, depth + 1)) return true;
      }
      return false;
    }
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== Object.prototype && prototype !== null) {
      if (isLeaf(value)) return false;
      if (this.#isRuled(prototype)) return true;
    }
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const given: unknown = toJSON.call(value, '');
      return isObject(given) && this.#holdsRuled(given, depth + 1);
    }
    // What is inherited is not sent, and costs nothing to look at.
    for (const key in value) {
      const each = (value as Readonly<Record<string, unknown>>)[key];
      if (isObject(each) && this.#holdsRuled(each, depth + 1)) return true;
    }
    return false;
  }

  #copied(value: unknown, above: Set<object>): unknown {
    // A circle is left as it is: JSON.stringify refuses it, and nothing of it is sent.
    if (!isObject(value) || isLeaf(value) || above.has(value)) return value;
    if (!Array.isArray(value) && this.#isRuled(Object.getPrototypeOf(value) as object | null))
      return this.#transformer.instanceToPlain(value);
    above.add(value);
    const copy = this.#copyOf(value, above);
    above.delete(value);
    return copy;
  }

  #copyOf(value: object, above: Set<object>): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#copied(each, above));
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function') return this.#copied(toJSON.call(value, ''), above);
    const entries = Object.entries(value);
    // Such as a Map or a Promise, which is refused as what it is.
    if (entries.length === 0) return value;
    return Object.fromEntries(entries.map(([key, each]) => [key, this.#copied(each, above)]));
  }

  #isRuled(prototype: object | null): boolean {
    const type: unknown = prototype?.constructor;
    return typeof type === 'function' && type !== Object && this.#rules.has(type as ClassType);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Nothing is in there but numbers. */
function isLeaf(value: object): boolean {
  return value instanceof Date || ArrayBuffer.isView(value);
}
