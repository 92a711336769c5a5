import { bindAs, checkGraph, type BindDefault, type LoadedContainer } from '../container/index.js';
import { BootReport } from '../foundation/index.js';
import {
  planServerStages,
  planUse,
  type PlacedDefinition,
  type PlannedStage,
  type RouteDefinition,
  type StagePlanning,
} from '../routing/index.js';
import type { StageBindings } from './bind-stages.js';
import { describeBuiltBeforeGuard } from './explain/built-before-guard.js';
import { wayToReader, type ContextOption } from './keep-context.js';

export interface RoutePlanParts {
  readonly loaded: LoadedContainer;
  readonly bindings: StageBindings;
  readonly planning: StagePlanning;
  readonly context: ContextOption;
  /** What is no mistake, and may be one; a sentence each. */
  readonly warnings: readonly string[];
  /** By server. */
  readonly placed: ReadonlyMap<string, readonly PlacedDefinition[]>;
}

/** The routes of every server with their stages, until they are compiled. Middleware can still be put around them. */
export class RoutePlan {
  readonly #parts: RoutePlanParts;
  /** Mistakes of what was put around them since. */
  readonly #report: BootReport;
  #placed: ReadonlyMap<string, readonly PlacedDefinition[]>;
  #used: readonly PlannedStage[];

  constructor(parts: RoutePlanParts) {
    this.#parts = parts;
    this.#report = new BootReport();
    this.#placed = parts.placed;
    this.#used = [];
  }

  get placed(): ReadonlyMap<string, readonly PlacedDefinition[]> {
    return this.#placed;
  }

  /** What the log of the start warns of, a sentence each. */
  get warnings(): readonly string[] {
    return this.#parts.warnings;
  }

  /** What stands around all that a server answers, routes or not. */
  stagesOf(server: string): readonly PlannedStage[] {
    return this.#used.reduce(withMiddleware, planServerStages(server, this.#parts.planning));
  }

  /** Why these keep the current context, as routes do; undefined where they do not. */
  currentContextOf(server: string): string | undefined {
    const { context, loaded } = this.#parts;
    if (context !== 'auto') return context === 'on' ? "context: 'on'" : undefined;
    const ways = this.stagesOf(server).map(({ source }) =>
      source.kind === 'binding' ? wayToReader(source.binding, loaded) : undefined,
    );
    return ways.find((way) => way !== undefined);
  }

  /** Puts middleware around everything. What is wrong with it is told by {@link check}. */
  use(middleware: unknown): void {
    const { loaded, bindings, planning, context } = this.#parts;
    const bindOwn: BindDefault = (identifier, bind, origin = place) => {
      if (!loaded.container.isBound(identifier))
        bindAs(loaded, origin, this.#report, (load) => bind(load.bind(identifier)));
    };
    bindings.bindUse(loaded, middleware, place, bindOwn);
    const stage = planUse(
      'middleware',
      middleware,
      { where: 'the application', decorator: 'use()', level: 'global' },
      {
        ...planning,
        report: this.#report,
      },
    );
    if (stage === undefined) return;
    this.#used = [...this.#used, stage];
    const { source } = stage;
    const way = source.kind === 'binding' && context === 'auto' ? wayToReader(source.binding, loaded) : undefined;
    this.#placed = new Map(
      [...this.#placed].map(([server, routes]) => {
        // One definition may be found by several patterns.
        const before = [...new Set(routes.map(({ definition }) => definition))];
        const after = describeBuiltBeforeGuard(
          before.map((definition) => around(definition, stage, way)),
          loaded,
        );
        const changed = new Map(before.map((definition, index) => [definition, after[index] ?? definition]));
        return [
          server,
          routes.map((route) => ({ ...route, definition: changed.get(route.definition) ?? route.definition })),
        ];
      }),
    );
  }

  /** Reports what is wrong with what was used, and with what that needs. */
  check(report: BootReport): void {
    for (const { code, message, cause } of this.#report.problems) report.addProblem({ code, message, cause });
    const roots = this.#used.flatMap(({ source }) => (source.kind === 'binding' ? [source.binding] : []));
    if (roots.length > 0) checkGraph(this.#parts.loaded, roots, report);
  }
}

const place = 'use() of the application';

function around(definition: RouteDefinition, stage: PlannedStage, way: string | undefined): RouteDefinition {
  const { description } = definition;
  const stages = withMiddleware(definition.stages, stage);
  return {
    ...definition,
    stages,
    description: {
      ...description,
      stages: insert(description.stages, stage.description, (each) => each),
      ...(way === undefined || description.currentContext !== undefined ? {} : { currentContext: way }),
    },
  };
}

function withMiddleware(stages: readonly PlannedStage[], stage: PlannedStage): readonly PlannedStage[] {
  return insert(stages, stage, ({ description }) => description);
}

/** Behind the other global middleware of its order. */
function insert<S>(stages: readonly S[], added: S, describe: (stage: S) => PlannedStage['description']): readonly S[] {
  const { order = 0 } = describe(added);
  const isBefore = (stage: S): boolean => {
    const { kind, level, order: own = 0 } = describe(stage);
    return kind === 'middleware' && level === 'global' && own <= order;
  };
  const index = stages.findLastIndex(isBefore) + 1;
  return [...stages.slice(0, index), added, ...stages.slice(index)];
}
