import { Injectable } from 'bowline';
import { Connection } from './connection.js';

export interface Order {
  readonly id: number;
  readonly sku: string;
  readonly quantity: number;
}

@Injectable({ scope: 'request' })
export class OrderRepository {
  constructor(private readonly connection: Connection) {}

  list(): Promise<readonly Order[]> {
    return this.connection.read('orders');
  }

  async add(order: Omit<Order, 'id'>): Promise<Order> {
    const { length } = await this.list();
    const added = { id: length + 1, ...order };
    await this.connection.write<Order>('orders', (orders) => [...orders, added]);
    return added;
  }
}
