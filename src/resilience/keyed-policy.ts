import { createHash } from 'node:crypto';
import { integerOption, type OptionRules } from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import { nameOfFunction } from './describe-options.js';
import type { PipelineMetrics } from './pipeline-metrics.js';
import type { PolicyEventSource } from './policy-events.js';
import { functionOption, requirePolicyOptions, type PolicyOptions } from './policy-options.js';
import { Policy, type PolicyEnvironment, type PolicyKind, type Receiver, type Running, type Stage } from './policy.js';

/** What a key is made of. */
export interface KeyedCall {
  /** The arguments of the method or wrapped function; what `args` of `execute` says, else none. */
  readonly args: readonly unknown[];
  readonly priority: string | undefined;
  /** The name of the pipeline. */
  readonly pipeline: string;
}

/** A state for each tenant, host or user in place of one for all. */
export interface KeyOptions {
  /** Whose state a call belongs to. A call whose key cannot be made fails with what the function throws. */
  readonly key: (call: KeyedCall) => string;
  /**
   * How many states are kept; the one that has not been used for longest goes first. What calls are in stays until they have
   * ended, so that a limit holds: while more keys than these are in use, there are as many states. 1 or more. @default 1_000
   */
  readonly maxKeys?: number;
}

export interface KeyedMetrics {
  /** How many states there are. */
  readonly keys: number;
  /** How many had to go. */
  readonly evicted: number;
}

export const keyRules: OptionRules = { key: functionOption, maxKeys: integerOption(1) };

/** A policy that can be kept for each key: it counts who is in it. */
export type KeyablePolicy = Policy & { readonly counts: PipelineMetrics };

/** How many states a call looks at to find one that may go: so that none takes long while all are in use. */
const maxLooks = 8;

/** Whether a policy is to have a state for each key. */
export function hasKey<O extends PolicyOptions>(options: O): options is O & KeyOptions {
  return typeof options === 'object' && options !== null && 'key' in options && options.key !== undefined;
}

/** Splits options into those of the keys and those of each state, and makes the policy. Throws a BootError for wrong options. */
export function makeKeyed<O extends PolicyOptions, P extends KeyablePolicy>(
  kind: PolicyKind,
  options: O & KeyOptions,
  rules: OptionRules,
  make: (options: O) => P,
): KeyedPolicy<P> {
  requirePolicyOptions(kind, options, { ...rules, ...keyRules });
  const { key, maxKeys = 1_000, ...own } = options;
  const makeState = (name: string): P => make({ ...own, name } as unknown as O);
  return new KeyedPolicy(kind, options, { key, maxKeys }, makeState);
}

/** Keeps a policy of its own for each key, a bounded number of them. */
export class KeyedPolicy<P extends KeyablePolicy> extends Policy {
  readonly kind: PolicyKind;
  #options: Required<KeyOptions>;
  #makeState: (name: string) => P;
  /** In the order of their last use. */
  readonly #states = new Map<string, P>();
  #pipelines: readonly (readonly [pipeline: string | undefined, events: PolicyEventSource])[] = [];
  /** The one that was used last needs no moving. */
  #latest: string | undefined;
  #evicted = 0;

  constructor(kind: PolicyKind, options: PolicyOptions, keys: Required<KeyOptions>, makeState: (name: string) => P) {
    super(kind, options);
    this.kind = kind;
    this.#options = keys;
    this.#makeState = makeState;
    // What is wrong with the options of a state is to be known now, and not when the first call comes.
    makeState(kind);
  }

  /** The state of a key; undefined where there is none, or it had to go. */
  of(key: string): P | undefined {
    return this.#states.get(key);
  }

  /** All states by their keys, the one that was not used for longest first. */
  get states(): ReadonlyMap<string, P> {
    return this.#states;
  }

  override get readsArguments(): boolean {
    return true;
  }

  get metrics(): KeyedMetrics {
    return { keys: this.#states.size, evicted: this.#evicted };
  }

  override attach(environment: PolicyEnvironment, pipeline: string | undefined, events: PolicyEventSource): boolean {
    this.#pipelines = [...this.#pipelines, [pipeline, events]];
    for (const state of this.#states.values()) state.attach(environment, pipeline, events);
    return super.attach(environment, pipeline, events);
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    const { options, pipeline } = attempt.call;
    let key: string;
    try {
      key = String(this.#options.key({ args: options.args ?? [], priority: options.priority, pipeline }));
    } catch (error) {
      to.failed(error, now);
      return undefined;
    }
    const state = this.#stateOf(key);
    if (state.mode !== this.mode) state.mode = this.mode;
    return state.start(attempt, to, now, next);
  }

  override adopt(other: this): void {
    super.adopt(other);
    this.#options = other.#options;
    this.#makeState = other.#makeState;
    for (const state of this.#states.values()) state.adopt(this.#makeState(state.name));
    this.#evict(this.#states.size, undefined);
  }

  override shutDown(): void {
    for (const state of this.#states.values()) state.shutDown();
  }

  protected describeOptions(): Readonly<Record<string, unknown>> {
    const { key, maxKeys } = this.#options;
    return { ...this.#makeState(this.name).toJSON().options, key: nameOfFunction(key), maxKeys };
  }

  #stateOf(key: string): P {
    const known = this.#states.get(key);
    if (known !== undefined && key === this.#latest && this.#states.size <= this.#options.maxKeys) return known;
    if (known !== undefined) this.#states.delete(key);
    const state = known ?? this.#newState(key);
    this.#states.set(key, state);
    this.#latest = key;
    this.#evict(maxLooks, key);
    return state;
  }

  #newState(key: string): P {
    const state = this.#makeState(`${this.name}[${shortened(key)}]`);
    for (const [pipeline, events] of this.#pipelines) state.attach(this.environment, pipeline, events);
    return state;
  }

  /** What calls are in would be a second time if it went, without what they have taken: it counts as used now. */
  #evict(looks: number, wanted: string | undefined): void {
    let left = looks;
    for (const [key, state] of this.#states) {
      if (this.#states.size <= this.#options.maxKeys || left-- === 0) return;
      if (key === wanted) continue;
      this.#states.delete(key);
      if (state.counts.running > 0) this.#states.set(key, state);
      else this.#evicted++;
    }
  }
}

/** Two long keys stay two: a shared store counts by the names of states, and tokens often begin alike. */
function shortened(key: string): string {
  if (key.length <= 100) return key;
  return `${key.slice(0, 75)}...${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`;
}
