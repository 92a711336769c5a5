import { Controller, Get, Post, Version } from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

@Controller({ path: '/orders', version: '1' })
class OrdersOne {
  @Get()
  list() {
    return 'orders of version 1';
  }

  @Get('/:id')
  find() {
    return 'order of version 1';
  }

  @Get('/shared')
  @Version(['1', '2'])
  shared() {
    return 'of both';
  }
}

@Controller({ path: '/orders', version: '2' })
class OrdersTwo {
  @Get()
  list() {
    return 'orders of version 2';
  }

  @Get('/:id')
  @Version('3')
  find() {
    return 'order of version 3';
  }

  @Post()
  place() {
    return 'placed by version 2';
  }
}

@Controller('/plain')
class PlainController {
  @Get()
  get() {
    return 'of no version';
  }
}

const controllers = [OrdersOne, OrdersTwo, PlainController];

describeProviders(
  'versions in the path',
  { controllers, servers: { main: { versioning: { type: 'uri' } } } },
  (server) => {
    test('choose the route', async () => {
      expect(await server.get('/v1/orders')).toMatchObject({ status: 200, text: 'orders of version 1' });
      expect(await server.get('/v2/orders')).toMatchObject({ status: 200, text: 'orders of version 2' });
    });

    test('of a method stand in place of those of its controller', async () => {
      expect(await server.get('/v3/orders/7')).toMatchObject({ text: 'order of version 3' });
      expect(await server.get('/v2/orders/7')).toMatchObject({ status: 404 });
    });

    test('may be several for one method', async () => {
      expect(await server.get('/v1/orders/shared')).toMatchObject({ text: 'of both' });
      expect(await server.get('/v2/orders/shared')).toMatchObject({ text: 'of both' });
    });

    test('that do not exist are a 404', async () => {
      expect(await server.get('/v9/orders')).toMatchObject({ status: 404 });
      expect(await server.get('/orders')).toMatchObject({ status: 404 });
    });

    test('leave a controller without one where it is', async () => {
      expect(await server.get('/plain')).toMatchObject({ status: 200, text: 'of no version' });
    });

    test('allow only the methods of their own version', async () => {
      expect(await server.call('POST', '/v1/orders')).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD, OPTIONS' },
      });
      expect(await server.post('/v2/orders')).toMatchObject({ text: 'placed by version 2' });
    });
  },
);

const prefixed = {
  main: { prefix: '/api', versioning: { type: 'uri', prefix: 'version-', defaultVersion: '1' } },
} as const;

describeProviders('versions in the path with a prefix of their own', { controllers, servers: prefixed }, (server) => {
  test('stand between the prefix of the server and the path', async () => {
    expect(await server.get('/api/version-2/orders')).toMatchObject({ text: 'orders of version 2' });
  });

  test('take a controller without one for the default version', async () => {
    expect(await server.get('/api/version-1/plain')).toMatchObject({ text: 'of no version' });
    expect(await server.get('/api/plain')).toMatchObject({ status: 404 });
  });
});

describeProviders(
  'versions in a header',
  { controllers, servers: { main: { versioning: { type: 'header' } } } },
  (server) => {
    const ask = (path: string, version: string) => server.get(path, { headers: { 'x-api-version': version } });

    test('choose the route', async () => {
      expect(await ask('/orders', '1')).toMatchObject({ status: 200, text: 'orders of version 1' });
      expect(await ask('/orders', ' 2 ')).toMatchObject({ status: 200, text: 'orders of version 2' });
      expect(await ask('/orders/7', '3')).toMatchObject({ text: 'order of version 3' });
    });

    test('choose for HEAD too', async () => {
      const answer = await server.call('HEAD', '/orders', { headers: { 'x-api-version': '2' } });
      expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '19' } });
    });

    test('that do not exist are a 404 that says so', async () => {
      expect(await ask('/orders', '9')).toMatchObject({
        status: 404,
        json: { detail: "There is no version '9' here." },
      });
    });

    test('that are missing are a 404 that names those there are', async () => {
      expect(await server.get('/orders')).toMatchObject({ status: 404, json: { detail: 'Name a version: 1, 2.' } });
    });

    test('mean nothing to a route without one', async () => {
      expect(await server.get('/plain')).toMatchObject({ status: 200, text: 'of no version' });
      expect(await ask('/plain', '9')).toMatchObject({ status: 200, text: 'of no version' });
    });
  },
);

const named = { main: { versioning: { type: 'header', header: 'X-Orders-Version', defaultVersion: '2' } } } as const;

describeProviders('versions in a header of their own', { controllers, servers: named }, (server) => {
  test('are read from it', async () => {
    expect(await server.get('/orders', { headers: { 'x-orders-version': '1' } })).toMatchObject({
      text: 'orders of version 1',
    });
  });

  test('that are missing are the default one', async () => {
    expect(await server.get('/orders')).toMatchObject({ text: 'orders of version 2' });
    expect(await server.get('/orders', { headers: { 'x-api-version': '1' } })).toMatchObject({
      text: 'orders of version 2',
    });
  });
});

describeProviders(
  'versions in the media type',
  { controllers, servers: { main: { versioning: { type: 'media-type' } } } },
  (server) => {
    const accept = (value: string) => server.get('/orders', { headers: { accept: value } });

    test('choose the route', async () => {
      expect(await accept('application/json;v=1')).toMatchObject({ text: 'orders of version 1' });
      expect(await accept('application/json; charset=utf-8; V="2"')).toMatchObject({ text: 'orders of version 2' });
      expect(await accept('text/html, application/json;v=2;q=0.9')).toMatchObject({ text: 'orders of version 2' });
    });

    test('that are missing or unknown are a 404', async () => {
      expect(await accept('application/json')).toMatchObject({ status: 404 });
      expect(await accept('application/json;v=7')).toMatchObject({ status: 404 });
      expect(await server.get('/orders')).toMatchObject({ status: 404 });
    });
  },
);
