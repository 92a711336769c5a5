import {
  BootReport,
  BowlineError,
  checkOptions,
  isBowlineError,
  nearestName,
  type BootError,
  type Clock,
  type Random,
} from '../foundation/index.js';
import {
  definedKinds,
  definitionRules,
  makePolicy,
  type DefinedKind,
  type PipelineDefinition,
} from './pipeline-definition.js';
import { pipeline, type ResiliencePipeline } from './pipeline.js';
import { mergeLayers, reportConflicts, type MergedOptions, type PolicyLayer } from './policy-layers.js';
import { KeyedPolicy } from './keyed-policy.js';
import { CircuitBreakerPolicy } from './circuit-breaker.js';
import { describeOption } from './describe-options.js';
import type { PolicyEvent, PolicyEvents } from './policy-events.js';
import type { PolicyMode } from './policy-options.js';
import type { Policy } from './policy.js';

/** Pipelines by their names. */
export type PipelineDefinitions = Readonly<Record<string, PipelineDefinition>>;

/** The pipelines of an application by name: what decorators, options, a source and changes while it runs make of them. */
export abstract class PolicyRegistry {
  /** In the order of the alphabet. */
  abstract readonly names: readonly string[];

  /** Throws BOW_POLICY_UNKNOWN where nobody defines it. */
  abstract get(name: string): ResiliencePipeline<unknown>;

  /** Whether {@link get} would find one. */
  abstract has(name: string): boolean;

  /**
   * Changes options while calls run: what is given counts above all that was said before, and what is not given stays. State
   * stays too: circuits, queues, counters. All of it or nothing: throws a BootError that lists whatever is wrong, and has
   * changed nothing then.
   */
  abstract configure(changes: PipelineDefinitions): void;

  /** Every pipeline, or one, with each option and the place that it comes from, as text. */
  abstract describe(name?: string): string;

  /** Calls `listener` at each such event of every pipeline; returns a function that takes it away again. */
  abstract on<N extends PolicyEvent>(event: N, listener: (event: PolicyEvents[N]) => void): () => void;
}

/** A binding that says more of pipelines than the code does, as from a file: it counts above `policies` of createApplication. */
export abstract class PolicySource {
  /** What counts when the application starts. */
  abstract load(): PipelineDefinitions | Promise<PipelineDefinitions>;

  /**
   * Calls `changed` whenever all of what it says is to count anew; what is wrong in it is refused whole, and logged. Returns what ends that.
   */
  watch?(changed: (definitions: PipelineDefinitions) => void): () => void;
}

/** One policy with every option, and the place that each comes from. */
export interface PolicyExplanation {
  readonly kind: DefinedKind;
  readonly mode: PolicyMode;
  readonly options: readonly { readonly option: string; readonly value: unknown; readonly from: string }[];
}

/** One pipeline, the outermost policy first. */
export interface PipelineExplanation {
  readonly name: string;
  readonly policies: readonly PolicyExplanation[];
}

/** What a registry is given for its pipelines. */
export interface RegistryServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly onListenerError: (error: unknown) => void;
}

interface Named {
  layers: readonly PolicyLayer[];
  merged: ReadonlyMap<DefinedKind, MergedOptions>;
  readonly policies: Map<DefinedKind, Policy<unknown>>;
  readonly pipeline: ResiliencePipeline<unknown>;
}

/** The registry that is bound by default. */
export class NamedPipelines extends PolicyRegistry {
  readonly #named = new Map<string, Named>();
  #planned: ReadonlyMap<string, Omit<Named, 'pipeline'>> = new Map();

  get names(): readonly string[] {
    return [...this.#named.keys()].toSorted();
  }

  has(name: string): boolean {
    return this.#named.has(name);
  }

  get(name: string): ResiliencePipeline<unknown> {
    return this.#find(name, 'PolicyRegistry.get()').pipeline;
  }

  /** Plans pipelines of all that is said of them; whatever is wrong is in the report. There are none before {@link open}. */
  define(layers: ReadonlyMap<string, readonly PolicyLayer[]>, report: BootReport): void {
    const planned = new Map<string, Omit<Named, 'pipeline'>>();
    for (const [name, own] of layers) {
      reportConflicts(name, own, report);
      const merged = checkLayers(name, own, report);
      const policies = merged === undefined ? undefined : makeAll(name, merged, report);
      if (merged === undefined || policies === undefined) continue;
      planned.set(name, { layers: own, merged, policies });
    }
    this.#planned = planned;
  }

  /** Makes what was planned. */
  open(services: RegistryServices): void {
    for (const [name, planned] of this.#planned) {
      const made = pipeline({ name, ...services }, ...planned.policies.values());
      this.#named.set(name, { ...planned, pipeline: made });
    }
    this.#planned = new Map();
  }

  configure(changes: PipelineDefinitions): void {
    this.replace('change', 'changed while it runs', changes);
  }

  /** Everything that `origin` says from now on: a change adds to earlier ones, a source takes the place of what it said. */
  replace(origin: 'source' | 'change', place: string, definitions: PipelineDefinitions): void {
    const report = new BootReport();
    const plans = Object.entries(definitions).flatMap(([name, definition]) => {
      const named = this.#named.get(name);
      if (named === undefined) {
        report.add('BOW_POLICY_UNKNOWN', this.#unknown(place, name));
        return [];
      }
      const kept = origin === 'source' ? named.layers.filter((layer) => layer.origin !== origin) : named.layers;
      const layers = [...kept, { origin, place, definition }];
      const merged = checkLayers(name, layers, report);
      const policies = merged === undefined ? undefined : makeAll(name, merged, report);
      return merged === undefined || policies === undefined ? [] : [{ named, layers, merged, policies }];
    });
    report.throwIfAny('The policies stay as they are');
    for (const { named, layers, merged, policies } of plans) {
      named.layers = layers;
      named.merged = merged;
      adoptAll(named, policies);
    }
  }

  describe(name?: string): string {
    const names = name === undefined ? this.names : [name];
    return names
      .map((each) => describeNamed(explainNamed(each, this.#find(each, 'PolicyRegistry.describe()'))))
      .join('\n');
  }

  /** Every pipeline as it is now. */
  explain(): readonly PipelineExplanation[] {
    return this.names.map((name) => explainNamed(name, this.#find(name, 'explain()')));
  }

  on<N extends PolicyEvent>(event: N, listener: (event: PolicyEvents[N]) => void): () => void {
    const ends = [...this.#named.values()].map((named) => named.pipeline.on(event, listener));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Lets nobody wait any longer; calls that need not wait may begin. */
  drain(): void {
    for (const { pipeline: one } of this.#named.values()) one.drain();
  }

  /** The pipelines, one circuit of which at least is not closed, by name and state. */
  broken(): readonly { readonly name: string; readonly state: string }[] {
    return [...this.#named].flatMap(([name, { policies }]) => {
      const breaker = policies.get('circuitBreaker');
      if (breaker === undefined || breaker.mode !== 'enforce') return [];
      const all = breaker instanceof KeyedPolicy ? [...breaker.states.values()] : [breaker];
      const states = all.flatMap((each) => (each instanceof CircuitBreakerPolicy ? [each.state] : []));
      const worst = states.find((state) => state !== 'closed');
      return worst === undefined ? [] : [{ name, state: worst }];
    });
  }

  #find(name: string, where: string): Named {
    const named = this.#named.get(name);
    if (named === undefined) throw new BowlineError('BOW_POLICY_UNKNOWN', this.#unknown(where, name));
    return named;
  }

  #unknown(
    where: string,
    name: string,
  ): { where: string; name: string; nearest: string | undefined; known: readonly string[] } {
    return { where, name, nearest: nearestName(name, this.names), known: this.names };
  }
}

/** Undefined where something is wrong, which is in the report then. */
function checkLayers(
  name: string,
  layers: readonly PolicyLayer[],
  report: BootReport,
): ReadonlyMap<DefinedKind, MergedOptions> | undefined {
  let isRight = true;
  for (const { definition, place, origin } of layers) {
    const own = new BootReport();
    checkOptions(own, `policies.${name}`, definition, definitionRules);
    if (own.problems.length > 0) isRight = false;
    // Options of a decorator, or of a file, are not where their name says.
    for (const problem of own.problems) {
      const message = origin === 'policies' ? problem.message : problem.message.replace(/\.?$/, ` (${place}).`);
      report.addProblem({ ...problem, message });
    }
  }
  return isRight ? mergeLayers(layers) : undefined;
}

function makeAll(
  name: string,
  merged: ReadonlyMap<DefinedKind, MergedOptions>,
  report: BootReport,
): Map<DefinedKind, Policy<unknown>> | undefined {
  const made = new Map<DefinedKind, Policy<unknown>>();
  for (const [kind, { options }] of merged) {
    try {
      made.set(kind, makePolicy(kind, { name: `${name}.${kind}`, ...options }));
    } catch (error) {
      if (!isBowlineError(error) || !report.addThrown(error as BootError)) throw error;
    }
  }
  return made.size === merged.size ? made : undefined;
}

/** Policies that there were keep their state; others come in at their places, or go. */
function adoptAll({ policies, pipeline: whole }: Named, fresh: ReadonlyMap<DefinedKind, Policy<unknown>>): void {
  for (const [kind, policy] of fresh) {
    const known = policies.get(kind);
    // With keys it is another policy than without.
    if (known === undefined || known.constructor !== policy.constructor) policies.set(kind, policy);
    else known.adopt(policy);
  }
  for (const kind of policies.keys()) if (!fresh.has(kind)) policies.delete(kind);
  whole.use(definedKinds.flatMap((kind) => policies.get(kind) ?? []));
}

function describeNamed(pipeline: PipelineExplanation): string {
  return [pipeline.name, ...policyLines(pipeline)].join('\n');
}

/** The policies of one pipeline, a line for each option. */
export function policyLines({ policies }: PipelineExplanation): readonly string[] {
  return policies.flatMap(({ kind, mode, options }) => [
    `  ${kind}, ${mode}`,
    ...options.map(({ option, value, from }) => `    ${option} ${describeOption(value)} (${from})`),
  ]);
}

function explainNamed(name: string, { merged, policies }: Named): PipelineExplanation {
  return {
    name,
    policies: definedKinds.flatMap((kind) => {
      const policy = policies.get(kind);
      if (policy === undefined) return [];
      const { mode, options } = policy.toJSON();
      const places = merged.get(kind)?.places ?? {};
      const told = Object.entries(options).filter(([, value]) => value !== undefined);
      return [
        {
          kind,
          mode,
          options: told.map(([option, value]) => ({ option, value, from: places[option] ?? 'by default' })),
        },
      ];
    }),
  };
}
