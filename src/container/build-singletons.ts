import { ownMetadata, reasonOf, runInOrder, type BootReport } from '../foundation/index.js';
import { bindingName, type GraphBinding } from './graph-binding.js';
import { injectableKey } from './injectable.js';
import type { LoadedContainer } from './loaded-container.js';
import { walkGraph, type GraphNode } from './walk-graph.js';

/** Runs the making of one instance, and may give it up. Rejects with what it throws. */
export type Supervisor = (name: string, make: () => unknown) => Promise<void>;

/** Bindings whose instance was made, in the order in which they were found to be. */
const construction = new WeakMap<LoadedContainer, Set<GraphBinding>>();

/**
 * Makes every singleton and constant that can be asked for alone and is not lazy: dependencies first, independent ones at
 * once. What cannot be made is reported with its cause, what depends on it is left out without a word, and the rest is
 * still made.
 */
export async function buildSingletons(
  loaded: LoadedContainer,
  report: BootReport,
  supervise: Supervisor = runAlone,
): Promise<void> {
  const nodes = dependenciesFirst(walkGraph(loaded, []));
  // What was found to be made is not looked at again: thousands would be, for each of thousands.
  const unmade = new Set(nodes.map((node) => node.binding).filter(({ scope }) => scope === 'singleton'));
  const failed = new Map<GraphNode, unknown>();
  const make = async (node: GraphNode): Promise<void> => {
    const { binding } = node;
    if (dependenciesOf(node).some((target) => failed.has(target))) {
      failed.set(node, dependencyFailed);
    } else if (binding.scope === 'singleton' && !binding.isConditional && !isLazyBinding(loaded, binding)) {
      try {
        await supervise(bindingName(binding), () => binding.resolve());
      } catch (error) {
        failed.set(node, error);
      }
      record(loaded, unmade, binding);
    }
  };
  await runInOrder(nodes, dependenciesOf, make);
  // In the order of the graph: that of failing would differ from one start to the next.
  for (const node of nodes) {
    const error = failed.get(node);
    if (error === undefined || error === dependencyFailed) continue;
    report.add('BOW_NOT_RESOLVED', { identifier: bindingName(node.binding), reason: reasonWithCause(error) }, error);
  }
}

const dependencyFailed = Symbol('dependency failed');

/** Every binding whose instance was made so far; what was made since boot comes last. */
export function builtBindings(loaded: LoadedContainer): readonly GraphBinding[] {
  return [...record(loaded, new Set(loaded.bindings()))];
}

async function runAlone(_name: string, make: () => unknown): Promise<void> {
  await make();
}

/** Whether a singleton is built when somebody first asks for it. */
export function isLazyBinding(loaded: LoadedContainer, binding: GraphBinding): boolean {
  if (loaded.lazy.has(binding.id)) return true;
  const { kind, implementation } = binding;
  return (
    kind === 'class' &&
    implementation !== undefined &&
    ownMetadata(injectableKey, implementation).some(({ lazy }) => lazy === true)
  );
}

/**
 * Observed rather than computed: what a dynamic value asks the container for is made within it, and is in nobody's
 * list of dependencies. So `asked` comes after all that appeared while it was made. What was made is taken out of `unmade`.
 */
function record(loaded: LoadedContainer, unmade: Set<GraphBinding>, asked?: GraphBinding): ReadonlySet<GraphBinding> {
  const built = construction.get(loaded) ?? new Set();
  construction.set(loaded, built);
  const note = (binding: GraphBinding): void => {
    if (binding.instance === undefined) return;
    built.add(binding);
    unmade.delete(binding);
  };
  for (const binding of unmade) if (binding !== asked) note(binding);
  if (asked !== undefined) note(asked);
  return built;
}

function dependenciesFirst(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const sorted = new Set<GraphNode>();
  const entered = new Set<GraphNode>();
  const visit = (node: GraphNode): void => {
    if (entered.has(node)) return;
    entered.add(node);
    for (const target of dependenciesOf(node)) visit(target);
    sorted.add(node);
  };
  for (const node of nodes) visit(node);
  return [...sorted];
}

function dependenciesOf(node: GraphNode): readonly GraphNode[] {
  return node.edges.flatMap((edge) => edge.targets);
}

/** Inversify says in which method it happened and keeps what happened as the cause. */
function reasonWithCause(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  return cause === undefined ? reasonOf(error) : `${reasonOf(error)}: ${reasonOf(cause)}`;
}
