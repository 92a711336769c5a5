import { BootReport, BowlineError, nearestName, type Clock, type Random } from '../foundation/index.js';
import { CircuitBreakerPolicy } from './circuit-breaker.js';
import type { CircuitState } from './circuit-breaker-engine.js';
import { describeOption } from './describe-options.js';
import { KeyedPolicy } from './keyed-policy.js';
import { definedKinds, type DefinedKind } from './pipeline-definition.js';
import { pipeline, type ResiliencePipeline } from './pipeline.js';
import {
  checkLayer,
  definitionsIn,
  planPipeline,
  type PipelineDefinitions,
  type PipelinePlan,
} from './plan-pipeline.js';
import type { PolicyEvent, PolicyEvents } from './policy-events.js';
import { joinLayers, reportConflicts, type MergedOptions, type PolicyLayer } from './policy-layers.js';
import type { PolicyMode } from './policy-options.js';
import type { Policy } from './policy.js';

/** The pipelines of an application by name: what decorators, options, a source and changes while it runs make of them. */
export abstract class PolicyRegistry {
  /** In the order of the alphabet. */
  abstract readonly names: readonly string[];

  /** Throws BOW_POLICY_UNKNOWN where nobody defines it. */
  abstract get(name: string): ResiliencePipeline<unknown>;

  /** Whether {@link get} would find one. */
  abstract has(name: string): boolean;

  /**
   * Changes options while calls run: what is given counts above all that was said before, and what is not given, or is
   * undefined, stays. State stays too: circuits, queues, counters, and what was set by hand of other options. All of it or
   * nothing: throws a BootError that lists whatever is wrong, and has changed nothing then.
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
   * Calls `changed` whenever all of what it says is to count anew, in place of what it said: what it says no more goes. What
   * is wrong in it is refused whole, and logged. Returns at once the function that ends that, which is called when the
   * application stops. Where it throws, or returns anything else, the start fails (BOW_POLICY_SOURCE_UNWATCHED).
   */
  watch?(changed: (definitions: PipelineDefinitions) => void): () => void;
}

/** One policy with every option, and the place that each comes from. */
export interface PolicyExplanation {
  readonly kind: DefinedKind;
  readonly mode: PolicyMode;
  /** Where its mode comes from. */
  readonly modeFrom: string;
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

/** A circuit, or the circuits of several keys, that refuse calls or try whether they may stop that. */
export interface BrokenCircuit {
  /** Of its pipeline. */
  readonly name: string;
  /** Of several, the worst; `keys` are those of it then. */
  readonly state: CircuitState;
  readonly keys: readonly string[];
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
  #planned: ReadonlyMap<string, PipelinePlan> = new Map();

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
    const planned = new Map<string, PipelinePlan>();
    for (const [name, own] of layers) {
      reportConflicts(name, own, report);
      const checked = own.map((layer) => checkLayer(name, layer, report));
      if (checked.includes(false)) continue;
      const plan = planPipeline(name, own, report);
      if (plan !== undefined) planned.set(name, plan);
    }
    this.#planned = planned;
  }

  /** Makes what was planned. */
  open(services: RegistryServices): void {
    for (const [name, { layers, merged, made }] of this.#planned) {
      const policies = new Map(made);
      const whole = pipeline({ name, ...services }, ...policies.values());
      this.#named.set(name, { layers, merged, policies, pipeline: whole });
    }
    this.#planned = new Map();
  }

  configure(changes: PipelineDefinitions): void {
    this.#replace('change', 'What PolicyRegistry.configure() is given', changes);
  }

  /** What the source says from now on, in place of what it has said. Throws as {@link configure} does. */
  takeFromSource(definitions: PipelineDefinitions): void {
    this.#replace('source', 'What PolicySource.watch() tells', definitions);
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

  /** The pipelines with a circuit that is not closed. One that is half open, and that nobody calls, is none: nothing is refused. */
  broken(): readonly BrokenCircuit[] {
    return [...this.#named].flatMap(([name, { policies }]) => {
      const breaker = policies.get('circuitBreaker');
      if (breaker === undefined || breaker.mode !== 'enforce') return [];
      const isKeyed = breaker instanceof KeyedPolicy;
      const circuits: ReadonlyMap<string, unknown> = isKeyed ? breaker.states : new Map([[name, breaker]]);
      const found = [...circuits].map(([key, circuit]) => ({ key, state: stateOf(circuit) }));
      const worst = badStates.find((state) => found.some((each) => each.state === state));
      if (worst === undefined) return [];
      const keys = isKeyed ? found.filter(({ state }) => state === worst).map(({ key }) => key) : [];
      return [{ name, state: worst, keys }];
    });
  }

  /** A change adds to earlier ones; a source takes the place of what it said, of every pipeline. */
  #replace(origin: 'source' | 'change', where: string, definitions: unknown): void {
    const report = new BootReport();
    const given = new Map(Object.entries(definitionsIn(where, definitions, report)));
    const place = origin === 'source' ? 'PolicySource' : 'changed while it runs';
    for (const name of given.keys()) {
      if (!this.#named.has(name)) report.add('BOW_POLICY_UNKNOWN', this.#unknown(place, name));
    }
    const plans = [...this.#named].flatMap(([name, named]) => {
      const definition = given.get(name);
      const said = definition === undefined ? undefined : { origin, place, definition };
      if (said !== undefined && !checkLayer(name, said, report)) return [];
      const layers = origin === 'source' ? replaced(named.layers, said) : added(named.layers, said);
      if (said === undefined && layers.length === named.layers.length) return [];
      const plan = planPipeline(name, layers, report, named, origin === 'change' ? said : undefined);
      return plan === undefined ? [] : [{ named, plan }];
    });
    report.throwIfAny('The policies stay as they are');
    for (const { named, plan } of plans) carryOut(named, plan);
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

/** What a source says in place of what it said. */
function replaced(layers: readonly PolicyLayer[], said: PolicyLayer | undefined): readonly PolicyLayer[] {
  const others = layers.filter(({ origin }) => origin !== 'source');
  return said === undefined ? others : [...others, said];
}

/** All changes are one layer, however many there were. */
function added(layers: readonly PolicyLayer[], said: PolicyLayer | undefined): readonly PolicyLayer[] {
  if (said === undefined) return layers;
  const earlier = layers.filter(({ origin }) => origin === 'change');
  return [...layers.filter(({ origin }) => origin !== 'change'), [...earlier, said].reduce(joinLayers)];
}

/** Policies that there were keep their state; others come in at their places, or go. */
function carryOut(named: Named, { layers, merged, made }: PipelinePlan): void {
  const { policies, pipeline: whole } = named;
  named.layers = layers;
  named.merged = merged;
  for (const [kind, policy] of made) {
    const known = policies.get(kind);
    // With keys it is another policy than without.
    if (known === undefined || known.constructor !== policy.constructor) policies.set(kind, policy);
    else known.adopt(policy);
  }
  for (const kind of policies.keys()) if (!merged.has(kind)) policies.delete(kind);
  whole.use(definedKinds.flatMap((kind) => policies.get(kind) ?? []));
}

/** From the worst on. */
const badStates: readonly CircuitState[] = ['isolated', 'open', 'halfOpen'];

/** For how long a circuit that would let a call through to try is told of, when there is no call. Milliseconds. */
const quietDuration = 60_000;

/** Closed as well where it is half open by time alone, and nobody has called for so long that nobody may ever again. */
function stateOf(breaker: unknown): CircuitState {
  if (!(breaker instanceof CircuitBreakerPolicy)) return 'closed';
  const { state } = breaker;
  return state === 'halfOpen' && breaker.quietFor >= quietDuration ? 'closed' : state;
}

function describeNamed(pipeline: PipelineExplanation): string {
  return [pipeline.name, ...policyLines(pipeline)].join('\n');
}

/** The policies of one pipeline, a line for each option. */
export function policyLines({ policies }: PipelineExplanation): readonly string[] {
  return policies.flatMap(({ kind, mode, modeFrom, options }) => [
    `  ${kind}, ${mode}${modeFrom === byDefault ? '' : ` (${modeFrom})`}`,
    ...options.map(({ option, value, from }) => `    ${option} ${describeOption(value)} (${from})`),
  ]);
}

const byDefault = 'by default';

function explainNamed(name: string, { merged, policies }: Named): PipelineExplanation {
  return {
    name,
    policies: definedKinds.flatMap((kind) => {
      const policy = policies.get(kind);
      if (policy === undefined) return [];
      const { mode, options } = policy.toJSON();
      const places = merged.get(kind)?.places ?? {};
      const placeOf = (option: string): string =>
        policy.setByHand.has(option) ? 'set by hand' : (places[option] ?? byDefault);
      const told = Object.entries(options).filter(([, value]) => value !== undefined);
      return [
        {
          kind,
          mode,
          modeFrom: placeOf('mode'),
          options: told.map(([option, value]) => ({ option, value, from: placeOf(option) })),
        },
      ];
    }),
  };
}
