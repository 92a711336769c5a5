import {
  BootReport,
  BowlineError,
  checkOptions,
  customOption,
  describeValue,
  isPlainOptions,
  stringOption,
  SystemClock,
  SystemRandom,
  type Clock,
  type Random,
} from '../foundation/index.js';
import { CallStage } from './call-stage.js';
import { CallerSignals } from './caller-watch.js';
import { noOptions, requireCall } from './execute-options.js';
import { Execution, type ExecutionServices } from './execution.js';
import type { AttemptContext, ExecuteOptions } from './ongoing-call.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import { PolicyEventSource, type PolicyEvent, type PolicyEvents } from './policy-events.js';
import { describeOptions } from './describe-options.js';
import { functionOption } from './policy-options.js';
import {
  Policy,
  type PolicyDescription,
  type PolicyEnvironment,
  type PolicyKind,
  type Receiver,
  type Running,
  type Stage,
} from './policy.js';
import { warn } from './warn.js';
import type { Attempt } from './attempt.js';

/** What a pipeline as a whole can be told. */
export interface PipelineOptions {
  /** As events, errors and descriptions call it. @default 'pipeline' */
  readonly name?: string;
  /** Its only source of time; tests give a virtual one. @default that of the system */
  readonly clock?: Clock;
  /** Its only source of chance, which jitter comes from. @default that of the system */
  readonly random?: Random;
  /** Is handed what a listener of its events throws. @default it becomes a warning of the process */
  readonly onListenerError?: (error: unknown) => void;
}

const systemClock = new SystemClock();
const systemRandom = new SystemRandom();

/** From the outermost to the innermost. */
const order: readonly PolicyKind[] = [
  'fallback',
  'rateLimit',
  'bulkhead',
  'timeout',
  'retry',
  'hedge',
  'circuitBreaker',
  'attemptTimeout',
  'chaos',
];

/** Kinds of which one in a pipeline, at its usual place, says all that there is to say. */
const single: readonly PolicyKind[] = ['timeout', 'retry', 'hedge', 'attemptTimeout'];

/**
 * Composes policies into one, in the usual order whatever order they are given in: fallback, rate limit, bulkhead, total
 * timeout, retry, hedge, circuit breaker, attempt timeout, chaos, call. So retries are refused by an open circuit, each
 * attempt has its own timeout, all attempts together take one place of the bulkhead, and a fallback covers everything.
 *
 * ```ts
 * const payments = pipeline(
 *   { name: 'payments' },
 *   timeout({ timeout: 2_000 }),
 *   retry({ maxAttempts: 3 }),
 *   circuitBreaker({ failureRatio: 0.5 }),
 *   attemptTimeout({ timeout: 600 }),
 * );
 * const receipt = await payments.execute(({ signal }) => fetch(url, { signal }));
 * ```
 *
 * Throws BOW_PIPELINE_INVALID for what cannot be composed.
 */
export function pipeline<F = never>(...policies: readonly Policy<F>[]): ResiliencePipeline<F>;
export function pipeline<F = never>(options: PipelineOptions, ...policies: readonly Policy<F>[]): ResiliencePipeline<F>;
export function pipeline<F>(...given: readonly (PipelineOptions | Policy<F>)[]): ResiliencePipeline<F> {
  const { options, policies } = partition(given);
  for (const kind of single) {
    const names = policies.filter((policy) => policy.kind === kind).map((policy) => policy.name);
    if (names.length > 1) {
      throw invalid(
        options,
        `it has ${names.length} policies of the kind ${kind} (${names.join(', ')}), and one place for them. Remove one, or say which surrounds which with orderedPipeline(...)`,
      );
    }
  }
  const sorted = policies.toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
  return new ResiliencePipeline(options, sorted);
}

/** Composes policies in the order in which they are given, the outermost first. */
export function orderedPipeline<F = never>(...policies: readonly Policy<F>[]): ResiliencePipeline<F>;
export function orderedPipeline<F = never>(
  options: PipelineOptions,
  ...policies: readonly Policy<F>[]
): ResiliencePipeline<F>;
export function orderedPipeline<F>(...given: readonly (PipelineOptions | Policy<F>)[]): ResiliencePipeline<F> {
  const { options, policies } = partition(given);
  return new ResiliencePipeline(options, policies);
}

/** Policies around calls; `Fallback` is the type of what is given in place of a result. */
export class ResiliencePipeline<Fallback = never> {
  readonly name: string;
  readonly #options: PipelineOptions;
  readonly #environment: PolicyEnvironment;
  #readsArguments = false;
  readonly #services: ExecutionServices;
  readonly #metrics = new PipelineMetrics();

  /** Use `pipeline` or `orderedPipeline`. */
  constructor(options: PipelineOptions, policies: readonly Policy<Fallback>[]) {
    const { name = 'pipeline', clock = systemClock, random = systemRandom } = options;
    this.name = name;
    this.#options = options;
    this.#environment = { clock, random };
    const events = new PolicyEventSource(name, options.onListenerError ?? warn);
    this.#services = {
      name,
      clock,
      events,
      metrics: this.#metrics,
      callers: new CallerSignals(),
      chain: { first: new CallStage(clock), policies: [], running: 0 },
      outdated: new Set(),
      isShutDown: false,
      isDraining: false,
    };
    this.use(policies);
  }

  /**
   * Calls `call` under all policies, once for each attempt. Where it gives its value at once and no policy has to wait, so
   * does this; any error, and what is given in place of one, comes by a promise. Fails with the error of the last attempt,
   * with a `RefusalError` where a policy refused it, with a `TimedOutError` where one ended it, and with the reason of the
   * caller's signal where that ended it. What cannot be called, or has a signal or a deadline that is none, fails with
   * BOW_OPTION_INVALID.
   */
  execute<R>(
    call: (context: AttemptContext) => R,
    options: ExecuteOptions = noOptions,
  ): R | Promise<Awaited<R> | Fallback> {
    return new Execution(this.#services, call, options).begin() as R | Promise<Awaited<R> | Fallback>;
  }

  /**
   * A function that is called as `call` is, `this` included, under all policies. It is not handed the signal of its attempt;
   * what is to end when nobody waits any longer goes through `execute`. Throws BOW_OPTION_INVALID or a BootError for what
   * cannot be called.
   */
  wrap<T, A extends unknown[], R>(
    call: (this: T, ...args: A) => R,
    options: ExecuteOptions = noOptions,
  ): (this: T, ...args: A) => R | Promise<Awaited<R> | Fallback> {
    requireCall(this.name, call, options);
    const execute = <Result>(run: () => Result, args: A): Result | Promise<Awaited<Result> | Fallback> =>
      this.execute(run, this.readsArguments ? { ...options, args } : options);
    return function wrapped(this: T, ...args: A) {
      return execute(() => call.apply(this, args), args);
    };
  }

  /**
   * Calls `listener` at each such event, and returns a function that takes it away again. The same events are on the
   * channels `bowline:policy:<event>` of `node:diagnostics_channel`, those of all pipelines together.
   */
  on<N extends PolicyEvent>(event: N, listener: (event: PolicyEvents[N]) => void): () => void {
    return this.#services.events.on(event, listener);
  }

  /** From the outermost to the innermost. */
  get policies(): readonly Policy<Fallback>[] {
    return this.#services.chain.policies as readonly Policy<Fallback>[];
  }

  /** Whether a policy looks at the arguments of calls. */
  get readsArguments(): boolean {
    return this.#readsArguments;
  }

  /** Counters since it was made; those of each policy are its own. */
  get metrics(): CallMetrics {
    return this.#metrics.snapshot();
  }

  /**
   * Lets nobody wait any longer: queues are refused with a `ShuttingDownError`, and calls that wait for another attempt end as
   * their last one did. Calls that need not wait may begin, as requests that are still served need them.
   */
  drain(): void {
    this.#services.isDraining = true;
    const { chain, outdated } = this.#services;
    for (const { policies } of [...outdated, chain]) for (const policy of policies) policy.shutDown();
  }

  /** The same, and begins no new call either, which is refused with a `ShuttingDownError`. What runs may end. */
  shutDown(): void {
    this.#services.isShutDown = true;
    this.drain();
  }

  toJSON(): { readonly name: string; readonly policies: readonly PolicyDescription[] } {
    return { name: this.name, policies: this.policies.map((policy) => policy.toJSON()) };
  }

  /** The policies from the outermost to the innermost, with every option, as text. */
  describe(): string {
    const lines = this.policies.map((policy, index) => `  ${index + 1}. ${describePolicy(policy.toJSON())}`);
    return [this.name, ...lines, `  ${lines.length + 1}. the call`].join('\n');
  }

  /** Goes on with these policies, from the outermost to the innermost; calls that run keep those that they began with. */
  use(policies: readonly Policy<Fallback>[]): void {
    const { chain, outdated, events } = this.#services;
    this.#services.chain = { first: this.#stagesOf(policies, events), policies, running: 0 };
    // Who waits in a policy that has gone is to be found when the pipeline drains.
    if (chain.running > 0) outdated.add(chain);
    this.#readsArguments = policies.some((policy) => policy.readsArguments);
  }

  #stagesOf(policies: readonly Policy<Fallback>[], events: PolicyEventSource): Stage {
    let first: Stage = new CallStage(this.#environment.clock);
    for (const [index, policy] of policies.entries()) {
      if (policies.indexOf(policy) !== index) throw invalid(this.#options, `it has the policy '${policy.name}' twice`);
      if (!this.policies.includes(policy) && !policy.attach(this.#environment, this.#options.name, events)) {
        throw invalid(
          this.#options,
          `its policy '${policy.name}' belongs to a pipeline that has another clock already`,
        );
      }
    }
    for (const policy of policies.toReversed()) first = new PolicyStage(policy as Policy, first);
    return first;
  }
}

/** A policy where it stands in one pipeline. */
class PolicyStage implements Stage {
  readonly #policy: Policy;
  readonly #next: Stage;

  constructor(policy: Policy, next: Stage) {
    this.#policy = policy;
    this.#next = next;
  }

  start(attempt: Attempt, to: Receiver, now: number): Running | undefined {
    const policy = this.#policy;
    if (policy.mode === 'off') return this.#next.start(attempt, to, now);
    return policy.start(attempt, to, now, this.#next);
  }
}

function partition<F>(given: readonly (PipelineOptions | Policy<F>)[]): {
  readonly options: PipelineOptions;
  readonly policies: readonly Policy<F>[];
} {
  const [first, ...others] = given;
  const hasOptions = isPlainOptions(first);
  const options: PipelineOptions = hasOptions ? first : {};
  const rest = hasOptions ? others : given;
  requirePipelineOptions(options);
  const policies = rest.filter((each) => each instanceof Policy);
  if (policies.length === rest.length) return { options, policies };
  const stranger = describeValue(rest.find((each) => !(each instanceof Policy)));
  throw invalid(
    options,
    `${stranger} is among its policies. Give what retry(...), circuitBreaker(...) and their like return`,
  );
}

function requirePipelineOptions(options: PipelineOptions): void {
  const report = new BootReport();
  checkOptions(report, 'pipeline', options, {
    name: stringOption,
    clock: customOption('a Clock', (value) => typeof (value as Clock | null)?.elapsed === 'function'),
    random: customOption('a Random', (value) => typeof (value as Random | null)?.next === 'function'),
    onListenerError: functionOption,
  });
  report.throwIfAny('pipeline(...) cannot be made');
}

function invalid({ name = 'pipeline' }: PipelineOptions, reason: string): BowlineError {
  return new BowlineError('BOW_PIPELINE_INVALID', { pipeline: `The pipeline '${name}' cannot be made`, reason });
}

function describePolicy({ kind, name, mode, options }: PolicyDescription): string {
  const called = name === kind || name.endsWith(`.${kind}`) ? kind : `${kind} '${name}'`;
  return `${called} (${mode}): ${describeOptions(options)}`;
}
