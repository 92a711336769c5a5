import {
  Body,
  Controller,
  createParamDecorator,
  Ctx,
  Get,
  HttpCode,
  HttpContext,
  Param,
  Post,
  Redirect,
  Req,
  UnauthorizedError,
  type ClassType,
} from 'bowline';
import { IsString } from 'class-validator';
import { Shop } from './shop.js';

/** What a request has once a session has been put on it. */
export interface Baggage {
  readonly session: { cart?: readonly string[] };
}

/** The one place in the new code that knows of passport. */
const User = createParamDecorator((_data: undefined, ctx: HttpContext): string => {
  const { user }: { readonly user?: { readonly name: string } | null } = ctx.native.request;
  if (user == null) throw new UnauthorizedError();
  return user.name;
});

@Controller('/health')
class HealthController {
  @Get() check() {
    return 'ok';
  }
}

@Controller('/customers')
class CustomerController {
  constructor(private readonly shop: Shop) {}

  @Get('/:id') find(@Param('id') id: string) {
    return this.shop.customer(id);
  }
}

@Controller('/invoices')
class InvoiceController {
  constructor(private readonly shop: Shop) {}

  @Get() list(@User() user: string) {
    return this.shop.invoices(user);
  }
}

class CartItem {
  @IsString() item!: string;
}

@Controller('/cart')
class FillCartController {
  @Post() add(@Body() { item }: CartItem, @Req() { session }: Baggage): void {
    session.cart = [...(session.cart ?? []), item];
  }
}

@Controller('/cart')
class ShowCartController {
  @Get() show(@Req() { session }: Baggage) {
    return session.cart ?? [];
  }
}

export class Credentials {
  @IsString() username!: string;
  @IsString() password!: string;
}

@Controller('/orders')
class OrderController {
  constructor(private readonly shop: Shop) {}

  @Post()
  @HttpCode(201)
  place(@User() _user: string, @Body() { item }: CartItem, @Ctx() ctx: HttpContext) {
    const order = this.shop.order(item);
    ctx.set('location', `/orders/${order.id}`);
    return order;
  }

  @Get('/:id') find(@User() _user: string, @Param('id') id: number) {
    return this.shop.orderOf(id);
  }
}

@Controller()
class OddsController {
  @Get('/old-invoices')
  @Redirect('/invoices', 301)
  old() {}

  @Get('/report') report(): never {
    throw new Error('The printer is out of paper.');
  }
}

/** What moves in one step. */
export type Part =
  | 'health'
  | 'customers'
  | 'invoices'
  | 'fill-cart'
  | 'show-cart'
  | 'login'
  | 'orders'
  | 'odds'
  | 'rest';

type Step = readonly [title: string, part?: Part, controller?: ClassType];

/** Each step moves one more thing, and everything before it has moved. How one logs in is the business of a framework. */
export function stepsWith(login: ClassType): readonly Step[] {
  return [
    ['the server alone'],
    ['a route without a parameter', 'health', HealthController],
    ['a route with a parameter', 'customers', CustomerController],
    ['a route that wants the user of passport', 'invoices', InvoiceController],
    ['a route that writes the session', 'fill-cart', FillCartController],
    ['a route that reads the session', 'show-cart', ShowCartController],
    ['the login and the logout', 'login', login],
    ['a resource with validated bodies', 'orders', OrderController],
    ['a redirection and a route that fails', 'odds', OddsController],
    ['the answer to unknown paths, the error handler and the body parsers', 'rest'],
  ];
}
