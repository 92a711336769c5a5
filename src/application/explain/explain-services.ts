import {
  bindingName,
  builtServices,
  declaredServices,
  isLazyBinding,
  walkGraph,
  type BuiltService,
  type GraphBinding,
  type GraphEdge,
  type LoadedContainer,
} from '../../container/index.js';
import { dependentsOf, nameOf } from '../../foundation/index.js';
import { stopGroups } from '../stop-groups.js';

/** One binding of the container. */
export interface ServiceExplanation {
  /** The class that is built, else what it is bound to. */
  readonly name: string;
  /** What it is asked for by. */
  readonly identifier: string;
  readonly kind: GraphBinding['kind'];
  /** How long an instance lives; an alias has none of its own. */
  readonly scope: GraphBinding['scope'];
  readonly module: string;
  /** What it asks for, by name. Of a dynamic value or a factory: what it has asked for so far. */
  readonly dependsOn: readonly string[];
  /** Whether only its code knows what it asks for, as of a dynamic value or a factory. */
  readonly opaque: boolean;
  /** Whether it is built when somebody first asks for it, and not by the start. */
  readonly lazy: boolean;
}

/** One step of the closing of services. */
export interface StopStep {
  /** What is closed at once. */
  readonly services: readonly string[];
  /** Those of them that have something to do: the others are only let go. */
  readonly closing: readonly string[];
}

/** Every binding, in the order of the container. */
export function explainServices(loaded: LoadedContainer): readonly ServiceExplanation[] {
  const nodes = Map.groupBy(walkGraph(loaded, []), ({ binding }) => binding);
  return loaded.bindings().map((binding) => {
    const { identifier, kind, module, scope } = binding;
    const edges = nodes.get(binding)?.flatMap((node) => node.edges) ?? [];
    return {
      name: bindingName(binding),
      identifier: nameOf(identifier),
      kind,
      scope,
      module: module.name,
      dependsOn: [...new Set([...edges.flatMap(namesOfEdge), ...namesOfAsked(binding, loaded)])],
      opaque: kind === 'dynamic' || kind === 'factory',
      lazy: isLazyBinding(loaded, binding),
    };
  });
}

function namesOfEdge({ dependency, targets }: GraphEdge): readonly string[] {
  if (targets.length > 0) return targets.map(({ binding }) => bindingName(binding));
  // What has to be there is there, or there had been no start.
  return dependency.optional ? [`${nameOf(dependency.identifier)} (not bound)`] : [];
}

function namesOfAsked({ asked }: GraphBinding, loaded: LoadedContainer): readonly string[] {
  return asked.flatMap(({ identifier, name }) => {
    const answers = loaded.bindingsOf(identifier).filter((each) => each.satisfies(name));
    return answers.length === 0 ? [`${nameOf(identifier)} (not bound)`] : answers.map(bindingName);
  });
}

/** In which order a stop closes what was built; before the start, what it would build, as far as that is declared. */
export function explainStopOrder(loaded: LoadedContainer, isBuilt: boolean): readonly StopStep[] {
  const { ordinary, constants, last, frame } = stopGroups(isBuilt ? builtServices(loaded) : declaredServices(loaded));
  return [ordinary, constants, last, frame].flatMap(stepsOf);
}

/** Each behind all that use it, as far from the first ones as the longest way is; a circle is cut where it is first met again. */
function stepsOf(services: readonly BuiltService[]): readonly StopStep[] {
  const among = new Set(services);
  const dependents = dependentsOf(services, ({ dependsOn }) => dependsOn.filter((each) => among.has(each)));
  const depths = new Map<BuiltService, number>();
  const asked = new Set<BuiltService>();
  const depthOf = (service: BuiltService): number => {
    const known = depths.get(service);
    if (known !== undefined) return known;
    asked.add(service);
    const before = dependents(service).filter((each) => depths.has(each) || !asked.has(each));
    const depth = Math.max(-1, ...before.map(depthOf)) + 1;
    depths.set(service, depth);
    return depth;
  };
  const steps = Map.groupBy(services, depthOf);
  return [...steps]
    .toSorted(([a], [b]) => a - b)
    .map(([, own]) => ({
      services: own.map(({ name }) => name),
      closing: own.filter(({ closes }) => closes).map(({ name }) => name),
    }));
}
