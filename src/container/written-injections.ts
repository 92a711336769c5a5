import type { ClassType } from '../foundation/index.js';

/** One parameter or property as Inversify's decorators left it; `value` is the identifier. */
export interface WrittenInjection {
  readonly kind: number;
  readonly value?: unknown;
}

/** What Inversify's decorators wrote on one class, complete or not. */
export interface WrittenInjections {
  readonly parameters: readonly (WrittenInjection | undefined)[];
  readonly properties: ReadonlyMap<string | symbol, WrittenInjection>;
  readonly postConstruct: ReadonlySet<string | symbol>;
  readonly preDestroy: ReadonlySet<string | symbol>;
}

interface RawMetadata {
  readonly constructorArguments: readonly (WrittenInjection | undefined)[];
  readonly properties: ReadonlyMap<string | symbol, WrittenInjection>;
  readonly lifecycle: {
    readonly postConstructMethodNames: ReadonlySet<string | symbol>;
    readonly preDestroyMethodNames: ReadonlySet<string | symbol>;
  };
}

/**
 * Read raw, because Inversify's `getClassMetadata` throws where something is missing, and what is missing is what the
 * boot report wants to name.
 */
export function writtenInjections(type: ClassType): WrittenInjections {
  const raw = Reflect.getOwnMetadata('@inversifyjs/core/classMetadataReflectKey', type) as RawMetadata | undefined;
  return {
    // Spread, since an array with holes skips them in forEach and keeps them undefined here.
    parameters: [...(raw?.constructorArguments ?? [])],
    properties: raw?.properties ?? new Map(),
    postConstruct: raw?.lifecycle.postConstructMethodNames ?? new Set(),
    preDestroy: raw?.lifecycle.preDestroyMethodNames ?? new Set(),
  };
}

/** `@Optional`, `@Named` or `@Tagged` without an `@Inject`: Inversify's MaybeClassElementMetadataKind.unknown. */
export function isUndecided(written: WrittenInjection | undefined): boolean {
  return written?.kind === 32;
}

/** Whether it says what to inject. An identifier that is undefined comes from files that import each other. */
export function isDecided(written: WrittenInjection | undefined): written is WrittenInjection {
  return written !== undefined && !isUndecided(written) && !isCircular(written);
}

export function isCircular(written: WrittenInjection): boolean {
  return !isUndecided(written) && 'value' in written && written.value === undefined;
}
