import { Injectable } from 'bowline';
import { DomainError } from '../stages/domain-error.js';
import { Audit } from './audit-log.js';
import type { CreateOrder } from './create-order.js';
import { OrderStatus, type Order } from './order.js';
import { OrderStore } from './order-store.js';
import { Tenant } from './tenant.js';

@Injectable({ scope: 'request' })
export class OrderService {
  constructor(
    private readonly store: OrderStore,
    private readonly tenant: Tenant,
    private readonly audit: Audit,
  ) {}

  list(status?: OrderStatus): Order[] {
    const own = this.store.orders.filter((order) => order.tenant === this.tenant.id);
    return status === undefined ? own : own.filter((order) => order.status === status);
  }

  find(id: number): Order | undefined {
    return this.list().find((order) => order.id === id);
  }

  place(owner: string, { items, placedAt = new Date(0) }: CreateOrder): Order {
    const id = this.store.orders.length + 1;
    const order = {
      id,
      tenant: this.tenant.id,
      owner,
      status: OrderStatus.Open,
      placedAt: placedAt.toISOString(),
      items,
    };
    this.store.orders.push(order);
    this.audit.write(`${owner} placed ${id}`);
    return order;
  }

  pay(order: Order): Order {
    if (order.status === OrderStatus.Paid) throw new DomainError('ALREADY_PAID', `Order ${order.id} is paid already`);
    order.status = OrderStatus.Paid;
    return order;
  }
}
