import { setTimeout as sleep } from 'node:timers/promises';

/** What one tenant has stored. */
export interface Database {
  /** As it was committed last. */
  tables: ReadonlyMap<string, readonly unknown[]>;
  /** Transactions take turns. */
  turn: Promise<void>;
}

export interface ConnectionListener {
  onCommit(): void;
  onRollback(): void;
  onRelease(): void;
}

/** How long a query takes. Milliseconds. */
const latency = 1;

/**
 * Stands in for the connection of a driver, and knows nothing of Bowline: one for a whole request, given back by `Symbol.asyncDispose`,
 * which rolls back what is open. Whoever uses it later gets an error.
 */
export class Connection {
  readonly tenant: string;
  readonly #database: Database;
  readonly #listener: ConnectionListener;
  /** What the transaction has written, where one is open. */
  #written: Map<string, readonly unknown[]> | undefined;
  #isReleased = false;

  constructor(tenant: string, database: Database, listener: ConnectionListener) {
    this.tenant = tenant;
    this.#database = database;
    this.#listener = listener;
  }

  async read<T>(table: string): Promise<readonly T[]> {
    await this.#query();
    return ((this.#written ?? this.#database.tables).get(table) ?? []) as readonly T[];
  }

  /** Makes other rows of those that are there. Takes a transaction. */
  async write<T>(table: string, change: (rows: readonly T[]) => readonly T[]): Promise<void> {
    const rows = await this.read<T>(table);
    if (this.#written === undefined) throw new Error('To write takes a transaction.');
    this.#written.set(table, change(rows));
  }

  /** Commits what `work` has written, or rolls it back where that fails. */
  async transaction<T>(work: () => T | Promise<T>): Promise<T> {
    const end = await this.#begin();
    try {
      const value = await work();
      await this.#query();
      // The connection may have been given back under it.
      if (this.#written === undefined) throw new Error('The transaction was rolled back.');
      this.#database.tables = this.#written;
      this.#written = undefined;
      this.#listener.onCommit();
      return value;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#rollBack();
    await sleep(latency);
    this.#listener.onRelease();
  }

  async #begin(): Promise<() => void> {
    const before = this.#database.turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#database.turn = promise;
    await before;
    this.#written = new Map(this.#database.tables);
    return resolve;
  }

  #rollBack(): void {
    if (this.#written === undefined) return;
    this.#written = undefined;
    this.#listener.onRollback();
  }

  async #query(): Promise<void> {
    if (this.#isReleased) throw new Error('The connection was given back.');
    await sleep(latency);
  }
}
