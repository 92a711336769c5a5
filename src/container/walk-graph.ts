import type { BindingConstraints } from 'inversify';
import { bindingName, type Dependency, type GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';

/** One binding as it is first reached: over the shortest way from a root. */
export interface GraphNode {
  readonly binding: GraphBinding;
  /** Who asked for it; undefined for a root. */
  readonly askedBy: GraphNode | undefined;
  readonly constraints: BindingConstraints;
  readonly edges: GraphEdge[];
}

/** One thing that a binding asks for, and what answers. */
export interface GraphEdge {
  readonly dependency: Dependency;
  readonly targets: readonly GraphNode[];
}

/** Names from the root down to the node. */
export function chainTo(node: GraphNode): string[] {
  const names: string[] = [];
  for (let current: GraphNode | undefined = node; current !== undefined; current = current.askedBy) {
    names.unshift(bindingName(current.binding));
  }
  return names;
}

/**
 * Reaches every binding once, breadth first, so that the way to each is a shortest one: first from `roots`, then from
 * bindings that nobody asks for, then from what is left, which is circles. The result is in the order of reaching.
 */
export function walkGraph(loaded: LoadedContainer, roots: readonly GraphBinding[]): readonly GraphNode[] {
  const walk = new Walk(loaded);
  walk.from(roots);
  const rest = loaded.bindings().filter((binding) => !walk.hasReached(binding));
  const asked = new Set(rest.flatMap(({ dependencies }) => dependencies.map((dependency) => dependency.identifier)));
  walk.from(rest.filter((binding) => !asked.has(binding.identifier)));
  for (const binding of rest) if (!walk.hasReached(binding)) walk.from([binding]);
  return walk.nodes;
}

class Walk {
  readonly nodes: GraphNode[] = [];
  readonly #reached = new Map<string | number, GraphNode>();
  readonly #bindings = new Set<GraphBinding>();
  #next = 0;

  constructor(private readonly loaded: LoadedContainer) {}

  hasReached(binding: GraphBinding): boolean {
    return this.#bindings.has(binding);
  }

  from(roots: readonly GraphBinding[]): void {
    for (const binding of roots) {
      const { identifier } = binding;
      this.#reach(binding, undefined, {
        name: undefined,
        tags: new Map(),
        serviceIdentifier: identifier,
        getAncestor: none,
      });
    }
    for (let node = this.nodes[this.#next]; node !== undefined; node = this.nodes[this.#next]) {
      this.#next += 1;
      this.#follow(node);
    }
  }

  #follow(node: GraphNode): void {
    for (const own of node.binding.dependencies) {
      // An alias hands the question on as it was asked.
      const { name, tags } = node.binding.kind === 'alias' ? node.constraints : own;
      const dependency: Dependency = { ...own, name, tags };
      const constraints: BindingConstraints = {
        name,
        tags,
        serviceIdentifier: own.identifier,
        getAncestor: () => node.constraints,
      };
      const answers = this.loaded.bindingsOf(own.identifier).filter((binding) => binding.accepts(constraints));
      node.edges.push({ dependency, targets: answers.map((binding) => this.#reach(binding, node, constraints)) });
    }
  }

  #reach(binding: GraphBinding, askedBy: GraphNode | undefined, constraints: BindingConstraints): GraphNode {
    const key = binding.kind === 'alias' ? `${binding.id} ${String(constraints.name)}` : binding.id;
    const known = this.#reached.get(key);
    if (known !== undefined) return known;
    const node: GraphNode = { binding, askedBy, constraints, edges: [] };
    this.#reached.set(key, node);
    this.#bindings.add(binding);
    this.nodes.push(node);
    return node;
  }
}

const none = (): undefined => undefined;
