import { statSync } from 'node:fs';
import type { RequestScopes } from '../container/index.js';
import { checkOptions, customOption, nearestName, stringOption, type BootReport } from '../foundation/index.js';
import { fileCacheRules, StaticFolder, type ResolvedServerOptions, type RouteDescription } from '../http/index.js';
import type { PlacedDefinition } from './check-routes.js';
import { compileBare } from './compile-route.js';
import { joinPaths, pathProblem, pathShape, unreachableReason } from './path-syntax.js';
import type { PlannedStage } from './plan-stages.js';
import type { PlacedRoute } from './route-table.js';

const staticRules = {
  ...fileCacheRules,
  server: stringOption,
  index: customOption(
    'the name of a file, or false',
    (value) => value === false || (typeof value === 'string' && value !== '' && !/[/\\]/.test(value)),
  ),
};

/** Reports folders that cannot be served: a bad path, option or server, no folder, or the same path twice. */
export function checkStaticFolders(
  folders: readonly StaticFolder[],
  servers: ReadonlyMap<string, ResolvedServerOptions>,
  report: BootReport,
): void {
  const taken = new Map<string, StaticFolder>();
  for (const each of folders) {
    const { path, options } = each;
    const where = `the static folder at '${String(path)}'`;
    checkOptions(report, `static(${String(path)})`, options, staticRules);
    const reason =
      pathProblem(path) ??
      unreachableReason(path) ??
      (/[:*(]/.test(path) ? 'the path of a static folder has no parameters' : undefined);
    if (reason !== undefined) {
      report.add('BOW_PATH_INVALID', { where: capital(where), path: String(path), reason });
      continue;
    }
    const { server = 'main' } = options;
    const known = [...servers.keys()];
    if (!servers.has(server)) {
      report.add('BOW_SERVER_UNKNOWN', { where: capital(where), server, known, nearest: nearestName(server, known) });
    }
    const problem = folderProblem(each.folder);
    if (problem !== undefined) report.add('BOW_FOLDER_INVALID', { where, folder: String(each.folder), problem });
    const key = `${server} ${joinPaths(path)}`;
    const first = taken.get(key);
    if (first === undefined) taken.set(key, each);
    else report.add('BOW_ROUTE_DUPLICATED', { route: `GET ${path}`, first: first.folder, second: each.folder });
  }
}

/** The routes to the folders of one server, without those that a controller has already. */
export function staticRoutes(
  folders: readonly StaticFolder[],
  server: Pick<ResolvedServerOptions, 'name' | 'timeouts' | 'deadline'>,
  placed: readonly PlacedDefinition[],
  /** What stands around all that the server answers. */
  stages: readonly PlannedStage[] = [],
  scopes?: RequestScopes,
): PlacedRoute[] {
  const taken = new Set(
    placed
      .filter(({ definition }) => definition.description.method === 'GET')
      .map(({ pattern }) => pathShape(joinPaths(pattern))),
  );
  return folders
    .filter(({ options }) => (options.server ?? 'main') === server.name)
    .flatMap((folder) => [joinPaths(folder.path), joinPaths(folder.path, '*')].map((path) => ({ folder, path })))
    .filter(({ path }) => !taken.has(path))
    .map(({ folder, path }) => ({ pattern: path, route: routeTo(folder, server, path, stages, scopes) }));
}

function routeTo(
  folder: StaticFolder,
  server: Pick<ResolvedServerOptions, 'name' | 'timeouts' | 'deadline'>,
  path: string,
  stages: readonly PlannedStage[],
  scopes: RequestScopes | undefined,
): PlacedRoute['route'] {
  const handler = compileBare((ctx) => folder.serve(ctx), stages, scopes);
  const description = {
    server: server.name,
    method: 'GET',
    path,
    controller: StaticFolder.name,
    module: 'static()',
    scope: 'singleton',
    timeout: server.timeouts.handler,
    ...(server.deadline.default === 0 ? {} : { deadline: server.deadline.default }),
    handler: 'serve',
    parameters: [],
    stages: stages.map(({ description: stage }) => stage),
    answersItself: false,
  } as const satisfies RouteDescription;
  return { description, target: { controller: StaticFolder, method: 'serve' }, handler };
}

function folderProblem(folder: unknown): string | undefined {
  if (typeof folder !== 'string') return 'is no path';
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return 'does not exist';
  return stats.isDirectory() ? undefined : 'is no folder';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
