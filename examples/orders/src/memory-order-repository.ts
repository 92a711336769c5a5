import { Injectable } from 'bowline';
import type { Order } from './order.js';
import { OrderRepository, type OrderFilter, type OrderPage } from './order-repository.js';
import { seedOrders } from './seed.js';

/** Keeps orders for as long as the process lives. */
@Injectable()
export class MemoryOrderRepository extends OrderRepository {
  readonly #orders = new Map<number, Order>(seedOrders.map((order, index) => [index + 1, { ...order, id: index + 1 }]));

  async find(id: number): Promise<Order | undefined> {
    return this.#orders.get(id);
  }

  async list({ status, limit, offset }: OrderFilter): Promise<OrderPage> {
    const matching = [...this.#orders.values()].filter((order) => status === undefined || order.status === status);
    return { items: matching.slice(offset, offset + limit), total: matching.length };
  }

  async add(order: Omit<Order, 'id'>): Promise<Order> {
    const added = { ...order, id: this.#orders.size + 1 };
    this.#orders.set(added.id, added);
    return added;
  }

  async update(order: Order): Promise<void> {
    this.#orders.set(order.id, order);
  }
}
