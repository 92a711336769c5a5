/** How large a value may be that is built. Whoever builds says anew what is left before each value. */
export class Room {
  /** How many elements the lists of the value may still have. */
  items: number;
  readonly properties: number;

  constructor(items: number, properties: number) {
    this.items = items;
    this.properties = properties;
  }

  /** Whether a list of so many elements still fits in. */
  take(count: number): boolean {
    this.items -= count;
    return this.items >= 0;
  }
}
