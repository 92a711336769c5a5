import { BowlineError, missingPackageOf } from '../foundation/index.js';
import type { HttpProvider } from '../http/index.js';

/** A provider that can be chosen by name, as from an environment variable. */
export type LoadableProvider = 'node' | 'fastify' | 'express' | 'koa' | 'hono';

type ProviderClass = new (options?: object) => HttpProvider;

const loaders: Readonly<Record<LoadableProvider, () => Promise<ProviderClass>>> = {
  node: async () => (await import('../providers/node/index.js')).NodeProvider as ProviderClass,
  fastify: async () => (await import('../providers/fastify/index.js')).FastifyProvider as ProviderClass,
  express: async () => (await import('../providers/express/index.js')).ExpressProvider as ProviderClass,
  koa: async () => (await import('../providers/koa/index.js')).KoaProvider as ProviderClass,
  hono: async () => (await import('../providers/hono/index.js')).HonoProvider as ProviderClass,
};

/**
 * Imports a provider and makes it with its own options. Rejects with BOW_OPTION_INVALID for any other name, and with
 * BOW_PACKAGE_MISSING where its framework is not installed; in a module both become problems of the boot report.
 */
export async function loadProvider(name: LoadableProvider, options?: object): Promise<HttpProvider> {
  if (!Object.hasOwn(loaders, name)) {
    throw new BowlineError('BOW_OPTION_INVALID', {
      option: 'the provider',
      got: `'${String(name)}'`,
      expected: `one of ${Object.keys(loaders).join(', ')}`,
    });
  }
  const Provider = await loaders[name]().catch((error: unknown) => {
    const missing = missingPackageOf(error);
    if (missing === undefined) throw error;
    const facts = { package: missing, neededBy: `The ${name} provider` };
    throw new BowlineError('BOW_PACKAGE_MISSING', facts, { cause: error });
  });
  return options === undefined ? new Provider() : new Provider(options);
}
