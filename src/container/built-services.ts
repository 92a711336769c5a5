import type { LoadedContainer } from './loaded-container.js';
import { builtBindings } from './build-progress.js';
import { isLazyBinding } from './build-singletons.js';
import { bindingName, type GraphBinding } from './graph-binding.js';
import { bindingIdentifier } from './override-bindings.js';
import { walkGraph, type GraphNode } from './walk-graph.js';
import { writtenInjections } from './written-injections.js';

/** One instance that was built, and what it uses. */
export interface BuiltService {
  readonly name: string;
  readonly binding: GraphBinding;
  readonly instance: unknown;
  /** Those that it may still call, also through what is not shared. */
  readonly dependsOn: readonly BuiltService[];
  /** Whether {@link close} has anything to do. */
  readonly closes: boolean;
  /**
   * `@PreDestroy` and `onDeactivation`, or, where it has none of them, its `Symbol.asyncDispose` or `Symbol.dispose`.
   * A value that was handed in ready-made is left alone unless it has an `onDeactivation`.
   */
  close(): Promise<void>;
}

/** All instances that were built so far, with what each was seen to use: declared, or asked for by a dynamic value. */
export function builtServices(loaded: LoadedContainer): readonly BuiltService[] {
  return servicesOf(loaded, builtBindings(loaded));
}

/** The same for all that a start would build, as far as it is declared. Nothing of it has an instance before that. */
export function declaredServices(loaded: LoadedContainer): readonly BuiltService[] {
  return servicesOf(
    loaded,
    loaded.bindings().filter((binding) => binding.scope === 'singleton' && !isLazyBinding(loaded, binding)),
  );
}

function servicesOf(loaded: LoadedContainer, bindings: readonly GraphBinding[]): readonly BuiltService[] {
  const services = new Map(bindings.map((binding) => [binding, new Built(loaded, binding)] as const));
  const nodes = new Map(walkGraph(loaded, []).map((node) => [node.binding, node] as const));
  for (const [binding, service] of services) {
    for (const used of usedBy(loaded, nodes, binding, services)) {
      const target = services.get(used);
      if (target !== undefined && target !== service) service.dependsOn.push(target);
    }
  }
  return [...services.values()];
}

/** Everything that an instance of the binding leads to, as far as the next shared ones. */
function usedBy(
  loaded: LoadedContainer,
  nodes: ReadonlyMap<GraphBinding, GraphNode>,
  binding: GraphBinding,
  shared: ReadonlyMap<GraphBinding, unknown>,
): ReadonlySet<GraphBinding> {
  const used = new Set<GraphBinding>();
  const seen = new Set<GraphBinding>([binding]);
  const follow = (each: GraphBinding): void => {
    for (const next of [...declared(nodes, each), ...asked(loaded, each)]) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (shared.has(next)) used.add(next);
      else follow(next);
    }
  };
  follow(binding);
  return used;
}

function declared(nodes: ReadonlyMap<GraphBinding, GraphNode>, binding: GraphBinding): readonly GraphBinding[] {
  return nodes.get(binding)?.edges.flatMap(({ targets }) => targets.map((target) => target.binding)) ?? [];
}

function asked(loaded: LoadedContainer, binding: GraphBinding): readonly GraphBinding[] {
  return binding.asked.flatMap(({ identifier, name }) =>
    loaded.bindingsOf(identifier).filter((each) => each.satisfies(name)),
  );
}

class Built implements BuiltService {
  readonly name: string;
  readonly dependsOn: BuiltService[];
  readonly instance: unknown;
  readonly closes: boolean;

  constructor(
    private readonly loaded: LoadedContainer,
    readonly binding: GraphBinding,
  ) {
    this.dependsOn = [];
    this.name = bindingName(binding);
    this.instance = binding.instance?.value;
    this.closes =
      binding.hasDeactivation ||
      hasPreDestroy(binding) ||
      disposerOf(binding, this.instance ?? prototypeOf(binding)) !== undefined;
  }

  async close(): Promise<void> {
    const { binding, instance, loaded } = this;
    await loaded.container.unbindAsync(bindingIdentifier(binding.id));
    if (!hasPreDestroy(binding)) await disposerOf(binding, instance)?.call(instance);
  }
}

function hasPreDestroy({ kind, implementation }: GraphBinding): boolean {
  return kind === 'class' && implementation !== undefined && writtenInjections(implementation).preDestroy.size > 0;
}

/** What is not built yet shows how it will be closed. */
function prototypeOf({ implementation, kind }: GraphBinding): unknown {
  return kind === 'class' ? implementation?.prototype : undefined;
}

/** Who makes, closes: what was handed in ready-made belongs to somebody else. */
function disposerOf({ kind, hasDeactivation }: GraphBinding, instance: unknown): (() => unknown) | undefined {
  if (kind === 'constant' || kind === 'factory' || (kind !== 'class' && hasDeactivation)) return undefined;
  if (typeof instance !== 'object' || instance === null) return undefined;
  const disposable = instance as Partial<AsyncDisposable & Disposable>;
  return disposable[Symbol.asyncDispose] ?? disposable[Symbol.dispose];
}
