/** How many are looked through one by one; beyond that a map is quicker. */
const few = 24;

/**
 * What was made in one scope, by the ids of the bindings: as much of a `Map` as Inversify uses. A scope has a handful of them, and one
 * is made for each request: looking through a short list takes less time than a map, and the list itself less memory.
 */
export class MadeInstances {
  /** Each instance behind the id of its binding. */
  readonly #list: unknown[] = [];
  #map: Map<number, unknown> | undefined = undefined;

  has(id: number): boolean {
    if (this.#map !== undefined) return this.#map.has(id);
    const list = this.#list;
    for (let index = 0; index < list.length; index += 2) if (list[index] === id) return true;
    return false;
  }

  get(id: number): unknown {
    if (this.#map !== undefined) return this.#map.get(id);
    const list = this.#list;
    for (let index = 0; index < list.length; index += 2) if (list[index] === id) return list[index + 1];
    return undefined;
  }

  set(id: number, instance: unknown): void {
    if (this.#map !== undefined) {
      this.#map.set(id, instance);
      return;
    }
    this.#list.push(id, instance);
    if (this.#list.length > 2 * few) this.#map = mapOf(this.#list);
  }
}

function mapOf(list: readonly unknown[]): Map<number, unknown> {
  const map = new Map<number, unknown>();
  for (let index = 0; index < list.length; index += 2) map.set(list[index] as number, list[index + 1]);
  return map;
}
