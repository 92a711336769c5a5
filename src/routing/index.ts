export { placeRoutes, reportTaken, type PlacedDefinition } from './check-routes.js';
export { collectRoutes, reportIdleExcludes, type RouteDefinition } from './collect-routes.js';
export { compileBare, compileRoute, type ControllerSource } from './compile-route.js';
export {
  controllerDeadlineKey,
  controllerKey,
  methodKey,
  type BodyOptions,
  type FileDecoration,
  type MethodMetadata,
  type ParameterFactory,
  type ParameterMetadata,
  type ParameterOptions,
} from './metadata.js';
export { controllerMetadata, decoratedMethods } from './method-metadata.js';
export {
  bindingProblem,
  isMadePerCall,
  isStageFunction,
  orderOf,
  planServerStages,
  planUse,
  type GlobalStage,
  type PlannedStage,
  type StagePlanning,
} from './plan-stages.js';
export { missingValue, unfitValue, type Expectation } from './refuse-value.js';
export { piped } from './run-stages.js';
export { catchKey, orderKey, stageKey, transportKey } from './stage-metadata.js';
export { toldBy } from './tell-messages.js';
export { checkStaticFolders, staticRoutes } from './static-routes.js';
export { createRouteTable, type PlacedRoute } from './route-table.js';
export { pathProblem } from './path-syntax.js';
export { underDeadline } from './under-deadline.js';
