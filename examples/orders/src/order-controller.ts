import {
  BadRequestError,
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  NotFoundError,
  Param,
  Post,
  Query,
  Signal,
} from 'bowline';
import { CreateOrder } from './create-order.js';
import { OrderStatus, type Order } from './order.js';
import { OrderService } from './order-service.js';
import type { OrderPage } from './order-repository.js';

// Every type is written out, so that the file runs under compilers that emit no types, too. Where they do, as with the
// tsconfig of this project, `@Param('id') id: number` and a plain constructor parameter are enough.
@Controller('/orders')
export class OrderController {
  constructor(@Inject(OrderService) private readonly orders: OrderService) {}

  @Get()
  async list(
    @Query('status', { enum: OrderStatus }) status: OrderStatus | undefined,
    @Query('limit', { type: Number, default: 20 }) limit: number,
    @Query('offset', { type: Number, default: 0 }) offset: number,
  ): Promise<OrderPage & { limit: number; offset: number }> {
    if (!Number.isInteger(limit) || limit < 1 || limit > 100)
      throw new BadRequestError('limit is a whole number from 1 to 100.');
    if (!Number.isInteger(offset) || offset < 0) throw new BadRequestError('offset is a whole number of at least 0.');
    return { ...(await this.orders.list({ status, limit, offset })), limit, offset };
  }

  /** An unknown order is undefined, and that is a 404. */
  @Get('/:id')
  find(@Param('id', Number) id: number): Promise<Order | undefined> {
    return this.orders.find(id);
  }

  @Post()
  @HttpCode(201)
  place(@Body(CreateOrder) order: CreateOrder): Promise<Order> {
    return this.orders.place(order);
  }

  @Post('/:id/pay')
  async pay(@Param('id', Number) id: number, @Signal() signal: AbortSignal): Promise<Order> {
    const order = await this.orders.pay(id, signal);
    if (order === undefined) throw new NotFoundError(`There is no order ${id}.`);
    return order;
  }
}
