import { Controller, Ctx, defineModule, Get, HttpContext, Injectable, Post } from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

@Injectable()
class Counter {
  count = 0;
}

@Controller('/counter')
class CounterController {
  constructor(private readonly counter: Counter) {}

  @Post()
  increase(@Ctx() ctx: HttpContext) {
    return { count: ++this.counter.count, server: ctx.route?.server };
  }
}

@Controller({ path: '/status', server: 'admin' })
class StatusController {
  constructor(private readonly counter: Counter) {}

  @Get()
  status(@Ctx() ctx: HttpContext) {
    return { count: this.counter.count, server: ctx.route?.server };
  }
}

@Controller({ path: '/moved', server: 'main' })
class MovedController {
  @Get()
  get() {
    return 'moved';
  }
}

const movedModule = defineModule({ controllers: [MovedController], server: 'admin', prefix: '/by-module' });

const fixture = {
  controllers: [CounterController, StatusController],
  services: [Counter],
  modules: [movedModule],
  servers: { admin: { limits: { headers: 2_048 } } },
};

describeProviders('several servers', fixture, (server) => {
  test('serve their own controllers and share their services', async () => {
    expect((await server.post('/counter')).json).toEqual({ count: 1, server: 'main' });
    expect((await server.getFrom('admin', '/status')).json).toEqual({ count: 1, server: 'admin' });
  });

  test('know nothing of the routes of another', async () => {
    expect(await server.get('/status')).toMatchObject({ status: 404 });
    expect(await server.getFrom('admin', '/counter')).toMatchObject({ status: 404 });
  });

  test('serve a controller where its module says and not its decorator', async () => {
    expect(await server.getFrom('admin', '/by-module/moved')).toMatchObject({ text: 'moved' });
    expect(await server.get('/by-module/moved')).toMatchObject({ status: 404 });
  });

  test('have limits of their own', async () => {
    const headers = { 'x-long': 'x'.repeat(4_000) };
    expect(await server.getFrom('admin', '/status', { headers })).toMatchObject({ status: 431 });
    expect(await server.post('/counter', { headers })).toMatchObject({ status: 200 });
  });
});

@Controller('/orders')
class PrefixedController {
  @Get()
  list() {
    return 'orders';
  }

  @Get('/:id')
  find(@Ctx() ctx: HttpContext) {
    return { path: ctx.route?.path };
  }
}

@Controller()
class HealthController {
  @Get('/health')
  health() {
    return 'healthy';
  }

  @Post('/health')
  report() {
    return 'reported';
  }

  @Get('/metrics')
  metrics() {
    return 'metrics';
  }

  @Get()
  root() {
    return 'root';
  }
}

const prefixes = { main: { prefix: { path: '/api/shop/', exclude: ['GET /health', '/metrics/'] } } };

describeProviders('a prefix', { controllers: [PrefixedController, HealthController], servers: prefixes }, (server) => {
  test('stands before every path', async () => {
    expect(await server.get('/api/shop/orders')).toMatchObject({ text: 'orders' });
    expect(await server.get('/api/shop')).toMatchObject({ text: 'root' });
    expect(await server.get('/orders')).toMatchObject({ status: 404 });
  });

  test('is part of the path that a route says it has', async () => {
    expect((await server.get('/api/shop/orders/7')).json).toEqual({ path: '/api/shop/orders/:id' });
  });

  test('leaves a path where it is that is excluded', async () => {
    expect(await server.get('/metrics')).toMatchObject({ text: 'metrics' });
    expect(await server.get('/api/shop/metrics')).toMatchObject({ status: 404 });
  });

  test('leaves only one method of a path where it is', async () => {
    expect(await server.get('/health')).toMatchObject({ text: 'healthy' });
    expect(await server.post('/health')).toMatchObject({ status: 405 });
    expect(await server.post('/api/shop/health')).toMatchObject({ text: 'reported' });
  });
});
