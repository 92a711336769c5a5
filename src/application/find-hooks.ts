import { containerHooksOf, isLazyBinding, type BuiltService, type LoadedContainer } from '../container/index.js';
import { classChain, nameOf, ownMetadata, type BootReport, type ClassType } from '../foundation/index.js';
import { hookKey, type Hook, type HookContext, type HookMetadata, type HookName } from '../lifecycle/index.js';

/** Hooks of the classes that were built. A class that overrides a method of its base keeps its hook, and it is called once. */
export function hooksOf(services: readonly BuiltService[]): readonly (Hook & { readonly service: BuiltService })[] {
  return services.flatMap((service) => {
    const { binding, instance } = service;
    const type = binding.kind === 'alias' ? undefined : binding.implementation;
    if (type === undefined || typeof instance !== 'object' || instance === null) return [];
    return hookMetadata(type).map(({ hook, method, order = 0, timeout }) => ({
      hook,
      name: `${nameOf(type)}.${method}`,
      order,
      timeout,
      service,
      run: (context: HookContext) =>
        (instance as Readonly<Record<string, (context: HookContext) => unknown>>)[method]?.(context),
    }));
  });
}

/** The methods of a class that are hooks of the application or of the container. */
export function hookMethodsOf(type: ClassType): ReadonlySet<string> {
  return new Set([...hookMetadata(type).map(({ method }) => method), ...containerHooksOf(type)]);
}

/** Whether a service has such a hook, or will have once it is built. */
export function hasHook({ binding, instance }: BuiltService, hook: HookName): boolean {
  const type = binding.kind === 'alias' ? undefined : binding.implementation;
  if (type === undefined || (instance !== undefined && (typeof instance !== 'object' || instance === null)))
    return false;
  return hookMetadata(type).some((each) => each.hook === hook);
}

/** A class of which there may be many instances, or none when the time comes, has nobody to call. */
export function reportUnshared(loaded: LoadedContainer, report: BootReport): void {
  for (const binding of loaded.bindingsCarrying(hookKey)) {
    const type = binding.implementation;
    const isLazy = isLazyBinding(loaded, binding);
    if (type === undefined || binding.kind === 'alias' || (binding.scope === 'singleton' && !isLazy)) continue;
    const [first] = hookMetadata(type);
    if (first !== undefined)
      report.add('BOW_DECORATOR_MISUSED', misuseOf(isLazy ? 'lazy' : `${binding.scope}-scoped`, type, first));
  }
}

function misuseOf(
  what: string,
  type: ClassType,
  { hook, method }: HookMetadata,
): { readonly decorator: string; readonly where: string; readonly problem: string } {
  const problem = `has nobody to call: the class is ${what}. Put it on a singleton that is built at the start`;
  return { decorator: `@${hook}`, where: `${nameOf(type)}.${method}`, problem };
}

function hookMetadata(type: ClassType): readonly HookMetadata[] {
  const found = new Map<string, HookMetadata>();
  // From the base down, so that the options nearest to the class count.
  for (const each of classChain(type).toReversed())
    for (const entry of ownMetadata(hookKey, each)) found.set(`${entry.hook} ${entry.method}`, entry);
  return [...found.values()];
}
