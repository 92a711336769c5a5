import { randomUUID } from 'node:crypto';
import { Body, Controller, Deadline, Headers, HttpCode, Post, RateLimit, UseFilters } from 'bowline';
import { CreateOrder } from './create-order.js';
import { PaymentClient, type Rate } from './payment-client.js';
import { PaymentFilter } from './payment-filter.js';

export interface Order {
  readonly item: string;
  readonly cents: number;
  /** The same in dollars, by a rate of the market or, where nobody knows it at the moment, of the price list. */
  readonly usd: number;
  readonly rateFrom: Rate['from'];
  /** By which the payment service knows that it was paid. */
  readonly receipt: string;
}

@Controller('/orders')
@UseFilters(PaymentFilter)
export class OrderController {
  constructor(private readonly payments: PaymentClient) {}

  /**
   * Places an order and pays it. Who gets no answer, or an error, says the same `Idempotency-Key` again: what was paid by then is not paid
   * twice.
   */
  @Post()
  @HttpCode(201)
  @Deadline(2_000)
  @RateLimit('orders', { limit: 40, window: 1_000 })
  async place(@Body() { item, cents }: CreateOrder, @Headers('idempotency-key') key?: string): Promise<Order> {
    const { receipt } = await this.payments.charge(key ?? randomUUID(), cents);
    const { dollars, from } = await this.payments.rate();
    return { item, cents, usd: Math.round(cents * dollars) / 100, rateFrom: from, receipt };
  }
}
