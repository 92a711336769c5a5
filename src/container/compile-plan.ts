import {
  LazyPlanServiceNode,
  type InstanceBinding,
  type PlanBindingNode,
  type PlanServiceNode,
} from '@inversifyjs/core';
import type { ResolutionContext } from 'inversify';
import { isThenable } from '../foundation/index.js';
import { listenerOf } from './activations.js';
import { isValueOfCall } from './observed-requests.js';
import type { RequestScope } from './request-scope.js';

/** A node that says when it is going to be made in another way, since an activation has been added. */
interface DynamicNode {
  addOnResolverChangedHandler(handler: () => void): void;
}

/** Makes what a plan says, in a scope. */
export type Make = (scope: RequestScope) => unknown;

export interface PlanState {
  /** False once a binding that the plan leads to has been replaced, or is activated in another way: the plan is to be asked again. */
  isCurrent: boolean;
}

export interface CompiledPlan {
  readonly make: Make;
  readonly state: PlanState;
}

/**
 * Writes the making of a plan as code and compiles it: classes whose parameters are such classes again, singletons that are made,
 * and the call itself. That is what most request scopes consist of, and it takes a sixth of the time that Inversify takes to go through
 * the plan. Undefined where anything of it may be asynchronous or does more, as property injection, `@PostConstruct` and an
 * `onActivation`: Inversify makes that.
 */
export function compilePlan(root: PlanServiceNode, context: ResolutionContext): CompiledPlan | undefined {
  const writer = new PlanWriter(context);
  const made = writer.service(root);
  return made === undefined ? undefined : writer.compile(made);
}

class PlanWriter {
  readonly #context: ResolutionContext;
  readonly #constants: unknown[] = [];
  readonly #functions: string[] = [];
  readonly #written = new Map<PlanBindingNode, string | undefined>();
  readonly #state: PlanState = { isCurrent: true };

  constructor(context: ResolutionContext) {
    this.#context = context;
  }

  compile(made: string): CompiledPlan {
    const names = this.#constants.map((_constant, index) => `K${index}`);
    const body = `'use strict';\n${this.#functions.join('\n')}\nreturn (s) => ${made};`;
    // Nothing of the user's stands in it: numbers, and names that are made of them.
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = (new Function(...names, body) as (...constants: unknown[]) => Make)(...this.#constants);
    return { make, state: this.#state };
  }

  /** Inversify tells a node that what it leads to has been bound anew: heard here, so that no request has to ask. */
  #watch(node: LazyPlanServiceNode): void {
    const { invalidate } = node;
    node.invalidate = () => {
      this.#state.isCurrent = false;
      invalidate.call(node);
    };
  }

  /** An expression of what answers a request; undefined where it is not for us to make. */
  service(node: PlanServiceNode): string | undefined {
    // Asked first, since that is what expands one that is lazy.
    const { bindings } = node;
    if (LazyPlanServiceNode.is(node)) this.#watch(node);
    return bindings === undefined || Array.isArray(bindings) ? undefined : this.#binding(bindings);
  }

  #binding(node: PlanBindingNode): string | undefined {
    if (this.#written.has(node)) return this.#written.get(node);
    // One that leads to itself is not made here, and nobody else could either.
    this.#written.set(node, undefined);
    const made = this.#write(node);
    this.#written.set(node, made);
    return made;
  }

  #write(node: PlanBindingNode): string | undefined {
    if ('redirection' in node) return this.service(node.redirection);
    const { binding } = node;
    if ('cache' in binding && binding.scope === 'Singleton')
      return binding.cache.isRight && !isThenable(binding.cache.value)
        ? this.#constant(binding.cache.value)
        : undefined;
    if (this.#context.getActivations(binding.serviceIdentifier) !== undefined) return undefined;
    if (binding.type === 'DynamicValue' && isValueOfCall(binding.value))
      return this.#function(binding, `${this.#constant(binding.value)}(s)`);
    return 'classMetadata' in node ? this.#class(node) : undefined;
  }

  #class(node: Extract<PlanBindingNode, { readonly classMetadata: unknown }>): string | undefined {
    const { binding, classMetadata, constructorParams, propertyParams } = node;
    const listener = listenerOf(binding.onActivation);
    const doesMore = propertyParams.size > 0 || classMetadata.lifecycle.postConstructMethodNames.size > 0;
    if (doesMore || (listener === undefined && binding.onActivation !== undefined)) return undefined;
    const parameters = constructorParams.map((each) => ('isNoParam' in each ? 'undefined' : this.service(each)));
    if (parameters.includes(undefined)) return undefined;
    (node as Partial<DynamicNode>).addOnResolverChangedHandler?.(() => {
      this.#state.isCurrent = false;
    });
    const made = `new ${this.#constant(binding.implementationType)}(${parameters.join(', ')})`;
    const told = listener === undefined ? undefined : `${this.#constant(listener)}(s, made);`;
    return this.#function(binding, made, told);
  }

  #constant(value: unknown): string {
    return `K${this.#constants.push(value) - 1}`;
  }

  /** A function that makes it: once in a scope where it is in request scope. */
  #function({ id, scope }: Pick<InstanceBinding<unknown>, 'id' | 'scope'>, made: string, told = ''): string {
    const name = `m${this.#functions.length}`;
    this.#functions.push(
      scope !== 'Request'
        ? `const ${name} = (s) => { const made = ${made}; ${told} return made; };`
        : `const ${name} = (s) => { const found = s.made.get(${id}); if (found !== undefined) return found; const made = ${made}; ${told} s.made.set(${id}, made); return made; };`,
    );
    return `${name}(s)`;
  }
}
