import { pointerStep, pointerSteps } from './refusal.js';
import type { ResolvedValidationLimits } from './validation-options.js';
import type { ValidatedSource, ValidationFailure } from './validator.js';

/** What is too large in a value, before libraries take their time over it: all of its lists, one of its objects, or its depth. */
export function oversize(
  value: unknown,
  source: ValidatedSource,
  limits: ResolvedValidationLimits,
): ValidationFailure | undefined {
  return new Measure(source, limits).exceeded(value, '', limits.depth);
}

class Measure {
  readonly #source: ValidatedSource;
  readonly #limits: ResolvedValidationLimits;
  #items: number;

  constructor(source: ValidatedSource, limits: ResolvedValidationLimits) {
    this.#source = source;
    this.#limits = limits;
    this.#items = limits.items;
  }

  exceeded(value: unknown, path: string, depth: number): ValidationFailure | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    const { items, properties, depth: maxDepth } = this.#limits;
    if (depth < 1) return this.#failure(path, 'maxDepth', maxDepth, `nests deeper than ${maxDepth} levels`);
    const members = Array.isArray(value) ? undefined : Object.entries(value);
    if (members === undefined) return this.#inList(value as readonly unknown[], path, depth, items);
    if (members.length > properties)
      return this.#failure(path, 'maxProperties', properties, `has more than ${properties} properties`);
    for (const [name, member] of members) {
      if (typeof member !== 'object' || member === null) continue;
      const found = this.exceeded(member, path + pointerStep(name), depth - 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #inList(list: readonly unknown[], path: string, depth: number, items: number): ValidationFailure | undefined {
    this.#items -= list.length;
    if (this.#items < 0) {
      const said =
        path === ''
          ? `has more than ${items} elements`
          : `brings the lists of the ${this.#source} to more than ${items} elements`;
      return this.#failure(path, 'maxItems', items, said);
    }
    for (const [index, element] of list.entries()) {
      if (typeof element !== 'object' || element === null) continue;
      const found = this.exceeded(element, `${path}/${index}`, depth - 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #failure(path: string, code: string, limit: number, said: string): ValidationFailure {
    const name = pointerSteps(path).at(-1);
    const message = `${name ?? `the ${this.#source}`} ${said}`;
    return { path, in: this.#source, code, params: [limit], message };
  }
}
