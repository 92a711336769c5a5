import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Body, Controller, ErrorFormat, Post, Req, UnauthorizedError } from 'bowline';
import { ExpressProvider } from 'bowline/express';
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { serve } from './serve.js';
import { Credentials, stepsWith, type Baggage, type Part } from './shop-controllers.js';
import { legacyError, legacyFormat, Shop, talkTo } from './shop.js';

/** Makes the application as it was, without the parts that have moved, and with Bowline's routes behind the session. */
function fillApplication(app: Express, shop: Shop, moved: ReadonlySet<Part>, ours?: RequestHandler): void {
  app.disable('x-powered-by');
  const passports = withPassport(app, shop);
  if (!moved.has('rest')) app.use(express.json(), express.urlencoded());
  if (ours !== undefined) app.use(ours);

  if (!moved.has('health')) app.get('/health', (_request, response) => void response.type('text').send('ok'));
  if (!moved.has('customers'))
    app.get('/customers/:id', (request, response, next) => {
      const customer = shop.customer(request.params.id);
      if (customer === undefined) next();
      else response.json(customer);
    });
  if (!moved.has('invoices'))
    app.get('/invoices', requireUser, (request, response) => void response.json(shop.invoices(nameOf(request))));
  if (!moved.has('fill-cart'))
    app.post('/cart', (request, response) => {
      const { session: saved } = request as unknown as Baggage;
      saved.cart = [...(saved.cart ?? []), (request.body as { item: string }).item];
      response.status(204).end();
    });
  if (!moved.has('show-cart'))
    app.get('/cart', (request, response) => void response.json((request as unknown as Baggage).session.cart ?? []));
  if (!moved.has('login')) {
    app.post('/login', passports.authenticate('local', { failWithError: true }), (request, response) => {
      response.json({ welcome: nameOf(request) });
    });
    app.post('/logout', (request, response, next) => {
      request.logout((error: unknown) => (error == null ? response.status(204).end() : next(error)));
    });
  }
  if (!moved.has('orders')) {
    app.post('/orders', requireUser, (request, response, next) => {
      const { item } = request.body as { item?: string };
      if (item === undefined) return next(Object.assign(new Error('What?'), { status: 400 }));
      const order = shop.order(item);
      response.status(201).location(`/orders/${order.id}`).json(order);
    });
    app.get('/orders/:id', requireUser, (request, response, next) => {
      const order = shop.orderOf(Number(request.params['id']));
      if (order === undefined) next();
      else response.json(order);
    });
  }
  if (!moved.has('odds')) {
    app.get('/old-invoices', (_request, response) => response.redirect(301, '/invoices'));
    app.get('/report', () => {
      throw new Error('The printer is out of paper.');
    });
  }
  if (!moved.has('rest')) {
    app.use((_request, response) => void response.status(404).json(legacyError(404)));
    app.use((error: { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
      const { status = 500 } = error;
      response.status(status).json(legacyError(status));
    });
  }
}

/** Session and passport, which stay. */
function withPassport(app: Express, shop: Shop): passport.Authenticator {
  const passports = new passport.Passport();
  passports.use(
    new Strategy((name, password, done) => {
      done(null, shop.isUser(name, password) ? { name } : false);
    }),
  );
  passports.serializeUser((user, done) => done(null, (user as { readonly name: string }).name));
  passports.deserializeUser((name: string, done) => done(null, { name }));
  app.use(session({ secret: 'bowline', resave: false, saveUninitialized: false }), passports.session());
  return passports;
}

function requireUser(request: Request, _response: Response, next: NextFunction): void {
  next(request.isAuthenticated() ? undefined : Object.assign(new Error('Who?'), { status: 401 }));
}

function nameOf(request: Request): string {
  return (request.user as { readonly name: string }).name;
}

@Controller()
class LoginController {
  constructor(private readonly shop: Shop) {}

  @Post('/login')
  async login(@Body() { username: name, password }: Credentials, @Req() request: Request) {
    if (!this.shop.isUser(name, password)) throw new UnauthorizedError();
    await new Promise<void>((resolve, reject) =>
      request.logIn({ name }, (error: unknown) => (error == null ? resolve() : reject(error))),
    );
    return { welcome: name };
  }

  @Post('/logout')
  async logout(@Req() request: Request): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      request.logout((error: unknown) => (error == null ? resolve() : reject(error))),
    );
  }
}

const steps = stepsWith(LoginController);

describe('a legacy Express application, taken over in ten steps', () => {
  let expected: Awaited<ReturnType<typeof talkTo>>;

  beforeAll(async () => {
    const app = express();
    fillApplication(app, new Shop(), new Set());
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    expected = await talkTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.close();
  });

  it('has answered everything before the first of them', () => {
    expect(expected.map(({ status }) => status)).toEqual([
      200, 200, 200, 404, 200, 401, 401, 200, 200, 204, 204, 200, 201, 400, 400, 200, 404, 301, 500, 404, 404, 400, 204,
      401, 200,
    ]);
  });

  async function takenOver(count: number, removed = count) {
    const parts = (until: number) => steps.slice(0, until).flatMap(([, part]) => part ?? []);
    const controllers = steps.slice(0, count).flatMap(([, , controller]) => controller ?? []);
    const shop = new Shop();
    const app = express();
    const provider = new ExpressProvider(app);
    fillApplication(app, shop, new Set(parts(removed)), provider.middleware);
    const server = await serve(provider, controllers, {
      bind: ({ bind }) => {
        bind(Shop).toConstantValue(shop);
        bind(ErrorFormat).toConstantValue(legacyFormat);
      },
    });
    onTestFinished(() => void server.log.rest());
    return server;
  }

  it.each(steps.map(([title], index) => [index + 1, title] as const))(
    'answers as ever after step %i: %s',
    async (count) => {
      const server = await takenOver(count);
      expect(await talkTo(server.url)).toEqual(expected);
    },
  );

  it.each(steps.slice(1, -1).map(([title], index) => [index + 2, title] as const))(
    'answers as ever while the old code of step %i is still there: %s',
    async (count) => {
      const server = await takenOver(count, count - 1);
      expect(await talkTo(server.url)).toEqual(expected);
    },
  );

  it('says once in the log that the old parsers read bodies, and nothing of it after they have gone', async () => {
    const told = async (count: number): Promise<number> => {
      const server = await takenOver(count);
      await talkTo(server.url);
      return server.log.rest().filter(({ message }) => message.startsWith('Native middleware reads bodies')).length;
    };
    expect([await told(1), await told(9), await told(10)]).toEqual([0, 1, 0]);
  });

  it('knows methods and gives Allow once the catch-all has gone', async () => {
    expect(await (await takenOver(9)).call('DELETE', '/health')).toMatchObject({ status: 404 });
    expect(await (await takenOver(10)).call('DELETE', '/health')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });
});
