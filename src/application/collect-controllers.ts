import type { GraphBinding, LoadedContainer } from '../container/index.js';
import { misuseKey, nameOf, nearestName, ownMetadata, type BootReport, type ClassType } from '../foundation/index.js';
import type { ResolvedServerOptions } from '../http/index.js';
import {
  controllerDeadlineKey,
  controllerKey,
  controllerMetadata,
  decoratedMethods,
  pathProblem,
} from '../routing/index.js';

/** A controller that is bound, and where its routes belong. */
export interface BoundController {
  readonly binding: GraphBinding;
  readonly controller: ClassType;
  readonly server: string;
  readonly prefix: string | undefined;
}

/** The controllers bound in this application, each once however often it is bound. Nothing global is asked. */
export function collectControllers(
  loaded: LoadedContainer,
  servers: ReadonlyMap<string, ResolvedServerOptions>,
  report: BootReport,
): BoundController[] {
  const found = new Map<ClassType, BoundController>();
  for (const { name, prefix } of servers.values()) reportBadPrefix(prefix.path, `The server '${name}'`, report);
  const modules = new Set(loaded.bindings().map(({ module }) => module));
  for (const { prefix, name } of modules) reportBadPrefix(prefix ?? '', name, report);
  for (const binding of loaded.bindings()) reportUndecorated(binding, report);
  for (const binding of loaded.bindingsCarrying(controllerKey)) {
    const controller = binding.implementation;
    if (controller === undefined || found.has(controller)) continue;
    const metadata = controllerMetadata(controller);
    if (metadata === undefined) continue;
    const server = binding.module.server ?? metadata.server ?? 'main';
    if (!servers.has(server)) reportUnknownServer(binding, controller, server, servers, report);
    found.set(controller, { binding, controller, server, prefix: binding.module.prefix });
  }
  return [...found.values()];
}

/** Nothing below such a prefix could be reached. */
function reportBadPrefix(prefix: unknown, where: string, report: BootReport): void {
  // What is no text is reported with the other options.
  const reason = typeof prefix === 'string' ? pathProblem(prefix) : undefined;
  if (reason !== undefined) report.add('BOW_PATH_INVALID', { where, path: String(prefix), reason });
}

/** A class with routes, or one that a module lists as a controller. A misused `@Controller` has been named already. */
function reportUndecorated({ implementation, module }: GraphBinding, report: BootReport): void {
  if (implementation === undefined || controllerMetadata(implementation) !== undefined) return;
  if (ownMetadata(misuseKey, implementation).some(({ decorator }) => decorator === '@Controller')) return;
  const routes = decoratedMethods(implementation)
    .filter(({ entries }) => entries.some(({ kind }) => kind === 'route'))
    .map(({ name }) => name);
  if (routes.length > 0 || module.controllers.includes(implementation))
    report.add('BOW_NO_CONTROLLER', { name: nameOf(implementation), module: module.name, routes });
  else reportIdleDeadlines(implementation, report);
}

/** Whoever puts one on a service believes that its calls end by it. */
function reportIdleDeadlines(type: ClassType, report: BootReport): void {
  const methods = decoratedMethods(type).filter(({ entries }) => entries.some(({ kind }) => kind === 'deadline'));
  const places = methods.map(({ name }) => `${nameOf(type)}.${name}`);
  if (ownMetadata(controllerDeadlineKey, type).length > 0) places.unshift(nameOf(type));
  const problem =
    'has no effect: requests to a controller have a deadline. Give the service that of its caller, as ctx.deadline or ctx.signal';
  for (const where of places) report.add('BOW_DECORATOR_MISUSED', { decorator: '@Deadline', where, problem });
}

function reportUnknownServer(
  binding: GraphBinding,
  controller: ClassType,
  server: string,
  servers: ReadonlyMap<string, ResolvedServerOptions>,
  report: BootReport,
): void {
  const known = [...servers.keys()];
  const where = binding.module.server === undefined ? `@Controller of ${nameOf(controller)}` : binding.module.name;
  report.add('BOW_SERVER_UNKNOWN', { where, server, known, nearest: nearestName(server, known) });
}
