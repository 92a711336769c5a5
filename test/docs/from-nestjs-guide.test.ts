import { execFile } from 'node:child_process';
import { createApplication, defineModule, type ClassType, type ContainerModule } from 'bowline';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeGuide } from './code-blocks.js';
import { serve } from './serve-guide.js';

let folder: string;

beforeAll(async () => {
  folder = await writeGuide('from-nestjs');
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

describe('docs/guides/from-nestjs.md', () => {
  it('shows providers of every kind', async () => {
    const { accountsModule } = await load<{ accountsModule: (options: object) => ContainerModule }>('providers.ts');
    const app = await serve(accountsModule({ url: 'postgres://here' }));
    expect((await app.inject('/accounts')).json()).toEqual(['logged for ada', true, 0]);
  });

  it('shows global guards and an interceptor', async () => {
    const { reportsModule } = await load<{ reportsModule: ContainerModule }>('stages.ts');
    const app = await serve(reportsModule);
    const ask = (user?: string) =>
      app.inject({ url: '/reports', headers: user === undefined ? {} : { 'x-user': user } });
    expect((await ask('ada')).json()).toEqual({ data: ['ada'] });
    expect([(await ask()).statusCode, (await ask('bob')).statusCode]).toEqual([401, 403]);
    expect((await app.inject('/reports/about')).json()).toEqual({ data: 'Reports.' });
  });

  it('shows a request scope whose constructor may refuse, and that has to be written down', async () => {
    const { ordersModule, OrderController, Tenant } = await load<{
      ordersModule: ContainerModule;
      OrderController: ClassType;
      Tenant: ClassType;
    }>('scope.ts');
    const app = await serve(ordersModule);
    expect((await app.inject({ url: '/orders', headers: { 'x-tenant': 'north' } })).body).toBe('orders of north');
    expect((await app.inject('/orders')).json().detail).toBe('X-Tenant header is required');

    const forgetful = defineModule({
      services: [Tenant],
      bind: ({ bind }) => {
        bind(OrderController).toSelf().inSingletonScope();
      },
    });
    const boot = createApplication({ modules: [forgetful], signals: false });
    await expect(boot).rejects.toThrow('would hold Tenant for ever');
  });

  it('shows a test that passes', async () => {
    const args = ['--import', 'bowline/register', '--test', `${folder}tests.ts`];
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
    expect(output).toMatch(/^ℹ pass 1$/m);
    expect(output).toMatch(/^ℹ fail 0$/m);
  });
});
