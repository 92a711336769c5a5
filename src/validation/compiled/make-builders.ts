import type { ClassType } from '../../foundation/index.js';
import type { ValidatorLibrary } from '../class-libraries.js';
import { defaultValidation, toRuleOptions, type ResolvedValidationOptions } from '../validation-options.js';
import { ClassBuilders, type IsOwnRule } from './class-builders.js';
import { fastChecks } from './fast-checks.js';
import type { Constraint, Rule, RuleArguments, TransformStorage } from './library-metadata.js';
import { rulesReader } from './rules-reader.js';

type Decorator = (...args: readonly unknown[]) => PropertyDecorator;

/** The builders for classes with rules of these libraries. */
export function makeBuilders(
  validator: ValidatorLibrary,
  transforms: TransformStorage,
  validation: ResolvedValidationOptions = defaultValidation,
  rulesOf = rulesReader(validator, toRuleOptions(validation)),
): ClassBuilders {
  const storage = validator.getMetadataStorage();
  const constraintsOf = (rule: Rule): readonly Constraint[] =>
    storage.getTargetValidatorConstraints(rule.constraintCls);
  const isOwn = ownRules(validator, rulesReader(validator), constraintsOf);
  const metadata = {
    rulesOf,
    constraintsOf,
    transforms,
    strips: validation.unknown === 'strip',
  };
  return new ClassBuilders(metadata, isOwn, validation.limits);
}

/** A rule is class-validator's own if it complains in the same words as one that was just made. */
function ownRules(
  validator: ValidatorLibrary,
  rulesOf: (type: ClassType) => readonly Rule[],
  constraintsOf: (rule: Rule) => readonly Constraint[],
): IsOwnRule {
  class Probe {}
  for (const [name, { decorator, sample }] of fastChecks) {
    const make = (validator as unknown as Readonly<Record<string, Decorator | undefined>>)[decorator];
    make?.(...sample)(Probe.prototype, name);
  }
  const complaints = new Map(rulesOf(Probe).map((rule) => [rule.name, complaintOf(rule, constraintsOf)]));
  return (rule) => {
    const said = complaintOf(rule, constraintsOf);
    const each = rule.each === true ? /^(maximal allowed date for |)each value in / : /^/;
    return said !== undefined && said.replace(each, '') === complaints.get(rule.name);
  };
}

function complaintOf(rule: Rule, constraintsOf: (rule: Rule) => readonly Constraint[]): string | undefined {
  const [constraint, ...more] = constraintsOf(rule);
  if (constraint === undefined || more.length > 0) return undefined;
  const args: RuleArguments = { targetName: '', property: '', object: {}, value: '', constraints: [0, 0] };
  // Not by `constraint.instance`: class-validator looks through all instances that it has, and keeps each for ever.
  const { target } = constraint;
  try {
    return target?.prototype.defaultMessage?.(args);
  } catch {
    // It asks its instance, as none of class-validator's own does.
    return undefined;
  }
}
