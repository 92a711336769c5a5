import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import {
  createApplication,
  type BootError,
  type ClassType,
  type ContainerModule,
  type ServiceIdentifier,
} from 'bowline';
import { createTestContext } from 'bowline/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeGuide } from './code-blocks.js';
import { serve } from './serve-guide.js';

let folder: string;

beforeAll(async () => {
  folder = await writeGuide('scopes');
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

describe('docs/guides/scopes.md', () => {
  it('shows what one request shares', async () => {
    const { harbourModule } = await load<{ harbourModule: ContainerModule }>('shared.ts');
    const app = await serve(harbourModule);
    for (const _ of [1, 2])
      expect((await app.inject('/harbour')).json()).toEqual({ boats: ['Spray'], free: 3, queries: 2 });
  });

  it('shows the request and a key in a constructor', async () => {
    const { greetingModule } = await load<{ greetingModule: ContainerModule }>('context.ts');
    const app = await serve(greetingModule);
    const headers = { 'x-user': 'ada' };
    expect((await app.inject({ url: '/greeting?time=evening', headers })).body).toBe('Good evening, ada');
    expect((await app.inject('/greeting')).statusCode).toBe(403);
  });

  it('shows a singleton that reaches its request', async () => {
    const { partnerModule } = await load<{ partnerModule: ContainerModule }>('current-request.ts');
    const app = await serve(partnerModule);
    const ids = await Promise.all([1, 2].map(async () => (await app.inject('/partner')).json()['x-request-id']));
    expect(new Set(ids).size).toBe(2);
  });

  it('shows what is opened after the guard and closed after the answer', async () => {
    const { ordersModule, events } = await load<{ ordersModule: ContainerModule; events: string[] }>('lifetime.ts');
    const app = await serve(ordersModule);
    expect((await app.inject({ url: '/orders', headers: { 'x-tenant': 'east' } })).statusCode).toBe(404);
    expect(events).toEqual([]);
    const answer = await app.inject({ url: '/orders', headers: { 'x-tenant': 'north' } });
    expect(answer.json()).toEqual(['an order of north']);
    await expect
      .poll(() => events)
      .toEqual(['opened one for north', 'flushed the orders', 'gave back the connection of north']);
  });

  it('shows a dynamic value that shares, also behind an await', async () => {
    const { themeModule } = await load<{ themeModule: ContainerModule }>('dynamic.ts');
    const app = await serve(themeModule);
    expect((await app.inject({ url: '/theme', headers: { 'x-theme': 'night' } })).json()).toEqual({
      name: 'night',
      isShared: true,
    });
  });

  it('shows the sentence for a singleton that holds what belongs to a request', async () => {
    const { shopModule } = await load<{ shopModule: ContainerModule }>('captive.ts');
    const boot = createApplication({ modules: [shopModule], signals: false });
    const { problems } = (await boot.catch((error: unknown) => error)) as BootError;
    const guide = await readFile(new URL('../../docs/guides/scopes.md', import.meta.url), 'utf8');
    const [shown] = /^.* \[BOW_CAPTIVE_DEPENDENCY\]$/m.exec(guide) ?? [];
    expect(problems.map(({ code, message }) => `${message} [${code}]`)).toEqual([shown]);
  });

  it('says what is an error outside of a request, and what belongs to nobody', async () => {
    const { ordersModule, Orders } = await load<{
      ordersModule: ContainerModule;
      Orders: ClassType;
    }>('lifetime.ts');
    const { application } = await serve(ordersModule);
    const refused = application.runInRequestScope((services) => services.getAsync(Orders));
    await expect(refused).rejects.toMatchObject({ code: 'BOW_CONTEXT_KEY_MISSING' });

    const { Session, Theme, themeModule } = await load<{
      Session: ClassType;
      Theme: ServiceIdentifier;
      themeModule: ContainerModule;
    }>('dynamic.ts');
    const themed = await serve(themeModule);
    const { container } = themed.application;
    expect(container.get(Session)).not.toBe(container.get(Session));
    const context = createTestContext();
    const early = themed.application.runInRequestScope((services) => services.get(Theme), { context });
    await expect(early).rejects.toMatchObject({ code: 'BOW_ASYNCHRONOUS_BINDING' });
    const late = themed.application.runInRequestScope((services) => services.getAsync(Theme), { context });
    expect(await late).toMatchObject({ name: 'day' });
  });

  it('shows a job', async () => {
    const { app, lines } = await load<{ app: AsyncDisposable; lines: string[] }>('job.ts');
    await app[Symbol.asyncDispose]();
    expect(lines).toEqual(['the report of north', 'closed']);
  });

  it('shows a test that passes', async () => {
    const args = ['--import', 'bowline/register', '--test', `${folder}testing.ts`];
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
    expect(output).toMatch(/^ℹ pass 1$/m);
    expect(output).toMatch(/^ℹ fail 0$/m);
  });
});
