import { globalIdentifiers, type GraphBinding, type LoadedContainer } from '../container/index.js';
import type { BootReport } from '../foundation/index.js';
import { stageKinds, type StageKind } from '../http/index.js';
import { bindingProblem, orderOf, type GlobalStage } from '../routing/index.js';

/** What stands on every route of each server, in the order in which it runs. What cannot be a stage is reported. */
export function planGlobals(
  loaded: LoadedContainer,
  servers: readonly string[],
  report: BootReport,
): ReadonlyMap<string, readonly GlobalStage[]> {
  for (const kind of stageKinds) {
    for (const binding of loaded.bindingsOf(globalIdentifiers[kind])) {
      const reason = bindingProblem(kind, binding, 'http');
      const where = `${String(globalIdentifiers[kind].description)} in ${binding.module.name}`;
      if (reason !== undefined) report.add('BOW_STAGE_INVALID', { where, reason });
      else if (levelsFor(binding, servers).size === 0)
        report.add('BOW_STAGE_INVALID', {
          where,
          reason: `it is for a server that is not declared (declared: ${servers.join(', ')})`,
        });
    }
  }
  return new Map(
    servers.map((server) => [server, stageKinds.flatMap((kind) => globalsOf(loaded, kind, server, servers))]),
  );
}

function globalsOf(
  loaded: LoadedContainer,
  kind: StageKind,
  server: string,
  servers: readonly string[],
): GlobalStage[] {
  return loaded
    .bindingsOf(globalIdentifiers[kind])
    .flatMap((binding): GlobalStage[] => {
      const level = levelsFor(binding, servers).get(server);
      return level === undefined ? [] : [{ kind, level, binding }];
    })
    .toSorted(
      (a, b) => levelRank(a) - levelRank(b) || placeOf(a) - placeOf(b) || a.binding.position - b.binding.position,
    );
}

/** The servers that it is for: the one of its name, the one of its module, or all. */
function levelsFor(binding: GraphBinding, servers: readonly string[]): ReadonlyMap<string, GlobalStage['level']> {
  if (!binding.satisfies())
    return new Map(servers.filter((name) => binding.satisfies(name)).map((name) => [name, 'server'] as const));
  const { server } = binding.module;
  if (server !== undefined)
    return new Map(servers.filter((name) => name === server).map((name) => [name, 'server'] as const));
  return new Map(servers.map((name) => [name, 'global'] as const));
}

function levelRank({ level }: GlobalStage): number {
  return level === 'global' ? 0 : 1;
}

function placeOf({ binding }: GlobalStage): number {
  return orderOf({ kind: 'binding', binding });
}
