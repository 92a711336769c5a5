import { BowlineError } from '../foundation/index.js';
import type { HttpProvider } from '../http/index.js';
import { NodeProvider } from '../providers/node/index.js';

/** A provider that can be chosen by name, as from an environment variable. */
export type LoadableProvider = 'node' | 'fastify' | 'express' | 'koa' | 'hono';

type ProviderClass = new (options?: object) => HttpProvider;

const loaders: Readonly<Record<LoadableProvider, () => Promise<ProviderClass>>> = {
  node: async () => NodeProvider as ProviderClass,
  fastify: async () => (await import('../providers/fastify/index.js')).FastifyProvider as ProviderClass,
  express: async () => (await import('../providers/express/index.js')).ExpressProvider as ProviderClass,
  koa: async () => (await import('../providers/koa/index.js')).KoaProvider as ProviderClass,
  hono: async () => (await import('../providers/hono/index.js')).HonoProvider as ProviderClass,
};

/**
 * Imports a provider and makes it with its own options. Rejects with BOW_OPTION_INVALID for any other name; a framework
 * that is not installed is a problem of the boot report.
 */
export async function loadProvider(name: LoadableProvider, options?: object): Promise<HttpProvider> {
  if (!Object.hasOwn(loaders, name)) {
    throw new BowlineError('BOW_OPTION_INVALID', {
      option: 'the provider',
      got: `'${String(name)}'`,
      expected: `one of ${Object.keys(loaders).join(', ')}`,
    });
  }
  const Provider = await loaders[name]();
  return options === undefined ? new Provider() : new Provider(options);
}
