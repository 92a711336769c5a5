import type { Reporter, TestCase, TestModule } from 'vitest/node';

const kinds = ['behaviours', 'of them over https too', 'of them as tsc compiles them'] as const;

type Kind = (typeof kinds)[number];

/** Says at the end of a run how many behaviours each provider was held to. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<Kind, Map<string, number>>();
    for (const module of modules) {
      if (!module.moduleId.includes('/test/conformance/')) continue;
      for (const test of module.children.allTests('passed')) count(test, counts);
    }
    const parts = kinds.map((kind) => describe(kind, counts.get(kind))).filter((part) => part !== '');
    if (parts.length > 0) console.log(`conformance: ${parts.join('; ')}`);
  }
}

/** The name of the suite says what it is: `replies on koa over https`. */
function count({ parent }: TestCase, counts: Map<Kind, Map<string, number>>): void {
  const match = parent.type === 'suite' ? /^(.*) on (\w+)( over https)?$/.exec(parent.name) : null;
  if (match === null) return;
  const [, title = '', provider = '', secure] = match;
  const kind =
    secure !== undefined
      ? 'of them over https too'
      : title.endsWith('compiled by tsc')
        ? 'of them as tsc compiles them'
        : 'behaviours';
  const providers = counts.get(kind) ?? new Map<string, number>();
  counts.set(kind, providers.set(provider, (providers.get(provider) ?? 0) + 1));
}

/** Providers of the same number together: `484 behaviours on fastify, hono, 480 on node`. */
function describe(kind: Kind, providers: ReadonlyMap<string, number> = new Map()): string {
  const groups = Map.groupBy(providers, ([, number]) => number);
  return [...groups]
    .map(([number, group]) => `${number} ${kind} on ${group.map(([name]) => name).join(', ')}`)
    .join(', ');
}
