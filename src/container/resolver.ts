import type { GraphBinding } from './graph-binding.js';
import type { RequestScope } from './request-scope.js';

/** How the instance of a binding is come by while requests run. */
export type Resolver =
  | { readonly kind: 'instance'; readonly instance: object }
  /** One resolution of the graph in the scope of the call; a promise only where something in it is asynchronous this time. */
  | { readonly kind: 'each'; readonly resolve: (scope: RequestScope) => object | Promise<object> };

/**
 * The instance itself where there is only one and it is made; else a function that makes one per call. For bindings of
 * classes, whose instances are objects.
 */
export function resolverOf(binding: GraphBinding): Resolver {
  const { target } = binding;
  if (target.instance !== undefined) return { kind: 'instance', instance: target.instance.value as object };
  return { kind: 'each', resolve: (scope) => target.resolve(scope) as object | Promise<object> };
}
