export { closeWith, lazy } from './binding-marks.js';
export { builtBindings } from './build-progress.js';
export { buildSingletons, isLazyBinding } from './build-singletons.js';
export { builtServices, declaredServices, type BuiltService } from './built-services.js';
export {
  ConfiguredStage,
  exceptionFilter,
  guard,
  interceptor,
  isStageFactory,
  middleware,
  pipe,
  type Injected,
  type StageFactory,
} from './configured-stage.js';
export { checkGraph } from './check-graph.js';
export { defineModule, type ModuleOptions } from './define-module.js';
export { findReaders } from './find-readers.js';
export { bindingName, defaultsName, type GraphBinding } from './graph-binding.js';
export {
  GlobalFilter,
  GlobalGuard,
  globalIdentifiers,
  GlobalInterceptor,
  GlobalMiddleware,
  GlobalPipe,
} from './global-stages.js';
export { injectableKey, injectFromBaseKey, type InjectableOptions, type InjectFromBaseOptions } from './injectable.js';
export type { LoadedContainer } from './loaded-container.js';
export { bindAs, loadModules, type BindDefault, type LoadOptions } from './load-modules.js';
export type { Override } from './override-bindings.js';
export { valueOfCall } from './observed-requests.js';
export { containerHooksOf } from './container-hooks.js';
export { recordDisposables } from './record-disposables.js';
export { RequestScopeRunner, type RequestScopeOptions, type ScopedWork } from './request-scope-runner.js';
export { RequestScope, scopeOfContext } from './request-scope.js';
export { RequestScopes } from './request-scopes.js';
export { resolverOf, type Resolver } from './resolver.js';
export { walkGraph, type GraphEdge } from './walk-graph.js';
export { writtenInjections } from './written-injections.js';
