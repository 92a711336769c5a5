import { classChain, metadataKey, nameOf, ownMetadata, type ClassType, type MetadataKey } from '../foundation/index.js';
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

/** A method that goes through a pipeline. */
export interface PolicedMethod {
  readonly type: ClassType;
  readonly method: string;
  readonly pipeline: string;
  readonly calls: UsePolicyOptions;
}

/** What the decorators of one class say. */
export interface PolicedClass {
  readonly methods: readonly PolicedMethod[];
  /** What they add to pipelines, by the names of those. */
  readonly layers: readonly (PolicyLayer & { readonly pipeline: string })[];
  /** Methods that are to go through two pipelines at once. */
  readonly conflicts: readonly { readonly where: string; readonly pipelines: readonly string[] }[];
}

/** Whether a class, or one of its bases, has a policy. */
export function hasPolicies(type: ClassType): boolean {
  return classChain(type).some((each) => ownMetadata(policyKey, each).length > 0);
}

/** Reads a class with its bases; undefined where it has no policy. `hooks` are methods that the lifecycle calls, and nobody else. */
export function policiesOf(type: ClassType, hooks: ReadonlySet<string>): PolicedClass | undefined {
  const chain = classChain(type);
  const uses = chain.flatMap((each) => ownMetadata(policyKey, each).map((use) => ({ ...use, owner: each })));
  if (uses.length === 0) return undefined;
  const conflicts: PolicedClass['conflicts'][number][] = [];
  const nameFor = (use: PolicyUse & { readonly owner: ClassType }): string =>
    use.pipeline ?? [nameOf(use.owner), ...(use.method === undefined ? [] : [use.method])].join('.');
  const pipelineOf = (
    own: readonly (PolicyUse & { readonly owner: ClassType })[],
    where: string,
  ): string | undefined => {
    const names = [...new Set(own.filter(({ pipeline }) => pipeline !== undefined).map(nameFor))];
    if (names.length > 1) conflicts.push({ where, pipelines: names });
    return names[0] ?? (own[0] === undefined ? undefined : nameFor(own[0]));
  };
  const ofClass = uses.filter(({ method }) => method === undefined);
  const classPipeline = pipelineOf(ofClass, nameOf(type));
  const methods: PolicedMethod[] = [];
  const pipelines = new Map<string | undefined, string | undefined>([[undefined, classPipeline]]);
  for (const method of methodsOf(chain)) {
    const own = uses.filter((use) => use.method === method);
    const named = pipelineOf(own, `${nameOf(type)}.${method}`);
    // What a method says without a name is about the pipeline of its class, where that has one.
    const pipeline = own.some(({ pipeline: name }) => name !== undefined) ? named : (classPipeline ?? named);
    if (pipeline === undefined || (own.length === 0 && hooks.has(method))) continue;
    pipelines.set(method, pipeline);
    // What a method says counts above what its class does, and each above what a base says.
    const said = [...ofClass.toReversed(), ...own.toReversed()].map((use) => use.calls);
    const calls = Object.assign({}, ...said) as UsePolicyOptions;
    methods.push({ type, method, pipeline, calls });
  }
  const layers = uses.flatMap((use) => {
    const pipeline = pipelines.get(use.method);
    if (use.adds === undefined || pipeline === undefined) return [];
    const place = `${use.decorator} on ${nameOf(use.owner)}${use.method === undefined ? '' : `.${use.method}`}`;
    return [{ pipeline, origin: 'decorator' as const, place, definition: { [use.adds.kind]: use.adds.options } }];
  });
  return { methods, layers, conflicts };
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
