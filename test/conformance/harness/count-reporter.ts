import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { readSuiteName, suiteKinds, type SuiteKind } from './suite-name.js';

/** Says at the end of a run how many behaviours each provider was held to. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<SuiteKind, Map<string, number>>();
    for (const module of modules) {
      if (!module.moduleId.includes('/test/conformance/')) continue;
      for (const test of module.children.allTests('passed')) count(test, counts);
    }
    const parts = suiteKinds.map((kind) => describe(kind, counts.get(kind))).filter((part) => part !== '');
    if (parts.length > 0) console.log(`conformance: ${parts.join('; ')}`);
  }
}

function count({ parent }: TestCase, counts: Map<SuiteKind, Map<string, number>>): void {
  const name = parent.type === 'suite' ? readSuiteName(parent.name) : undefined;
  if (name === undefined) return;
  const { kind, provider } = name;
  const providers = counts.get(kind) ?? new Map<string, number>();
  counts.set(kind, providers.set(provider, (providers.get(provider) ?? 0) + 1));
}

/** Providers of the same number together: `484 behaviours on fastify, hono, 480 on node`. */
function describe(kind: SuiteKind, providers: ReadonlyMap<string, number> = new Map()): string {
  const groups = Map.groupBy(providers, ([, number]) => number);
  return [...groups]
    .map(([number, group]) => `${number} ${kind} on ${group.map(([name]) => name).join(', ')}`)
    .join(', ');
}
