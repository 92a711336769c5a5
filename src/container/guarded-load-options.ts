import type { BindToFluentSyntax, ContainerModuleLoadOptions } from 'inversify';
import { describeValue, isClass, nameOf, reasonOf, type BootReport, type ClassType } from '../foundation/index.js';
import { checkClass } from './check-class.js';
import { lazyStep } from './binding-marks.js';
import { observed } from './observed-requests.js';
import { prepareClass, scopeOfClass } from './prepare-class.js';

/** What the bindings of one module have brought to light besides themselves. */
export interface BindingNotes {
  /** Classes that cannot be built, by the id of the binding that stands in for each. */
  readonly unbuildable: Map<number, ClassType>;
  /** Identifiers whose binding failed: that they are missing is known already. */
  readonly failed: Set<unknown>;
  /** The ids of singletons that are not built before somebody asks for them. */
  readonly lazy: Set<number>;
  /** How to report each binding that has been begun and does not say yet to what. */
  readonly unfinished: Set<(reason: unknown) => void>;
}

/** A module's own load options, where a mistake at a binding is reported and the module goes on. */
export function guardedLoadOptions(
  options: ContainerModuleLoadOptions,
  module: string,
  report: BootReport,
  notes: BindingNotes,
): ContainerModuleLoadOptions {
  const guard = (identifier: unknown, bind: () => object): unknown => {
    const fail = (reason: unknown): void => {
      notes.failed.add(identifier);
      report.add(
        'BOW_BINDING_FAILED',
        { module, identifier: nameOf(identifier), reason: reasonOf(reason).replace(/\.$/, '') },
        reason,
      );
    };
    if (typeof identifier !== 'function' && typeof identifier !== 'symbol' && typeof identifier !== 'string') {
      fail(`the identifier is ${String(identifier)}; two files that import each other see undefined`);
      return mute;
    }
    notes.unfinished.add(fail);
    return guardFluent(bind(), fail, (syntax, name, args) => {
      notes.unfinished.delete(fail);
      if (name === lazyStep) return markLazy(syntax, notes);
      if (name === 'onDeactivation') return deactivationStep(syntax, args);
      if (name === 'toDynamicValue' || name === 'toFactory') return observedStep(syntax, name, args);
      const type: unknown = name === 'toSelf' ? identifier : name === 'to' ? args[0] : undefined;
      if (name !== 'to' && name !== 'toSelf') return undefined;
      if (!isClass(type)) throw new TypeError(`${name === 'to' ? describeValue(type) : nameOf(type)} is not a class`);
      prepareClass(type);
      if (checkClass(type, module, report)) return undefined;
      return standIn(syntax as BindToFluentSyntax<unknown>, type, notes);
    });
  };
  const bind = (identifier: unknown): unknown => guard(identifier, () => options.bind(identifier as string));
  const rebind = (identifier: unknown): unknown => guard(identifier, () => options.rebind(identifier as string));
  const rebindAsync = async (identifier: unknown): Promise<unknown> => {
    const syntax = await options.rebindAsync(identifier as string);
    return guard(identifier, () => syntax);
  };
  return { ...options, bind, rebind, rebindAsync } as ContainerModuleLoadOptions;
}

function markLazy(syntax: object, { lazy }: BindingNotes): object {
  lazy.add((syntax as BoundSyntax).getIdentifier().id);
  return syntax;
}

/**
 * Inversify sets it on any binding, then throws where that is no singleton, since nothing there would call it. Bowline does, for each
 * instance with the call that it was made for.
 */
function deactivationStep(syntax: object, args: readonly unknown[]): object {
  const [deactivate] = args;
  if (typeof deactivate !== 'function') throw new TypeError('onDeactivation takes a function');
  try {
    (syntax as { onDeactivation(given: unknown): unknown }).onDeactivation(deactivate);
  } catch {
    // As said above.
  }
  return syntax;
}

interface BoundSyntax {
  getIdentifier(): { readonly id: number };
}

/** What only the code knows, that such a value needs, is seen while it asks. */
function observedStep(
  syntax: object,
  name: 'toDynamicValue' | 'toFactory',
  args: readonly unknown[],
): object | undefined {
  const [builder] = args;
  if (typeof builder !== 'function') return undefined;
  const step = (syntax as Readonly<Record<string, (builder: unknown) => object>>)[name];
  return step?.call(syntax, observed(builder as Parameters<typeof observed>[0]));
}

/** Keeps the class findable, so that the rest of it is checked in the same boot; nothing builds it. */
function standIn(syntax: BindToFluentSyntax<unknown>, type: ClassType, notes: BindingNotes): object {
  const bound = syntax.toDynamicValue(() => {
    throw new Error(`${nameOf(type)} cannot be built`);
  });
  // Else what it may hold would be told by a scope that is not its own.
  const scope = scopeOfClass(type);
  if (scope === 'request') bound.inRequestScope();
  else if (scope === 'transient') bound.inTransientScope();
  notes.unbuildable.set(bound.getIdentifier().id, type);
  return bound;
}

/** What comes after a failed step of a chain: takes every further step and does nothing. */
const mute: object = new Proxy(() => {}, {
  get: (_target, name) => (name === 'then' ? undefined : mute),
  apply: () => mute,
});

type Step = (syntax: object, name: string | symbol, args: readonly unknown[]) => object | undefined;

/** The same fluent syntax, each step of which goes to `fail` where it throws; `instead` may take a step over. */
function guardFluent(syntax: object, fail: (reason: unknown) => void, instead: Step): object {
  return new Proxy(syntax, {
    get(target, name) {
      const method: unknown = name === lazyStep ? () => undefined : Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]): unknown => {
        try {
          const result: unknown = instead(target, name, args) ?? Reflect.apply(method, target, args);
          const isSyntax = typeof result === 'object' && result !== null && name !== 'getIdentifier';
          return isSyntax ? guardFluent(result, fail, instead) : result;
        } catch (error) {
          fail(error);
          return mute;
        }
      };
    },
  });
}
