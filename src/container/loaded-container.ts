import type { Binding } from '@inversifyjs/core';
import { Container, type GetOptions, type ServiceIdentifier } from 'inversify';
import { carriesMetadata, type ClassType, type MetadataKey } from '../foundation/index.js';
import { BindingView } from './binding-view.js';
import type { GraphBinding, ModuleOrigin } from './graph-binding.js';
import { openContainer, type OpenContainer } from './open-container.js';
import { RequestScopes, type RequestScopesParts } from './request-scopes.js';

const ownOrigin: ModuleOrigin = { name: 'the application', server: undefined, prefix: undefined, controllers: [] };

/** One Inversify container with its modules loaded, and the graph of what is bound in it. */
export class LoadedContainer {
  readonly container: Container = new Container({ defaultScope: 'Singleton' });
  /** Classes that cannot be built, by the id of the binding that stands in for each; boot has failed already. */
  readonly unbuildable: Map<number, ClassType> = new Map();
  /** Identifiers whose binding failed; boot has failed already. */
  readonly failed: Set<unknown> = new Set();
  /** The ids of singletons that are not built before somebody asks for them. */
  readonly lazy: Set<number> = new Set();
  /** The place of what each override stands for, by its id. */
  readonly positions: Map<number, number> = new Map();
  readonly unfinished: Set<(reason: unknown) => void> = new Set();
  readonly #open: OpenContainer = openContainer(this.container);
  readonly #views = new Map<number, BindingView>();
  readonly #origins = new Map<number, ModuleOrigin>();
  #listed: { readonly count: number; readonly bindings: readonly GraphBinding[] } | undefined;
  #isComplete = true;

  /** False when a module could not be loaded whole, so that what is unbound may be its fault. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  markIncomplete(): void {
    this.#isComplete = false;
  }

  /** Every binding, in the order in which their identifiers were first bound. */
  bindings(): readonly GraphBinding[] {
    const { count } = this.#open.changes;
    // A boot asks a dozen times, and there may be thousands.
    if (this.#listed?.count !== count)
      this.#listed = { count, bindings: Array.from(this.#raw(), (raw) => this.#viewOf(raw)) };
    return this.#listed.bindings;
  }

  /** Every binding of one identifier, named ones too. */
  bindingsOf(identifier: ServiceIdentifier): readonly GraphBinding[] {
    return this.#bindingsOf(identifier);
  }

  /**
   * The bindings whose implementation, or a base class of it, carries an entry under `key`. An alias leads to a binding
   * that is listed itself, so it is left out.
   */
  bindingsCarrying(key: MetadataKey<unknown>): readonly GraphBinding[] {
    return this.bindings().filter(
      ({ implementation }) => implementation !== undefined && carriesMetadata(key, implementation),
    );
  }

  /**
   * The bindings that belong to the server `server`: those that answer its name and no other, else, for `main` alone,
   * those that answer who gives no name. More than one is for the caller to report.
   */
  candidatesFor(identifier: ServiceIdentifier, server: string): readonly GraphBinding[] {
    const bindings = this.bindingsOf(identifier);
    const anyOther = Symbol('a name that nobody gives');
    const named = bindings.filter((each) => each.satisfies(server) && !each.satisfies() && !each.satisfies(anyOther));
    return named.length > 0 || server !== 'main' ? named : bindings.filter((each) => each.satisfies());
  }

  /** Whether what asks for these, bound so far, would have to be made for each request: one of them is, or needs what is. */
  wouldBePerRequest(identifiers: readonly ServiceIdentifier[]): boolean {
    const seen = new Set<GraphBinding>();
    const isPerRequest = (identifier: ServiceIdentifier): boolean =>
      this.bindingsOf(identifier).some((binding) => {
        if (seen.has(binding)) return false;
        seen.add(binding);
        if (binding.kind !== 'alias' && binding.scope === 'singleton') return false;
        return binding.scope === 'request' || binding.dependencies.some((each) => isPerRequest(each.identifier));
      });
    return identifiers.some(isPerRequest);
  }

  /** What opens the scopes of calls in this container. */
  createScopes(parts: Omit<RequestScopesParts, 'home'>): RequestScopes {
    const home = {
      context: this.#open.context,
      answersTo: (identifier: ServiceIdentifier, { name, tag }: GetOptions = {}) =>
        this.#bindingsOf(identifier).filter((binding) =>
          binding.accepts({
            name,
            tags: new Map(tag === undefined ? [] : [[tag.key, tag.value]]),
            serviceIdentifier: identifier,
            getAncestor: () => undefined,
          }),
        ),
    };
    return new RequestScopes({ ...parts, home });
  }

  /** Says that everything bound since the last call was bound by `origin`. */
  attribute(origin: ModuleOrigin): void {
    for (const binding of this.#raw()) if (!this.#origins.has(binding.id)) this.#origins.set(binding.id, origin);
  }

  *#raw(): Iterable<Binding> {
    const { bindingService } = this.#open;
    for (const id of bindingService.getNonParentBoundServices()) yield* bindingService.getNonParentBindings(id) ?? [];
  }

  #bindingsOf(identifier: ServiceIdentifier): BindingView[] {
    const views: BindingView[] = [];
    for (const raw of this.#open.bindingService.getNonParentBindings(identifier) ?? []) views.push(this.#viewOf(raw));
    return views;
  }

  #viewOf(raw: Binding): BindingView {
    const known = this.#views.get(raw.id);
    if (known?.raw === raw) return known;
    const view = new BindingView(
      this,
      this.#open,
      raw,
      this.#origins.get(raw.id) ?? ownOrigin,
      this.unbuildable.get(raw.id),
      this.positions.get(raw.id) ?? raw.id,
    );
    this.#views.set(raw.id, view);
    return view;
  }
}
