import {
  bindingName,
  defaultsName,
  walkGraph,
  type GraphBinding,
  type GraphEdge,
  type LoadedContainer,
} from '../../container/index.js';
import type { PlannedStage, RouteDefinition } from '../../routing/index.js';

/**
 * Says of each route what is made for each request before its last guard has let it pass: what is not shared among its middleware and
 * guards, and what these need. What only code knows is marked by "(opaque)".
 */
export function describeBuiltBeforeGuard(
  definitions: readonly RouteDefinition[],
  loaded: LoadedContainer,
): RouteDefinition[] {
  // Walked once, and not at all where nothing is made for each request.
  let edges: Edges | undefined;
  return definitions.map((definition) => {
    const { builtBeforeGuard: earlier, ...description } = definition.description;
    const roots = rootsOf(definition.stages);
    if (roots.length === 0) return earlier === undefined ? definition : { ...definition, description };
    edges ??= edgesIn(loaded);
    const built = [...new Set(unsharedBehind(roots, edges).map(label))];
    return { ...definition, description: { ...description, builtBeforeGuard: built } };
  });
}

function rootsOf(stages: readonly PlannedStage[]): readonly GraphBinding[] {
  if (!stages.some(({ description: { kind } }) => kind === 'guard')) return [];
  return stages.flatMap(({ description: { kind, perRequest }, source }) =>
    perRequest && (kind === 'middleware' || kind === 'guard') && source.kind === 'binding'
      ? [source.binding.target]
      : [],
  );
}

type Edges = ReadonlyMap<GraphBinding, readonly GraphEdge[]>;

/** An alias is in the graph once for each name by which it is asked for. */
function edgesIn(loaded: LoadedContainer): Edges {
  const nodes = Map.groupBy(walkGraph(loaded, []), ({ binding }) => binding);
  return new Map([...nodes].map(([binding, own]) => [binding, own.flatMap((node) => node.edges)]));
}

/** The bindings and all that is made with them; what is shared was there before. */
function unsharedBehind(roots: readonly GraphBinding[], edges: Edges): readonly GraphBinding[] {
  const found = new Set<GraphBinding>();
  const follow = (binding: GraphBinding): void => {
    if (found.has(binding) || (binding.kind !== 'alias' && binding.scope === 'singleton')) return;
    found.add(binding);
    for (const { targets } of edges.get(binding) ?? []) for (const target of targets) follow(target.binding);
  };
  for (const root of roots) follow(root);
  return [...found].filter(({ kind, module }) => kind !== 'alias' && module.name !== defaultsName);
}

function label(binding: GraphBinding): string {
  const isOpaque = binding.kind === 'dynamic' || binding.kind === 'factory';
  return isOpaque ? `${bindingName(binding)} (opaque)` : bindingName(binding);
}
