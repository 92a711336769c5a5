import type { BindToFluentSyntax, ContainerModule, ContainerModuleLoadOptions, ServiceIdentifier } from 'inversify';
import { describeValue, isBowlineError, isClass, reasonOf, type BootReport } from '../foundation/index.js';
import { checkDefinition } from './check-definition.js';
import { asList, bindDefinition, definitionOf, isFromThisCopy, type ModuleDefinition } from './define-module.js';
import { defaultsName, type ModuleOrigin } from './graph-binding.js';
import { guardedLoadOptions } from './guarded-load-options.js';
import { LoadedContainer } from './loaded-container.js';
import { applyOverrides, type Override } from './override-bindings.js';

/** Binds what the application brings itself. Nothing happens where a module has bound the identifier without a name. */
export type BindDefault = <T>(
  identifier: ServiceIdentifier<T>,
  bind: (to: BindToFluentSyntax<T>) => void,
  /** Who binds it, as messages say. @default the defaults of Bowline */
  origin?: string,
) => void;

export interface LoadOptions {
  readonly report: BootReport;
  /** Called after the modules and before the overrides, which reach defaults too. */
  readonly defaults?: (bindDefault: BindDefault, loaded: LoadedContainer) => void;
  /** What a test replaces. @default none */
  readonly overrides?: readonly Override[];
}

/**
 * Makes one container and loads the modules into it one after another: imports first, each module once by identity,
 * asynchronous ones awaited. Never throws for what a module does: every mistake goes to the report, and loading goes on
 * so that all of them are found. After a report with problems the container is good for further checks only.
 */
export async function loadModules(modules: readonly unknown[], options: LoadOptions): Promise<LoadedContainer> {
  const { report } = options;
  const loaded = new LoadedContainer();
  await new Loader(loaded, report).loadAll(modules, (index) => `modules[${index}]`);
  options.defaults?.((identifier, bind, origin = defaultsName) => {
    if (!loaded.container.isBound(identifier)) bindAs(loaded, origin, report, (load) => bind(load.bind(identifier)));
  }, loaded);
  await applyOverrides(loaded, options.overrides ?? [], report);
  return loaded;
}

/** Binds outside a module as if `name` were one. */
export function bindAs(
  loaded: LoadedContainer,
  name: string,
  report: BootReport,
  bind: (load: ContainerModuleLoadOptions) => void,
): void {
  const { container } = loaded;
  const load = { bind: container.bind.bind(container) } as unknown as ContainerModuleLoadOptions;
  bind(guardedLoadOptions(load, name, report, loaded));
  loaded.attribute({ name, server: undefined, prefix: undefined, controllers: [] });
}

class Loader {
  readonly #seen = new Set<unknown>();

  constructor(
    private readonly loaded: LoadedContainer,
    private readonly report: BootReport,
  ) {}

  async loadAll(modules: readonly unknown[], placeOf: (index: number) => string): Promise<void> {
    // Array.from, because a hole is as undefined as an entry that is.
    for (const [index, module] of Array.from(modules).entries()) {
      if (this.#seen.has(module)) continue;
      // Not undefined: each place of it is a mistake of its own.
      if (typeof module === 'object') this.#seen.add(module);
      await this.#load(module, placeOf(index));
    }
  }

  async #load(module: unknown, place: string): Promise<void> {
    if (!isModule(module)) {
      this.loaded.markIncomplete();
      this.report.add('BOW_MODULE_NOT_RECOGNISED', { place, got: describeNoModule(module) });
      return;
    }
    const definition = definitionOf(module);
    if (definition === undefined) {
      await this.#run(module, { name: place, server: undefined, prefix: undefined, controllers: [] }, (load) =>
        module.load(load),
      );
      return;
    }
    const { options } = definition;
    const name = nameOfModule(definition, place);
    if (!isFromThisCopy(definition)) {
      this.report.add('BOW_TWO_COPIES', { package: 'bowline', found: `${name} was defined by another one` });
    }
    if (!checkDefinition(options, name, this.report)) this.loaded.markIncomplete();
    if (typeof options !== 'object' || options === null) return;
    await this.loadAll(asList(options.imports), (index) => `imports[${index}] of ${name}`);
    const controllers = asList(options.controllers).filter(isClass);
    const origin: ModuleOrigin = { name, server: options.server, prefix: options.prefix, controllers };
    await this.#run(module, origin, (load) => bindDefinition(options, load));
  }

  async #run(
    module: ContainerModule,
    origin: ModuleOrigin,
    bind: (load: ContainerModuleLoadOptions) => void | Promise<void>,
  ): Promise<void> {
    // The module's own id, so that what it binds is known to Inversify as its own.
    const guarded = {
      id: module.id,
      load: (load: ContainerModuleLoadOptions) => bind(guardedLoadOptions(load, origin.name, this.report, this.loaded)),
    };
    try {
      await this.loaded.container.loadAsync(guarded as unknown as ContainerModule);
      for (const fail of this.loaded.unfinished) fail(nothingBound);
    } catch (error) {
      this.loaded.markIncomplete();
      // What Bowline itself says, as loadProvider does, needs no other words.
      if (isBowlineError(error) && error.code !== 'BOW_BOOT_FAILED')
        this.report.add(error.code, error.facts as never, error.cause);
      else this.report.add('BOW_MODULE_FAILED', { module: origin.name, reason: reasonOf(error) }, error);
    }
    this.loaded.unfinished.clear();
    this.loaded.attribute(origin);
  }
}

const nothingBound =
  'its bind() does not say to what; write .to(...), .toSelf(), .toConstantValue(...) or another one behind it';

function nameOfModule({ options, place }: ModuleDefinition, otherwise: string): string {
  const name: unknown = options?.name;
  return typeof name === 'string' && name !== '' ? name : (place() ?? otherwise);
}

/** By its shape, so that a module of another loaded copy of Inversify is one too. */
function isModule(module: unknown): module is ContainerModule {
  if (typeof module !== 'object' || module === null) return false;
  const { id, load } = module as Partial<ContainerModule>;
  return typeof id === 'number' && typeof load === 'function';
}

function describeNoModule(given: unknown): string {
  if (given === undefined) return 'undefined (do two files import each other?)';
  if (given instanceof Promise) return 'a promise (await it)';
  if (isClass(given) && Function.prototype.toString.call(given).startsWith('class')) return `the class ${given.name}`;
  return describeValue(given);
}
