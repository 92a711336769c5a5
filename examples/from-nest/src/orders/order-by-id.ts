import { Injectable, NotFoundError, type Pipe } from 'bowline';
import type { Order } from './order.js';
import { OrderService } from './order-service.js';

@Injectable({ scope: 'request' })
export class OrderById implements Pipe<number, Order> {
  constructor(private readonly orders: OrderService) {}

  transform(id: number): Order {
    const order = this.orders.find(id);
    if (order === undefined) throw new NotFoundError(`Order ${id} not found`);
    return order;
  }
}
