import type { BindingService, PlanResult } from '@inversifyjs/core';
import type { Container, ResolutionContext, ServiceIdentifier } from 'inversify';
import { PlannedGraph } from './planned-graph.js';
import type { RequestScope } from './request-scope.js';

/** What Inversify shows to a plugin and to nobody else. */
export interface OpenContainer {
  readonly bindingService: BindingService;
  /** Counts what was bound and unbound since. */
  readonly changes: { readonly count: number };
  /** What Inversify hands to dynamic values that work for no request. */
  readonly context: ResolutionContext;
  /**
   * A function that resolves the request anew with each call, planned once at the first. Unlike `container.get`, which
   * throws for an asynchronous graph after it has built one and lost its promise, it returns that promise.
   */
  resolverOf(identifier: ServiceIdentifier, tag: RequestTag): (scope?: RequestScope) => unknown;
}

interface RequestTag {
  readonly key: symbol;
  readonly value: unknown;
}

// What Inversify recognises a plugin by; importing its base class would pin a third package.
const isPlugin: unique symbol = Symbol.for('@inversifyjs/plugin/isPlugin');

interface PluginApi {
  onPlan(handler: (options: unknown, result: PlanResult) => void): void;
}

export function openContainer(container: Container): OpenContainer {
  let bindingService: BindingService | undefined;
  let isPlanning = false;
  let planned: PlanResult | undefined;
  class Opener {
    readonly [isPlugin] = true;
    constructor(_container: Container, context: { readonly bindingService: BindingService }) {
      ({ bindingService } = context);
    }
    load(api: PluginApi): void {
      api.onPlan((_options, result) => {
        if (!isPlanning) return;
        planned = result;
        throw planOnly;
      });
    }
  }
  container.register(Opener);
  if (bindingService === undefined) throw new TypeError('Inversify did not hand over its plugin context');
  const changes = countChanges(bindingService);
  const context = contextOf(container);

  /** Plans have a hook between planning and resolving: leaving there is how to plan without building anything. */
  const plan = (identifier: ServiceIdentifier, tag: RequestTag): PlanResult => {
    isPlanning = true;
    planned = undefined;
    try {
      container.get(identifier, { tag });
    } catch (error) {
      if (error !== planOnly) throw error;
    } finally {
      isPlanning = false;
    }
    if (planned === undefined) throw new TypeError(`Inversify did not plan ${String(identifier)}`);
    return planned;
  };
  return {
    bindingService,
    changes,
    context,
    resolverOf(identifier, tag) {
      const planned = new PlannedGraph(() => plan(identifier, tag), context);
      return (scope) => (scope === undefined ? planned.resolve() : planned.resolveIn(scope));
    },
  };
}

const planOnly = new Error('planned');

/** Everything that binds or unbinds, a module or a line of the user's, comes by these. */
const changing = ['set', 'removeById', 'removeAllByModuleId', 'removeAllByServiceId'] as const;

function countChanges(bindingService: BindingService): { readonly count: number } {
  const changes = { count: 0 };
  for (const name of changing) {
    const change = bindingService[name].bind(bindingService) as (given: never) => void;
    bindingService[name] = (given: unknown): void => {
      changes.count += 1;
      change(given as never);
    };
  }
  return changes;
}

/** What Inversify hands to dynamic values. */
function contextOf(container: Container): ResolutionContext {
  const key = Symbol('context');
  container
    .bind<ResolutionContext>(key)
    .toDynamicValue((context) => context)
    .inTransientScope();
  const context = container.get<ResolutionContext>(key);
  container.unbind(key);
  return context;
}
