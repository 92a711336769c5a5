import type { ClassType } from '../foundation/index.js';
import type { TransformerLibrary, ValidatorLibrary } from './class-libraries.js';
import type { ClassBuilders } from './compiled/class-builders.js';
import type { Constraint, Rule, TransformStorage } from './compiled/library-metadata.js';
import type { ResolvedValidationOptions, RuleOptions } from './validation-options.js';

/** Both libraries, with what one set of options makes of them. */
export interface Libraries {
  readonly validator: ValidatorLibrary;
  readonly transformer: TransformerLibrary;
  /** Undefined where class-transformer does not show its metadata, as a bundled one does not. */
  readonly transforms: TransformStorage | undefined;
  readonly builders: ClassBuilders | undefined;
  readonly options: ResolvedValidationOptions;
  readonly ruleOptions: RuleOptions;
  /** Those that are asked. */
  readonly rulesOf: (type: ClassType) => readonly Rule[];
  readonly constraintsOf: (rule: Rule) => readonly Constraint[];
}
