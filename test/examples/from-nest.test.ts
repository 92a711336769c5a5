import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpContext } from 'bowline';
import { Test, type InjectOptions, type TestApplication } from 'bowline/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appOptions } from '../../examples/from-nest/src/app-module.js';
import { CurrentUser } from '../../examples/from-nest/src/auth/current-user.js';
import { JwtGuard } from '../../examples/from-nest/src/auth/jwt-guard.js';
import { Role } from '../../examples/from-nest/src/auth/roles.js';
import { AuditLog } from '../../examples/from-nest/src/orders/audit-log.js';
import { Mailer } from '../../examples/from-nest/src/users/mailer.js';
import { startProcess } from './running-process.js';

const ada = '5f0c3a52-93c0-4d6f-a1de-8a2d7a0c0001';
const bob = '5f0c3a52-93c0-4d6f-a1de-8a2d7a0c0002';
const nobody = '5f0c3a52-93c0-4d6f-a1de-8a2d7a0c0009';
const eve = { name: 'eve', email: 'eve@example.com', role: 'clerk', password: 'long enough' };
const order = { items: [{ sku: 'rope', quantity: 2 }] };
const first = { id: 1, tenant: 'north', owner: 'ada', placedAt: '1970-01-01T00:00:00.000Z', ...order };
const views = {
  ada: { id: ada, name: 'ada', email: 'ada@example.com', role: 'admin' },
  bob: { id: bob, name: 'bob', email: 'bob@example.com', role: 'clerk' },
};

const sent: string[] = [];
let app: TestApplication;
let folder: string;
let tokens: { readonly admin: string; readonly clerk: string };

const builder = () =>
  Test.createApplication({
    ...appOptions({ port: 0, jwtSecret: 'a secret of the tests', jwtLifetime: 60, storageFolder: folder }),
    logger: { level: 'silent' },
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-nest-'));
  app = await builder()
    .mock(Mailer, { welcome: async (email) => void sent.push(email) })
    .create();
  tokens = { admin: await login('ada', 'bowline-on-a-bight'), clerk: await login('bob', 'sheet-bend') };
});

afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

async function login(name: string, password: string): Promise<string> {
  const answer = await app.inject({ url: '/api/v1/auth/login', payload: { name, password } });
  return answer.json().data.accessToken;
}

type Asked = Partial<InjectOptions> & { readonly as?: 'admin' | 'clerk' | 'nobody'; readonly tenant?: string | null };

/** `GET /users`: the prefix and version 1 are added. */
async function ask(line: string, { as = 'admin', tenant = 'north', headers = {}, ...rest }: Asked = {}) {
  const [method = '', path = ''] = line.split(' ');
  const url = /^\/v\d/.test(path) ? `/api${path}` : `/api/v1${path}`;
  const who = as === 'nobody' ? {} : { authorization: `Bearer ${tokens[as]}` };
  const where = tenant === null ? {} : { 'x-tenant': tenant };
  return app.inject({ ...rest, method, url, headers: { ...who, ...where, ...headers } });
}

/** What was recorded of the NestJS service. `differs` is what Bowline answers on purpose; the README says why. */
interface Recorded {
  readonly status: number;
  readonly data?: unknown;
  readonly message?: unknown;
  readonly differs?: { readonly status?: number; readonly data?: unknown; readonly message?: unknown };
}

test.each<[line: string, recorded: Recorded, asked?: Asked]>([
  ['GET /users', { status: 401, message: 'Unauthorized' }, { as: 'nobody' }],
  ['GET /auth/me', { status: 401, message: 'Invalid token' }, { headers: { authorization: 'Bearer abc' } }],
  ['POST /auth/login', { status: 401, message: 'Wrong name or password' }, { payload: { name: 'ada', password: 'x' } }],
  [
    'POST /auth/login',
    { status: 400, message: ['password should not be empty', 'password must be a string'] },
    { payload: { name: 'ada' } },
  ],
  [
    // Members that a class does not have are dropped and not refused.
    'POST /auth/login',
    {
      status: 400,
      message: ['property admin should not exist'],
      differs: { status: 401, message: 'Wrong name or password' },
    },
    { payload: { name: 'ada', password: 'x', admin: true } },
  ],
  ['GET /auth/me', { status: 200, data: { id: ada, name: 'ada', role: 'admin' } }],
  ['GET /auth/me/name', { status: 200, data: { name: 'ada' } }],

  ['GET /users', { status: 200, data: [views.ada, views.bob] }],
  ['GET /users?page=2&limit=1', { status: 200, data: [views.bob] }],
  [
    // ValidationPipe with `transform` makes NaN of it first, which DefaultValuePipe takes for nothing.
    'GET /users?page=x',
    {
      status: 200,
      data: [views.ada, views.bob],
      differs: { status: 400, message: ["the query value 'page' must be a number, not 'x'"] },
    },
  ],
  [
    'GET /users?page=',
    { status: 200, data: [], differs: { status: 400, message: ["the query value 'page' must be a number, not ''"] } },
  ],
  [`GET /users/${ada}`, { status: 200, data: views.ada }],
  [
    'GET /users/1',
    {
      status: 400,
      message: 'Validation failed (uuid is expected)',
      differs: { message: ["the path parameter 'id' must be a UUID, not '1'"] },
    },
  ],
  [`GET /users/${nobody}`, { status: 404, message: `User ${nobody} not found` }],
  ['POST /users', { status: 403, message: 'Forbidden resource' }, { as: 'clerk', payload: eve }],
  [
    'POST /users',
    {
      status: 400,
      message: [
        'name must be longer than or equal to 2 characters',
        'email must be an email',
        'role must be one of the following values: clerk, admin',
        'password must be longer than or equal to 8 characters',
      ],
    },
    { payload: { name: 'x', email: 'no', role: 'king', password: '1' } },
  ],
  [
    `PATCH /users/${bob}`,
    { status: 400, message: ['role must be one of the following values: clerk, admin'] },
    { payload: { role: 'king' } },
  ],
  [`PATCH /users/${bob}`, { status: 200, data: views.bob }, { payload: {} }],
  [
    `PATCH /users/${bob}`,
    { status: 200, data: { ...views.bob, email: 'b@example.com' } },
    { payload: { email: 'b@example.com' } },
  ],
  [`DELETE /users/${nobody}`, { status: 404, message: `User ${nobody} not found` }],

  ['POST /orders', { status: 201, data: { ...first, status: 'open' } }, { payload: order }],
  [
    'POST /orders',
    { status: 400, message: ['items.0.quantity must not be less than 1', 'items.1.sku must be a string'] },
    {
      payload: {
        items: [
          { sku: 'rope', quantity: 0 },
          { sku: 1, quantity: 1 },
        ],
      },
    },
  ],
  ['POST /orders', { status: 400, message: ['items must contain at least 1 elements'] }, { payload: { items: [] } }],
  [
    'POST /orders',
    {
      status: 400,
      message: "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
      differs: { message: 'The body is not valid JSON.' },
    },
    { payload: '{', headers: { 'content-type': 'application/json' } },
  ],
  [
    'POST /orders',
    { status: 201, data: { ...first, id: 2, status: 'open', placedAt: '2026-01-02T00:00:00.000Z' } },
    { payload: { ...order, placedAt: '2026-01-02T00:00:00Z', tags: ['a'] } },
  ],
  ['POST /orders/all', { status: 201, data: [3, 4] }, { payload: [order, order] }],
  [
    'POST /orders/all',
    {
      status: 400,
      message: ['items must contain at least 1 elements'],
      differs: { message: ['0.items must contain at least 1 elements'] },
    },
    { payload: [{ items: [] }] },
  ],
  ['GET /orders', { status: 200, data: [] }, { tenant: 'south' }],
  ['GET /orders', { status: 400, message: 'X-Tenant header is required' }, { tenant: null }],
  ['GET /orders?status=paid', { status: 200, data: [] }],
  [
    'GET /orders?status=lost',
    {
      status: 400,
      message: 'Validation failed (enum string is expected)',
      differs: { message: ["the query value 'status' must be one of open, paid, not 'lost'"] },
    },
  ],
  ['GET /v2/orders?withItems=false', { status: 200, data: { total: 0, orders: [] } }, { tenant: 'south' }],
  [
    // The same: `transform` makes true of every text first.
    'GET /v2/orders?withItems=1',
    {
      status: 200,
      data: { total: 0, orders: [] },
      differs: { status: 400, message: ["the query value 'withItems' must be true or false, not '1'"] },
    },
    { tenant: 'south' },
  ],
  [
    'GET /v3/orders',
    { status: 404, message: 'Cannot GET /api/v3/orders', differs: { message: 'There is nothing at /api/v3/orders.' } },
  ],
  ['GET /orders/some?ids=1,9', { status: 200, data: ['open', null] }],
  [
    'GET /orders/some?ids=1,x',
    {
      status: 400,
      message: '[1] item must be a number',
      differs: { message: ["the query value 'ids' must be a list, each item a number, not '1,x'"] },
    },
  ],
  [
    'GET /orders/some',
    {
      status: 400,
      message: 'Validation failed (parsable array expected)',
      differs: { message: ["the query value 'ids' is required"] },
    },
  ],
  ['GET /orders/1', { status: 200, data: { ...first, status: 'open' } }],
  ['GET /v2/orders/1', { status: 200, data: { ...first, status: 'open' } }],
  [
    'GET /orders/x',
    {
      status: 400,
      message: 'Validation failed (numeric string is expected)',
      differs: { message: ["the path parameter 'id' must be a whole number, not 'x'"] },
    },
  ],
  ['GET /orders/99', { status: 404, message: 'Order 99 not found' }],
  ['GET /orders/1', { status: 404, message: 'Order 1 not found' }, { tenant: 'south' }],
  [
    'POST /orders/1/pay',
    { status: 200, data: { ...first, status: 'paid', key: 'k' } },
    { headers: { 'idempotency-key': 'k' } },
  ],
  ['POST /orders/1/pay', { status: 409, message: 'Order 1 is paid already' }],
  [
    // A known path.
    'PUT /orders/1',
    {
      status: 404,
      message: 'Cannot PUT /api/v1/orders/1',
      differs: { status: 405, message: 'PUT is not allowed here, only GET, HEAD, OPTIONS.' },
    },
  ],

  [`GET /files/${nobody}`, { status: 404, message: `File ${nobody} not found` }],
  ['GET /reports/orders?since=2026-01-01', { status: 403, message: 'Forbidden resource' }, { as: 'clerk' }],
  [
    'GET /reports/orders?by=year',
    { status: 400, message: ['by must be one of the following values: day, month', 'since must be a Date instance'] },
  ],
  ['GET /reports/share?of=12.5', { status: 200, data: { share: 0.125 } }],
  [
    'GET /reports/share?of=x',
    {
      status: 400,
      message: 'Validation failed (numeric string is expected)',
      differs: { message: ["the query value 'of' must be a number, not 'x'"] },
    },
  ],
  [
    'GET /reports/broken',
    { status: 500, message: 'Internal server error', differs: { message: 'Internal Server Error' } },
  ],
  ['GET /reports/teapot', { status: 418, message: 'Short and stout' }],
])('%s is answered as NestJS answered it: %j', async (line, { differs, ...recorded }, asked) => {
  const answer = await ask(line, asked);
  const { data, message } = answer.json();
  const { status, ...body } = { ...recorded, ...differs };
  expect([answer.statusCode, data, message]).toEqual([
    status,
    differs?.message === undefined ? body.data : differs.data,
    body.message,
  ]);
});

describe('around the answers', () => {
  test('a user is created, welcomed and removed, and no name is taken twice', async () => {
    const created = await ask('POST /users', { payload: eve });
    expect([created.statusCode, created.json().data.name, sent]).toEqual([201, 'eve', ['eve@example.com']]);
    const again = await ask('POST /users', { payload: eve });
    expect([again.statusCode, again.json()]).toEqual([
      409,
      { statusCode: 409, code: 'NAME_TAKEN', message: 'There is a user eve already' },
    ]);
    const removed = await ask(`DELETE /users/${created.json().data.id}`);
    expect([removed.statusCode, removed.body]).toEqual([204, '']);
  });

  test('every answer is timed and has an id, the headers of helmet, and those of its controller', async () => {
    const { headers } = await ask('GET /orders');
    expect(headers['x-response-time']).toMatch(/^\d+\.\dms$/);
    expect(headers).toMatchObject({
      'x-request-id': expect.any(String),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect((await ask('GET /orders/some?ids=1')).headers['cache-control']).toBeUndefined();
  });

  test('an error says which request it was, and is not stored either', async () => {
    const { headers, json } = await ask('GET /orders/99');
    expect(headers['cache-control']).toBe('no-store');
    expect(json()).toEqual({
      message: 'Order 99 not found',
      error: 'Not Found',
      statusCode: 404,
      path: '/api/v1/orders/99',
      requestId: headers['x-request-id'],
    });
  });

  test('what was placed is written down by the one log, whichever its name', async () => {
    expect(app.get(AuditLog).lines).toContain('ada placed 1');
  });

  test('a report is made once, and then comes from the cache', async () => {
    const url = 'GET /reports/orders?since=2026-01-01';
    const [made, kept] = [await ask(url), await ask(url)];
    expect([made.headers['x-cache'], kept.headers['x-cache']]).toEqual(['miss', 'hit']);
    expect(made.json().data).toMatchObject({ made: 1, by: 'day', since: '2026-01-01T00:00:00.000Z' });
    expect(kept.json()).toEqual(made.json());
  });

  test('a report is streamed, redirected to, or as it is', async () => {
    const csv = await ask('GET /reports/orders.csv');
    expect([csv.headers['content-type'], csv.body.split('\n')[0]]).toEqual([
      'text/csv; charset=utf-8',
      'id,tenant,status',
    ]);
    const latest = await ask('GET /reports/latest');
    expect([latest.statusCode, latest.headers.location]).toEqual([302, '/api/v1/reports/orders']);
    const raw = await ask('GET /reports/whoami', { headers: { 'user-agent': 'probe' } });
    expect([raw.json(), String(raw.headers['set-cookie'])]).toEqual([{ agent: 'probe' }, 'seen=1; Path=/; HttpOnly']);
  });
});

describe('files', () => {
  const upload = async (...parts: (readonly [name: string, value: string | File])[]) => {
    const form = new FormData();
    for (const [name, value] of parts) form.append(name, value);
    const encoded = new Response(form);
    const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
    return ask('POST /files', { payload: Buffer.from(await encoded.arrayBuffer()), headers });
  };

  test('are kept and given back', async () => {
    const kept = await upload(
      ['title', 'Knots'],
      ['file', new File(['over, under'], 'knots.txt', { type: 'text/plain' })],
    );
    const { id, ...rest } = kept.json().data;
    expect([kept.statusCode, rest]).toEqual([201, { name: 'knots.txt', size: 11, title: 'Knots' }]);
    const got = await ask(`GET /files/${id}`);
    expect([got.body, got.headers['content-type'], got.headers['content-disposition']]).toEqual([
      'over, under',
      'text/plain',
      'attachment; filename="knots.txt"',
    ]);
  });

  test('are refused where they are too large, of another type or missing: NestJS had a 400 for all of it', async () => {
    const large = await upload(['file', new File(['x'.repeat(2_000)], 'big.txt', { type: 'text/plain' })]);
    expect([large.statusCode, large.json().message]).toEqual([
      413,
      ["The file 'file' is larger than the 1000 bytes that are taken here."],
    ]);
    expect((await upload(['file', new File(['x'], 'a.png', { type: 'image/png' })])).statusCode).toBe(415);
    const missing = await upload(['title', 'x']);
    expect([missing.statusCode, missing.json().message]).toEqual([400, ["The file 'file' is required."]]);
  });
});

test('a test replaces the guard of the whole application by its class', async () => {
  const user = { id: ada, name: 'test', role: Role.Admin };
  await using open = await builder()
    .override(JwtGuard)
    .useValue({
      canActivate: async (ctx: HttpContext) => {
        ctx.put(CurrentUser, user);
        return true;
      },
    })
    .create();
  expect((await open.inject('/api/v1/auth/me')).json()).toEqual({ data: user });
});

test('it runs as a process of its own, and says what is wrong with its settings', async () => {
  const args = ['examples/from-nest/dist/main.js'];
  await expect(startProcess(process.execPath, args, { JWT_SECRET: 'short' })).rejects.toThrow(
    'JWT_SECRET must have at least 16 characters.',
  );
  const env = { JWT_SECRET: 'a secret of the tests', STORAGE_FOLDER: folder };
  const service = await startProcess(process.execPath, args, env);
  expect((await fetch(`${service.url}/api/v1/users`)).status).toBe(401);
  expect(await service.stop()).toBe(0);
});
