import { Body, Controller, HttpCode, Post } from 'bowline';
import { CreateOrder } from './create-order.js';
import { OrderQueue, type Message } from './order-queue.js';

/** What partners use, on a port of its own: their orders wait in a queue. */
@Controller({ path: '/orders', server: 'partners' })
export class PartnerController {
  constructor(private readonly queue: OrderQueue) {}

  @Post()
  @HttpCode(202)
  send(@Body() { cents }: CreateOrder): Message {
    return this.queue.push(cents);
  }
}
