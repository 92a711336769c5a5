import cookie from '@fastify/cookie';
import { Authenticator } from '@fastify/passport';
import session from '@fastify/session';
import { Body, Controller, ErrorFormat, Post, Req, UnauthorizedError } from 'bowline';
import { FastifyProvider } from 'bowline/fastify';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Strategy } from 'passport-local';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { serve } from './serve.js';
import { Credentials, stepsWith, type Baggage, type Part } from './shop-controllers.js';
import { legacyError, legacyFormat, Shop, talkTo } from './shop.js';

type Failure = Error & { readonly status?: number; readonly statusCode?: number };

/** The application as it was, without the parts that have moved. */
function legacyApplication(shop: Shop, moved: ReadonlySet<Part> = new Set()): FastifyInstance {
  const app = fastify({
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    frameworkErrors: (_error, _request, reply: FastifyReply) => void reply.code(400).send(legacyError(400)),
  });
  const passports = withPassport(app, shop);
  if (!moved.has('rest')) {
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    app.setNotFoundHandler((_request, reply) => reply.code(404).send(legacyError(404)));
    app.setErrorHandler(({ status = 500, statusCode = status }: Failure, _request, reply) =>
      reply.code(statusCode).send(legacyError(statusCode)),
    );
  }

  if (!moved.has('health')) app.get('/health', () => 'ok');
  if (!moved.has('customers'))
    app.get<{ Params: { id: string } }>('/customers/:id', (request, reply) => {
      const customer = shop.customer(request.params.id);
      return customer ?? reply.callNotFound();
    });
  if (!moved.has('invoices')) app.get('/invoices', (request) => shop.invoices(userOf(request)));
  if (!moved.has('fill-cart'))
    app.post('/cart', (request, reply) => {
      const { session: saved } = request as unknown as Baggage;
      saved.cart = [...(saved.cart ?? []), (request.body as { item: string }).item];
      return reply.code(204).send();
    });
  if (!moved.has('show-cart')) app.get('/cart', (request) => (request as unknown as Baggage).session.cart ?? []);
  if (!moved.has('login')) {
    const preValidation = passports.authenticate('local', { failWithError: true });
    app.post('/login', { preValidation }, (request) => ({ welcome: userOf(request) }));
    app.post('/logout', async (request, reply) => {
      await request.logOut();
      return reply.code(204).send();
    });
  }
  if (!moved.has('orders')) {
    app.post('/orders', (request, reply) => {
      userOf(request);
      const { item } = request.body as { item?: string };
      if (item === undefined) throw Object.assign(new Error('What?'), { statusCode: 400 });
      const order = shop.order(item);
      return reply.code(201).header('location', `/orders/${order.id}`).send(order);
    });
    app.get<{ Params: { id: string } }>('/orders/:id', (request, reply) => {
      userOf(request);
      return shop.orderOf(Number(request.params.id)) ?? reply.callNotFound();
    });
  }
  if (!moved.has('odds')) {
    app.get('/old-invoices', (_request, reply) => reply.redirect('/invoices', 301));
    app.get('/report', () => {
      throw new Error('The printer is out of paper.');
    });
  }
  return app;
}

/** Session and passport, which stay. */
function withPassport(app: FastifyInstance, shop: Shop): InstanceType<typeof Authenticator> {
  const passports = new Authenticator();
  passports.use(
    'local',
    new Strategy((name, password, done) => {
      done(null, shop.isUser(name, password) ? { name } : false);
    }),
  );
  passports.registerUserSerializer(async ({ name }: { name: string }) => name);
  passports.registerUserDeserializer(async (name: string) => ({ name }));
  void app.register(cookie);
  void app.register(session, {
    secret: 'bowline'.repeat(5),
    cookie: { secure: false },
    saveUninitialized: false,
  });
  void app.register(passports.initialize());
  void app.register(passports.secureSession());
  return passports;
}

function userOf(request: FastifyRequest): string {
  const { user } = request as unknown as { readonly user?: { readonly name: string } | null };
  if (user == null) throw Object.assign(new Error('Who?'), { statusCode: 401 });
  return user.name;
}

@Controller()
class LoginController {
  constructor(private readonly shop: Shop) {}

  @Post('/login')
  async login(@Body() { username: name, password }: Credentials, @Req() request: FastifyRequest) {
    if (!this.shop.isUser(name, password)) throw new UnauthorizedError();
    await request.logIn({ name });
    return { welcome: name };
  }

  @Post('/logout')
  async logout(@Req() request: FastifyRequest): Promise<void> {
    await request.logOut();
  }
}

const steps = stepsWith(LoginController);

describe('a legacy Fastify application, taken over in ten steps', () => {
  let expected: Awaited<ReturnType<typeof talkTo>>;

  beforeAll(async () => {
    const app = legacyApplication(new Shop());
    expected = await talkTo(await app.listen({ port: 0, host: '127.0.0.1' }));
    await app.close();
  });

  it('has answered everything before the first of them', () => {
    expect(expected.map(({ status }) => status)).toEqual([
      200, 200, 200, 404, 200, 401, 401, 200, 200, 204, 204, 200, 201, 400, 400, 200, 404, 301, 500, 404, 404, 400, 204,
      401, 200,
    ]);
  });

  const partsUntil = (count: number): Set<Part> => new Set(steps.slice(0, count).flatMap(([, part]) => part ?? []));

  async function takenOver(count: number, removed = count) {
    const controllers = steps.slice(0, count).flatMap(([, , controller]) => controller ?? []);
    const shop = new Shop();
    const server = await serve(new FastifyProvider(legacyApplication(shop, partsUntil(removed))), controllers, {
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

  it('says at boot which route has moved and is still there', async () => {
    await expect(takenOver(2, 1)).rejects.toThrow("Method '[ 'GET', 'HEAD' ]' already declared for route '/health'");
  });

  it('knows methods and gives Allow once the answer to unknown paths has gone', async () => {
    expect(await (await takenOver(9)).call('DELETE', '/health')).toMatchObject({ status: 404 });
    expect(await (await takenOver(10)).call('DELETE', '/health')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });
});
