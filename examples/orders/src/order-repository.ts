import type { Order, OrderStatus } from './order.js';

export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly limit: number;
  readonly offset: number;
}

export interface OrderPage {
  readonly items: readonly Order[];
  readonly total: number;
}

/** Where orders are kept. An abstract class is a type and an identifier in one, so nothing else has to name it. */
export abstract class OrderRepository {
  abstract find(id: number): Promise<Order | undefined>;
  abstract list(filter: OrderFilter): Promise<OrderPage>;
  abstract add(order: Omit<Order, 'id'>): Promise<Order>;
  abstract update(order: Order): Promise<void>;
}
