import { reasonOf, type BootReport } from '../foundation/index.js';
import { bindingName, type GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';
import { walkGraph, type GraphNode } from './walk-graph.js';

/** Bindings whose instance was made, dependencies before what depends on them. */
const construction = new WeakMap<LoadedContainer, Set<GraphBinding>>();

/**
 * Makes every singleton and constant that can be asked for alone, one after another, dependencies first. What cannot be
 * made is reported with its cause, what depends on it is left out without a word, and the rest is still made.
 */
export async function buildSingletons(loaded: LoadedContainer, report: BootReport): Promise<void> {
  const nodes = dependenciesFirst(walkGraph(loaded, []));
  const all = nodes.map((node) => node.binding);
  const failed = new Set<GraphNode>();
  for (const node of nodes) {
    const { binding } = node;
    if (node.edges.some((edge) => edge.targets.some((target) => failed.has(target)))) {
      failed.add(node);
    } else if (binding.scope === 'singleton' && !binding.isConditional) {
      try {
        await binding.resolve();
      } catch (error) {
        failed.add(node);
        report.add('BOW_NOT_RESOLVED', { identifier: bindingName(binding), reason: reasonWithCause(error) }, error);
      }
      record(loaded, all, binding);
    }
  }
}

/** Every binding whose instance was made so far, in the order of making; what was made since boot comes last. */
export function builtBindings(loaded: LoadedContainer): readonly GraphBinding[] {
  return [...record(loaded, loaded.bindings())];
}

/**
 * Observed rather than computed: what a dynamic value asks the container for is made within it, and is in nobody's
 * list of dependencies. So `asked` comes after all that appeared while it was made.
 */
function record(
  loaded: LoadedContainer,
  candidates: readonly GraphBinding[],
  asked?: GraphBinding,
): ReadonlySet<GraphBinding> {
  const built = construction.get(loaded) ?? new Set();
  construction.set(loaded, built);
  for (const binding of candidates) if (binding !== asked && binding.instance !== undefined) built.add(binding);
  if (asked?.instance !== undefined) built.add(asked);
  return built;
}

function dependenciesFirst(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const sorted = new Set<GraphNode>();
  const entered = new Set<GraphNode>();
  const visit = (node: GraphNode): void => {
    if (entered.has(node)) return;
    entered.add(node);
    for (const edge of node.edges) for (const target of edge.targets) visit(target);
    sorted.add(node);
  };
  for (const node of nodes) visit(node);
  return [...sorted];
}

/** Inversify says in which method it happened and keeps what happened as the cause. */
function reasonWithCause(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  return cause === undefined ? reasonOf(error) : `${reasonOf(error)}: ${reasonOf(cause)}`;
}
