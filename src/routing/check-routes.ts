import type { BootReport } from '../foundation/index.js';
import type { ResolvedServerOptions, RouteDescription } from '../http/index.js';
import type { RouteDefinition } from './collect-routes.js';
import { pathShape } from './path-syntax.js';

/** One pattern of a route, after the routes of one server have been held against each other. */
export interface PlacedDefinition {
  readonly pattern: string;
  readonly definition: RouteDefinition;
}

/**
 * Holds the routes of one server against each other: the same method, path and version twice is reported with both places.
 * What `@All` made gives way to a route that names its method.
 */
export function placeRoutes(
  definitions: readonly RouteDefinition[],
  server: ResolvedServerOptions,
  report: BootReport,
): PlacedDefinition[] {
  const taken = new Map<string, PlacedDefinition>();
  const ordered = [...definitions.filter(({ fromAll }) => !fromAll), ...definitions.filter(({ fromAll }) => fromAll)];
  for (const definition of ordered) {
    for (const pattern of definition.patterns) {
      const key = routeKey(definition, pattern, server);
      const first = taken.get(key);
      if (first === undefined) taken.set(key, { pattern, definition });
      else if (first.definition.fromAll === definition.fromAll) reportTwice(first, { pattern, definition }, report);
    }
  }
  reportRenamed([...taken.values()], report);
  return [...taken.values()];
}

/** Reports routes to GET or HEAD, whatever their version, that stand where `owner` is to serve `paths`. */
export function reportTaken(
  paths: readonly string[],
  others: readonly { readonly pattern: string; readonly description: RouteDescription }[],
  server: ResolvedServerOptions,
  owner: string,
  report: BootReport,
): void {
  for (const path of paths) {
    const taken = others.find(
      ({ pattern, description: { method } }) =>
        (method === 'GET' || method === 'HEAD') && shapeOn(server, pattern) === path,
    );
    if (taken === undefined) continue;
    const { method, controller, handler } = taken.description;
    report.add('BOW_ROUTE_DUPLICATED', {
      route: `${method} ${path}`,
      first: `${controller}.${handler}`,
      second: owner,
    });
  }
}

function routeKey({ description }: RouteDefinition, pattern: string, server: ResolvedServerOptions): string {
  return `${description.method} ${shapeOn(server, pattern)} ${description.version ?? ''}`;
}

function shapeOn({ trailingSlash }: ResolvedServerOptions, pattern: string): string {
  const shape = pathShape(pattern);
  return trailingSlash === 'ignore' && pattern.length > 1 ? shape.replace(/\/$/, '') : shape;
}

function reportTwice(first: PlacedDefinition, second: PlacedDefinition, report: BootReport): void {
  const { method, version } = second.definition.description;
  if (patternsOf(first) !== patternsOf(second)) {
    report.add('BOW_PATH_INVALID', {
      where: placeOf(second),
      path: second.pattern,
      reason: `the router cannot tell its regular expression from that of '${first.pattern}' (${placeOf(first)}); tell them apart by a text in the path, or in one handler`,
    });
    return;
  }
  // One mistake, though @All makes seven routes of it.
  const verb = second.definition.fromAll ? 'ALL' : method;
  report.add('BOW_ROUTE_DUPLICATED', {
    route: `${verb} ${second.pattern}${version === undefined ? '' : ` (version ${version})`}`,
    first: placeOf(first),
    second: placeOf(second),
  });
}

/** What two paths of one shape can differ in besides the names of their parameters. */
function patternsOf({ pattern }: PlacedDefinition): string {
  return pattern.replace(/\/$/, '').replaceAll(/:\w+/g, ':');
}

/** Versions of a route share one entry of the router, and so the names of its parameters. */
function reportRenamed(placed: readonly PlacedDefinition[], report: BootReport): void {
  const names = new Map<string, PlacedDefinition>();
  for (const entry of placed) {
    const key = `${entry.definition.description.method} ${pathShape(entry.pattern)}`;
    const first = names.get(key);
    if (first === undefined) {
      names.set(key, entry);
    } else if (first.pattern !== entry.pattern) {
      report.add('BOW_PATH_INVALID', {
        where: placeOf(entry),
        path: entry.pattern,
        reason: `${placeOf(first)} serves another version of it and calls the parameters otherwise ('${first.pattern}'); use the same names`,
      });
    }
  }
}

function placeOf({ definition }: PlacedDefinition): string {
  return `${definition.description.controller}.${definition.description.handler}`;
}
