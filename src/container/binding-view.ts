import type { Binding } from '@inversifyjs/core';
import type { BindingConstraints, ServiceIdentifier } from 'inversify';
import { nameOf, type ClassType } from '../foundation/index.js';
import { tellingActivation, type Activation, type MadeListener } from './activations.js';
import {
  askedOf,
  decidedDependencies,
  dependenciesOf,
  implementationOf,
  kindOf,
  scopeOf,
  type BindingKind,
  type Dependency,
  type GraphBinding,
  type ModuleOrigin,
} from './graph-binding.js';
import type { Scope } from './injectable.js';
import type { AskedRequest } from './observed-requests.js';
import type { OpenContainer } from './open-container.js';
import type { RequestScope } from './request-scope.js';

/** Where a binding lives. */
interface BindingHome {
  bindingsOf(identifier: ServiceIdentifier): readonly GraphBinding[];
}

/** A request that carries this tag means the one binding with that id. */
const exactly = Symbol('bowline:exactly');

/** How Inversify's own record of a binding is read by others. */
export class BindingView implements GraphBinding {
  readonly id: number;
  readonly identifier: ServiceIdentifier;
  readonly kind: BindingKind;
  readonly scope: Scope;
  readonly implementation: ClassType | undefined;
  readonly dependencies: readonly Dependency[];
  readonly isConditional: boolean;
  readonly #accepts: (constraints: BindingConstraints) => boolean;
  readonly #resolve: (scope?: RequestScope) => unknown;

  constructor(
    private readonly home: BindingHome,
    open: OpenContainer,
    readonly raw: Binding,
    readonly module: ModuleOrigin,
    unbuildable: ClassType | undefined,
    readonly position: number,
  ) {
    this.id = raw.id;
    this.identifier = raw.serviceIdentifier as ServiceIdentifier;
    this.kind = unbuildable === undefined ? kindOf(raw) : 'class';
    this.scope = scopeOf(raw);
    this.implementation = unbuildable ?? implementationOf(raw);
    this.dependencies =
      raw.type === 'ServiceRedirection'
        ? [plainly(raw.targetServiceIdentifier as ServiceIdentifier)]
        : unbuildable === undefined
          ? dependenciesOf(raw)
          : decidedDependencies(unbuildable);
    this.#accepts = raw.isSatisfiedBy;
    this.isConditional = this.#looksAtWhoAsks();
    this.#resolve = open.resolverOf(this.identifier, { key: exactly, value: raw.id });
    admitExactRequests(raw);
  }

  get hasDeactivation(): boolean {
    return 'onDeactivation' in this.raw && this.raw.onDeactivation !== undefined;
  }

  get deactivate(): ((instance: unknown) => unknown) | undefined {
    return 'onDeactivation' in this.raw ? this.raw.onDeactivation : undefined;
  }

  onMade(listener: MadeListener): void {
    const { raw } = this;
    if (!('onActivation' in raw)) return;
    // As the fluent syntax does for `onActivation`.
    (raw as { onActivation: unknown }).onActivation = tellingActivation(
      listener,
      raw.onActivation as Activation | undefined,
    );
  }

  get asked(): readonly AskedRequest[] {
    return askedOf(this.raw);
  }

  satisfies(name?: string | symbol): boolean {
    try {
      return this.#accepts(constraintsOf(this.identifier, name));
    } catch {
      // A condition of the user's that counts on somebody who asks.
      return false;
    }
  }

  accepts(constraints: BindingConstraints): boolean {
    return this.#accepts(constraints);
  }

  resolve(scope?: RequestScope): unknown {
    if (this.kind === 'alias') return this.target.resolve(scope);
    return this.#resolve(scope);
  }

  get constant(): { readonly value: unknown } | undefined {
    return this.raw.type === 'ConstantValue' ? { value: this.raw.value } : undefined;
  }

  get instance(): { readonly value: unknown } | undefined {
    const { raw } = this;
    if (!('cache' in raw) || raw.scope !== 'Singleton' || !raw.cache.isRight) return undefined;
    // A promise is an instance that is still being made, or that could not be.
    return raw.cache.value instanceof Promise ? undefined : { value: raw.cache.value };
  }

  /** What an alias leads to; any other binding is its own target. */
  get target(): GraphBinding {
    if (this.kind !== 'alias') return this;
    const identifier = this.dependencies[0]?.identifier ?? this.identifier;
    const found = this.home.bindingsOf(identifier).filter((binding) => binding.satisfies());
    const [target] = found;
    if (target === undefined || found.length > 1) {
      throw new TypeError(`${nameOf(this.identifier)} leads to ${found.length} bindings of ${nameOf(identifier)}`);
    }
    return target.target;
  }

  #looksAtWhoAsks(): boolean {
    let asked = false;
    const getAncestor = (): undefined => {
      asked = true;
      return undefined;
    };
    try {
      this.#accepts({ ...constraintsOf(this.identifier, undefined), getAncestor });
    } catch {
      // Whether it asked is known by now.
    }
    return asked;
  }
}

function plainly(identifier: ServiceIdentifier): Dependency {
  return { identifier, name: undefined, tags: new Map(), optional: false, multiple: false };
}

/** A request that nobody stands behind. */
function constraintsOf(identifier: ServiceIdentifier, name: string | symbol | undefined): BindingConstraints {
  return { name, tags: new Map(), serviceIdentifier: identifier, getAncestor: () => undefined };
}

/**
 * In Inversify an unnamed binding satisfies every name, so beside a named one neither can be asked for alone. A
 * request for one id passes by what the user wrote; all others go there as before.
 */
function admitExactRequests(raw: Binding): void {
  const accepts = raw.isSatisfiedBy;
  // Inversify sets the member in the same way when the fluent syntax says whenNamed.
  (raw as { isSatisfiedBy: Binding['isSatisfiedBy'] }).isSatisfiedBy = (constraints) =>
    constraints.tags.has(exactly) ? constraints.tags.get(exactly) === raw.id : accepts(constraints);
}
