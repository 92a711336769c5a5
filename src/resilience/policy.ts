import { requireOption, type Clock, type Random } from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import type { PolicyEventSource } from './policy-events.js';
import { modeOption, type PolicyMode, type PolicyOptions } from './policy-options.js';

/** What a policy is for; a name of one that a user writes is its own. */
export type PolicyKind =
  | 'fallback'
  | 'rateLimit'
  | 'bulkhead'
  | 'timeout'
  | 'retry'
  | 'hedge'
  | 'circuitBreaker'
  | 'attemptTimeout'
  | 'chaos';

/** Is told once how that ended which it has started. `now` is the time of the pipeline's clock, read once per end. */
export interface Receiver {
  succeeded(value: unknown, now: number): void;
  failed(error: unknown, now: number): void;
}

/** What has been started and has not ended. */
export interface Running {
  /**
   * Asks it to end; its receiver is told as of any end. What waits ends at once. A call that listens to its signal is
   * waited for, unless `force` says that nobody does; it never ends twice.
   */
  cancel(reason: unknown, force: boolean): void;
}

/** A policy at its place in one pipeline, or the call itself. */
export interface Stage {
  /** Undefined where it has ended before it returned, and `to` knows. */
  start(attempt: Attempt, to: Receiver, now: number): Running | undefined;
}

/** Time and chance of the pipelines that a policy belongs to. */
export interface PolicyEnvironment {
  readonly clock: Clock;
  readonly random: Random;
}

/** A policy, as `toJSON` of it and of its pipeline describe it. */
export interface PolicyDescription {
  readonly kind: PolicyKind;
  readonly name: string;
  readonly mode: PolicyMode;
  /** Every option, defaults included. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Most policies are never touched by hand, and there may be one for each of many keys. */
const nothing: ReadonlySet<string> = new Set();

declare const valueOfFallback: unique symbol;

/**
 * One way to deal with what goes wrong, with the state of all calls that pass it. It belongs to as many pipelines as one
 * likes: two that hold the same circuit breaker open together. Policies are made by `retry`, `circuitBreaker` and the
 * others; `Fallback` is the type of what they give in place of a result.
 */
export abstract class Policy<Fallback = never> {
  declare readonly [valueOfFallback]: Fallback;
  abstract readonly kind: PolicyKind;
  #name: string;
  #isNamed: boolean;
  #mode: PolicyMode;
  #byHand: ReadonlySet<string>;
  #environment: PolicyEnvironment | undefined;

  /** `described` is its name as long as neither its options nor a pipeline give it one. */
  constructor(described: string, options: PolicyOptions) {
    this.#name = options.name ?? described;
    this.#isNamed = options.name !== undefined;
    this.#mode = options.mode ?? 'enforce';
    this.#byHand = nothing;
    this.#environment = undefined;
  }

  /** As errors, events and descriptions call it: as its options say, else by its kind and its first pipeline. */
  get name(): string {
    return this.#name;
  }

  /**
   * What it does of what it decides; may be set at any time, and holds for calls that begin then. `observe` decides as
   * `enforce` does, and only counts and tells; `off` does nothing.
   */
  get mode(): PolicyMode {
    return this.#mode;
  }

  set mode(mode: PolicyMode) {
    requireOption(`${this.name}.mode`, mode, modeOption);
    this.#mode = mode;
    this.noteByHand('mode');
  }

  /** The options that were set by hand since they were given the last time. */
  get setByHand(): ReadonlySet<string> {
    return this.#byHand;
  }

  /** Takes over what was set by hand of `other`, of these options. */
  keepByHand(other: this, options: ReadonlySet<string>): void {
    if (options.has('mode')) this.mode = other.mode;
  }

  protected noteByHand(option: string): void {
    if (!this.#byHand.has(option)) this.#byHand = new Set([...this.#byHand, option]);
  }

  /** Whether what it decides is done. */
  get enforces(): boolean {
    return this.#mode === 'enforce';
  }

  /** Whether it looks at the arguments of calls, which are handed on only where that is so. */
  get readsArguments(): boolean {
    return false;
  }

  /** Counters since it was made, and what is now. Reading them costs the reader, not the calls. */
  abstract get metrics(): object;

  toJSON(): PolicyDescription {
    return { kind: this.kind, name: this.name, mode: this.mode, options: this.describeOptions() };
  }

  /**
   * It belongs to `pipeline` from now on, whose clock it has; false where it has another pipeline's. `events` is where it
   * tells of what happens outside of a call.
   */
  attach(environment: PolicyEnvironment, pipeline: string | undefined, _events: PolicyEventSource): boolean {
    if (!this.#isNamed && pipeline !== undefined) {
      this.#name = `${pipeline}.${this.#name}`;
      this.#isNamed = true;
    }
    const known = (this.#environment ??= environment);
    return known.clock === environment.clock && known.random === environment.random;
  }

  /** Time and chance; there are none before it belongs to a pipeline. */
  protected get environment(): PolicyEnvironment {
    if (this.#environment === undefined) {
      throw new TypeError(`${this.name} does not belong to a pipeline yet. Hand it to pipeline(...) first.`);
    }
    return this.#environment;
  }

  /** The time of its clock; 0 before it belongs to a pipeline. */
  protected get elapsed(): number {
    return this.#environment?.clock.elapsed() ?? 0;
  }

  /** Takes the mode and the options of another that was made for that, and keeps its own state. Calls that run keep what they began with. */
  adopt(other: this): void {
    this.#mode = other.#mode;
    this.#byHand = other.#byHand;
  }

  /** Lets no call wait any longer whose pipeline is being shut down. */
  shutDown(): void {}

  /** A call passes; `next` is what it surrounds. */
  abstract start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined;

  protected abstract describeOptions(): Readonly<Record<string, unknown>>;
}
