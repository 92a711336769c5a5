import type { GraphBinding, LoadedContainer } from '../container/index.js';
import {
  AttemptCall,
  BowlineError,
  classChain,
  currentCall,
  isClass,
  nameOf,
  nearestName,
  ownMetadata,
  runInCall,
  type BootReport,
  type ClassType,
} from '../foundation/index.js';
import {
  policiesOf,
  policyKey,
  type AttemptContext,
  type ExecuteOptions,
  type PipelineDefinitions,
  type PolicedClass,
  type PolicedMethod,
  type PolicyLayer,
  type PolicyRegistry,
  type ResiliencePipeline,
} from '../resilience/index.js';
import { methodKey } from '../routing/index.js';
import { hookMethodsOf } from './find-hooks.js';

/** The classes of a container that have policies, by their decorators. */
export type PolicedClasses = ReadonlyMap<ClassType, PolicedClass>;

/** Finds every class that has policies, of what the container builds; what contradicts itself is reported. */
export function findPolicies(loaded: LoadedContainer, report: BootReport): PolicedClasses {
  const found = new Map<ClassType, PolicedClass>();
  for (const { implementation } of loaded.bindingsCarrying(policyKey)) {
    if (implementation === undefined || found.has(implementation)) continue;
    const policed = policiesOf(implementation, hookMethodsOf(implementation));
    if (policed === undefined) continue;
    found.set(implementation, policed);
    for (const conflict of policed.conflicts) report.add('BOW_POLICY_AMBIGUOUS', conflict);
  }
  return found;
}

/** All that is said of each pipeline: by decorators, by options of the application, and by a bound source. */
export function layersOf(
  classes: PolicedClasses,
  policies: PipelineDefinitions,
  source: PipelineDefinitions,
): ReadonlyMap<string, readonly PolicyLayer[]> {
  const layers = new Map<string, PolicyLayer[]>();
  const add = (name: string, layer: PolicyLayer): void => {
    layers.set(name, [...(layers.get(name) ?? []), layer]);
  };
  for (const policed of classes.values()) for (const { pipeline, ...layer } of policed.layers) add(pipeline, layer);
  for (const [name, definition] of Object.entries(policies)) {
    add(name, { origin: 'policies', place: 'policies of createApplication', definition });
  }
  for (const [name, definition] of Object.entries(source))
    add(name, { origin: 'source', place: 'PolicySource', definition });
  return layers;
}

/** A pipeline that is named and that nobody defines. */
export function reportUnknown(classes: PolicedClasses, known: Iterable<string>, report: BootReport): void {
  const defined = [...new Set(known)].toSorted();
  for (const { methods } of classes.values()) {
    for (const { type, method, pipeline } of methods) {
      if (defined.includes(pipeline)) continue;
      const where = `${nameOf(type)}.${method}`;
      report.add('BOW_POLICY_UNKNOWN', {
        where,
        name: pipeline,
        nearest: nearestName(pipeline, defined),
        known: defined,
      });
    }
  }
}

/** Leads the methods of whatever is built from now on through their pipelines. */
export function applyPolicies(loaded: LoadedContainer, classes: PolicedClasses, registry: PolicyRegistry): void {
  const surroundings = new Surroundings(classes, registry);
  for (const binding of loaded.bindings()) {
    // What code makes may be of another class than anybody has said.
    const isOpen = binding.kind === 'dynamic' || binding.kind === 'resolved';
    const isPoliced = binding.implementation !== undefined && classes.has(binding.implementation);
    if (binding.kind === 'alias' || binding.kind === 'factory' || !(isPoliced || isOpen)) continue;
    binding.onMade((_context, instance) => surround(instance, surroundings, binding));
  }
}

/** What surrounds the methods of instances, by their class. */
class Surroundings {
  readonly #classes: PolicedClasses;
  readonly #registry: PolicyRegistry;
  readonly #byClass = new Map<ClassType, readonly SurroundedMethod[]>();

  constructor(classes: PolicedClasses, registry: PolicyRegistry) {
    this.#classes = classes;
    this.#registry = registry;
  }

  of(type: ClassType, binding: GraphBinding): readonly SurroundedMethod[] {
    const known = this.#byClass.get(type);
    if (known !== undefined) return known;
    const policed = this.#classes.get(type) ?? this.#unforeseen(type, binding);
    const methods = (policed?.methods ?? []).map((each) => ({
      ...each,
      through: this.#registry.get(each.pipeline),
      signals: signalsOf(each),
    }));
    this.#byClass.set(type, methods);
    return methods;
  }

  /** A class that no binding names may use what there is, and cannot add to it any more. */
  #unforeseen(type: ClassType, { identifier, module }: GraphBinding): PolicedClass | undefined {
    const policed = policiesOf(type, hookMethodsOf(type));
    if (policed === undefined) return undefined;
    const places = new Set([...this.#classes.values()].flatMap(({ layers }) => layers.map(({ place }) => place)));
    const added = policed.layers.find(({ place }) => !places.has(place));
    const unknown = policed.methods.find(({ pipeline }) => !this.#registry.has(pipeline));
    const late = added?.place ?? (unknown && `the pipeline '${unknown.pipeline}'`) ?? policed.conflicts[0]?.where;
    if (late === undefined) return policed;
    throw new BowlineError('BOW_POLICY_UNAPPLICABLE', {
      where: nameOf(type),
      reason: `${nameOf(identifier)} is bound to code that makes it (${module.name}), so nobody knew of ${late} when the application started. Bind the class itself, or say its policies under policies of createApplication and name them by @UsePolicy`,
    });
  }
}

interface SurroundedMethod extends PolicedMethod {
  readonly through: ResiliencePipeline<unknown>;
  /** Which parameters get the signal of the attempt. */
  readonly signals: readonly number[];
}

type Method = (...args: unknown[]) => unknown;

const kSurrounded = Symbol('surrounded by policies');

/** Own properties of the instance take the place of its methods: its class, its fields and `this` stay what they are. */
function surround(instance: unknown, surroundings: Surroundings, binding: GraphBinding): void {
  if (typeof instance !== 'object' || instance === null || Object.hasOwn(instance, kSurrounded)) return;
  const type: unknown = (Object.getPrototypeOf(instance) as object | null)?.constructor;
  const methods = isClass(type) ? surroundings.of(type, binding) : [];
  const [first] = methods;
  if (first === undefined) return;
  if (!Object.isExtensible(instance)) {
    throw new BowlineError('BOW_POLICY_UNAPPLICABLE', {
      where: `${nameOf(type)}.${first.method}`,
      reason: 'the instance is frozen, sealed or not extensible',
    });
  }
  Object.defineProperty(instance, kSurrounded, { value: true });
  for (const policed of methods) {
    const original = (instance as Readonly<Record<string, unknown>>)[policed.method];
    if (typeof original !== 'function') continue;
    const value = surrounded(original as Method, policed);
    Object.defineProperty(instance, policed.method, { value, writable: true, configurable: true });
  }
}

function surrounded(original: Method, { type, method, through, signals, calls }: SurroundedMethod): Method {
  const target = { controller: type, method };
  const callee = `${nameOf(type)}.${method}`;
  const { idempotent = true, priority } = calls;
  const own: ExecuteOptions = { callee, idempotent, ...(typeof priority === 'string' ? { priority } : {}) };
  const isSame = typeof priority !== 'function';
  const [first] = signals;
  return function (this: unknown, ...args: unknown[]) {
    const outer = currentCall();
    const given = first === undefined ? undefined : args[first];
    const run = (context: AttemptContext): unknown => {
      for (const index of signals) args[index] = context.signal;
      return runInCall(new AttemptCall(context, outer, target), () => original.apply(this, args));
    };
    if (outer === undefined && given === undefined && isSame && !through.readsArguments)
      return through.execute(run, own);
    // Whose signal and deadline count: a signal that the caller hands over, else those of the request or attempt of the moment.
    const signal = given instanceof AbortSignal ? given : outer?.signal;
    const named = isSame ? priority : priority({ args });
    return through.execute(run, { callee, idempotent, priority: named, signal, deadline: outer?.deadline, args });
  };
}

function signalsOf({ type, method }: PolicedMethod): readonly number[] {
  return classChain(type).flatMap((each) =>
    ownMetadata(methodKey, each).flatMap((entry) =>
      entry.kind === 'parameter' && entry.property === method && entry.source === 'signal' ? [entry.index] : [],
    ),
  );
}
