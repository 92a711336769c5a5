import { describe, expect, test } from 'vitest';
import { httpMethods, type HttpMethod, type VersioningOptions } from '../../src/http/index.js';
import { createRouteTable } from '../../src/routing/index.js';
import type { PlacedRoute } from '../../src/routing/route-table.js';
import { createTestContext, type TestContext } from '../../src/tools/testing/index.js';

interface Given {
  readonly method?: HttpMethod;
  readonly pattern: string;
  readonly version?: string;
  readonly body?: readonly ('json' | 'form' | 'text' | 'bytes')[];
}

function placed({ method = 'GET', pattern, version, body }: Given): PlacedRoute {
  class Controller {}
  const handler = version === undefined ? `${method} ${pattern}` : `version ${version}`;
  const description = {
    server: 'main',
    method,
    path: pattern,
    ...(version === undefined ? {} : { version }),
    ...(body === undefined ? {} : { body }),
    controller: 'Controller',
    handler,
    parameters: [],
    stages: [],
    module: 'a module',
    scope: 'singleton' as const,
    timeout: 0,
    answersItself: false,
  };
  const route = {
    description,
    target: { controller: Controller, method: handler },
    handler: (ctx: { send(value: unknown): void }) => ctx.send(handler),
  };
  return { pattern, route };
}

function tableOf(given: readonly Given[], versioning?: VersioningOptions) {
  const { services } = createTestContext();
  return createRouteTable(given.map(placed), { services, versioning, trailingSlash: 'ignore' });
}

async function ask(table: ReturnType<typeof tableOf>, method: string, url: string, headers = {}): Promise<TestContext> {
  const match = table.find(method, url);
  const ctx = createTestContext({ method, url, headers, params: match?.params ?? {} });
  await (match?.handler ?? table.unmatched)(ctx);
  return ctx;
}

describe('createRouteTable', () => {
  test('finds a route with its decoded parameters and its raw query', () => {
    const match = tableOf([{ pattern: '/users/:id' }]).find('GET', '/users/a%2Fb?x=%41');
    expect(match).toMatchObject({
      params: { id: 'a/b' },
      searchParams: 'x=%41',
      store: { description: { path: '/users/:id' } },
    });
  });

  test('finds nothing for another path or method', () => {
    const table = tableOf([{ pattern: '/users' }]);
    expect(table.find('GET', '/user')).toBeNull();
    expect(table.find('POST', '/users')).toBeNull();
    expect(table.find('FROB', '/users')).toBeNull();
  });

  test('lets HEAD follow GET, once, and not where a route has it', () => {
    const table = tableOf([{ pattern: '/a' }, { pattern: '/b/:id' }, { method: 'HEAD', pattern: '/b/:other' }]);
    expect(table.entries.map(({ method, pattern }) => `${method} ${pattern}`)).toEqual([
      'GET /a',
      'GET /b/:id',
      'HEAD /b/:other',
      'HEAD /a',
    ]);
  });

  test('finds the same for HEAD as for GET, unless a route of its own is nearer', () => {
    const own = [{ pattern: '/a' }, { pattern: '/b/:id' }];
    const found = (table: ReturnType<typeof tableOf>, url: string) => table.find('HEAD', url)?.store?.description;
    const following = tableOf([...own, { method: 'POST', pattern: '/c' }]);
    const beside = tableOf([...own, { method: 'HEAD', pattern: '/*' }]);

    expect(found(following, '/b/1')).toBe(following.find('GET', '/b/1')?.store?.description);
    expect(following.find('HEAD', '/b/1')?.params).toEqual({ id: '1' });
    expect(following.find('HEAD', '/c')).toBeNull();
    expect(found(beside, '/a')).toMatchObject({ method: 'GET', path: '/a' });
    expect(found(beside, '/c')).toMatchObject({ method: 'HEAD', path: '/*' });
  });

  test('tells a provider which bodies a path takes, those of all versions together', () => {
    const table = tableOf(
      [
        { method: 'POST', pattern: '/a', version: '1', body: ['json', 'form'] },
        { method: 'POST', pattern: '/a', version: '2', body: ['text'] },
        { method: 'POST', pattern: '/b' },
      ],
      { type: 'header' },
    );
    expect(table.entries.map(({ pattern, body }) => [pattern, body])).toEqual([
      ['/a', ['json', 'form', 'text']],
      ['/b', undefined],
    ]);
  });

  test('makes one entry of several versions, which chooses and names the route in the context', async () => {
    const table = tableOf(
      [
        { pattern: '/a', version: '1' },
        { pattern: '/a', version: '2' },
      ],
      { type: 'header' },
    );
    expect(table.entries.filter(({ method }) => method === 'GET')).toHaveLength(1);
    const ctx = await ask(table, 'GET', '/a', { 'x-api-version': '2' });
    expect(ctx.sent).toMatchObject({ status: 200, body: 'version 2' });
    expect(ctx.route?.version).toBe('2');
  });

  test.each([
    ['a route of the version that was asked for', { 'x-api-version': '1' }, 200],
    ['no route for a version that there is not', { 'x-api-version': '3' }, 404],
    ['no route without a version', {}, 404],
  ])('finds %s', async (_what, headers, status) => {
    const table = tableOf([{ pattern: '/a', version: '1' }], { type: 'header' });
    expect((await ask(table, 'GET', '/a', headers)).sent?.status).toBe(status);
  });

  test('lets a route without a version answer whatever version there is none of', async () => {
    const table = tableOf([{ pattern: '/a' }, { pattern: '/a', version: '2' }], { type: 'media-type' });
    expect((await ask(table, 'GET', '/a')).sent?.body).toBe('GET /a');
    expect((await ask(table, 'GET', '/a', { accept: 'text/plain;v=2' })).sent?.body).toBe('version 2');
    expect((await ask(table, 'GET', '/a', { accept: 'text/plain;v=3' })).sent?.body).toBe('GET /a');
  });
});

describe('unmatched', () => {
  const table = tableOf([{ pattern: '/a' }, { method: 'DELETE', pattern: '/a' }, { method: 'POST', pattern: '/:id' }]);

  test('answers 405 with every method that the path has, those of parameters too', async () => {
    const { sent } = await ask(table, 'PUT', '/a');
    expect(sent).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST, DELETE, OPTIONS' } });
  });

  test('answers OPTIONS with the same methods', async () => {
    expect((await ask(table, 'OPTIONS', '/a')).sent).toMatchObject({
      status: 204,
      headers: { allow: 'GET, HEAD, POST, DELETE, OPTIONS' },
    });
  });

  test('answers OPTIONS * with the methods of all routes', async () => {
    const ctx = createTestContext({ method: 'OPTIONS', url: '*' });
    await table.unmatched(ctx);
    expect(ctx.sent).toMatchObject({
      status: 204,
      headers: { allow: 'GET, HEAD, POST, DELETE, OPTIONS' },
      body: undefined,
    });
  });

  test.each(httpMethods)('answers a path that cannot be decoded with 400 for %s', async (method) => {
    expect((await ask(table, method, '/%zz')).sent?.status).toBe(400);
  });

  test('answers a path that cannot be decoded with 400 where there is no route at all', async () => {
    expect((await ask(tableOf([]), 'GET', '/%zz')).sent?.status).toBe(400);
    expect((await ask(tableOf([]), 'GET', '/%C3%BC?%zz')).sent?.status).toBe(404);
  });

  test('answers a path of no route with 404, and shows no more than its beginning', async () => {
    const { sent } = await ask(table, 'GET', `/b/${'x'.repeat(1_000)}?secret=1`);
    expect(sent?.status).toBe(404);
    expect((JSON.parse(String(sent?.body)) as { detail: string }).detail).toBe(
      `There is nothing at /b/${'x'.repeat(197)}.`,
    );
  });
});
