import type { ResolutionContext } from 'inversify';
import type { ClassType } from '../foundation/index.js';
import { bindingName, defaultsName, type GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';
import { scopeOfContext, type Disposer } from './request-scope.js';
import { writtenInjections } from './written-injections.js';

/**
 * Sees to it that whatever is made for one call, and can be disposed of, is known to the scope of that call: what is in request
 * scope, and what is transient. Other bindings are left as they are, and pay nothing.
 */
export function recordDisposables(loaded: LoadedContainer): void {
  for (const binding of loaded.bindings()) {
    if (!mayNeedDisposal(binding)) continue;
    const disposer = disposerOf(binding);
    const isAlways = binding.kind === 'class';
    binding.onMade((context: ResolutionContext, instance: unknown) => {
      if (isAlways || isDisposable(instance) || binding.deactivate !== undefined)
        scopeOfContext(context)?.keep(disposer, instance);
    });
  }
}

function mayNeedDisposal(binding: GraphBinding): boolean {
  const { kind, scope, implementation, module } = binding;
  // Values of the call itself, which are not ours to dispose of.
  if (scope === 'singleton' || module.name === defaultsName) return false;
  if (kind === 'dynamic' || kind === 'resolved') return true;
  if (kind !== 'class' || implementation === undefined) return false;
  return (
    binding.deactivate !== undefined ||
    preDestroyOf(implementation).length > 0 ||
    isDisposable(implementation.prototype as object)
  );
}

/** What a singleton would be closed by: `@PreDestroy` and `onDeactivation`, else its `Symbol.asyncDispose` or `Symbol.dispose`. */
function disposerOf(binding: GraphBinding): Disposer {
  const { kind, implementation, deactivate } = binding;
  const name = bindingName(binding);
  const named = kind === 'class' && implementation !== undefined ? preDestroyOf(implementation) : [];
  if (named.length === 0 && deactivate === undefined)
    return { name, dispose: (instance) => disposeOf(instance as Disposables) };
  return {
    name,
    async dispose(instance) {
      await deactivate?.(instance);
      for (const method of named) await (instance as Readonly<Record<string | symbol, () => unknown>>)[method]?.();
    },
  };
}

function preDestroyOf(type: ClassType): readonly (string | symbol)[] {
  return [...writtenInjections(type).preDestroy];
}

type Disposables = Partial<AsyncDisposable & Disposable>;

function isDisposable(instance: unknown): boolean {
  if (typeof instance !== 'object' || instance === null) return false;
  return Symbol.asyncDispose in instance || Symbol.dispose in instance;
}

function disposeOf(instance: Disposables): unknown {
  const dispose = instance[Symbol.asyncDispose] ?? instance[Symbol.dispose];
  return dispose?.call(instance as AsyncDisposable & Disposable);
}
