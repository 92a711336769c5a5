import type { GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';
import { walkFrom, type GraphNode } from './walk-graph.js';
import { writtenInjections } from './written-injections.js';

/** How the instance of a binding is come by while requests run. */
export type Resolver =
  | { readonly kind: 'instance'; readonly instance: unknown }
  /** One `get()` of the container per call. */
  | { readonly kind: 'each'; readonly resolve: () => unknown };

/**
 * The instance itself where there is only one; else a function that asks the container once per call. That one answers
 * with a promise where something that is made anew is asynchronous, and with the instance otherwise.
 */
export function resolverOf(loaded: LoadedContainer, binding: GraphBinding): Resolver {
  const { target } = binding;
  if (target.instance !== undefined) return { kind: 'instance', instance: target.instance.value };
  return { kind: 'each', resolve: resolveEach(target, isAsynchronous(loaded, target)) };
}

/** A plain function that returns a promise cannot be told from the graph: Inversify refuses then, and is asked again. */
function resolveEach(binding: GraphBinding, isKnownToWait: boolean): () => unknown {
  let waits = isKnownToWait;
  return () => {
    if (waits) return binding.getAsync();
    try {
      return binding.get();
    } catch (error) {
      if (!isRefusalToWait(error)) throw error;
      waits = true;
      return binding.getAsync();
    }
  };
}

function isRefusalToWait(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected asynchronous service when resolving');
}

function isAsynchronous(loaded: LoadedContainer, binding: GraphBinding): boolean {
  const seen = new Set<GraphNode>();
  const waits = (node: GraphNode | undefined): boolean => {
    // What is there already is waited for no more.
    if (node === undefined || seen.has(node) || node.binding.instance !== undefined) return false;
    seen.add(node);
    if (makersOf(loaded, node.binding).some(isAsyncFunction)) return true;
    return node.edges.some((edge) => edge.targets.some(waits));
  };
  return waits(walkFrom(loaded, binding));
}

function makersOf(loaded: LoadedContainer, binding: GraphBinding): readonly unknown[] {
  const { implementation } = binding;
  const prototype = implementation?.prototype as Record<string | symbol, unknown> | undefined;
  const hooks =
    binding.kind !== 'class' || implementation === undefined
      ? []
      : [...writtenInjections(implementation).postConstruct].map((name) => prototype?.[name]);
  return [...loaded.makersOf(binding), ...hooks];
}

function isAsyncFunction(made: unknown): boolean {
  return Object.prototype.toString.call(made) === '[object AsyncFunction]';
}
