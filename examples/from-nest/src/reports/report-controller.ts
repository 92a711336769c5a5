import {
  Controller,
  Ctx,
  Get,
  Header,
  HttpContext,
  ImATeapotError,
  ParseFloatPipe,
  Query,
  Redirect,
  UseInterceptors,
} from 'bowline';
import { Role, Roles } from '../auth/roles.js';
import { OrderStore } from '../orders/order-store.js';
import { Raw } from '../stages/envelope.js';
import { ReportQuery } from './report-query.js';
import { cacheFor } from './url-cache.js';

@Controller('reports')
@Roles([Role.Admin])
export class ReportController {
  #made = 0;

  constructor(private readonly store: OrderStore) {}

  @Get('orders')
  @UseInterceptors(cacheFor(60_000))
  orders(@Query() { by, since }: ReportQuery) {
    this.#made += 1;
    return { made: this.#made, by, since: since.toISOString(), orders: this.store.orders.length };
  }

  @Get('orders.csv')
  @Header('content-type', 'text/csv; charset=utf-8')
  @Raw()
  async *csv() {
    yield 'id,tenant,status\n';
    for (const { id, tenant, status } of this.store.orders) yield `${id},${tenant},${status}\n`;
  }

  @Get('share')
  share(@Query('of', ParseFloatPipe) of: number) {
    return { share: of / 100 };
  }

  @Get('latest')
  @Redirect('/api/v1/reports/orders', 302)
  latest(): void {}

  @Get('whoami')
  @Raw()
  whoami(@Ctx() ctx: HttpContext) {
    ctx.cookie('seen', '1', { httpOnly: true });
    return { agent: ctx.header('user-agent') ?? null };
  }

  @Get('broken')
  broken(): never {
    throw new Error('A secret of the database');
  }

  @Get('teapot')
  teapot(): never {
    throw new ImATeapotError('Short and stout');
  }
}
