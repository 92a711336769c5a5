import { Body, Controller, Get, HttpCode, Param, Post } from 'bowline';
import { CreateOrder } from './create-order.js';
import { Database, type Order } from './database.js';

/** What shops use, on the server `main`. */
@Controller('/orders')
export class OrderController {
  #lastId = 0;

  constructor(private readonly database: Database) {}

  @Post()
  @HttpCode(201)
  async place(@Body() { cents }: CreateOrder): Promise<Order> {
    const order: Order = { id: ++this.#lastId, cents, source: 'shop' };
    await this.database.insert(order);
    return order;
  }

  @Get('/:id')
  find(@Param('id') id: number): Promise<Order | undefined> {
    return this.database.find(id);
  }
}
