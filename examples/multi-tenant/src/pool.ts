import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, PreDestroy } from 'bowline';
import { Connection, type Database } from './connection.js';

/** What a pool has done so far, and what it does now. */
export interface PoolFigures {
  readonly acquired: number;
  readonly released: number;
  readonly inUse: number;
  readonly waiting: number;
  readonly committed: number;
  readonly rolledBack: number;
}

const maxConnections = 4;
/** How long it takes to open a connection. Milliseconds. */
const latency = 2;

/** Connections to the databases of all tenants, a few for all requests. In memory, with figures to look at. */
@Injectable()
export class Pool {
  readonly #databases = new Map<string, Database>();
  readonly #waiting: (() => void)[] = [];
  #free = maxConnections;
  #acquired = 0;
  #released = 0;
  #committed = 0;
  #rolledBack = 0;

  get figures(): PoolFigures {
    return {
      acquired: this.#acquired,
      released: this.#released,
      inUse: this.#acquired - this.#released,
      waiting: this.#waiting.length,
      committed: this.#committed,
      rolledBack: this.#rolledBack,
    };
  }

  /** A connection to the database of one tenant. Waits while all are in use. */
  async acquire(tenant: string): Promise<Connection> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#acquired++;
    await sleep(latency);
    return new Connection(tenant, this.#databaseOf(tenant), {
      onCommit: () => void this.#committed++,
      onRollback: () => void this.#rolledBack++,
      onRelease: () => this.#takeBack(),
    });
  }

  /** Closed after all that uses it; a connection that somebody kept is a mistake of ours, which the report of the stop then shows. */
  @PreDestroy()
  end(): void {
    const { inUse, waiting } = this.figures;
    if (inUse + waiting > 0) throw new Error(`${inUse} connections are in use, ${waiting} are waited for.`);
  }

  #takeBack(): void {
    this.#released++;
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  #databaseOf(tenant: string): Database {
    const database = this.#databases.get(tenant) ?? { tables: new Map(), turn: Promise.resolve() };
    this.#databases.set(tenant, database);
    return database;
  }
}
