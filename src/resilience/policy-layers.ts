import { isPlainOptions, type BootReport } from '../foundation/index.js';
import {
  definedKinds,
  optionsOf,
  type DefinedKind,
  type KindOptions,
  type PipelineDefinition,
} from './pipeline-definition.js';

/** Where options come from, from the weakest to the strongest. */
export type PolicyOrigin = 'decorator' | 'policies' | 'source' | 'change';

/** What one place says of one pipeline. */
export interface PolicyLayer {
  readonly origin: PolicyOrigin;
  /** As descriptions call the place: `@Retry on Payments.pay`. */
  readonly place: string;
  readonly definition: PipelineDefinition;
}

/** The options of one policy, and which place each of them comes from. */
export interface MergedOptions {
  readonly options: KindOptions;
  readonly places: Readonly<Record<string, string>>;
}

const strength: readonly PolicyOrigin[] = ['decorator', 'policies', 'source', 'change'];

/** Merges what all places say, option by option: the stronger one counts. */
export function mergeLayers(layers: readonly PolicyLayer[]): ReadonlyMap<DefinedKind, MergedOptions> {
  const sorted = layers.toSorted((one, other) => strength.indexOf(one.origin) - strength.indexOf(other.origin));
  const merged = new Map<DefinedKind, MergedOptions>();
  for (const kind of definedKinds) {
    const own = sorted.filter(({ definition }) => definition[kind] !== undefined);
    if (own.length > 0) merged.set(kind, own.map((layer) => mergedOf(kind, layer)).reduce(over));
  }
  return merged;
}

/** What one place says in two goes, as one layer: what it said later counts. */
export function joinLayers(earlier: PolicyLayer, later: PolicyLayer): PolicyLayer {
  const merged = mergeLayers([earlier, { ...later, origin: earlier.origin }]);
  const definition = Object.fromEntries([...merged].map(([kind, { options }]) => [kind, options]));
  return { ...later, definition };
}

/** Whether two options say the same. What is neither a list nor a plain object is itself alone: two stores with the same members are two. */
export function sayTheSame(one: unknown, other: unknown, above: readonly unknown[] = []): boolean {
  if (above.includes(one)) return true;
  const inside = [...above, one];
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => sayTheSame(each, other[index], inside));
  }
  if (!isPlainOptions(one) || !isPlainOptions(other)) return Object.is(one, other);
  const [first, second] = [one as KindOptions, other as KindOptions];
  return Object.keys({ ...first, ...second }).every((name) => sayTheSame(first[name], second[name], inside));
}

/** Two decorators that say different things of one policy: nobody could tell which of them counts. */
export function reportConflicts(name: string, layers: readonly PolicyLayer[], report: BootReport): void {
  for (const kind of definedKinds) {
    const own = layers.filter(({ origin, definition }) => origin === 'decorator' && definition[kind] !== undefined);
    const [first, ...others] = own;
    const said = ({ definition }: PolicyLayer): KindOptions => optionsOf(kind, definition[kind]);
    const other = others.find((each) => first !== undefined && !sayTheSame(said(each), said(first)));
    if (first !== undefined && other !== undefined)
      report.add('BOW_POLICY_CONFLICT', { name, kind, first: first.place, second: other.place });
  }
}

function mergedOf(kind: DefinedKind, { place, definition }: PolicyLayer): MergedOptions {
  const options = optionsOf(kind, definition[kind]);
  return { options, places: Object.fromEntries(Object.keys(options).map((option) => [option, place])) };
}

function over(weaker: MergedOptions, stronger: MergedOptions): MergedOptions {
  // What a fallback gives is one of two options, and the stronger place means its own.
  const { value: _value, run: _run, ...rest } = weaker.options;
  const replaces = 'value' in stronger.options || 'run' in stronger.options;
  return {
    options: { ...(replaces ? rest : weaker.options), ...stronger.options },
    places: { ...weaker.places, ...stronger.places },
  };
}
