import 'reflect-metadata';
import {
  checkGraph,
  injectableKey,
  injectFromBaseKey,
  loadModules,
  type GraphBinding,
  type InjectableOptions,
  type InjectFromBaseOptions,
  type LoadedContainer,
  type LoadOptions,
} from '../../src/container/index.js';
import {
  appendMetadata,
  BootReport,
  metadataKey,
  type ClassType,
  type MetadataKey,
} from '../../src/foundation/index.js';

/** The smallest decorators that write what the container reads. */
export const Injectable =
  (options: InjectableOptions = {}) =>
  (target: ClassType): void =>
    appendMetadata(injectableKey, target, options);

export const InjectFromBase =
  (options: InjectFromBaseOptions = {}) =>
  (target: ClassType): void =>
    appendMetadata(injectFromBaseKey, target, options);

export const controllerKey: MetadataKey<string> = metadataKey('test-controller');

export const Controller =
  (path = '/') =>
  (target: ClassType): void => {
    appendMetadata(injectableKey, target, {});
    appendMetadata(controllerKey, target, path);
  };

export interface Boot {
  readonly loaded: LoadedContainer;
  readonly report: BootReport;
  /** Each as `text [CODE]`. */
  readonly problems: readonly string[];
  binding(identifier: unknown): GraphBinding;
}

/** Loads and checks as the application does, with the controllers as roots. */
export async function boot(modules: readonly unknown[], options: Partial<LoadOptions> = {}): Promise<Boot> {
  const report = new BootReport();
  const loaded = await loadModules(modules, { ...options, report });
  checkGraph(loaded, loaded.bindingsCarrying(controllerKey), report);
  return {
    loaded,
    report,
    problems: report.problems.map((problem) => `${problem.message} [${problem.code}]`),
    binding(identifier) {
      const found = loaded.bindings().find((binding) => binding.identifier === identifier);
      if (found === undefined) throw new Error(`${String(identifier)} is not bound`);
      return found;
    },
  };
}
