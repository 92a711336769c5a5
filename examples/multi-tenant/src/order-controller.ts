import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Ctx, Get, Header, HttpCode, Post, UseGuards, UseInterceptors } from 'bowline';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import { InTransaction } from './in-transaction.js';
import { OrderRepository, type Order } from './order-repository.js';
import { StockRepository } from './stock-repository.js';
import { CurrentTenant, type Tenant } from './tenant.js';
import { TenantGuard } from './tenant-guard.js';

export class PlaceOrder {
  @IsString() @Length(1, 40) sku!: string;
  @IsInt() @Min(1) @Max(1_000) quantity!: number;
}

@Controller({ path: '/orders', scope: 'request' })
@UseGuards(TenantGuard)
export class OrderController {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockRepository,
  ) {}

  @Get()
  async list(@Ctx(CurrentTenant) tenant: Tenant) {
    return { tenant: tenant.name, orders: await this.orders.list() };
  }

  /** What is not in stock is a 409, and then there is no order either: both write in one transaction. */
  @Post()
  @HttpCode(201)
  @UseInterceptors(InTransaction)
  async place(@Body() order: PlaceOrder): Promise<Order> {
    const placed = await this.orders.add(order);
    await this.stock.take(order.sku, order.quantity);
    return placed;
  }

  /** The connection is open until the last line is sent, or the client has left. */
  @Get('/export')
  @Header('content-type', 'text/csv; charset=utf-8')
  async *export() {
    yield 'id,sku,quantity\n';
    for (let row = 0; ; row++) {
      await sleep(10);
      const order = (await this.orders.list())[row];
      if (order === undefined) return;
      yield `${order.id},${order.sku},${order.quantity}\n`;
    }
  }
}
