import {
  customOption,
  durationOption,
  metadataKey,
  requireOption,
  stringOption,
  type Deadline,
  type MetadataKey,
} from '../foundation/index.js';
import type { Phase } from './phase.js';
import type { RunReport } from './timed-run.js';
import type { StopReason } from './stop-reason.js';

/** When a hook is called. */
export type HookName = 'OnStart' | 'OnReady' | 'OnLameDuck' | 'PreShutdown' | 'PostShutdown';

export interface HookOptions {
  /** Hooks of one name run in ascending order, equal ones at once. @default 0 */
  readonly order?: number;
  /** How long it may take, within the grace period. Milliseconds. @default 5_000 (30_000 for OnStart) */
  readonly timeout?: number;
}

/** What a hook is told. */
export interface HookContext {
  readonly phase: Phase;
  /** Why the application stops; undefined in OnStart and OnReady. */
  readonly reason: StopReason | undefined;
  /** When everything of this phase must have ended. */
  readonly deadline: Deadline;
  /** Aborts when the time of this hook is over. */
  readonly signal: AbortSignal;
}

export type HookFunction = (context: HookContext) => unknown;

/** What a hook decorator writes. */
export interface HookMetadata extends HookOptions {
  readonly hook: HookName;
  readonly method: string;
}

export const hookKey: MetadataKey<HookMetadata> = metadataKey('hook');

/** One hook, whoever brought it. */
export interface Hook {
  readonly hook: HookName;
  /** As logs and reports call it: `OrderService.flush`. */
  readonly name: string;
  readonly order: number;
  readonly timeout: number | undefined;
  readonly run: HookFunction;
}

export interface HookReport extends RunReport {
  readonly hook: HookName;
}

/** The orders that hooks have, ascending: those of one order run at once. */
export function ordersOf(hooks: readonly Hook[]): readonly number[] {
  return [...new Set(hooks.map(({ order }) => order))].toSorted((a, b) => a - b);
}

const functionOption = customOption('a function', (value) => typeof value === 'function');
const orderOption = customOption('a number', (value) => Number.isFinite(value));

/** A hook that is a function. Throws BOW_OPTION_INVALID: at the stop it would be too late. */
export function toHook(hook: HookName, name: string, run: HookFunction, options: HookOptions): Hook {
  const { order = 0, timeout } = options;
  requireOption(`The name of a ${hook} hook`, name, stringOption);
  requireOption(`The ${hook} hook '${name}'`, run, functionOption);
  requireOption(`order of the ${hook} hook '${name}'`, order, orderOption);
  if (timeout !== undefined) requireOption(`timeout of the ${hook} hook '${name}'`, timeout, durationOption(1));
  return { hook, name, order, timeout, run };
}
