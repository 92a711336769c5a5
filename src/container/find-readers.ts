import { bindingName, type GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';
import { walkGraph, type GraphNode } from './walk-graph.js';

/**
 * Which of `roots` reach a binding that `isReader` says yes to, and by which way: names from the root down to it. What only
 * code knows, as in dynamic values and factories, is the caller's to judge by its kind.
 */
export function findReaders(
  loaded: LoadedContainer,
  roots: readonly GraphBinding[],
  isReader: (binding: GraphBinding) => boolean,
): ReadonlyMap<GraphBinding, readonly string[]> {
  const nodes = new Map(walkGraph(loaded, roots).map((node) => [node.binding, node]));
  const ways = roots.map((root) => {
    const node = nodes.get(root);
    return [root, node === undefined ? undefined : wayFrom(node, isReader)] as const;
  });
  return new Map(ways.filter((entry): entry is readonly [GraphBinding, string[]] => entry[1] !== undefined));
}

/** Breadth first, so that it is a shortest one. */
function wayFrom(root: GraphNode, isReader: (binding: GraphBinding) => boolean): string[] | undefined {
  const ways: (readonly GraphNode[])[] = [[root]];
  const seen = new Set([root]);
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const last = way.at(-1);
    if (last === undefined) continue;
    if (isReader(last.binding)) return way.map(({ binding }) => bindingName(binding));
    for (const target of last.edges.flatMap((edge) => edge.targets)) {
      if (seen.has(target)) continue;
      seen.add(target);
      ways.push([...way, target]);
    }
  }
  return undefined;
}
