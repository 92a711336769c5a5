import type { GraphBinding, LoadedContainer } from '../container/index.js';
import { BowlineError, classChain, isClass, nameOf, ownMetadata, type ClassType } from '../foundation/index.js';
import { policiesOf, type PolicedClass, type PolicyRegistry } from '../resilience/index.js';
import { methodKey } from '../routing/index.js';
import { hookMethodsOf } from './find-hooks.js';
import type { PolicedClasses } from './find-policies.js';
import { surroundHook, surroundMethod, type Method, type SurroundedMethod } from './surround-method.js';

/** Leads the methods of whatever is built from now on through their pipelines. */
export function applyPolicies(loaded: LoadedContainer, classes: PolicedClasses, registry: PolicyRegistry): void {
  const surroundings = new Surroundings(classes, registry);
  for (const binding of loaded.bindings()) {
    // What code makes may be of another class than anybody has said.
    const isOpen = binding.kind === 'dynamic' || binding.kind === 'resolved';
    const isPoliced = binding.implementation !== undefined && classes.has(binding.implementation);
    if (binding.kind === 'alias' || binding.kind === 'factory' || !(isPoliced || isOpen)) continue;
    binding.onMade((_context, instance) => surround(instance, surroundings, binding));
    // What has told of policies was made before them, and with it what that injects.
    if (binding.instance !== undefined) surround(binding.instance.value, surroundings, binding);
  }
}

interface SurroundedClass {
  readonly methods: readonly SurroundedMethod[];
  readonly hooks: readonly string[];
}

/** What surrounds the methods of instances, by their class. */
class Surroundings {
  readonly #classes: PolicedClasses;
  readonly #registry: PolicyRegistry;
  readonly #byClass = new Map<ClassType, SurroundedClass>();

  constructor(classes: PolicedClasses, registry: PolicyRegistry) {
    this.#classes = classes;
    this.#registry = registry;
  }

  of(type: ClassType, binding: GraphBinding): SurroundedClass {
    const known = this.#byClass.get(type);
    if (known !== undefined) return known;
    const policed = this.#classes.get(type) ?? this.#unforeseen(type, binding);
    const methods = (policed?.methods ?? []).map((each) => ({
      ...each,
      through: each.pipelines.map((name) => this.#registry.get(name)),
      signals: signalsOf(type, each.method),
    }));
    const surrounded = { methods, hooks: policed?.hooks ?? [] };
    this.#byClass.set(type, surrounded);
    return surrounded;
  }

  /** A class that no binding names may use what there is, and cannot add to it any more. */
  #unforeseen(type: ClassType, { identifier, module }: GraphBinding): PolicedClass | undefined {
    const policed = policiesOf(type, hookMethodsOf(type));
    if (policed === undefined) return undefined;
    const known = [...this.#classes.values()].flatMap(({ layers }) => layers);
    const added = policed.layers.find(
      ({ place, pipeline }) => !known.some((each) => each.place === place && each.pipeline === pipeline),
    );
    const unknown = policed.methods.flatMap(({ pipelines }) => pipelines).find((name) => !this.#registry.has(name));
    const late = added?.place ?? (unknown && `the pipeline '${unknown}'`) ?? policed.conflicts[0]?.where;
    if (late === undefined) return policed;
    throw new BowlineError('BOW_POLICY_UNAPPLICABLE', {
      where: nameOf(type),
      reason: `${nameOf(identifier)} is bound to code that makes it (${module.name}), so nobody knew of ${late} when the application started. Bind the class itself, or say its policies under policies of createApplication and name them by @UsePolicy`,
    });
  }
}

const kSurrounded = Symbol('surrounded by policies');

/** By whom an instance is surrounded, and what its methods were before. */
interface Surrounded {
  readonly by: Surroundings;
  readonly originals: ReadonlyMap<string, unknown>;
}

/**
 * Own properties of the instance take the place of its methods: its class, its fields and `this` stay what they are. One that several
 * applications are given goes through the pipelines of the last one.
 */
function surround(instance: unknown, surroundings: Surroundings, binding: GraphBinding): void {
  if (typeof instance !== 'object' || instance === null) return;
  const known = (instance as { readonly [kSurrounded]?: Surrounded })[kSurrounded];
  if (known?.by === surroundings) return;
  const type: unknown = (Object.getPrototypeOf(instance) as object | null)?.constructor;
  if (!isClass(type)) return;
  const { methods, hooks } = surroundings.of(type, binding);
  const [first] = methods;
  if (first === undefined) return;
  if (!Object.isExtensible(instance)) {
    throw new BowlineError('BOW_POLICY_UNAPPLICABLE', {
      where: `${nameOf(type)}.${first.method}`,
      reason: 'the instance is frozen, sealed or not extensible',
    });
  }
  const found = (method: string): unknown =>
    known?.originals.get(method) ?? (instance as Readonly<Record<string, unknown>>)[method];
  const originals = new Map([...methods.map(({ method }) => method), ...hooks].map((name) => [name, found(name)]));
  define(instance, kSurrounded, { by: surroundings, originals } satisfies Surrounded);
  for (const policed of methods) {
    const original = originals.get(policed.method);
    if (typeof original === 'function') define(instance, policed.method, surroundMethod(original as Method, policed));
  }
  for (const hook of hooks) {
    const original = originals.get(hook);
    if (typeof original === 'function') define(instance, hook, surroundHook(original as Method, type, hook));
  }
}

function define(target: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

/** As the class says that has the method: an override has parameters of its own. */
function signalsOf(type: ClassType, method: string): readonly number[] {
  const owner = classChain(type).find(({ prototype }) => Object.hasOwn(prototype as object, method));
  if (owner === undefined) return [];
  return ownMetadata(methodKey, owner).flatMap((entry) =>
    entry.kind === 'parameter' && entry.property === method && entry.source === 'signal' ? [entry.index] : [],
  );
}
