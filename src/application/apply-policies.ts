import { types } from 'node:util';
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
  const owners = new Map<string, { readonly type: ClassType; readonly module: string }>();
  for (const { implementation, module } of loaded.bindingsCarrying(policyKey)) {
    if (implementation === undefined || found.has(implementation)) continue;
    const policed = policiesOf(implementation, hookMethodsOf(implementation));
    if (policed === undefined) continue;
    found.set(implementation, policed);
    for (const conflict of policed.conflicts) report.add('BOW_POLICY_AMBIGUOUS', conflict);
    for (const { pipeline, decorator } of policed.own) {
      const owner = owners.get(pipeline);
      if (owner === undefined) owners.set(pipeline, { type: implementation, module: module.name });
      else if (owner.type !== implementation) {
        const modules = [owner.module, module.name];
        report.add('BOW_POLICY_NAMELESS', { type: nameOf(implementation), modules, pipeline, decorator });
      }
    }
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
    for (const { type, method, pipelines } of methods) {
      for (const name of pipelines.filter((each) => !defined.includes(each))) {
        const where = `${nameOf(type)}.${method}`;
        report.add('BOW_POLICY_UNKNOWN', { where, name, nearest: nearestName(name, defined), known: defined });
      }
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
    // What has told of policies was made before them, and with it what that injects.
    if (binding.instance !== undefined) surround(binding.instance.value, surroundings, binding);
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
      through: each.pipelines.map((name) => this.#registry.get(name)),
      signals: signalsOf(type, each.method),
    }));
    this.#byClass.set(type, methods);
    return methods;
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

interface SurroundedMethod extends PolicedMethod {
  /** The outermost first. */
  readonly through: readonly ResiliencePipeline<unknown>[];
  /** Which parameters get the signal of the attempt. */
  readonly signals: readonly number[];
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

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
  const methods = isClass(type) ? surroundings.of(type, binding) : [];
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
  const originals = new Map(methods.map(({ method }) => [method, found(method)]));
  define(instance, kSurrounded, { by: surroundings, originals } satisfies Surrounded);
  for (const policed of methods) {
    const original = originals.get(policed.method);
    if (typeof original === 'function') define(instance, policed.method, surrounded(original as Method, policed));
  }
}

function define(target: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

function surrounded(original: Method, policed: SurroundedMethod): Method {
  const { method, through, isOfClass } = policed;
  const whole = through.reduceRight((inner, pipeline) => behind(pipeline, inner, policed), original);
  const value: Method = isOfClass ? unlessWithin(whole, original) : whole;
  Object.defineProperty(value, 'name', { value: method });
  Object.defineProperty(value, 'length', { value: original.length });
  return value;
}

/**
 * A policy of a class is around what others call. What the instance calls of itself meanwhile is a part of that call, private methods
 * included: around each of them once more it would multiply attempts, and wait for a place that the call itself has.
 */
function unlessWithin(whole: Method, original: Method): Method {
  return function (...args) {
    for (let call = currentCall(); call instanceof AttemptCall; call = call.outer)
      if (call.instance === this) return original.apply(this, args);
    return whole.apply(this, args);
  };
}

function behind(pipeline: ResiliencePipeline<unknown>, original: Method, policed: SurroundedMethod): Method {
  const { type, method, signals, calls, isOfClass } = policed;
  const target = { controller: type, method };
  const callee = `${nameOf(type)}.${method}`;
  const { idempotent = true, priority } = calls;
  const own: ExecuteOptions = { callee, idempotent, ...(typeof priority === 'string' ? { priority } : {}) };
  const isSame = typeof priority !== 'function';
  const [first] = signals;
  const execute = (self: unknown, args: unknown[], atOnce: ThrownAtOnce | undefined): unknown => {
    const outer = currentCall();
    const given = first === undefined ? undefined : args[first];
    const run = (context: AttemptContext): unknown => {
      // What must not be done twice must not be by a retry further out either.
      if (!idempotent && outer instanceof AttemptCall) outer.noRetry();
      if (first !== undefined) for (const index of signals) args[index] = context.signal;
      const call = new AttemptCall(context, outer, target, self);
      const start = (): unknown => original.apply(self, args);
      return runInCall(call, atOnce === undefined ? start : () => atOnce.watch(context, start));
    };
    if (outer === undefined && given === undefined && isSame && !pipeline.readsArguments)
      return pipeline.execute(run, own);
    // Whose signal and deadline count: both that of the caller and that of the request or attempt of the moment.
    const signal = given instanceof AbortSignal ? eitherOf(given, outer?.signal) : outer?.signal;
    const options = { callee, idempotent, signal, deadline: outer?.deadline, args };
    try {
      return pipeline.execute(run, { ...options, priority: isSame ? priority : priority({ args }) });
    } catch (error) {
      return Promise.reject(error);
    }
  };
  // The compiler knows methods that give no promise, but not those that are private.
  if (!isOfClass || types.isAsyncFunction(original)) {
    return function (...args) {
      return execute(this, args, undefined);
    };
  }
  return function (...args) {
    const atOnce = new ThrownAtOnce();
    const result = execute(this, args, atOnce);
    atOnce.rethrow(result);
    return result;
  };
}

/** What a method without a promise throws is thrown to its caller, who waits for none. */
class ThrownAtOnce {
  #thrown: { readonly error: unknown } | undefined;
  #isOver = false;

  watch(context: AttemptContext, start: () => unknown): unknown {
    try {
      return start();
    } catch (error) {
      if (!this.#isOver) {
        this.#thrown = { error };
        context.noRetry();
      }
      throw error;
    }
  }

  /** Once the call has returned. */
  rethrow(result: unknown): void {
    this.#isOver = true;
    if (this.#thrown === undefined) return;
    // The same error, which is heard here.
    if (result instanceof Promise) result.catch(() => undefined);
    throw this.#thrown.error;
  }
}

function eitherOf(given: AbortSignal, outer: AbortSignal | undefined): AbortSignal {
  return outer === undefined || outer === given ? given : AbortSignal.any([given, outer]);
}

/** As the class says that has the method: an override has parameters of its own. */
function signalsOf(type: ClassType, method: string): readonly number[] {
  const owner = classChain(type).find(({ prototype }) => Object.hasOwn(prototype as object, method));
  if (owner === undefined) return [];
  return ownMetadata(methodKey, owner).flatMap((entry) =>
    entry.kind === 'parameter' && entry.property === method && entry.source === 'signal' ? [entry.index] : [],
  );
}
