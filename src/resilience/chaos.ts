import {
  booleanOption,
  BowlineError,
  durationOption,
  integerOption,
  requireOption,
  SeededRandom,
  type OptionRules,
  type Random,
  type Timer,
} from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import { makeCall } from './call-stage.js';
import { CountingReceiver } from './counting-receiver.js';
import { nameOfFunction } from './describe-options.js';
import { PipelineMetrics, type CallMetrics } from './pipeline-metrics.js';
import { functionOption, ratioOption, requirePolicyOptions, type PolicyOptions } from './policy-options.js';
import { Policy, type Receiver, type Running, type Stage } from './policy.js';

/** How often calls are harmed on purpose; the mode of the policy is the switch. */
export interface ChaosOptions extends PolicyOptions {
  /** The share of attempts that are harmed. 0 to 1, may be set while it runs. @default 0.1 */
  readonly rate?: number;
  /** The same one harms the same attempts, by their order. A whole number. @default by the pipeline's chance */
  readonly seed?: number;
  /** Without it, making the policy fails where `NODE_ENV` is `production`. @default false */
  readonly allowInProduction?: boolean;
}

export interface ChaosLatencyOptions extends ChaosOptions {
  /** How long an attempt waits before it begins. Milliseconds. @default 1_000 */
  readonly delay?: number;
}

export interface ChaosFaultOptions extends ChaosOptions {
  /** Makes the error that an attempt fails with. @default one that says so */
  readonly error?: () => unknown;
}

export interface ChaosOutcomeOptions extends ChaosOptions {
  /** Makes the result that an attempt gives without calling; may be a promise. */
  readonly result: () => unknown;
}

export interface ChaosAbortOptions extends ChaosOptions {
  /** How long after its begin an attempt is aborted. Milliseconds. @default 0 */
  readonly after?: number;
}

export interface ChaosMetrics extends CallMetrics {
  /** How many attempts were harmed. */
  readonly injected: number;
  /** How many would have been, had it not observed only. */
  readonly observedInjections: number;
}

const shared: OptionRules = {
  rate: ratioOption(0),
  seed: integerOption(Number.MIN_SAFE_INTEGER),
  allowInProduction: booleanOption,
};

/** What each of them can be told. */
export const chaosRules = {
  latency: { ...shared, delay: durationOption() },
  fault: { ...shared, error: functionOption },
  outcome: { ...shared, result: functionOption },
  abort: { ...shared, after: durationOption() },
} as const satisfies Readonly<Record<string, OptionRules>>;

/**
 * Harms calls on purpose, to show that what surrounds them holds: it stands right around the call, so that timeouts,
 * circuit breakers and retries meet what it does. Refused in production unless allowed.
 */
export const chaos = {
  /** Lets attempts wait before they begin. */
  latency(options: ChaosLatencyOptions = {}): ChaosPolicy {
    const { delay = 1_000 } = given(options);
    return make(
      'chaos.latency',
      options,
      chaosRules.latency,
      { delay },
      (to, start, attempt) => new DelayedStart(to, start, attempt, delay),
    );
  },

  /** Lets attempts fail without calling. */
  fault(options: ChaosFaultOptions = {}): ChaosPolicy {
    const { error } = given(options);
    const makeError = error ?? (() => new Error('A fault was injected by chaos.fault.'));
    const described = { error: error === undefined ? 'the default' : nameOf(error) };
    return make('chaos.fault', options, chaosRules.fault, described, (to, _start, attempt) => {
      const fail = (): never => {
        throw makeError();
      };
      return makeCall(fail, attempt, to, attempt.call.clock);
    });
  },

  /** Gives a result without calling. */
  outcome(options: ChaosOutcomeOptions): ChaosPolicy {
    const { result } = given(options);
    const harm: Harm = (to, _start, attempt) => {
      attempt.call.isReplaced = true;
      return makeCall(result, attempt, to, attempt.call.clock);
    };
    const policy = make('chaos.outcome', options, chaosRules.outcome, { result: nameOf(result) }, harm);
    requireOption('chaos.outcome.result', result, functionOption);
    return policy;
  },

  /** Calls, and aborts the attempt's signal, as if somebody had hung up. */
  abort(options: ChaosAbortOptions = {}): ChaosPolicy {
    const { after = 0 } = given(options);
    return make('chaos.abort', options, chaosRules.abort, { after }, (to, start, attempt) =>
      new AbortedRun(to, attempt, after).begin(start),
    );
  },
} as const;

/** What is read of options before they have been checked, which may be none. */
function given<O extends object>(options: O): O {
  return (options as O | null) ?? ({} as O);
}

/** Of an option that has not been checked. */
function nameOf(option: unknown): string {
  return typeof option === 'function' ? nameOfFunction(option) : 'none';
}

/** Starts what the policy surrounds. */
type Start = (to: Receiver) => Running | undefined;

type Harm = (to: Receiver, start: Start, attempt: Attempt) => Running | undefined;

function make(name: string, options: ChaosOptions, rules: OptionRules, described: object, harm: Harm): ChaosPolicy {
  requirePolicyOptions(name, options, rules);
  if (process.env['NODE_ENV'] === 'production' && options.allowInProduction !== true) {
    throw new BowlineError('BOW_CHAOS_IN_PRODUCTION', { policy: options.name ?? name });
  }
  return new ChaosPolicy(name, options, described, harm);
}

/** Harms a share of the attempts. Made by `chaos`. */
export class ChaosPolicy extends Policy {
  readonly kind = 'chaos';
  readonly counts = new PipelineMetrics();
  injected = 0;
  observedInjections = 0;
  #rate: number;
  #seed: number | undefined;
  #allowInProduction: boolean;
  #random: Random | undefined;
  #described: object;
  #harm: Harm;

  constructor(name: string, options: ChaosOptions, described: object, harm: Harm) {
    super(name, options);
    this.#rate = options.rate ?? 0.1;
    this.#seed = options.seed;
    this.#allowInProduction = options.allowInProduction ?? false;
    this.#random = options.seed === undefined ? undefined : new SeededRandom(options.seed);
    this.#described = described;
    this.#harm = harm;
  }

  /** The share of attempts that are harmed. */
  get rate(): number {
    return this.#rate;
  }

  set rate(rate: number) {
    requireOption(`${this.name}.rate`, rate, ratioOption(0));
    this.#rate = rate;
    this.noteByHand('rate');
  }

  override keepByHand(other: this, options: ReadonlySet<string>): void {
    super.keepByHand(other, options);
    if (options.has('rate')) this.rate = other.rate;
  }

  get metrics(): ChaosMetrics {
    const { injected, observedInjections } = this;
    return { ...this.counts.snapshot(), injected, observedInjections };
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    this.counts.calls++;
    const receiver = new CountingReceiver(this.counts, to, now);
    if ((this.#random ?? this.environment.random).next() >= this.#rate) return next.start(attempt, receiver, now);
    if (!this.enforces) {
      this.observedInjections++;
      return next.start(attempt, receiver, now);
    }
    this.injected++;
    return this.#harm(receiver, (inner) => next.start(attempt, inner, attempt.call.clock.elapsed()), attempt);
  }

  override adopt(other: this): void {
    super.adopt(other);
    this.#rate = other.#rate;
    // The same seed goes on where it is.
    if (this.#seed !== other.#seed) this.#random = other.#random;
    this.#seed = other.#seed;
    this.#allowInProduction = other.#allowInProduction;
    this.#described = other.#described;
    this.#harm = other.#harm;
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    const allowInProduction = this.#allowInProduction;
    return { rate: this.#rate, seed: this.#seed, allowInProduction, ...this.#described };
  }
}

class DelayedStart implements Running {
  readonly #to: Receiver;
  readonly #attempt: Attempt;
  #timer: Timer | undefined;
  #inner: Running | undefined;

  constructor(to: Receiver, start: Start, attempt: Attempt, delay: number) {
    this.#to = to;
    this.#attempt = attempt;
    this.#timer = attempt.call.clock.schedule(() => {
      this.#timer = undefined;
      this.#inner = start(to);
    }, delay);
  }

  cancel(reason: unknown, force: boolean): void {
    if (this.#timer === undefined) {
      this.#inner?.cancel(reason, force);
      return;
    }
    this.#timer.cancel();
    this.#timer = undefined;
    this.#attempt.abort(reason);
    this.#to.failed(reason, this.#attempt.call.clock.elapsed());
  }
}

class AbortedRun implements Receiver, Running {
  readonly #to: Receiver;
  readonly #timer: Timer;
  #inner: Running | undefined;

  constructor(to: Receiver, attempt: Attempt, after: number) {
    this.#to = to;
    this.#inner = undefined;
    const abort = (): void =>
      this.cancel(new DOMException('The attempt was aborted by chaos.abort.', 'AbortError'), false);
    this.#timer = attempt.call.clock.schedule(abort, after);
  }

  begin(start: Start): Running | undefined {
    this.#inner = start(this);
    return this.#inner === undefined ? undefined : this;
  }

  succeeded(value: unknown, now: number): void {
    this.#timer.cancel();
    this.#to.succeeded(value, now);
  }

  failed(error: unknown, now: number): void {
    this.#timer.cancel();
    this.#to.failed(error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    this.#inner?.cancel(reason, force);
  }
}
