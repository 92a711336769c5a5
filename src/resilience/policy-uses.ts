import {
  carriesMetadata,
  classChain,
  metadataKey,
  nameOf,
  ownMetadata,
  type ClassType,
  type MetadataKey,
} from '../foundation/index.js';
import type { DefinedKind } from './pipeline-definition.js';
import type { PolicyLayer } from './policy-layers.js';

/** What `@UsePolicy` says of the calls of a method. */
export interface UsePolicyOptions {
  /** False where doing it twice may do harm: then it is neither retried nor hedged. @default true */
  readonly idempotent?: boolean;
  /** One of the names that a bulkhead keeps a share for, or a function that gives it for each call. @default none */
  readonly priority?: string | ((call: { readonly args: readonly unknown[] }) => string | undefined);
}

/** One decorator that puts a policy around methods. */
export interface PolicyUse {
  /** As the user wrote it: `@Retry`. */
  readonly decorator: string;
  /** The pipeline that it names; undefined for one of its own. */
  readonly pipeline: string | undefined;
  /** What it adds to that; undefined where it only names one. */
  readonly adds: { readonly kind: DefinedKind; readonly options: unknown } | undefined;
  /** What it says of calls. */
  readonly calls: UsePolicyOptions | undefined;
  /** Undefined where it stands on the class, and is for all methods that may be called from outside. */
  readonly method: string | undefined;
}

export const policyKey: MetadataKey<PolicyUse> = metadataKey('policy');

/** Names of methods that a policy of their class never surrounds, as the one that ends an instance. */
export const policyFreeKey: MetadataKey<string> = metadataKey('policy free');

/** A method that goes through pipelines. */
export interface PolicedMethod {
  readonly type: ClassType;
  readonly method: string;
  /** The outermost first. */
  readonly pipelines: readonly string[];
  readonly calls: UsePolicyOptions;
  /** Whether the innermost is that of its class: what the instance calls of itself is a part of the call then that is under way. */
  readonly hasClassPipeline: boolean;
  /** Whether only its class says so, of methods that may be private and give no promise. */
  readonly isOfClass: boolean;
}

/** What the decorators of one class say. */
export interface PolicedClass {
  readonly methods: readonly PolicedMethod[];
  /** Methods that the lifecycle calls, of a class whose policy goes around them: what they call of the instance goes without. */
  readonly hooks: readonly string[];
  /** What they add to pipelines, by the names of those. */
  readonly layers: readonly (PolicyLayer & { readonly pipeline: string })[];
  /** The pipelines that have their names by the class. */
  readonly own: readonly { readonly pipeline: string; readonly decorator: string }[];
  /** Methods that are to go through two pipelines at once. */
  readonly conflicts: readonly { readonly where: string; readonly pipelines: readonly string[] }[];
}

interface OwnedUse extends PolicyUse {
  readonly owner: ClassType;
}

/** Whether a class, or one of its bases, has a policy. */
export function hasPolicies(type: ClassType): boolean {
  return carriesMetadata(policyKey, type);
}

/** Reads a class with its bases; undefined where it has no policy. `hooks` are methods that the lifecycle calls, and nobody else. */
export function policiesOf(type: ClassType, hooks: ReadonlySet<string>): PolicedClass | undefined {
  const chain = classChain(type);
  const names = methodsOf(chain);
  const uses = usesOf(chain);
  if (uses.length === 0) return undefined;
  const free = new Set([...hooks, ...chain.flatMap((each) => ownMetadata(policyFreeKey, each))]);
  const conflicts: PolicedClass['conflicts'][number][] = [];
  const namedOf = (own: readonly OwnedUse[], where: string): string | undefined => {
    const said = [...new Set(own.flatMap(({ pipeline }) => pipeline ?? []))];
    if (said.length > 1) conflicts.push({ where, pipelines: said });
    return said[0];
  };
  const ofClass = uses.filter(({ method }) => method === undefined);
  const classPipeline = namedOf(ofClass, nameOf(type)) ?? (ofClass.length === 0 ? undefined : nameOf(type));
  const pipelines = new Map<string | undefined, string | undefined>([[undefined, classPipeline]]);
  const methods = [...names].flatMap((method): PolicedMethod[] => {
    const own = uses.filter((use) => use.method === method);
    if (own.length === 0 && (classPipeline === undefined || free.has(method))) return [];
    const where = `${nameOf(type)}.${method}`;
    const named = namedOf(own, where);
    const innermost = named ?? (own.length === 0 ? classPipeline : where);
    pipelines.set(method, innermost);
    // What says no name is around what its class says; a name takes the place of that.
    const through = own.length === 0 || named !== undefined ? [innermost] : [innermost, classPipeline];
    // What a method says counts above what its class does, and each above what a base says.
    const said = [...ofClass.toReversed(), ...own.toReversed()].map((use) => use.calls);
    const calls = Object.assign({}, ...said) as UsePolicyOptions;
    const hasClassPipeline = classPipeline !== undefined && named === undefined;
    return [
      {
        type,
        method,
        pipelines: through.filter((each) => each !== undefined),
        calls,
        hasClassPipeline,
        isOfClass: own.length === 0,
      },
    ];
  });
  const ofLifecycle = classPipeline === undefined ? [] : [...hooks].filter((hook) => names.has(hook));
  return { methods, hooks: ofLifecycle, layers: layersOf(uses, pipelines), own: ownOf(uses, pipelines), conflicts };
}

/** Those of the class first. What a class says of a method, or of all, takes the place of what a base says by the same decorator. */
function usesOf(chain: readonly ClassType[]): readonly OwnedUse[] {
  const uses: OwnedUse[] = [];
  for (const owner of chain) {
    const isSaid = ({ decorator, method }: PolicyUse): boolean =>
      uses.some((use) => use.owner !== owner && use.decorator === decorator && use.method === method);
    const own = ownMetadata(policyKey, owner).filter((use) => !isSaid(use));
    uses.push(...own.map((use) => ({ ...use, owner })));
  }
  return uses;
}

function layersOf(
  uses: readonly OwnedUse[],
  pipelines: ReadonlyMap<string | undefined, string | undefined>,
): PolicedClass['layers'] {
  return uses.flatMap((use) => {
    const pipeline = use.pipeline ?? pipelines.get(use.method);
    if (use.adds === undefined || pipeline === undefined) return [];
    const place = `${use.decorator} on ${nameOf(use.owner)}${use.method === undefined ? '' : `.${use.method}`}`;
    return [{ pipeline, origin: 'decorator' as const, place, definition: { [use.adds.kind]: use.adds.options } }];
  });
}

function ownOf(
  uses: readonly OwnedUse[],
  pipelines: ReadonlyMap<string | undefined, string | undefined>,
): PolicedClass['own'] {
  return uses.flatMap(({ decorator, method, pipeline: named }) => {
    const pipeline = pipelines.get(method);
    const isNamed = uses.some((use) => use.method === method && use.pipeline !== undefined);
    return named !== undefined || isNamed || pipeline === undefined ? [] : [{ pipeline, decorator }];
  });
}

/** What callers outside can call: no accessor, nothing static, nothing with a `#`, and no symbol. */
function methodsOf(chain: readonly ClassType[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { prototype } of chain) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype as object))) {
      if (name !== 'constructor' && typeof value === 'function') names.add(name);
    }
  }
  return names;
}
