import { resolve, type PlanResult, type ResolutionParams } from '@inversifyjs/core';
import type { GetOptions, OptionalGetOptions, ResolutionContext, ServiceIdentifier } from 'inversify';
import { BowlineError, nameOf, type CallContext, type Linked } from '../foundation/index.js';
import { MadeInstances } from './made-instances.js';

/** How the instances of one binding are disposed of. */
export interface Disposer {
  readonly name: string;
  dispose(instance: unknown): unknown;
}

/** What a scope tells of itself. */
export interface ScopeOwner {
  /** The first thing that has to be disposed of was made. */
  onHolding(scope: RequestScope): void;
  /** Nobody uses the scope any longer. */
  onOver(scope: RequestScope): void;
  /** Something was made when the scope had been disposed of already. */
  onLate(disposer: Disposer, instance: unknown): void;
}

/** Where the bindings are. */
export interface ScopeHome {
  /** What answers who asks for nobody's instance but its own. */
  readonly context: ResolutionContext;
  answersTo(
    identifier: ServiceIdentifier,
    options: GetOptions | OptionalGetOptions | undefined,
  ): readonly ScopedBinding[];
}

/** What can be made in a scope. */
interface ScopedBinding {
  resolve(scope: RequestScope): unknown;
}

type Options = GetOptions | OptionalGetOptions;

/** Found on what dynamic values and activations get as their context. */
const kScope = Symbol('scope');

/** The scope that a dynamic value or an activation works for; undefined where it works for none, as for a singleton at boot. */
export function scopeOfContext(context: ResolutionContext): RequestScope | undefined {
  return (context as { [kScope]?: RequestScope })[kScope];
}

/** Makes `context` one that works for the same scope as `other`. */
export function passScope(context: object, other: ResolutionContext): void {
  (context as { [kScope]?: RequestScope | undefined })[kScope] = scopeOfContext(other);
}

/**
 * All that is made for one call: one instance of each binding in request scope. It is what Inversify resolves with and what it
 * hands to dynamic values, so that these reach the same instances, also behind an `await`.
 */
export class RequestScope implements ResolutionContext, ResolutionParams, Linked<RequestScope> {
  readonly made: MadeInstances;
  /** What Inversify goes through at the moment; never asked for where it goes through none. */
  planResult: PlanResult;
  /** The call that it belongs to; undefined for a job. */
  readonly call: CallContext | undefined;
  readonly #home: ScopeHome;
  readonly #owner: ScopeOwner;
  /** What has to be disposed of, in the order in which it was made: each instance behind its disposer. */
  #kept: unknown[] | undefined;
  /** Its neighbours among those that hold something: a list of their own is cheaper than a set. */
  previous: RequestScope | undefined;
  next: RequestScope | undefined;
  isLinked: boolean;
  /** How that is going on, once it has begun and where it has to be waited for. */
  disposing: Promise<void> | undefined;
  /** How many still use what is in it; 0 is the end. */
  #users: number;

  constructor(home: ScopeHome, owner: ScopeOwner, call: CallContext | undefined) {
    this.made = new MadeInstances();
    this.planResult = undefined as unknown as PlanResult;
    this.call = call;
    this.#home = home;
    this.#owner = owner;
    this.#kept = undefined;
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.disposing = undefined;
    this.#users = 1;
  }

  get [kScope](): this {
    return this;
  }

  get context(): this {
    return this;
  }

  get requestScopeCache(): Map<number, unknown> {
    return this.made as unknown as Map<number, unknown>;
  }

  /** Resolves a plan with the instances that are there already. */
  resolve(plan: PlanResult): unknown {
    this.planResult = plan;
    return resolve(this);
  }

  get<T>(identifier: ServiceIdentifier<T>, options: OptionalGetOptions): T | undefined;
  get<T>(identifier: ServiceIdentifier<T>, options?: GetOptions): T;
  get(identifier: ServiceIdentifier, options?: Options): unknown {
    return atOnce(identifier, this.#one(identifier, options));
  }

  getAll<T>(identifier: ServiceIdentifier<T>, options?: GetOptions): T[] {
    return this.#all(identifier, options).map((found) => atOnce(identifier, found)) as T[];
  }

  getAsync<T>(identifier: ServiceIdentifier<T>, options: OptionalGetOptions): Promise<T | undefined>;
  getAsync<T>(identifier: ServiceIdentifier<T>, options?: GetOptions): Promise<T>;
  async getAsync(identifier: ServiceIdentifier, options?: Options): Promise<unknown> {
    return this.#one(identifier, options);
  }

  async getAllAsync<T>(identifier: ServiceIdentifier<T>, options?: GetOptions): Promise<T[]> {
    return Promise.all(this.#all(identifier, options)) as Promise<T[]>;
  }

  getActivations<T>(
    identifier: ServiceIdentifier<T>,
  ): ReturnType<ResolutionContext['getActivations']> & Iterable<never> {
    return this.#home.context.getActivations(identifier) as never;
  }

  #one(identifier: ServiceIdentifier, options: Options | undefined): unknown {
    const [binding, ...others] = this.#home.answersTo(identifier, options);
    // What is unbound or ambiguous has a sentence of Inversify's own.
    if (binding === undefined || others.length > 0) return this.#home.context.get(identifier, options as GetOptions);
    return binding.resolve(this);
  }

  #all(identifier: ServiceIdentifier, options: Options | undefined): unknown[] {
    return this.#home.answersTo(identifier, options).map((binding) => binding.resolve(this));
  }

  /** One more uses what is in it, until it calls {@link release}. False where it is over, and cannot be used any more. */
  use(): boolean {
    if (this.#users <= 0) return false;
    this.#users += 1;
    return true;
  }

  /** One that uses it less. Whoever opens a scope is its first user. */
  release(): void {
    this.#users -= 1;
    if (this.#users === 0 && this.#kept !== undefined) this.#owner.onOver(this);
  }

  /** Keeps what was made until the scope is over. */
  keep(disposer: Disposer, instance: unknown): void {
    if (this.#users <= 0) {
      this.#owner.onLate(disposer, instance);
      return;
    }
    if (this.#kept === undefined) {
      this.#kept = [disposer, instance];
      this.#owner.onHolding(this);
    } else {
      this.#kept.push(disposer, instance);
    }
  }

  /** What was kept last, taken out of the scope; undefined where nothing is left. Nothing is kept any more from now on. */
  takeLast(): { readonly disposer: Disposer; readonly instance: unknown } | undefined {
    this.#users = 0;
    if (this.#kept === undefined || this.#kept.length === 0) return undefined;
    const instance = this.#kept.pop();
    return { disposer: this.#kept.pop() as Disposer, instance };
  }
}

function atOnce(identifier: ServiceIdentifier, found: unknown): unknown {
  if (!(found instanceof Promise)) return found;
  found.catch(ignore);
  throw new BowlineError('BOW_ASYNCHRONOUS_BINDING', { identifier: nameOf(identifier) });
}

function ignore(): void {}
