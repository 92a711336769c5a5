export { placeRoutes, type PlacedDefinition } from './check-routes.js';
export { collectRoutes, type ControllerBinding, type RouteCollection, type RouteDefinition } from './collect-routes.js';
export { compileRoute, type ControllerSource } from './compile-route.js';
export {
  controllerKey,
  methodKey,
  type BodyOptions,
  type ControllerMetadata,
  type MethodMetadata,
  type ParameterFactory,
  type ParameterMetadata,
  type ParameterOptions,
} from './metadata.js';
export { controllerMetadata, decoratedMethods } from './method-metadata.js';
export { createRouteTable, type PlacedRoute, type RouteTableOptions } from './route-table.js';
