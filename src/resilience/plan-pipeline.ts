import {
  BootReport,
  checkOptions,
  describeValue,
  isBowlineError,
  isPlainOptions,
  type BootError,
} from '../foundation/index.js';
import {
  definitionRules,
  makePolicy,
  optionsOf,
  type DefinedKind,
  type KindOptions,
  type PipelineDefinition,
} from './pipeline-definition.js';
import { mergeLayers, sayTheSame, type MergedOptions, type PolicyLayer } from './policy-layers.js';
import type { Policy } from './policy.js';

/** Pipelines by their names. */
export type PipelineDefinitions = Readonly<Record<string, PipelineDefinition>>;

/** What is said of one pipeline, and what that makes of it. */
export interface PipelinePlan {
  readonly layers: readonly PolicyLayer[];
  readonly merged: ReadonlyMap<DefinedKind, MergedOptions>;
  /** Policies that were made for it; one of which nothing has changed is not among them. */
  readonly made: ReadonlyMap<DefinedKind, Policy<unknown>>;
}

/** A pipeline as it is, for who plans another of it. */
export interface PlannedPipeline {
  readonly merged: ReadonlyMap<DefinedKind, MergedOptions>;
  readonly policies: ReadonlyMap<DefinedKind, Policy<unknown>>;
}

const none: PlannedPipeline = { merged: new Map(), policies: new Map() };

/** Pipelines as somebody gave them, without those that are undefined. What is nothing of that kind is in the report, and counts as none. */
export function definitionsIn(where: string, given: unknown, report: BootReport): PipelineDefinitions {
  if (isPlainOptions(given)) {
    const defined = Object.entries(given).filter(([, definition]) => definition !== undefined);
    return Object.fromEntries(defined) as PipelineDefinitions;
  }
  const expected = 'a plain object with a pipeline for each name';
  report.add('BOW_OPTION_INVALID', { option: where, got: describeValue(given), expected });
  return {};
}

/** False where something is wrong with what one place says, which is in the report then. */
export function checkLayer(name: string, { origin, place, definition }: PolicyLayer, report: BootReport): boolean {
  const own = new BootReport();
  const option = `policies.${name}`;
  if (isPlainOptions(definition)) {
    checkOptions(own, option, definition, definitionRules);
  } else {
    const expected = 'a plain object with the options of each policy';
    own.add('BOW_OPTION_INVALID', { option, got: describeValue(definition), expected });
  }
  // Options of a decorator, or of a file, are not where their name says.
  for (const problem of own.problems) {
    const message = origin === 'policies' ? problem.message : problem.message.replace(/\.?$/, ` (${place}).`);
    report.addProblem({ ...problem, message });
  }
  return own.problems.length === 0;
}

/**
 * Plans what layers that were checked make of a pipeline. `insisting` is the layer that counts also above what was set by
 * hand. Undefined where something is wrong, which is in the report then.
 */
export function planPipeline(
  name: string,
  layers: readonly PolicyLayer[],
  report: BootReport,
  known: PlannedPipeline = none,
  insisting?: PolicyLayer,
): PipelinePlan | undefined {
  const merged = mergeLayers(layers);
  const made = new Map<DefinedKind, Policy<unknown>>();
  let isRight = true;
  for (const [kind, { options }] of merged) {
    const policy = known.policies.get(kind);
    const before = known.merged.get(kind)?.options ?? {};
    const kept = keptByHand(policy, before, options, optionsOf(kind, insisting?.definition[kind]));
    if (policy !== undefined && policy.setByHand.size === kept.size && sayTheSame(before, options)) continue;
    const fresh = tryToMake(kind, { name: `${name}.${kind}`, ...options }, report);
    if (fresh === undefined) isRight = false;
    else made.set(kind, fresh);
    if (policy !== undefined) fresh?.keepByHand(policy, kept);
  }
  return isRight ? { layers, merged, made } : undefined;
}

/** What was set by hand stays until somebody says something else of it. */
function keptByHand(
  policy: Policy<unknown> | undefined,
  before: KindOptions,
  after: KindOptions,
  insisted: KindOptions,
): ReadonlySet<string> {
  const set = [...(policy?.setByHand ?? [])];
  return new Set(set.filter((option) => before[option] === after[option] && !Object.hasOwn(insisted, option)));
}

function tryToMake(kind: DefinedKind, options: KindOptions, report: BootReport): Policy<unknown> | undefined {
  try {
    return makePolicy(kind, options);
  } catch (error) {
    if (!isBowlineError(error) || !report.addThrown(error as BootError)) throw error;
    return undefined;
  }
}
