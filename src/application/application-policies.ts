import type { ServiceIdentifier } from 'inversify';
import type { LoadedContainer } from '../container/index.js';
import {
  HealthIndicator,
  logSafely,
  nameOf,
  reasonOf,
  SystemRandom,
  type BootReport,
  type Clock,
  type HealthResult,
  type LifecycleEventSource,
  type Logger,
} from '../foundation/index.js';
import {
  definitionsIn,
  PolicyRegistry,
  PolicySource,
  type BrokenCircuit,
  type NamedPipelines,
  type PipelineDefinitions,
  type PipelineExplanation,
} from '../resilience/index.js';
import { applyPolicies } from './apply-policies.js';
import { findPolicies, layersOf, reportUnknown, type PolicedClasses } from './find-policies.js';
import { watchPolicies } from './watch-policies.js';

/** What begins when everything has been checked. */
export interface PolicyStart {
  readonly loaded: LoadedContainer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: LifecycleEventSource;
}

/** One pipeline, and who goes through it. */
export interface ExplainedPipeline extends PipelineExplanation {
  readonly methods: readonly string[];
}

/** The policies of one application: planned while it is put together, begun before anything is built that has some. */
export class ApplicationPolicies {
  readonly #pipelines: NamedPipelines;
  readonly #source: PolicySource | undefined;
  readonly #classes: PolicedClasses;

  private constructor(pipelines: NamedPipelines, source: PolicySource | undefined, classes: PolicedClasses) {
    this.#pipelines = pipelines;
    this.#source = source;
    this.#classes = classes;
  }

  /** Reads what everybody says of pipelines; whatever is wrong is in the report. */
  static async plan(
    loaded: LoadedContainer,
    policies: PipelineDefinitions,
    pipelines: NamedPipelines,
    report: BootReport,
  ): Promise<ApplicationPolicies> {
    const source = await resolveSource(loaded, report);
    const definitions = await definitionsOf(source, report);
    const classes = findPolicies(loaded, report);
    const given = definitionsIn('options.policies', policies, report);
    const layers = layersOf(classes, given, definitions);
    pipelines.define(layers, report);
    reportUnknown(classes, layers.keys(), report);
    return new ApplicationPolicies(pipelines, source, classes);
  }

  /** Makes the pipelines, and leads methods through them from now on. While the application drains nobody waits in them. */
  async begin({ loaded, clock, log, events }: PolicyStart): Promise<void> {
    const onListenerError = (error: unknown): void =>
      logSafely(log, 'error', 'A listener of events of policies threw', { error });
    this.#pipelines.open({ clock, random: new SystemRandom(), onListenerError });
    const registry = loaded.bindingsOf(PolicyRegistry as ServiceIdentifier).find((binding) => binding.satisfies());
    applyPolicies(
      loaded,
      this.#classes,
      ((await registry?.resolve()) as PolicyRegistry | undefined) ?? this.#pipelines,
    );
    tellAbandoned(this.#pipelines, log);
    const take = (definitions: PipelineDefinitions): void => this.#pipelines.takeFromSource(definitions);
    const unwatch = this.#source === undefined ? undefined : watchPolicies(this.#source, take, log);
    events.on('phase:entered', ({ server, phase }) => {
      if (server !== undefined) return;
      if (phase === 'draining') this.#pipelines.drain();
      if (phase === 'stopping') unwatch?.();
    });
  }

  /** Which methods go through which pipeline, and what each of its policies is told by whom. */
  explain(): readonly ExplainedPipeline[] {
    const methods = [...this.#classes.values()].flatMap((each) => each.methods);
    return this.#pipelines.explain().map((pipeline) => ({
      ...pipeline,
      methods: methods
        .filter(({ pipelines }) => pipelines.includes(pipeline.name))
        .map(({ type, method }) => `${nameOf(type)}.${method}`),
    }));
  }

  /** A check that tells of circuits that are not closed, where there are pipelines. Never a reason to restart. */
  indicators(): readonly HealthIndicator[] {
    return this.#pipelines.names.length === 0 ? [] : [new PolicyHealth(this.#pipelines)];
  }
}

/** A method that cannot be ended says so once: each of its calls that is late would say the same. */
function tellAbandoned(pipelines: NamedPipelines, log: Logger): void {
  const told = new Set<string>();
  pipelines.on('abandoned', ({ pipeline, callee = `A call of ${pipeline}`, attempt, asked, code, reason }) => {
    if (code === undefined || told.has(callee)) return;
    told.add(callee);
    const why = asked
      ? 'It has asked for its signal, and did not end when that aborted'
      : 'It never asked for its signal: take it by a @Signal() parameter, or from currentCall(), and hand it to what the method waits for';
    logSafely(log, 'warn', `${callee} was abandoned, and may still be running. ${why}. This is said once`, {
      pipeline,
      attempt,
      code,
      reason,
    });
  });
}

async function resolveSource(loaded: LoadedContainer, report: BootReport): Promise<PolicySource | undefined> {
  const bindings = loaded.bindingsOf(PolicySource as ServiceIdentifier).filter((binding) => binding.satisfies());
  if (bindings.length > 1) {
    const places = bindings.map(({ module }) => module.name);
    report.add('BOW_AMBIGUOUS_BINDING', { identifier: nameOf(PolicySource), places, wantedBy: 'the application' });
  }
  try {
    return (await bindings[0]?.resolve()) as PolicySource | undefined;
  } catch (error) {
    report.add('BOW_NOT_RESOLVED', { identifier: nameOf(PolicySource), reason: reasonOf(error) }, error);
    return undefined;
  }
}

async function definitionsOf(source: PolicySource | undefined, report: BootReport): Promise<PipelineDefinitions> {
  if (source === undefined) return {};
  try {
    return definitionsIn('What PolicySource.load() gives', await source.load(), report);
  } catch (error) {
    report.add('BOW_NOT_RESOLVED', { identifier: nameOf(PolicySource), reason: reasonOf(error) }, error);
    return {};
  }
}

/** An instance whose dependency is down still answers, and as well as the others do: taken out, it would help nobody. */
class PolicyHealth extends HealthIndicator {
  override readonly name = 'policies';
  override readonly cacheDuration = 0;
  readonly #pipelines: NamedPipelines;

  constructor(pipelines: NamedPipelines) {
    super();
    this.#pipelines = pipelines;
  }

  check(): HealthResult {
    const broken = this.#pipelines.broken();
    if (broken.length === 0) return 'up';
    return { state: 'degraded', reason: broken.map(describeBroken).join(', ') };
  }
}

/** Keys are tokens of users now and then, and there may be a thousand. */
const maxKeyLength = 20;
const maxKeys = 3;

function describeBroken({ name, state, keys }: BrokenCircuit): string {
  const shown = keys.slice(0, maxKeys).map((key) => {
    const isLong = key.length > maxKeyLength;
    return `'${isLong ? `${key.slice(0, maxKeyLength)}...` : key}'`;
  });
  const others = keys.length - shown.length;
  const whose = others === 0 ? shown.join(', ') : `${shown.join(', ')} and ${others} other${others === 1 ? '' : 's'}`;
  return `the circuit of ${name} is ${state}${keys.length === 0 ? '' : ` for ${whose}`}`;
}
