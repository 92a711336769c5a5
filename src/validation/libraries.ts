import type { ClassType } from '../foundation/index.js';
import type { ClassBuilders } from './compiled/class-builders.js';
import type { Constraint, Rule, TransformStorage } from './compiled/library-metadata.js';
import type { RuleLibrary, TransformLibrary } from './compiled/make-builders.js';
import type { ResolvedValidationOptions, RuleOptions } from './validation-options.js';

/** What is used of class-validator, written down here because the package is optional, its types included. */
export interface ClassValidator extends RuleLibrary {
  validate(instance: object, options: RuleOptions): Promise<FailedProperty[]>;
}

/** What is used of class-transformer. */
export interface ClassTransformer extends TransformLibrary {
  plainToInstance(type: new () => object, value: object): object;
}

export interface FailedProperty {
  /** What has the property: an instance, or a list. */
  readonly target?: object;
  /** Undefined for an object that has no rules at all. */
  readonly property: string | undefined;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly FailedProperty[];
}

/** Both libraries, with what one set of options makes of them. */
export interface Libraries {
  readonly validator: ClassValidator;
  readonly transformer: ClassTransformer;
  /** Undefined where class-transformer does not show its metadata, as a bundled one does not. */
  readonly transforms: TransformStorage | undefined;
  readonly builders: ClassBuilders | undefined;
  readonly options: ResolvedValidationOptions;
  readonly ruleOptions: RuleOptions;
  /** Those that are asked. */
  readonly rulesOf: (type: ClassType) => readonly Rule[];
  readonly constraintsOf: (rule: Rule) => readonly Constraint[];
}
