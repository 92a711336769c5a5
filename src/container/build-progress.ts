import type { GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';

/** Bindings whose instance was made, in the order in which they were found to be. */
const construction = new WeakMap<LoadedContainer, Set<GraphBinding>>();

function builtIn(loaded: LoadedContainer): Set<GraphBinding> {
  const built = construction.get(loaded) ?? new Set();
  construction.set(loaded, built);
  return built;
}

/** Every binding whose instance was made so far; what was made since boot comes last. */
export function builtBindings(loaded: LoadedContainer): readonly GraphBinding[] {
  const built = builtIn(loaded);
  for (const binding of loaded.bindings()) if (binding.instance !== undefined) built.add(binding);
  return [...built];
}

/**
 * Makes instances, and remembers which came first. Observed rather than computed: what a dynamic value asks the container
 * for is made within it, and is in nobody's list of dependencies.
 */
export class BuildProgress {
  readonly #built: Set<GraphBinding>;
  readonly #unmade: Set<GraphBinding>;
  /** Making those that do not wait. They are made by the hundred before the first is recorded. */
  readonly #atOnce = new Set<GraphBinding>();
  /** Whether anything was made since all were looked at. A look for each of a thousand is a million looks. */
  #isStale = true;

  constructor(loaded: LoadedContainer, candidates: readonly GraphBinding[]) {
    this.#built = builtIn(loaded);
    this.#unmade = new Set(candidates.filter(({ scope }) => scope === 'singleton'));
  }

  /** A promise where something has to be waited for. */
  make(binding: GraphBinding): unknown {
    this.#isStale = true;
    const made = binding.resolve();
    if (!(made instanceof Promise)) this.#atOnce.add(binding);
    return made;
  }

  /** Once it is made: behind all that appeared while it was. */
  record(binding: GraphBinding): void {
    if (this.#isStale || !this.#atOnce.has(binding))
      for (const each of this.#unmade) if (each !== binding) this.#note(each);
    this.#isStale = false;
    this.#note(binding);
  }

  #note(binding: GraphBinding): void {
    if (binding.instance === undefined) return;
    this.#built.add(binding);
    this.#unmade.delete(binding);
  }
}
