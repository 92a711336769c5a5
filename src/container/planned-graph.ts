import { resolve, type PlanBindingNode, type PlanResult, type PlanServiceNode } from '@inversifyjs/core';
import type { ResolutionContext } from 'inversify';
import { compilePlan, type CompiledPlan } from './compile-plan.js';
import type { RequestScope } from './request-scope.js';

/** Resolves one request to the container anew with each call, planned once at the first. */
export class PlannedGraph {
  readonly #plan: () => PlanResult;
  readonly #context: ResolutionContext;
  #planned: PlanResult | undefined;
  #unmade: readonly PlanBindingNode[] | undefined;
  #compiled: CompiledPlan | undefined;
  /** Whether Inversify goes through the plan each time, since not all of it can be compiled. */
  #isWalked: boolean;

  /** `context` is what works for no scope. */
  constructor(plan: () => PlanResult, context: ResolutionContext) {
    this.#plan = plan;
    this.#context = context;
    this.#planned = undefined;
    this.#unmade = undefined;
    this.#compiled = undefined;
    this.#isWalked = false;
  }

  /** A promise where anything that has to be made for it is asynchronous. */
  resolve(): unknown {
    this.#planned ??= this.#plan();
    return resolve({ context: this.#context, planResult: this.#planned, requestScopeCache: undefined });
  }

  /** The same, with what is there in the scope already. */
  resolveIn(scope: RequestScope): unknown {
    if (this.#compiled?.state.isCurrent === true) return this.#compiled.make(scope);
    const planned = (this.#planned ??= this.#plan());
    if (this.#isWalked) {
      this.#makeSingletons(planned);
      return scope.resolve(planned);
    }
    // What was compiled before has been bound anew since.
    this.#unmade = undefined;
    this.#makeSingletons(planned);
    this.#compiled = compilePlan(planned.tree.root, this.#context);
    this.#isWalked = this.#compiled === undefined;
    return this.#compiled === undefined ? scope.resolve(planned) : this.#compiled.make(scope);
  }

  /** Those that nobody has made yet. */
  #makeSingletons(planned: PlanResult): void {
    this.#unmade ??= unmadeSingletons(planned.tree.root);
    if (this.#unmade.length === 0) return;
    for (const node of this.#unmade) makeForNobody(node, planned, this.#context);
    this.#unmade = this.#unmade.filter(isUnmade);
  }
}

/** A singleton made for the first request that asks for it would keep the context of that one, and what is closed behind it. */
function makeForNobody(node: PlanBindingNode, planResult: PlanResult, context: ResolutionContext): void {
  const made: unknown = node.resolve({ context, planResult, requestScopeCache: undefined });
  // Whoever asks for it gets the same promise.
  if (made instanceof Promise) made.catch(ignore);
}

function ignore(): void {}

/** The outermost singletons of a plan that nobody has made yet: lazy ones, and those that look at who asks. */
function unmadeSingletons(root: PlanServiceNode): readonly PlanBindingNode[] {
  return [root.bindings ?? []].flat().flatMap((node) => {
    const { binding } = node;
    if ('scope' in binding && binding.scope === 'Singleton') return isUnmade(node) ? [node] : [];
    return servicesBelow(node).flatMap(unmadeSingletons);
  });
}

function servicesBelow(node: PlanBindingNode): readonly PlanServiceNode[] {
  if ('redirection' in node) return [node.redirection];
  if ('params' in node) return node.params;
  if (!('constructorParams' in node)) return [];
  return [...node.constructorParams.filter((each) => 'bindings' in each), ...node.propertyParams.values()];
}

function isUnmade({ binding }: PlanBindingNode): boolean {
  return 'cache' in binding && !binding.cache.isRight;
}
