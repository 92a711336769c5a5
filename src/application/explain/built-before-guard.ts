import {
  bindingName,
  defaultsName,
  walkGraph,
  type GraphBinding,
  type LoadedContainer,
} from '../../container/index.js';
import type { PlannedStage, RouteDefinition } from '../../routing/index.js';

/**
 * Says of a route what is made for each request before its last guard has let it pass: what is not shared among its middleware and guards,
 * and what these need. What only code knows is marked by "(opaque)".
 */
export function describeBuiltBeforeGuard(definition: RouteDefinition, loaded: LoadedContainer): RouteDefinition {
  const { builtBeforeGuard: _earlier, ...description } = definition.description;
  const built = builtBeforeGuard(definition.stages, loaded);
  return {
    ...definition,
    description: built.length === 0 ? description : { ...description, builtBeforeGuard: built },
  };
}

function builtBeforeGuard(stages: readonly PlannedStage[], loaded: LoadedContainer): readonly string[] {
  if (!stages.some(({ description: { kind } }) => kind === 'guard')) return [];
  const roots = stages.flatMap(({ description: { kind, perRequest }, source }) =>
    perRequest && (kind === 'middleware' || kind === 'guard') && source.kind === 'binding'
      ? [source.binding.target]
      : [],
  );
  if (roots.length === 0) return [];
  return [...new Set(unsharedBehind(roots, loaded).map(label))];
}

/** The bindings and all that is made with them; what is shared was there before. */
function unsharedBehind(roots: readonly GraphBinding[], loaded: LoadedContainer): readonly GraphBinding[] {
  const nodes = Map.groupBy(walkGraph(loaded, roots), ({ binding }) => binding);
  const found = new Set<GraphBinding>();
  const follow = (binding: GraphBinding): void => {
    if (found.has(binding) || (binding.kind !== 'alias' && binding.scope === 'singleton')) return;
    found.add(binding);
    const edges = nodes.get(binding)?.flatMap((node) => node.edges) ?? [];
    for (const { targets } of edges) for (const target of targets) follow(target.binding);
  };
  for (const root of roots) follow(root);
  return [...found].filter(({ kind, module }) => kind !== 'alias' && module.name !== defaultsName);
}

function label(binding: GraphBinding): string {
  const isOpaque = binding.kind === 'dynamic' || binding.kind === 'factory';
  return isOpaque ? `${bindingName(binding)} (opaque)` : bindingName(binding);
}
