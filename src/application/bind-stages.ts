import type { ResolutionContext, ServiceIdentifier } from 'inversify';
import {
  valueOfCall,
  ConfiguredStage,
  scopeOfContext,
  type BindDefault,
  type GraphBinding,
  type LoadedContainer,
  type StageFactory,
} from '../container/index.js';
import {
  BowlineError,
  CallContext,
  classChain,
  isClass,
  isContextKey,
  nameOf,
  ownMetadata,
  type ClassType,
  type ContextKey,
} from '../foundation/index.js';
import { HttpContext } from '../http/index.js';
import { toldValidation } from '../validation/index.js';
import { controllerKey, decoratedMethods, isStageFunction, stageKey } from '../routing/index.js';

/** Binds what `@Use…` of bound controllers names and nobody has bound, so that a test can replace it; and the values of calls. */
export class StageBindings {
  readonly #identifiers = new Map<unknown, ServiceIdentifier>();
  readonly #factories = new Map<StageFactory, ServiceIdentifier>();

  /** Before the overrides of a test, which reach these too. */
  bindAll(loaded: LoadedContainer, bindDefault: BindDefault): void {
    for (const { implementation } of loaded.bindingsCarrying(controllerKey)) {
      if (implementation === undefined) continue;
      for (const [use, place] of usesOf(implementation)) this.bindUse(loaded, use, place, bindDefault);
    }
    bindCallValues(loaded, bindDefault);
  }

  /** A class under itself, a configured stage under a symbol of its own. */
  bindUse(loaded: LoadedContainer, use: unknown, place: string, bindDefault: BindDefault): void {
    if (use instanceof ConfiguredStage) this.#bindConfigured(loaded, use, place, bindDefault);
    else if (isStageClass(use)) bindDefault(use as ServiceIdentifier, (to) => to.toSelf(), place);
  }

  /** The binding of a class or configured stage; undefined for anything else. */
  bindingOf(loaded: LoadedContainer, use: unknown): GraphBinding | undefined {
    const identifier = this.#identifiers.get(use) ?? (isStageClass(use) ? (use as ServiceIdentifier) : undefined);
    if (identifier === undefined) return undefined;
    const bindings = loaded.bindingsOf(identifier).filter((binding) => binding.satisfies());
    return bindings.at(-1);
  }

  #bindConfigured(loaded: LoadedContainer, use: ConfiguredStage, place: string, bindDefault: BindDefault): void {
    if (this.#identifiers.has(use)) return;
    const { factory, options, name } = use;
    let made = this.#factories.get(factory);
    const dependencies = factory.dependencies as ServiceIdentifier[];
    // What is made of a service for one request is one request's as well.
    const scope = () => loaded.wouldBePerRequest(dependencies);
    if (made === undefined) {
      made = Symbol(`services of ${name}`);
      this.#factories.set(factory, made);
      bindDefault(
        made,
        (to) => {
          const bound = to.toResolvedValue(
            (...services: unknown[]) => factory.make(...(services as never[])),
            dependencies as never,
          );
          if (scope()) bound.inRequestScope();
          else bound.inSingletonScope();
        },
        place,
      );
    }
    const identifier = Symbol(name);
    this.#identifiers.set(use, identifier);
    bindDefault(
      identifier,
      (to) => {
        const bound = to.toResolvedValue(
          (make: unknown) => (make as (...given: readonly unknown[]) => unknown)(...options),
          [made] as never,
        );
        if (scope()) bound.inRequestScope();
        else bound.inSingletonScope();
      },
      place,
    );
  }
}

function isStageClass(use: unknown): use is ClassType {
  if (!isClass(use) || toldValidation(use) !== undefined) return false;
  return (['middleware', 'guard', 'interceptor', 'pipe', 'filter'] as const).every(
    (kind) => !isStageFunction(kind, use),
  );
}

/** Every thing that decorators of a controller and its methods name, with the place where they do. */
function usesOf(controller: ClassType): (readonly [use: unknown, place: string])[] {
  const stages = classChain(controller).flatMap((type) =>
    ownMetadata(stageKey, type).flatMap(({ uses, decorator, property }) => {
      const place = `${decorator} of ${nameOf(type)}${property === undefined ? '' : `.${property}`}`;
      return uses.map((use) => [use, place] as const);
    }),
  );
  const pipes = decoratedMethods(controller).flatMap(({ entries, name }) =>
    entries.flatMap((entry) => {
      if (entry.kind !== 'parameter' || entry.options.pipe === undefined) return [];
      const place = `${entry.decorator} of ${nameOf(controller)}.${name}`;
      return [entry.options.pipe].flat().map((use: unknown) => [use, place] as const);
    }),
  );
  return [...stages, ...pipes];
}

/** The call itself, and the values that earlier stages put into it. */
function bindCallValues(loaded: LoadedContainer, bindDefault: BindDefault): void {
  bindDefault<HttpContext>(HttpContext as ServiceIdentifier<HttpContext>, (to) =>
    to.toDynamicValue(valueOfCall((context) => callOf(scopeOfContext(context)?.call, HttpContext))).inRequestScope(),
  );
  bindDefault<CallContext>(CallContext as ServiceIdentifier<CallContext>, (to) =>
    to.toDynamicValue(valueOfCall((context) => callOf(scopeOfContext(context)?.call, CallContext))).inRequestScope(),
  );
  const asked = loaded.bindings().flatMap(({ dependencies }) => dependencies.map(({ identifier }) => identifier));
  for (const identifier of new Set(asked.filter(isContextKey))) {
    const read = (context: ResolutionContext): unknown =>
      callOf(scopeOfContext(context)?.call, CallContext).read(identifier as ContextKey<unknown>);
    bindDefault(identifier as ServiceIdentifier, (to) => to.toDynamicValue(valueOfCall(read)).inRequestScope());
  }
}

function callOf<C extends CallContext>(call: CallContext | undefined, type: ClassType<C>): C {
  if (call instanceof type) return call;
  throw new BowlineError('BOW_NO_CURRENT_CONTEXT', { call: nameOf(type) });
}
