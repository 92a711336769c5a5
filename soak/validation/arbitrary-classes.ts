import {
  uniqueArray,
  array,
  boolean,
  constant,
  constantFrom,
  letrec,
  nat,
  oneof,
  option,
  record,
  type Arbitrary,
} from 'fast-check';
import type { ValidationOptions } from '../../src/validation/validation-options.js';
import { ruleSamples } from './rule-samples.js';

/** A rule on a property. */
export interface RuleSpec {
  /** Of `ruleSamples`. */
  readonly sample: number;
  readonly each: boolean;
  readonly only:
    | 'always'
    | 'in a group'
    | 'always by option'
    | 'if it holds'
    | 'if it does not hold'
    | 'with a message';
}

export interface PropertySpec {
  readonly name: string;
  readonly rules: readonly RuleSpec[];
  readonly condition: 'none' | 'optional' | 'holds' | 'does not hold' | 'looks at the value' | 'optional and holds';
  readonly custom:
    | 'none'
    | 'by a class'
    | 'by a function'
    | 'asynchronous'
    | 'without a decorator'
    | 'with a famous name'
    | 'sometimes a promise';
  readonly allowed: boolean;
  readonly type: 'none' | 'number' | 'text' | 'truth' | 'date' | 'object' | 'of the value';
  readonly declared: 'nothing' | 'list' | 'object' | 'itself' | 'set' | 'map';
  readonly transform:
    | 'none'
    | 'trim'
    | 'nothing'
    | 'throws'
    | 'to plain'
    | 'in a group'
    | 'makes a list'
    | 'reads another'
    | 'makes a number of a text';
  readonly exposed: 'no' | 'yes' | 'other name' | 'name of another' | 'to plain' | 'to class' | 'in a group' | 'since';
  readonly excluded: 'no' | 'yes' | 'to plain' | 'to class';
  readonly initial: 'none' | 'value' | 'undefined' | 'function' | 'object';
  readonly promise: boolean;
  readonly nested?: ClassSpec | undefined;
}

export interface ClassSpec {
  readonly properties: readonly PropertySpec[];
  readonly base?: readonly PropertySpec[] | undefined;
  readonly oddity:
    | 'none'
    | 'method'
    | 'getter'
    | 'setter'
    | 'field without a rule'
    | 'frozen'
    | 'another object'
    | 'throws'
    | 'exposed'
    | 'excluded'
    | 'transform without a rule'
    | 'holds itself';
}

const plain = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'name', 'length', 'class', 'then'];
const odd = [
  'x-tenant',
  "it's",
  '0',
  'é',
  '\n',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'métier',
  'prototype',
];

/** Mostly the first: what leaves a class to class-validator must not hide all else. */
function mostly<T extends string>(usual: T, ...others: readonly T[]): Arbitrary<T> {
  return oneof(
    { weight: 30, arbitrary: constant(usual) },
    { weight: 1, arbitrary: constantFrom(...others) },
  ) as Arbitrary<T>;
}

const rule: Arbitrary<RuleSpec> = record({
  sample: nat({ max: ruleSamples.length - 1 }),
  each: oneof({ weight: 8, arbitrary: constant(false) }, { weight: 1, arbitrary: constant(true) }),
  only: mostly('always', 'in a group', 'always by option', 'if it holds', 'if it does not hold', 'with a message'),
});

const scalar = record<PropertySpec>({
  name: oneof({ weight: 30, arbitrary: constantFrom(...plain) }, { weight: 1, arbitrary: constantFrom(...odd) }),
  rules: oneof(
    { weight: 40, arbitrary: array(rule, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: array(rule, { minLength: 2, maxLength: 3 }) },
    { weight: 1, arbitrary: constant([]) },
  ),
  condition: mostly(
    'none',
    'optional',
    'optional',
    'holds',
    'does not hold',
    'looks at the value',
    'optional and holds',
  ),
  custom: mostly(
    'none',
    'by a class',
    'by a function',
    'by a class',
    'by a function',
    'asynchronous',
    'without a decorator',
    'with a famous name',
    'sometimes a promise',
  ),
  allowed: boolean(),
  type: mostly('none', 'number', 'text', 'truth', 'date', 'of the value'),
  declared: mostly('nothing', 'list', 'object', 'itself', 'set', 'map'),
  transform: mostly(
    'none',
    'trim',
    'trim',
    'nothing',
    'throws',
    'to plain',
    'in a group',
    'makes a list',
    'reads another',
    'makes a number of a text',
  ),
  exposed: mostly(
    'no',
    'yes',
    'yes',
    'other name',
    'other name',
    'name of another',
    'to plain',
    'to class',
    'in a group',
    'since',
  ),
  excluded: mostly('no', 'yes', 'to plain', 'to class'),
  initial: mostly('none', 'value', 'value', 'undefined', 'function', 'object'),
  promise: oneof({ weight: 40, arbitrary: constant(false) }, { weight: 1, arbitrary: constant(true) }),
}).map(withFittingType);

/** JSON has no dates. */
const dateRules: readonly string[] = ['IsDate', 'MinDate', 'MaxDate'];

function withFittingType(property: PropertySpec): PropertySpec {
  const needsDate = property.rules.some(({ sample }) => dateRules.includes(ruleSamples[sample]?.decorator ?? ''));
  return needsDate && property.type === 'none' ? { ...property, type: 'date' } : property;
}

/** A name twice is rules that contradict each other; some of that is wanted. */
const mostlyOther = (a: string, b: string): boolean => a === b && a !== 'beta';
const toName = ({ name }: PropertySpec): string => name;

const { anyClass } = letrec<{ anyClass: ClassSpec; property: PropertySpec }>((tie) => ({
  property: oneof(
    { maxDepth: 2 },
    { weight: 5, arbitrary: scalar },
    {
      weight: 1,
      arbitrary: record({
        property: scalar,
        nested: tie('anyClass'),
        declared: constantFrom('nothing', 'list', 'itself', 'object', 'itself', 'list', 'set', 'map', 'map', 'set'),
        isBare: oneof({ weight: 5, arbitrary: constant(true) }, { weight: 1, arbitrary: constant(false) }),
      }).map(({ property, nested, declared, isBare }) => ({
        ...property,
        nested,
        declared,
        type: 'object' as const,
        // Most have but @Type and @ValidateNested.
        ...(isBare ? { rules: [], transform: 'none' as const, custom: 'none' as const, allowed: false } : {}),
      })),
    },
  ) as Arbitrary<PropertySpec>,
  anyClass: record({
    properties: uniqueArray(tie('property'), { minLength: 1, maxLength: 5, selector: toName, comparator: mostlyOther }),
    base: option(array(tie('property'), { minLength: 1, maxLength: 2 }), { freq: 6, nil: undefined }),
    oddity: mostly(
      'none',
      'method',
      'getter',
      'setter',
      'setter',
      'setter',
      'field without a rule',
      'frozen',
      'another object',
      'throws',
      'exposed',
      'excluded',
      'transform without a rule',
      'holds itself',
      'holds itself',
    ),
  }) as Arbitrary<ClassSpec>,
}));

export type BodyKind = 'valid' | 'nearly valid' | 'hostile';

/** A body as a list of choices, which `writeBody` makes against a class. */
export interface BodySpec {
  readonly kind: BodyKind;
  readonly choices: readonly number[];
}

/** A class, and bodies for it. */
export interface ValidationCase {
  readonly type: ClassSpec;
  readonly settings: (typeof settings)[number];
  readonly bodies: readonly BodySpec[];
}

export const bodiesPerClass = 10;

export const settings = [
  {},
  { unknown: 'refuse' },
  { unknown: 'keep' },
  { groups: ['some'] },
  { stopAtFirstError: true, unknown: 'refuse', groups: ['other', 'some'] },
] as const satisfies readonly ValidationOptions[];

export const validationCase: Arbitrary<ValidationCase> = record({
  type: anyClass,
  settings: oneof({ weight: 5, arbitrary: constant(settings[0]) }, { weight: 2, arbitrary: constantFrom(...settings) }),
  bodies: array(
    record({
      kind: constantFrom<BodyKind[]>('valid', 'valid', 'nearly valid', 'hostile'),
      choices: array(nat({ max: 1_000 }), { minLength: 8, maxLength: 24 }),
    }),
    { minLength: bodiesPerClass, maxLength: bodiesPerClass },
  ),
});
