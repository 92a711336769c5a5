import { ownMetadata, reasonOf, runInOrder, type BootReport } from '../foundation/index.js';
import { BuildProgress } from './build-progress.js';
import { bindingName, type GraphBinding } from './graph-binding.js';
import { injectableKey } from './injectable.js';
import type { LoadedContainer } from './loaded-container.js';
import { walkGraph, type GraphNode } from './walk-graph.js';

/** Runs the making of one instance, and may give it up. Rejects with what it throws. */
export type Supervisor = (name: string, make: () => unknown) => Promise<void>;

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
  const progress = new BuildProgress(
    loaded,
    nodes.map((node) => node.binding),
  );
  const failed = new Map<GraphNode, unknown>();
  const make = async (node: GraphNode): Promise<void> => {
    const { binding } = node;
    if (dependenciesOf(node).some((target) => failed.has(target))) {
      failed.set(node, dependencyFailed);
    } else if (binding.scope === 'singleton' && !binding.isConditional && !isLazyBinding(loaded, binding)) {
      try {
        await supervise(bindingName(binding), () => progress.make(binding));
      } catch (error) {
        failed.set(node, error);
      }
      progress.record(binding);
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
