import type { GraphBinding } from './graph-binding.js';

/** How the instance of a binding is come by while requests run. */
export type Resolver =
  | { readonly kind: 'instance'; readonly instance: unknown }
  /** One resolution of the whole graph per call; a promise only where something in it is asynchronous this time. */
  | { readonly kind: 'each'; readonly resolve: () => unknown };

/** The instance itself where there is only one and it is made; else a function that makes one per call. */
export function resolverOf(binding: GraphBinding): Resolver {
  const { target } = binding;
  if (target.instance !== undefined) return { kind: 'instance', instance: target.instance.value };
  return { kind: 'each', resolve: () => target.resolve() };
}
