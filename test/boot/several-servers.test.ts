import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { Controller, createApplication, defineModule, Get, HttpProvider } from 'bowline';
import { ExpressProvider } from 'bowline/express';
import { FastifyProvider } from 'bowline/fastify';
import { Test } from 'bowline/testing';
import { expect, it } from 'vitest';

const fixture = (name: string): Buffer => readFileSync(new URL(`../server/fixtures/${name}`, import.meta.url));

@Controller('/public')
class PublicController {
  @Get() show(): string {
    return 'public';
  }
}

@Controller({ path: '/admin', server: 'admin' })
class AdminController {
  @Get() show(): string {
    return 'admin';
  }
}

@Controller('/metrics')
class MetricsController {
  @Get() show(): string {
    return 'metrics';
  }
}

const modules = [
  defineModule({
    controllers: [PublicController, AdminController],
    bind: ({ bind }) => {
      bind(HttpProvider).to(FastifyProvider);
      bind(HttpProvider).to(ExpressProvider).whenNamed('admin');
    },
  }),
  defineModule({ server: 'ops', prefix: '/v1', controllers: [MetricsController] }),
];

const servers = {
  main: { prefix: '/api' },
  admin: { port: 0, host: '127.0.0.1' },
  ops: { port: 0, host: '127.0.0.1', tls: { key: fixture('key.pem'), cert: fixture('cert.pem') } },
} as const;

async function textOf(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return response.ok ? response.text() : String(response.status);
}

function secureTextOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false, agent: false }, (response) => {
      response.setEncoding('utf8').once('data', resolve);
    })
      .on('error', reject)
      .end();
  });
}

it('gives each server its own controllers, provider, prefix and certificate', async () => {
  const options = { modules, servers, signals: false, logger: { level: 'silent' }, drainIdleTimeout: 20 } as const;
  await using app = await createApplication(options);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { main, admin, ops } = app.servers;

  expect(await textOf(`${main.url}/api/public`)).toBe('public');
  expect(await textOf(`${main.url}/admin`)).toBe('404');
  expect(await textOf(`${admin.url}/admin`)).toBe('admin');
  expect(await textOf(`${admin.url}/api/public`)).toBe('404');
  expect(ops.url).toMatch(/^https:/);
  expect(await secureTextOf(`${ops.url}/v1/metrics`)).toBe('metrics');
  expect(app.routes.map(({ server, path }) => `${server} ${path}`)).toEqual([
    'main /api/public',
    'admin /admin',
    'ops /v1/metrics',
  ]);
});

it('lets a test ask each of them', async () => {
  await using app = await Test.createApplication({ modules, servers });
  expect((await app.inject({ url: '/api/public' })).body).toBe('public');
  expect((await app.inject({ url: '/admin', server: 'admin' })).body).toBe('admin');
  expect((await app.inject({ url: '/v1/metrics', server: 'ops' })).body).toBe('metrics');
});
