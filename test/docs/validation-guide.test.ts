import { readFile } from 'node:fs/promises';
import { createApplication, type Application, type BootError, type ContainerModule } from 'bowline';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeGuide } from './code-blocks.js';
import { serve } from './serve-guide.js';

let folder: string;

beforeAll(async () => {
  folder = await writeGuide('validation');
});

function load<T>(file: string): Promise<T> {
  return import(folder + file) as Promise<T>;
}

function guide(): Promise<string> {
  return readFile(new URL('../../docs/guides/validation.md', import.meta.url), 'utf8');
}

describe('docs/guides/validation.md', () => {
  it('shows a class that is validated where it is declared, and the answer to what it refuses', async () => {
    const { ordersModule } = await load<{ ordersModule: ContainerModule }>('orders.ts');
    const app = await serve(ordersModule);
    const post = (payload: unknown) => app.inject({ method: 'POST', url: '/orders', payload });

    const lines = [{ sku: 'rope', quantity: 1 }];
    const created = await post({ email: 'ada@example.com', lines });
    expect([created.statusCode, created.json()]).toEqual([201, { lines: 1, isLine: true }]);
    expect((await app.inject('/orders?limit=5')).json()).toEqual({ limit: 5 });
    expect((await app.inject('/orders?limit=12abc')).statusCode).toBe(400);
    expect((await post({ email: 'ada@example.com', lines: [{ sku: 'rope', quantity: '2' }] })).statusCode).toBe(400);

    const refused = await post({ email: 'nobody', lines: [{ sku: 'rope', quantity: 0 }] });
    const shown = /^```json\n(.*?)^```$/ms.exec(await guide())?.[1] ?? '';
    expect(refused.json()).toEqual(JSON.parse(shown));
  });

  it('shows options at each level', async () => {
    const { app } = await load<{ app: Application }>('options.ts');
    onTestFinished(() => app.close());
    await app.start();
    const send = async (method: string, path: string, body: unknown): Promise<unknown> => {
      const headers = { 'content-type': 'application/json' };
      const request = new Request(`http://localhost${path}`, { method, headers, body: JSON.stringify(body) });
      const answer = await app.fetch(request);
      const json = (await answer.json()) as { readonly errors?: readonly { readonly code: string }[] };
      return json.errors === undefined ? json : [answer.status, ...json.errors.map(({ code }) => code)];
    };
    const note = { text: 'a note', more: 1 };
    expect(await send('POST', '/notes', note)).toEqual([422, 'whitelistValidation']);
    expect(await send('POST', '/notes', { text: 1 })).toEqual([422, 'minLength']);
    expect(await send('PUT', '/notes', note)).toEqual(note);
    expect(await send('POST', '/notes/all', [note])).toEqual([{ text: 'a note' }]);
  });

  it('shows groups', async () => {
    const { accountsModule } = await load<{ accountsModule: ContainerModule }>('groups.ts');
    const app = await serve(accountsModule);
    const account = { email: 'ada@example.com', name: 'Ada' };
    expect((await app.inject({ method: 'POST', url: '/accounts', payload: account })).json()).toEqual(account);
    expect((await app.inject({ method: 'PATCH', url: '/accounts', payload: account })).json()).toEqual({ name: 'Ada' });
    expect((await app.inject({ method: 'PATCH', url: '/accounts', payload: {} })).statusCode).toBe(200);
    expect((await app.inject({ method: 'POST', url: '/accounts', payload: {} })).json().errors).toHaveLength(3);
  });

  it('shows schemas', async () => {
    const { pointsModule } = await load<{ pointsModule: ContainerModule }>('schemas.ts');
    const app = await serve(pointsModule);
    expect((await app.inject({ method: 'POST', url: '/points', payload: { x: 1 } })).json()).toEqual({ x: 1, y: 0 });
    expect((await app.inject({ method: 'POST', url: '/points', payload: { x: '1' } })).statusCode).toBe(422);
    expect((await app.inject('/points?q=ab&limit=5')).json()).toEqual({ q: 'ab', limit: 5 });
  });

  it('shows a source of messages', async () => {
    const { notesModule } = await load<{ notesModule: ContainerModule }>('messages.ts');
    const app = await serve(notesModule);
    const messages = async (language: string): Promise<unknown> => {
      const headers = { 'accept-language': language };
      const answer = await app.inject({ method: 'POST', url: '/notes', payload: { text: 'a' }, headers });
      return answer.json().errors[0].message;
    };
    expect(await messages('de-DE')).toBe('text braucht mindestens 3 Zeichen');
    expect(await messages('en')).toBe('text must be longer than or equal to 3 characters');
  });

  it('shows the sentence for a nested class that nobody validates', async () => {
    const { customersModule } = await load<{ customersModule: ContainerModule }>('unchecked.ts');
    const boot = createApplication({ modules: [customersModule], signals: false, strict: true });
    const { problems } = (await boot.catch((error: unknown) => error)) as BootError;
    const [shown] = /^.* \[BOW_NESTED_UNCHECKED\]$/m.exec(await guide()) ?? [];
    expect(problems.map(({ code, message }) => `${message} [${code}]`)).toEqual([shown]);
  });
});
