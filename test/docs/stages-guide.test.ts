import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import {
  Body,
  Controller,
  createApplication,
  defineModule,
  Get,
  GlobalFilter,
  GlobalGuard,
  GlobalMiddleware,
  HttpProvider,
  Post,
  UseInterceptors,
  type Application,
  type ClassType,
  type ContainerModule,
  type HttpContext,
  type HttpError,
} from 'bowline';
import { ExpressProvider } from 'bowline/express';
import type { TestApplication } from 'bowline/testing';
import express from 'express';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeGuide } from './code-blocks.js';
import { serve } from './serve-guide.js';

let folder: string;

beforeAll(async () => {
  folder = await writeGuide('stages');
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

async function serveOnly<K extends string>(file: string, controller: K): Promise<TestApplication> {
  const exported = await load<Record<K, ClassType>>(file);
  return serve(defineModule({ controllers: [exported[controller]] }));
}

describe('docs/guides/stages.md', () => {
  it('shows middleware', async () => {
    const app = await serveOnly('middleware.ts', 'ChartController');
    const { headers, statusCode } = await app.inject({ url: '/charts', headers: { host: 'localhost' } });
    expect([statusCode, headers['x-content-type-options']]).toEqual([200, 'nosniff']);
    expect(headers['server-timing']).toMatch(/^app;dur=\d+\.\d$/);
    const sent = await app.inject({ url: '/charts?a=b', headers: { host: 'charts.example' } });
    expect([sent.statusCode, sent.headers.location]).toEqual([308, 'https://charts.example/charts?a=b']);
  });

  it('shows guards', async () => {
    const { profileModule } = await load<{ profileModule: ContainerModule }>('guards.ts');
    const app = await serve(profileModule);
    expect((await app.inject('/profile')).statusCode).toBe(401);
    expect((await app.inject({ url: '/profile', headers: { cookie: 'session=k1' } })).json()).toEqual({ name: 'ada' });
    expect((await app.inject('/profile/rules')).body).toBe('Be kind.');
  });

  it('shows interceptors', async () => {
    const app = await serveOnly('interceptors.ts', 'TideController');
    const first = (await app.inject('/tides/brest')).json();
    expect(first).toEqual({ data: { port: 'brest', calls: 2 }, id: expect.any(String) });
    expect((await app.inject('/tides/brest')).json().data).toEqual(first.data);
  });

  it('shows pipes', async () => {
    const app = await serveOnly('pipes.ts', 'BoatController');
    expect((await app.inject('/boats/2?greeting=%20Hello%20')).body).toBe('Hello, Spray');
    expect((await app.inject('/boats/1')).body).toBe('Ahoy, Gipsy Moth');
    expect((await app.inject('/boats/3')).json().detail).toBe('There is no boat 3.');
    expect((await app.inject('/boats/x')).statusCode).toBe(400);
  });

  it('shows pipes that are there', async () => {
    const app = await serveOnly('ready-pipes.ts', 'FleetController');
    expect((await app.inject('/fleet?rig=yawl&berths=1,2')).json()).toEqual({ page: 1, rig: 'yawl', berths: [1, 2] });
    expect((await app.inject('/fleet?page=1.5')).statusCode).toBe(400);
    expect((await app.inject('/fleet/b2fd3a1e-0f4a-4c57-9a43-1a2b3c4d5e6f')).statusCode).toBe(400);
  });

  it('shows exception filters', async () => {
    const app = await serveOnly('filters.ts', 'BerthController');
    const locked = await app.inject('/berths/a1');
    expect([locked.statusCode, locked.json(), locked.headers['retry-after']]).toEqual([423, { locked: true }, '1']);
    expect((await app.inject('/berths/a2')).json()).toMatchObject({ status: 409, detail: 'Two boats, one berth.' });
    expect((await app.inject('/berths/a3')).json()).toMatchObject({ status: 404, detail: 'There is no such berth.' });
  });

  it('shows the order of global stages, and those of one server', async () => {
    const { app } = await load<{ app: Application<'main' | 'admin'> }>('globals.ts');
    onTestFinished(() => app.close());
    await app.start();
    expect((await app.inject({ url: '/' })).headers['x-passed']).toBe('RequestLog, every server, use()');
    expect((await app.inject({ url: '/figures' }, 'admin')).headers['x-passed']).toBe(
      'RequestLog, every server, use(), admin, its module',
    );
    expect((await app.inject({ url: '/nothing' })).headers['x-passed']).toBe('RequestLog, every server, use()');
  });

  it('says what runs for a request that no controller answers', async () => {
    const seen: string[] = [];
    const note = (what: string) => (ctx: HttpContext) => void seen.push(`${what} ${ctx.path}`);
    const [guarded, around] = [note('guard'), note('middleware')];

    @Controller('/boats')
    class BoatController {
      @Get()
      list() {
        return [];
      }
    }
    const module = defineModule({
      controllers: [BoatController],
      bind: ({ bind }) => {
        bind(HttpProvider).toConstantValue(
          new ExpressProvider(() => express().get('/native', (_request, response) => void response.send('native'))),
        );
        bind(GlobalMiddleware).toConstantValue((ctx, next) => (around(ctx), next()));
        bind(GlobalGuard).toConstantValue((ctx) => (guarded(ctx), false));
        bind(GlobalFilter).toConstantValue((error: HttpError) => ({ filtered: error.status }));
      },
    });
    const logger = { level: 'silent' } as const;
    const app = await createApplication({ modules: [module], management: { mountOn: 'main' }, signals: false, logger });
    onTestFinished(() => app.close());
    await app.static('/docs', 'docs').start();
    const ask = async (url: string, method = 'GET', headers = {}) => {
      const { statusCode, body } = await app.inject({ method, url, headers });
      const ran = seen.splice(0).map((line) => line.split(' ')[0]);
      return [statusCode, ...(body.toString().includes('filtered') ? ['filter'] : []), ...ran];
    };
    expect(await ask('/boats')).toEqual([403, 'filter', 'middleware', 'guard']);
    expect(await ask('/nothing')).toEqual([404, 'filter', 'middleware']);
    expect(await ask('/boats', 'POST')).toEqual([405, 'filter', 'middleware']);
    expect(await ask('/boats', 'OPTIONS')).toEqual([204, 'middleware']);
    expect(await ask('/boats/%zz')).toEqual([400, 'filter', 'middleware']);
    expect(await ask('/docs/errors.md')).toEqual([200, 'middleware']);
    expect(await ask('/native')).toEqual([200]);
    expect(await ask('/livez')).toEqual([200]);
    expect(await ask('/boats', 'GET', { expect: 'the impossible' })).toEqual([417]);
  });

  it('says that an interceptor may run a handler again that takes a body', async () => {
    let calls = 0;

    @Controller('/boats')
    class BoatController {
      @Post()
      @UseInterceptors(async (_ctx: HttpContext, next: () => unknown) => {
        await next();
        return next();
      })
      add(@Body({ validate: false }) body: object) {
        calls += 1;
        return body;
      }
    }
    const app = await serve(defineModule({ controllers: [BoatController] }));
    expect((await app.inject({ url: '/boats', payload: { name: 'Spray' } })).json()).toEqual({ name: 'Spray' });
    expect(calls).toBe(2);
  });

  it('shows factories with options and services', async () => {
    const { crewModule } = await load<{ crewModule: ContainerModule }>('configured.ts');
    const app = await serve(crewModule);
    expect((await app.inject({ url: '/spray/log', headers: { 'x-user': 'joshua' } })).json()).toEqual(['Left Boston']);
    expect((await app.inject('/spray/log')).statusCode).toBe(403);
  });

  it('shows tests that pass', async () => {
    const args = ['--import', 'bowline/register', '--test', `${folder}testing.ts`];
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
    expect(output).toMatch(/^ℹ pass 3$/m);
    expect(output).toMatch(/^ℹ fail 0$/m);
  });
});

it('docs/architecture/request.md names files that are there', async () => {
  const page = await readFile(new URL('../../docs/architecture/request.md', import.meta.url), 'utf8');
  const sources = await readdir(new URL('../../src', import.meta.url), { recursive: true });
  const named = [...page.matchAll(/\b[a-z]+(?:[/-][a-z]+)*\.ts\b/g)].map(([file]) => file);
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((file) => !sources.some((source) => `/${source}`.endsWith(`/${file}`)))).toEqual([]);
});
