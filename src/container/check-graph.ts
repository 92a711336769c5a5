import { nameOf, type BootReport } from '../foundation/index.js';
import { reportMisuses } from './check-class.js';
import { circlesIn, circleNames } from './find-circles.js';
import { bindingName, type GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';
import { mendForUnbound, wantedName } from './unbound-mend.js';
import { chainTo, walkGraph, type GraphEdge, type GraphNode } from './walk-graph.js';

/**
 * Reports every mistake in what the bindings ask of each other: unbound, bound twice, ambiguous, circular, captive, and
 * decorators in a wrong place. Each is reported once, with the shortest chain from one of `roots`, and nothing is built.
 */
export function checkGraph(loaded: LoadedContainer, roots: readonly GraphBinding[], report: BootReport): void {
  for (const { implementation } of loaded.bindings()) {
    if (implementation !== undefined) reportMisuses(implementation, report);
  }
  const twice = reportBoundTwice(loaded, report);
  const nodes = walkGraph(loaded, roots);
  const reported = new Map<unknown, Set<unknown>>();
  for (const node of nodes) {
    for (const edge of node.edges) {
      const { identifier, name } = edge.dependency;
      const names = reported.get(identifier) ?? new Set();
      reported.set(identifier, names);
      if (names.has(name)) continue;
      const isWrong = reportUnbound(loaded, node, edge, report) || reportAmbiguous(node, edge, twice, report);
      if (isWrong) names.add(name);
    }
  }
  for (const circle of circlesIn(nodes)) report.add('BOW_CIRCULAR_DEPENDENCY', { chain: circleNames(circle) });
  for (const node of nodes) if (node.binding.scope === 'singleton') reportCaptives(node, report);
}

/** The same class bound to itself again, asked for or not: as a root it would be built twice. */
function reportBoundTwice(loaded: LoadedContainer, report: BootReport): ReadonlySet<unknown> {
  const first = new Map<unknown, GraphBinding>();
  const twice = new Set<unknown>();
  for (const binding of loaded.bindings()) {
    const { identifier, implementation, kind } = binding;
    if (kind !== 'class' || implementation !== identifier || binding.isConditional || !binding.satisfies()) continue;
    const earlier = first.get(identifier);
    if (earlier === undefined) {
      first.set(identifier, binding);
    } else {
      twice.add(identifier);
      const facts = { identifier: nameOf(identifier), first: earlier.module.name, second: binding.module.name };
      report.add('BOW_BOUND_TWICE', facts);
    }
  }
  return twice;
}

function reportUnbound(loaded: LoadedContainer, node: GraphNode, edge: GraphEdge, report: BootReport): boolean {
  const { identifier, optional, multiple } = edge.dependency;
  if (edge.targets.length > 0 || optional || multiple) return false;
  // Its cause is in the report already: the module or the binding that failed.
  if (!loaded.isComplete || loaded.failed.has(identifier)) return true;
  report.add('BOW_UNBOUND', {
    identifier: wantedName(edge.dependency),
    chain: chainTo(node),
    mend: mendForUnbound(loaded, edge.dependency),
  });
  return true;
}

function reportAmbiguous(node: GraphNode, edge: GraphEdge, twice: ReadonlySet<unknown>, report: BootReport): boolean {
  const { identifier, multiple } = edge.dependency;
  if (edge.targets.length < 2 || multiple || twice.has(identifier)) return false;
  const places = edge.targets.map(({ binding }) => `${describe(binding)} in ${binding.module.name}`);
  const wantedBy = chainTo(node).join(' -> ');
  report.add('BOW_AMBIGUOUS_BINDING', { identifier: wantedName(edge.dependency), places, wantedBy });
  return true;
}

function describe({ kind, identifier, implementation }: GraphBinding): string {
  switch (kind) {
    case 'class':
      return nameOf(implementation);
    case 'constant':
      return implementation === undefined || implementation === identifier
        ? 'a constant'
        : `a ${nameOf(implementation)}`;
    case 'dynamic':
    case 'resolved':
      return 'a made value';
    case 'factory':
      return 'a factory';
    case 'alias':
      return 'an alias';
  }
}

/** What a singleton reaches without passing another singleton, which answers for itself. */
function reportCaptives(singleton: GraphNode, report: BootReport): void {
  const ways: (readonly GraphNode[])[] = [[singleton]];
  const seen = new Set<GraphNode>([singleton]);
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const target of way.at(-1)?.edges.flatMap((edge) => edge.targets) ?? []) {
      if (seen.has(target) || target.binding.scope === 'singleton') continue;
      seen.add(target);
      const further = [...way, target];
      if (target.binding.scope === 'transient') ways.push(further);
      else {
        report.add('BOW_CAPTIVE_DEPENDENCY', {
          singleton: bindingName(singleton.binding),
          held: bindingName(target.binding),
          scope: 'request',
          chain: further.map((node) => bindingName(node.binding)),
        });
      }
    }
  }
}
