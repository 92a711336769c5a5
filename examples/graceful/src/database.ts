import { setTimeout as sleep } from 'node:timers/promises';

/** An order as it is stored. */
export interface Order {
  readonly id: number;
  readonly cents: number;
  /** Who brought it. */
  readonly source: 'shop' | 'partner';
}

/** How long a query takes. Milliseconds. */
const latency = 5;

/**
 * Stands in for the driver of a real database: it knows nothing of Bowline, has to be connected and closed, and every query
 * fails once it is closed.
 */
export class Database {
  readonly #orders = new Map<number, Order>();
  #isOpen = true;
  #queries = 0;

  static async connect(): Promise<Database> {
    await sleep(latency);
    return new Database();
  }

  /** How many queries it has answered. */
  get queries(): number {
    return this.#queries;
  }

  insert(order: Order): Promise<void> {
    return this.#query(() => void this.#orders.set(order.id, order));
  }

  find(id: number): Promise<Order | undefined> {
    return this.#query(() => this.#orders.get(id));
  }

  total(source: Order['source']): Promise<number> {
    const own = (): Order[] => [...this.#orders.values()].filter((order) => order.source === source);
    return this.#query(() => own().reduce((sum, { cents }) => sum + cents, 0));
  }

  async end(): Promise<void> {
    await sleep(latency);
    this.#isOpen = false;
  }

  async #query<T>(answer: () => T): Promise<T> {
    await sleep(latency);
    if (!this.#isOpen) throw new Error('The database is closed.');
    this.#queries++;
    return answer();
  }
}
