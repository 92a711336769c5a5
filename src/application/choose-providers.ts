import { nameOf, reasonOf, type BootReport } from '../foundation/index.js';
import type { GraphBinding, LoadedContainer } from '../container/index.js';
import { HttpProvider, type ResolvedServerOptions } from '../http/index.js';
import { NodeProvider } from '../providers/node/index.js';

/**
 * Chooses the provider of each server from the list of bindings: one that is named for it, else, for `main` alone, an
 * unnamed one, else Node's own. Whatever is wrong is reported, and the server left without.
 */
export async function chooseProviders(
  loaded: LoadedContainer,
  servers: ReadonlyMap<string, ResolvedServerOptions>,
  report: BootReport,
): Promise<ReadonlyMap<string, HttpProvider>> {
  reportUnused(loaded, servers, report);
  const chosen = new Map<string, HttpProvider>();
  for (const server of servers.values()) {
    const provider = await chooseProvider(loaded, server, report);
    if (provider === undefined) continue;
    await checkProvider(provider, server, report);
    chosen.set(server.name, provider);
  }
  return chosen;
}

function reportUnused(
  loaded: LoadedContainer,
  servers: ReadonlyMap<string, ResolvedServerOptions>,
  report: BootReport,
): void {
  const known = [...servers.keys()];
  for (const binding of loaded.bindingsOf(HttpProvider)) {
    if (binding.satisfies() || known.some((name) => binding.satisfies(name))) continue;
    report.add('BOW_PROVIDER_UNUSED', { provider: describe(binding), module: binding.module.name, known });
  }
}

async function chooseProvider(
  loaded: LoadedContainer,
  server: ResolvedServerOptions,
  report: BootReport,
): Promise<HttpProvider | undefined> {
  const [binding, ...others] = loaded.candidatesFor(HttpProvider, server.name);
  if (binding === undefined) return new NodeProvider();
  if (others.length > 0) {
    const providers = [binding, ...others].map((each) => `${describe(each)} in ${each.module.name}`);
    report.add('BOW_PROVIDER_AMBIGUOUS', { server: server.name, providers });
    return undefined;
  }
  try {
    return (await binding.resolve()) as HttpProvider;
  } catch (error) {
    // A missing dependency has been reported with its chain by the check of the graph.
    if (report.problems.length === 0)
      report.add('BOW_NOT_RESOLVED', { identifier: describe(binding), reason: reasonOf(error) }, error);
    return undefined;
  }
}

async function checkProvider(provider: HttpProvider, server: ResolvedServerOptions, report: BootReport): Promise<void> {
  if (typeof (provider as Partial<HttpProvider>).prepare !== 'function') {
    const reason = 'it is no HttpProvider; hand it to one, as in new FastifyProvider(instance)';
    report.add('BOW_NATIVE_INSTANCE', { provider: nameOf((provider as object).constructor), reason });
    return;
  }
  try {
    await provider.prepare({ ignoreTrailingSlash: server.trailingSlash === 'ignore', maxParamLength: 500 });
  } catch (error) {
    if (!report.addThrown(error))
      report.add('BOW_NATIVE_INSTANCE', { provider: provider.name, reason: reasonOf(error) }, error);
  }
  if (server.emptyRequests === 'fast' && !provider.capabilities.fastEmptyRequests) {
    report.add('BOW_CAPABILITY_MISSING', {
      where: `emptyRequests: 'fast' of the server '${server.name}'`,
      provider: provider.name,
      capability: 'fastEmptyRequests',
    });
  }
}

function describe(binding: GraphBinding): string {
  return nameOf(binding.implementation ?? binding.identifier);
}
