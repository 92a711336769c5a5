import { bindingName } from './graph-binding.js';
import type { GraphNode } from './walk-graph.js';

/** Every circle that a walk from the first node on closes; each begins with the node that is reached first. */
export function circlesIn(nodes: readonly GraphNode[]): readonly (readonly GraphNode[])[] {
  const circles: (readonly GraphNode[])[] = [];
  const done = new Set<GraphNode>();
  const path: GraphNode[] = [];
  const visit = (node: GraphNode): void => {
    if (done.has(node)) return;
    const start = path.indexOf(node);
    if (start !== -1) {
      circles.push(startingWithFirst(path.slice(start), nodes));
      return;
    }
    path.push(node);
    for (const edge of node.edges) for (const target of edge.targets) visit(target);
    path.pop();
    done.add(node);
  };
  for (const node of nodes) visit(node);
  return circles;
}

/** The names along a circle, the first one again at its end. */
export function circleNames(circle: readonly GraphNode[]): string[] {
  const names = circle.map((node) => bindingName(node.binding));
  return [...names, ...names.slice(0, 1)];
}

function startingWithFirst(circle: readonly GraphNode[], nodes: readonly GraphNode[]): readonly GraphNode[] {
  const ranks = circle.map((node) => nodes.indexOf(node));
  const start = ranks.indexOf(Math.min(...ranks));
  return [...circle.slice(start), ...circle.slice(0, start)];
}
