export { buildSingletons, builtBindings } from './build-singletons.js';
export { checkGraph } from './check-graph.js';
export { closeContainer, type CloseFailure } from './close-container.js';
export { defineModule, type ModuleOptions } from './define-module.js';
export {
  bindingName,
  type BindingKind,
  type Dependency,
  type GraphBinding,
  type ModuleOrigin,
} from './graph-binding.js';
export {
  injectableKey,
  injectFromBaseKey,
  type InjectableOptions,
  type InjectFromBaseOptions,
  type Scope,
} from './injectable.js';
export { LoadedContainer } from './loaded-container.js';
export { loadModules, type BindDefault, type LoadOptions } from './load-modules.js';
export { type Override } from './override-bindings.js';
export { resolverOf, type Resolver } from './resolver.js';
