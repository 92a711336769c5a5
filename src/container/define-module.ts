import { ContainerModule, type ContainerModuleLoadOptions } from 'inversify';
import { isClass, type ClassType } from '../foundation/index.js';
import { callSite } from './call-site.js';
import { prepareClass } from './prepare-class.js';

/** What one module brings. */
export interface ModuleOptions {
  /** How messages call the module. @default the file and line of the defineModule call */
  readonly name?: string;
  /** Modules that this one needs; each is loaded once, before this one, however many ask for it. */
  readonly imports?: readonly ContainerModule[];
  /** Bound to themselves, with the scope of their decorator. */
  readonly controllers?: readonly ClassType[];
  /** Bound to themselves, with the scope of their decorator. */
  readonly services?: readonly ClassType[];
  /** The server of the module's controllers; wins over their decorator. */
  readonly server?: string;
  /** Stands before the paths of the module's controllers. */
  readonly prefix?: string;
  /** Inversify's own callback, for everything else. A promise that it returns is awaited, anything else is ignored. */
  readonly bind?: (options: ContainerModuleLoadOptions) => unknown;
}

/** What defineModule remembers for the loader; `options` are as given, mistakes included. */
export interface ModuleDefinition {
  readonly options: ModuleOptions;
  /** Which loaded copy of this package made it. */
  readonly copy: object;
  place(): string | undefined;
}

/** Found on a module of any loaded copy of this package. */
const definitionSymbol = Symbol.for('bowline:module');
const thisCopy: object = Object.freeze({});

/**
 * Makes a `ContainerModule`. Nothing is checked or bound before it is loaded: a mistake in it is a problem of the boot
 * report, in which the module is called by its `name` or by the place of this call. A plain Inversify container can
 * load it too, imports included, without those checks.
 *
 * @example
 * export const ordersModule = defineModule({ controllers: [OrderController], services: [OrderService] });
 */
export function defineModule(options: ModuleOptions = {}): ContainerModule {
  const definition: ModuleDefinition = { options, copy: thisCopy, place: callSite(defineModule) };
  const module = new ContainerModule((load) => loadPlainly([module], load, new Set()));
  return Object.defineProperty(module, definitionSymbol, { value: definition });
}

export function definitionOf(module: object): ModuleDefinition | undefined {
  return (module as { [definitionSymbol]?: ModuleDefinition })[definitionSymbol];
}

export function isFromThisCopy(definition: ModuleDefinition): boolean {
  return definition.copy === thisCopy;
}

/** Binds what the module itself lists and calls its `bind`; imports are the loader's. Entries that are no classes are left out. */
export function bindDefinition(options: ModuleOptions, load: ContainerModuleLoadOptions): void | Promise<void> {
  const { controllers = [], services = [] } = options;
  for (const listed of new Set([...asList(controllers), ...asList(services)])) {
    if (isClass(listed)) load.bind(listed).toSelf();
  }
  const returned: unknown = typeof options.bind === 'function' ? options.bind(load) : undefined;
  // Not whatever is returned: `({ bind }) => bind(X).toSelf()` returns a piece of fluent syntax.
  if (returned instanceof Promise) return returned;
}

/** A list as it is; anything else, which the boot report names, as an empty one. */
export function asList(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}

/** The way of a container that is not ours: imports first and once each, asynchronous only where a module is. */
function loadPlainly(
  modules: readonly unknown[],
  load: ContainerModuleLoadOptions,
  loaded: Set<unknown>,
): void | Promise<void> {
  for (const [index, module] of modules.entries()) {
    if (loaded.has(module) || typeof module !== 'object' || module === null) continue;
    loaded.add(module);
    const waiting = loadOnePlainly(module, load, loaded);
    if (waiting !== undefined) return waiting.then(() => loadPlainly(modules.slice(index + 1), load, loaded));
  }
}

function loadOnePlainly(module: object, load: ContainerModuleLoadOptions, loaded: Set<unknown>): void | Promise<void> {
  const definition = definitionOf(module);
  if (definition === undefined) return (module as ContainerModule).load(load);
  const { options } = definition;
  for (const listed of [...asList(options.controllers), ...asList(options.services)]) {
    if (isClass(listed)) prepareClass(listed);
  }
  const waiting = loadPlainly(asList(options.imports), load, loaded);
  if (waiting === undefined) return bindDefinition(options, load);
  return waiting.then(() => bindDefinition(options, load));
}
