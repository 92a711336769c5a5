import {
  BootReport,
  checkOptions,
  customOption,
  describeValue,
  oneOfOption,
  stringOption,
  type OptionRule,
  type OptionRules,
} from '../foundation/index.js';

/**
 * - `enforce`: it does what it decides.
 * - `observe`: it decides the same, but only counts and tells of it.
 * - `off`: calls pass as if it were not there.
 */
export type PolicyMode = 'enforce' | 'observe' | 'off';

/** What every policy can be told. */
export interface PolicyOptions {
  /** As errors, events and descriptions call it. @default its kind behind the name of its first pipeline, as `payments.circuitBreaker` */
  readonly name?: string;
  /** What it does of what it decides; can be changed while it runs. @default 'enforce' */
  readonly mode?: PolicyMode;
}

export const modeOption: OptionRule = oneOfOption('enforce', 'observe', 'off');

/** What every policy can be told. */
export const policyRules: OptionRules = { name: stringOption, mode: modeOption };

/** A share of a whole. */
export function ratioOption(min: number, max = 1): OptionRule {
  return customOption(`a number from ${min} to ${max}`, (value) => isNumber(value) && value >= min && value <= max);
}

/** A share of a whole, of which there must be something. */
export const positiveRatioOption: OptionRule = customOption(
  'a number above 0, up to 1',
  (value) => isNumber(value) && value > 0 && value <= 1,
);

/** Any of `rules` accepts it. */
export function eitherOption(...rules: readonly OptionRule[]): OptionRule {
  const members = rules.find((rule) => rule.members !== undefined)?.members;
  return {
    expected: rules.map((rule) => rule.expected).join(', or '),
    accepts: (value) => rules.some((rule) => rule.accepts(value)),
    ...(members === undefined ? {} : { members }),
  };
}

export const functionOption: OptionRule = customOption('a function', (value) => typeof value === 'function');

/** Throws one error that lists whatever is wrong with the options of a policy. */
export function requirePolicyOptions(kind: string, given: unknown, rules: OptionRules): void {
  const report = new BootReport();
  const where = `${kind}(...)`;
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    checkOptions(report, kind, given, { ...policyRules, ...rules });
  } else {
    report.add('BOW_OPTION_INVALID', {
      option: where,
      got: describeValue(given),
      expected: 'given its options as an object',
    });
  }
  report.throwIfAny(`${where} cannot be made`);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}
