import { defaultsName, findReaders, type GraphBinding, type LoadedContainer } from '../container/index.js';
import { carriesMetadata } from '../foundation/index.js';
import { CurrentRequest, readsCurrentCallKey } from '../http/index.js';
import { hasPolicies } from '../resilience/index.js';
import type { PlannedStage, RouteDefinition } from '../routing/index.js';
import type { BoundController } from './collect-controllers.js';

/** Whether the current context is kept where something reads it, on every route, or on none. */
export type ContextOption = 'auto' | 'on' | 'off';

/** Says of each route why it keeps the current context, in words that explain it; nothing where it does not. */
export function keepContext(
  definitions: readonly RouteDefinition[],
  controllers: readonly BoundController[],
  loaded: LoadedContainer,
  option: ContextOption,
  hasPipelines: boolean,
): RouteDefinition[] {
  if (option === 'off') return [...definitions];
  if (option === 'on') return definitions.map((each) => withContext(each, "context: 'on'"));
  const bindings = new Map(controllers.map(({ controller, binding }) => [controller, binding]));
  const roots = new Set(definitions.flatMap((each) => rootsOf(each, bindings.get(each.controller))));
  // Code that makes a value may make it of a class whose methods go through a pipeline.
  const mayRead = (binding: GraphBinding): boolean =>
    isReader(binding) || (hasPipelines && binding.kind === 'resolved' && binding.module.name !== defaultsName);
  const ways = findReaders(loaded, [...roots], mayRead);
  return definitions.map((each) => {
    const root = rootsOf(each, bindings.get(each.controller)).find((binding) => ways.has(binding));
    const way = root === undefined ? undefined : ways.get(root);
    return way === undefined ? each : withContext(each, way.join(' -> '));
  });
}

/** The way from a binding to what reads the current context; undefined where there is none. */
export function wayToReader(binding: GraphBinding, loaded: LoadedContainer): string | undefined {
  return findReaders(loaded, [binding], isReader).get(binding)?.join(' -> ');
}

/** What only code knows may call currentContext() as well. */
function isReader({ identifier, kind, module, implementation }: GraphBinding): boolean {
  if (identifier === CurrentRequest) return true;
  if ((kind === 'dynamic' || kind === 'factory') && module.name !== defaultsName) return true;
  // Policies around its methods heed the signal and the deadline of the call.
  return (
    implementation !== undefined &&
    (hasPolicies(implementation) || carriesMetadata(readsCurrentCallKey, implementation))
  );
}

function withContext(definition: RouteDefinition, currentContext: string): RouteDefinition {
  return { ...definition, description: { ...definition.description, currentContext } };
}

/** What a route takes from the container: its controller first. */
export function rootsOf({ stages, pipes }: RouteDefinition, controller: GraphBinding | undefined): GraphBinding[] {
  if (stages.length + pipes.size === 0) return controller === undefined ? [] : [controller];
  const all: readonly PlannedStage[] = [...stages, ...[...pipes.values()].flatMap((each) => each.stages)];
  const ofStages = all.flatMap(({ source }) => (source.kind === 'binding' ? [source.binding] : []));
  return controller === undefined ? ofStages : [controller, ...ofStages];
}
