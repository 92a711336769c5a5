import { ConflictError, Inject, Injectable, Logger, UnprocessableContentError } from 'bowline';
import type { CreateOrder } from './create-order.js';
import { CustomerService } from './customer-service.js';
import { OrderStatus, totalOf, type Order } from './order.js';
import { OrderRepository, type OrderFilter, type OrderPage } from './order-repository.js';
import { PaymentClient } from './payment-client.js';

@Injectable()
export class OrderService {
  constructor(
    @Inject(OrderRepository) private readonly orders: OrderRepository,
    @Inject(CustomerService) private readonly customers: CustomerService,
    @Inject(PaymentClient) private readonly payments: PaymentClient,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  find(id: number): Promise<Order | undefined> {
    return this.orders.find(id);
  }

  list(filter: OrderFilter): Promise<OrderPage> {
    return this.orders.list(filter);
  }

  async place({ customerId, lines }: CreateOrder): Promise<Order> {
    if (this.customers.find(customerId) === undefined) {
      throw new UnprocessableContentError(`There is no customer ${customerId}.`);
    }
    const order = await this.orders.add({
      customerId,
      lines,
      status: OrderStatus.Pending,
      total: totalOf(lines),
      placedAt: new Date().toISOString(),
    });
    this.log.info('order placed', { order: order.id, total: order.total });
    return order;
  }

  async pay(id: number, signal: AbortSignal): Promise<Order | undefined> {
    const order = await this.orders.find(id);
    if (order === undefined) return undefined;
    if (order.status === OrderStatus.Paid) throw new ConflictError(`Order ${id} has been paid already.`);
    const paymentReference = await this.payments.charge(order.total, signal);
    const paid = { ...order, status: OrderStatus.Paid, paymentReference };
    await this.orders.update(paid);
    return paid;
  }
}
