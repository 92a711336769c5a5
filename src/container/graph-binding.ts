import {
  getClassMetadata,
  ClassElementMetadataKind,
  ResolvedValueElementMetadataKind,
  type Binding,
} from '@inversifyjs/core';
import { LazyServiceIdentifier, type BindingConstraints, type ServiceIdentifier } from 'inversify';
import { classChain, isClass, nameOf, ownMetadata, type ClassType } from '../foundation/index.js';
import type { MadeListener } from './activations.js';
import { hasOwnConstructor } from './class-source.js';
import { injectFromBaseKey, type Scope } from './injectable.js';
import { askedBy, type AskedRequest } from './observed-requests.js';
import type { RequestScope } from './request-scope.js';
import { isDecided, writtenInjections } from './written-injections.js';

/** The module that a binding was made in. */
export interface ModuleOrigin {
  /** As messages call it. */
  readonly name: string;
  readonly server: string | undefined;
  readonly prefix: string | undefined;
  /** The classes that its definition lists as controllers. */
  readonly controllers: readonly ClassType[];
}

/** Where what the application brings itself comes from. */
export const defaultsName = 'the defaults of Bowline';

export type BindingKind = 'class' | 'constant' | 'dynamic' | 'resolved' | 'factory' | 'alias';

/** One thing that a binding asks the container for. */
export interface Dependency {
  readonly identifier: ServiceIdentifier;
  readonly name: string | symbol | number | undefined;
  readonly tags: Map<string | symbol | number, unknown>;
  readonly optional: boolean;
  readonly multiple: boolean;
}

/** One binding of a loaded container, as others may read it. */
export interface GraphBinding {
  readonly id: number;
  /** Its place among all: that of what it overrides, where it does. */
  readonly position: number;
  readonly identifier: ServiceIdentifier;
  readonly kind: BindingKind;
  /** An alias has none of its own and says transient. */
  readonly scope: Scope;
  /** The class that is built, that of a constant, or the class that is the identifier of a made value; none for an alias. */
  readonly implementation: ClassType | undefined;
  readonly module: ModuleOrigin;
  /** What is asked for when it is built. Empty where only the code knows: `toDynamicValue` and `toFactory`. */
  readonly dependencies: readonly Dependency[];
  /** What a dynamic value or factory has asked for so far. */
  readonly asked: readonly AskedRequest[];
  /** Whether it was bound with an `onDeactivation`. */
  readonly hasDeactivation: boolean;
  /** That `onDeactivation`. */
  readonly deactivate: ((instance: unknown) => unknown) | undefined;
  /** Calls `listener` with whatever is made by it from now on, behind the `onActivation` that it was bound with. */
  onMade(listener: MadeListener): void;
  /** Whether it answers somebody who asks for its identifier by this name, or by none. */
  satisfies(name?: string | symbol): boolean;
  /** Whether it answers a request that comes in this place of the graph. */
  accepts(constraints: BindingConstraints): boolean;
  /** Whether it looks at who asks, so that nobody can ask for it alone. */
  readonly isConditional: boolean;
  /** What an alias leads to in the end; any other binding itself. */
  readonly target: GraphBinding;
  /** What a constant was bound to, whether anybody has asked for it or not. */
  readonly constant: { readonly value: unknown } | undefined;
  /** The one instance of a singleton or constant, once it is made. */
  readonly instance: { readonly value: unknown } | undefined;
  /**
   * Resolves this very binding, also where its identifier alone is ambiguous. A promise where anything that has to be
   * made for it is asynchronous. What is in request scope is shared within `scope`; without one it is made anew.
   */
  resolve(scope?: RequestScope): unknown;
}

/** How a binding is called in a chain: by what is built, else by what it is bound to. */
export function bindingName(binding: GraphBinding): string {
  return nameOf(binding.kind === 'class' ? (binding.implementation ?? binding.identifier) : binding.identifier);
}

const kinds: Readonly<Record<Binding['type'] | 'Factory', BindingKind>> = {
  Instance: 'class',
  ConstantValue: 'constant',
  DynamicValue: 'dynamic',
  ResolvedValue: 'resolved',
  Factory: 'factory',
  ServiceRedirection: 'alias',
};

export function kindOf(binding: Binding): BindingKind {
  return kinds[binding.type];
}

const scopes: Readonly<Record<string, Scope>> = { Singleton: 'singleton', Request: 'request', Transient: 'transient' };

export function scopeOf(binding: Binding): Scope {
  return 'scope' in binding ? (scopes[binding.scope] ?? 'singleton') : 'transient';
}

export function implementationOf(binding: Binding): ClassType | undefined {
  switch (binding.type) {
    case 'Instance':
      return binding.implementationType as ClassType;
    case 'ConstantValue': {
      const made: unknown = (binding.value as object | null | undefined)?.constructor;
      return typeof binding.value === 'object' && isClass(made) && made !== Object ? made : undefined;
    }
    case 'ServiceRedirection':
      return undefined;
    default:
      return isClass(binding.serviceIdentifier) ? binding.serviceIdentifier : undefined;
  }
}

export function askedOf(binding: Binding): readonly AskedRequest[] {
  if (binding.type === 'DynamicValue') return askedBy(binding.value);
  return binding.type === 'Factory' ? askedBy(binding.factory) : [];
}

export function dependenciesOf(binding: Binding): readonly Dependency[] {
  if (binding.type === 'Instance') return classDependencies(binding.implementationType as ClassType);
  if (binding.type === 'ResolvedValue') {
    return binding.metadata.arguments.map((argument) =>
      toDependency(argument, argument.kind === ResolvedValueElementMetadataKind.multipleInjection),
    );
  }
  return [];
}

function classDependencies(type: ClassType): Dependency[] {
  const metadata = getClassMetadata(type as Parameters<typeof getClassMetadata>[0]);
  return [...metadata.constructorArguments, ...metadata.properties.values()].flatMap((element) =>
    element.kind === ClassElementMetadataKind.unmanaged
      ? []
      : [toDependency(element, element.kind === ClassElementMetadataKind.multipleInjection)],
  );
}

/**
 * What a class that cannot be built would ask for, as far as it says so: the rest of the graph is checked in the same boot.
 * What it was to take over from its base counts too.
 */
export function decidedDependencies(type: ClassType): Dependency[] {
  const chain = classChain(type);
  const parameters = chain.filter(hasOwnConstructor).slice(0, 1).map(writtenInjections);
  const properties = (ownMetadata(injectFromBaseKey, type).length > 0 ? [type] : chain).map(writtenInjections);
  return [
    ...parameters.flatMap((written) => written.parameters),
    ...new Map(properties.toReversed().flatMap((written) => [...written.properties])).values(),
  ]
    .filter((written) => isDecided(written) && 'value' in written)
    .map((written) => {
      const element = written as unknown as Element & { readonly kind: ClassElementMetadataKind };
      return toDependency(element, element.kind === ClassElementMetadataKind.multipleInjection);
    });
}

type Element = Omit<Dependency, 'identifier' | 'multiple'> & {
  readonly value: ServiceIdentifier | LazyServiceIdentifier;
};

function toDependency(element: Element, multiple: boolean): Dependency {
  const { value, name, tags, optional } = element;
  const identifier = LazyServiceIdentifier.is(value) ? value.unwrap() : value;
  return { identifier, name, tags, optional, multiple };
}
