export { placeRoutes, reportTaken, type PlacedDefinition } from './check-routes.js';
export { collectRoutes, reportIdleExcludes } from './collect-routes.js';
export { compileRoute, type ControllerSource } from './compile-route.js';
export {
  controllerKey,
  methodKey,
  type BodyOptions,
  type MethodMetadata,
  type ParameterFactory,
  type ParameterMetadata,
  type ParameterOptions,
} from './metadata.js';
export { controllerMetadata, decoratedMethods } from './method-metadata.js';
export { checkStaticFolders, staticRoutes } from './static-routes.js';
export { createRouteTable, type PlacedRoute } from './route-table.js';
export { pathProblem } from './path-syntax.js';
