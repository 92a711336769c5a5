import {
  Body,
  Controller,
  Ctx,
  Get,
  Headers,
  HttpCode,
  Param,
  ParseArrayPipe,
  ParseBoolPipe,
  ParseEnumPipe,
  ParseIntPipe,
  Post,
  Query,
  UseMiddleware,
  Version,
} from 'bowline';
import { CurrentUser, type Principal } from '../auth/current-user.js';
import { Storable, noStore } from '../stages/no-store.js';
import { CreateOrder } from './create-order.js';
import { OrderById } from './order-by-id.js';
import { OrderStatus, type Order } from './order.js';
import { OrderService } from './order-service.js';

/** In request scope, since it holds something that is: where NestJS makes it so by itself, Bowline has it written down. */
@Controller({ path: 'orders', version: ['1', '2'], scope: 'request' })
@UseMiddleware(noStore())
export class OrderController {
  constructor(private readonly orders: OrderService) {}

  @Get()
  @Version('1')
  list(@Query('status', new ParseEnumPipe(OrderStatus, { optional: true })) status?: OrderStatus) {
    return this.orders.list(status);
  }

  @Get()
  @Version('2')
  listByTotal(@Query('withItems', new ParseBoolPipe({ optional: true })) withItems?: boolean) {
    const orders = this.orders.list();
    return {
      total: orders.length,
      orders: withItems ? orders : orders.map((order) => ({ ...order, items: undefined })),
    };
  }

  @Get('some')
  @Storable()
  some(@Query('ids', new ParseArrayPipe({ items: Number })) ids: number[]) {
    return ids.map((id) => this.orders.find(id)?.status ?? null);
  }

  @Get(':id')
  find(@Param('id', ParseIntPipe, OrderById) order: Order) {
    return order;
  }

  @Post()
  @HttpCode(201)
  place(@Body() order: CreateOrder, @Ctx(CurrentUser) { name }: Principal) {
    return this.orders.place(name, order);
  }

  @Post('all')
  @HttpCode(201)
  placeAll(@Body([CreateOrder]) orders: CreateOrder[], @Ctx(CurrentUser) { name }: Principal) {
    return orders.map((order) => this.orders.place(name, order).id);
  }

  @Post(':id/pay')
  pay(@Param('id', ParseIntPipe, OrderById) order: Order, @Headers('idempotency-key') key?: string) {
    return { ...this.orders.pay(order), key: key ?? null };
  }
}
