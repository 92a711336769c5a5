import type {
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  BindWhenFluentSyntax,
  ContainerModuleLoadOptions,
  ServiceIdentifier,
} from 'inversify';
import { nameOf, nearestName, ownMetadata, type BootReport, type ClassType } from '../foundation/index.js';
import type { GraphBinding, ModuleOrigin } from './graph-binding.js';
import { globalIdentifiers } from './global-stages.js';
import { guardedLoadOptions } from './guarded-load-options.js';
import { injectableKey } from './injectable.js';
import type { LoadedContainer } from './loaded-container.js';

interface OverriddenIdentifier {
  readonly identifier: ServiceIdentifier;
  /** Replaces the bindings of this name only. @default every binding of the identifier */
  readonly name?: string | symbol;
}

/** One binding that a test replaces; a factory is called as often as the scope of what it replaces says. */
export type Override = OverriddenIdentifier &
  ({ readonly value: unknown } | { readonly class: ClassType } | { readonly factory: () => unknown });

/** Replaces bindings before anything was resolved. One that replaces nothing is a problem, because it tests nothing. */
export async function applyOverrides(
  loaded: LoadedContainer,
  overrides: readonly Override[],
  report: BootReport,
): Promise<void> {
  for (const override of overrides) {
    const replaced = loaded.bindingsOf(override.identifier).filter((binding) => isMeant(binding, override.name));
    const [first] = replaced;
    const others = override.name === undefined ? implementedElsewhere(loaded, override.identifier) : [];
    // What a class is bound as besides stays, but for the stages of which it is one: a guard that still refused would be no override.
    const meant = first === undefined ? others : others.filter(({ identifier }) => isGlobalStage(identifier));
    if (first !== undefined) await replace(loaded, replaced, first, override, report);
    else if (others.length === 0) reportUnmatched(loaded, override, report);
    for (const each of meant) await replace(loaded, [each], each, { ...override, identifier: each.identifier }, report);
  }
}

/** Where a class is bound under identifiers of others, as a global guard is. */
function implementedElsewhere(loaded: LoadedContainer, type: ServiceIdentifier): readonly GraphBinding[] {
  return loaded
    .bindings()
    .filter(
      ({ kind, implementation, identifier }) => kind === 'class' && implementation === type && identifier !== type,
    );
}

function isGlobalStage(identifier: ServiceIdentifier): boolean {
  return Object.values<ServiceIdentifier>(globalIdentifiers).includes(identifier);
}

function isMeant(binding: GraphBinding, name: string | symbol | undefined): boolean {
  return name === undefined || (binding.satisfies(name) && !binding.satisfies());
}

function reportUnmatched(loaded: LoadedContainer, { identifier, name }: Override, report: BootReport): void {
  const known = [...new Set(loaded.bindings().map((binding) => nameOf(binding.identifier)))];
  const wanted = nameOf(identifier);
  const nearest = nearestName(wanted, known);
  report.add('BOW_OVERRIDE_UNMATCHED', {
    identifier: name === undefined ? wanted : `${wanted} named '${String(name)}'`,
    nearest: nearest === wanted ? undefined : nearest,
  });
}

async function replace(
  loaded: LoadedContainer,
  replaced: readonly GraphBinding[],
  first: GraphBinding,
  override: Override,
  report: BootReport,
): Promise<void> {
  const { container } = loaded;
  for (const { id } of replaced) await container.unbindAsync(bindingIdentifier(id));
  const load = { bind: container.bind.bind(container) } as unknown as ContainerModuleLoadOptions;
  const origin: ModuleOrigin = { ...first.module, name: `the test's override of ${nameOf(override.identifier)}` };
  const to = guardedLoadOptions(load, origin.name, report, loaded).bind(override.identifier);
  const when = bindOverride(to, override, first);
  loaded.positions.set(
    (when as unknown as { getIdentifier(): { readonly id: number } }).getIdentifier().id,
    first.position,
  );
  // A single one is replaced where it stood: by its name, its tag or whatever condition it was bound under.
  if (replaced.length === 1) when.when((constraints) => first.accepts(constraints));
  else if (override.name !== undefined) when.whenNamed(override.name);
  loaded.attribute(origin);
}

function bindOverride(
  to: BindToFluentSyntax<unknown>,
  override: Override,
  replaced: GraphBinding,
): BindWhenFluentSyntax<unknown> {
  if ('value' in override) return to.toConstantValue(override.value);
  if ('factory' in override) return inScopeOf(replaced, to.toDynamicValue(override.factory));
  const bound = to.to(override.class as Parameters<typeof to.to>[0]);
  const isScoped = ownMetadata(injectableKey, override.class).some((options) => options.scope !== undefined);
  return isScoped ? bound : inScopeOf(replaced, bound);
}

function inScopeOf(replaced: GraphBinding, bound: BindInWhenOnFluentSyntax<unknown>): BindWhenFluentSyntax<unknown> {
  if (replaced.scope === 'request') return bound.inRequestScope();
  // An alias says transient for want of a scope of its own.
  if (replaced.scope === 'transient' && replaced.kind !== 'alias') return bound.inTransientScope();
  return bound.inSingletonScope();
}

/** What Inversify's fluent `getIdentifier()` returns for the binding. */
export function bindingIdentifier(id: number): { readonly id: number } {
  return { id, [Symbol.for('@inversifyjs/container/bindingIdentifier')]: true } as { readonly id: number };
}
