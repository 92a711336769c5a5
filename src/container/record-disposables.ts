import type { ResolutionContext } from 'inversify';
import type { ClassType } from '../foundation/index.js';
import { bindingName, defaultsName, type GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';
import { scopeOfContext } from './request-scope.js';
import { writtenInjections } from './written-injections.js';

/**
 * Sees to it that whatever is made for one call, and can be disposed of, is known to the scope of that call: what is in request
 * scope, and what is transient. Other bindings are left as they are, and pay nothing.
 */
export function recordDisposables(loaded: LoadedContainer): void {
  for (const binding of loaded.bindings()) {
    if (!mayNeedDisposal(binding)) continue;
    const name = bindingName(binding);
    binding.onMade((context: ResolutionContext, instance: unknown) => {
      const dispose = disposalOf(binding, instance);
      if (dispose !== undefined) scopeOfContext(context)?.keep({ name, dispose });
    });
  }
}

function mayNeedDisposal(binding: GraphBinding): boolean {
  const { kind, scope, implementation, module } = binding;
  // Values of the call itself, which are not ours to dispose of.
  if (scope === 'singleton' || module.name === defaultsName) return false;
  if (kind === 'dynamic' || kind === 'resolved') return true;
  if (kind !== 'class' || implementation === undefined) return false;
  const prototype = implementation.prototype as Partial<AsyncDisposable & Disposable>;
  return (
    binding.deactivate !== undefined || preDestroyOf(implementation).length > 0 || disposerOf(prototype) !== undefined
  );
}

/** What a singleton would be closed by: `@PreDestroy` and `onDeactivation`, else its `Symbol.asyncDispose` or `Symbol.dispose`. */
function disposalOf(
  { kind, implementation, deactivate }: GraphBinding,
  instance: unknown,
): (() => unknown) | undefined {
  const named = kind === 'class' && implementation !== undefined ? preDestroyOf(implementation) : [];
  if (named.length > 0 || deactivate !== undefined) {
    return async () => {
      await deactivate?.(instance);
      for (const name of named) await (instance as Readonly<Record<string | symbol, () => unknown>>)[name]?.();
    };
  }
  if (typeof instance !== 'object' || instance === null) return undefined;
  const dispose = disposerOf(instance as Partial<AsyncDisposable & Disposable>);
  return dispose === undefined ? undefined : () => dispose.call(instance as AsyncDisposable & Disposable);
}

function preDestroyOf(type: ClassType): readonly (string | symbol)[] {
  return [...writtenInjections(type).preDestroy];
}

function disposerOf(
  disposable: Partial<AsyncDisposable & Disposable>,
): ((this: AsyncDisposable & Disposable) => unknown) | undefined {
  return disposable[Symbol.asyncDispose] ?? disposable[Symbol.dispose];
}
