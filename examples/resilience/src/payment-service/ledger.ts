import { randomUUID } from 'node:crypto';

export interface Charge {
  readonly receipt: string;
  readonly cents: number;
}

/** Who was charged what. Whoever says the same key again is charged no second time, and gets the receipt of the first. */
export class Ledger {
  readonly #charges = new Map<string, Charge>();
  #repeated = 0;

  charge(key: string, cents: number): Charge {
    const known = this.#charges.get(key);
    if (known !== undefined) {
      this.#repeated++;
      return known;
    }
    const charge = { receipt: randomUUID(), cents };
    this.#charges.set(key, charge);
    return charge;
  }

  get figures(): { readonly charges: number; readonly repeated: number } {
    return { charges: this.#charges.size, repeated: this.#repeated };
  }
}
