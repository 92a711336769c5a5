import { describe, expect, test } from 'vitest';
import { loadProvider, type LoadableProvider } from '../../src/application/index.js';
import { HttpProvider } from '../../src/http/index.js';

describe('loadProvider', () => {
  test.each<LoadableProvider>(['node', 'fastify', 'express', 'koa', 'hono'])(
    'makes the provider called %s',
    async (name) => {
      const provider = await loadProvider(name);
      expect(provider).toBeInstanceOf(HttpProvider);
      expect(provider.name).toBe(name);
      expect(await loadProvider(name)).not.toBe(provider);
    },
  );

  test.each(['nodejs', '', 'constructor', '__proto__'])('refuses %j and says which there are', async (name) => {
    await expect(loadProvider(name as LoadableProvider)).rejects.toMatchObject({
      code: 'BOW_OPTION_INVALID',
      message: expect.stringContaining('one of node, fastify, express, koa, hono') as unknown,
    });
  });
});
