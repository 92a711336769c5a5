import { DatabaseSync } from 'node:sqlite';
import { Inject, Injectable, PreDestroy, token } from 'bowline';
import type { Order } from './order.js';
import { OrderRepository, type OrderFilter, type OrderPage } from './order-repository.js';
import { seedOrders } from './seed.js';

interface Row {
  readonly id: number;
  readonly document: string;
}

/** The path of the database; ':memory:' for none. */
export const DatabaseFile = token<string>('DatabaseFile');

/** Keeps orders in an SQLite file, by the database that Node brings along. */
@Injectable()
export class SqliteOrderRepository extends OrderRepository {
  readonly #database: DatabaseSync;

  constructor(@Inject(DatabaseFile) file: string) {
    super();
    this.#database = new DatabaseSync(file);
    this.#database.exec(
      'CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, status TEXT NOT NULL, document TEXT NOT NULL)',
    );
    if (this.#count() === 0) for (const order of seedOrders) this.#insert(order);
  }

  async find(id: number): Promise<Order | undefined> {
    const row = this.#database.prepare('SELECT id, document FROM orders WHERE id = ?').get(id) as Row | undefined;
    return row === undefined ? undefined : toOrder(row);
  }

  async list({ status, limit, offset }: OrderFilter): Promise<OrderPage> {
    const rows = this.#database
      .prepare('SELECT id, document FROM orders WHERE ?1 IS NULL OR status = ?1 ORDER BY id LIMIT ?2 OFFSET ?3')
      .all(status ?? null, limit, offset) as unknown as Row[];
    return { items: rows.map(toOrder), total: this.#count(status) };
  }

  async add(order: Omit<Order, 'id'>): Promise<Order> {
    return { ...order, id: this.#insert(order) };
  }

  async update({ id, ...order }: Order): Promise<void> {
    this.#database
      .prepare('UPDATE orders SET status = ?, document = ? WHERE id = ?')
      .run(order.status, JSON.stringify(order), id);
  }

  /** Called when the application closes, after the last request. */
  @PreDestroy()
  close(): void {
    this.#database.close();
  }

  #insert(order: Omit<Order, 'id'>): number {
    const result = this.#database
      .prepare('INSERT INTO orders (status, document) VALUES (?, ?)')
      .run(order.status, JSON.stringify(order));
    return Number(result.lastInsertRowid);
  }

  #count(status?: string): number {
    const row = this.#database
      .prepare('SELECT count(*) AS count FROM orders WHERE ?1 IS NULL OR status = ?1')
      .get(status ?? null);
    return Number(row?.['count']);
  }
}

function toOrder({ id, document }: Row): Order {
  return { ...(JSON.parse(document) as Omit<Order, 'id'>), id };
}
