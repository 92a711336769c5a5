import { Controller, Ctx, Get, HttpContext, type TrustProxyOption } from 'bowline';
import { expect, test } from 'vitest';
import { problemsOf } from '../boot/boot-fixture.js';
import { describeProviders } from './harness/describe-providers.js';

@Controller()
class ClientController {
  @Get()
  client(@Ctx() { ip, ips, protocol, host, origin, secure, id }: HttpContext) {
    return { ip, ips, protocol, host, origin, secure, id };
  }
}

const controllers = [ClientController];
const forwarded = {
  'x-forwarded-for': '203.0.113.9, 198.51.100.7, 10.0.0.3',
  'x-forwarded-proto': 'http, https',
  'x-forwarded-host': 'liar.example, shop.example:8443',
  'x-request-id': 'edge-17',
};
const peer = '127.0.0.1';

describeProviders('what proxies say', { controllers }, (server) => {
  test('counts for nothing unless they are trusted', async () => {
    const { json } = await server.get('/', { headers: forwarded });
    expect(json).toMatchObject({ ip: peer, ips: [], protocol: server.protocol, secure: server.secure });
    expect(json).toMatchObject({ host: new URL(server.url).host, origin: server.url });
    expect((json as { id: string }).id).not.toBe('edge-17');
  });
});

const believes = (trustProxy: TrustProxyOption) => ({ controllers, servers: { main: { trustProxy } } });
const cases: readonly (readonly [string, TrustProxyOption, readonly string[]])[] = [
  ['one proxy', 1, ['10.0.0.3']],
  ['two proxies', 2, ['198.51.100.7', '10.0.0.3']],
  ['ranges', ['loopback', '10.0.0.0/8'], ['198.51.100.7', '10.0.0.3']],
  ['ranges in one text', 'loopback, 10.0.0.0/8', ['198.51.100.7', '10.0.0.3']],
  ['a function', (address) => address === peer, ['10.0.0.3']],
  ['nobody on this machine', '10.0.0.0/8', []],
];

for (const [name, trustProxy, ips] of cases) {
  describeProviders(`what proxies say to who trusts ${name}`, believes(trustProxy), (server) => {
    test('counts from the nearest to the last that is trusted', async () => {
      const { json } = await server.get('/', { headers: forwarded });
      expect(json).toMatchObject({ ip: ips[0] ?? peer, ips });
    });
  });
}

describeProviders('what trusted proxies say of their ports', believes(['loopback', '10.0.0.0/8']), (server) => {
  test('does not keep them from being known, and what is no address ends the list', async () => {
    const ask = (addresses: string) => server.get('/', { headers: { 'x-forwarded-for': addresses } });
    expect((await ask('203.0.113.9, 10.0.0.2:80, 10.0.0.3:81')).json).toMatchObject({
      ip: '203.0.113.9',
      ips: ['203.0.113.9', '10.0.0.2', '10.0.0.3'],
    });
    expect((await ask('203.0.113.9, unknown, 10.0.0.3')).json).toMatchObject({ ip: '10.0.0.3', ips: ['10.0.0.3'] });
  });
});

describeProviders('what a trusted proxy says', believes(1), (server) => {
  test('of protocol, host and id is the word of the nearest', async () => {
    expect((await server.get('/', { headers: forwarded })).json).toMatchObject({
      protocol: 'https',
      secure: true,
      host: 'shop.example:8443',
      origin: 'https://shop.example:8443',
      id: 'edge-17',
    });
  });

  test('is not taken for what it cannot be', async () => {
    const headers = { 'x-forwarded-proto': 'ftp', 'x-forwarded-host': 'a b/c', 'x-request-id': 'x'.repeat(500) };
    const { json } = await server.get('/', { headers });
    expect(json).toMatchObject({ ip: peer, protocol: server.protocol, host: new URL(server.url).host });
    expect((json as { id: string }).id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each(['a.b:99999', '[:::::]', '999.999.999.999', '', ':', 'user@shop.example'])(
    'is not taken for a host that no URL could have: %j',
    async (host) => {
      const { json } = await server.get('/', { headers: { 'x-forwarded-host': host } });
      expect(json).toMatchObject({ host: new URL(server.url).host, origin: server.url });
    },
  );

  test('of a host may end in a colon without a port', async () => {
    const { json } = await server.get('/', { headers: { 'x-forwarded-host': 'shop.example:' } });
    expect(json).toMatchObject({ host: 'shop.example' });
  });

  test.each(['garbage', '"<script>"', 'unknown', '1.2.3', '1.2.3.4.5', '1.2.3.4:x', '[1.2.3.4', ''])(
    'is not taken for an address that is none: %j',
    async (address) => {
      const { json } = await server.get('/', { headers: { 'x-forwarded-for': address } });
      expect(json).toMatchObject({ ip: peer, ips: [] });
    },
  );

  test.each([
    ['203.0.113.9:5678', '203.0.113.9'],
    ['[2001:db8::1]:5678', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
  ])('of an address may have its port: %s', async (address, ip) => {
    expect((await server.get('/', { headers: { 'x-forwarded-for': address } })).json).toMatchObject({ ip, ips: [ip] });
  });

  test('may be nothing', async () => {
    expect((await server.get('/')).json).toMatchObject({ ip: peer, ips: [], protocol: server.protocol });
  });
});

test.each<[unknown, string]>([
  [true, 'true'],
  [-1, '-1'],
  ['everybody', "'everybody'"],
  [['10.0.0.0/99'], 'an array'],
])('a trustProxy of %j is a boot problem', async (trustProxy, got) => {
  expect(await problemsOf({ servers: { main: { trustProxy: trustProxy as never } } })).toEqual([
    `options.servers.main.trustProxy is ${got}; it must be a number of proxies, CIDR ranges, or a function. [BOW_OPTION_INVALID]`,
  ]);
});
