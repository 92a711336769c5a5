import type { ClassType } from '../../foundation/index.js';

/** What class-validator says of one rule. Written down here because the package is optional, its types included. */
export interface Rule {
  readonly type: string;
  readonly name?: string;
  readonly propertyName: string | symbol;
  readonly constraints?: readonly unknown[];
  readonly constraintCls?: unknown;
  readonly each?: boolean;
  readonly groups?: readonly string[];
  readonly validateIf?: (object: object, value: unknown) => unknown;
}

export interface RuleArguments {
  readonly targetName: string;
  readonly property: string;
  readonly object: object;
  readonly value: unknown;
  readonly constraints: readonly unknown[] | undefined;
}

/** What checks a value for a rule. `instance` asks the container of class-validator each time it is read. */
export interface Constraint {
  readonly name?: string;
  readonly async?: boolean;
  /** The class of {@link instance}. */
  readonly target?: ClassType<Constraint['instance']>;
  readonly instance: {
    validate(value: unknown, args: RuleArguments): unknown;
    defaultMessage?(args: RuleArguments): string;
  };
}

/** What class-transformer says of a property, from one of its decorators. */
export interface TransformMetadata {
  readonly propertyName: string | undefined;
  readonly options?: TransformOptions;
}

export interface TransformOptions {
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly since?: number;
  readonly until?: number;
  readonly toClassOnly?: boolean;
  readonly toPlainOnly?: boolean;
  readonly discriminator?: unknown;
}

export interface TypeMetadata extends TransformMetadata {
  readonly reflectedType: unknown;
  readonly typeFunction?: () => unknown;
}

export interface TransformCall {
  readonly value: unknown;
  readonly key: string;
  readonly obj: unknown;
  readonly type: number;
  readonly options: object;
}

export interface CustomTransform extends TransformMetadata {
  readonly transformFn: (call: TransformCall) => unknown;
}

/** Where class-transformer keeps what its decorators say. */
export interface TransformStorage {
  readonly _typeMetadatas?: unknown;
  readonly _transformMetadatas?: unknown;
  readonly _exposeMetadatas?: unknown;
  readonly _excludeMetadatas?: unknown;
  getStrategy(type: ClassType): string;
  getExposedMetadatas(type: ClassType): readonly TransformMetadata[];
  getExcludedMetadatas(type: ClassType): readonly TransformMetadata[];
  findTypeMetadata(type: ClassType, property: string): TypeMetadata | undefined;
  findTransformMetadatas(type: ClassType, property: string, direction: number): readonly CustomTransform[];
}

/** The direction of `plainToInstance`, as class-transformer numbers it. */
export const plainToInstance = 0;

/** What both libraries know of the classes. */
export interface LibraryMetadata {
  rulesOf(type: ClassType): readonly Rule[];
  constraintsOf(rule: Rule): readonly Constraint[];
  readonly transforms: TransformStorage;
  /** Properties that no rule names are taken away; otherwise a value that has one is left to both libraries. */
  readonly strips: boolean;
}
