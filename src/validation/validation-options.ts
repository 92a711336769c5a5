import {
  booleanOption,
  checkOptions,
  customOption,
  describeValue,
  integerOption,
  isPlainOptions,
  nestedOption,
  oneOfOption,
  optionName,
  type BootReport,
  type OptionRules,
} from '../foundation/index.js';

/** How classes with rules are validated. What is left out is as it is at the next wider place: route, controller, application. */
export interface ValidationOptions {
  /**
   * What becomes of properties that no rule names: they are taken away, refused, or kept. A client of tomorrow may send one to a
   * server of yesterday while both run, so the default takes them away; in development the log names each once. @default 'strip'
   */
  readonly unknown?: 'strip' | 'refuse' | 'keep';
  /** Rules of these groups are asked, and those that say `always`; a rule without groups is not. @default all rules */
  readonly groups?: readonly string[];
  /** Whether the first rule of a property that fails is the only one told; of a schema, the first issue. @default false */
  readonly stopAtFirstError?: boolean;
  /** The status of an answer that lists what failed. @default 400 */
  readonly status?: RefusalStatus;
  /** How large a value may be; a larger one is refused before class-validator sees it. */
  readonly limits?: ValidationLimitOptions;
}

/** How large a value of a class may be. Both libraries take far longer over what they refuse than parsing took. */
export interface ValidationLimitOptions {
  /** How many elements all lists in it may have together, from 1 to 1_000_000. @default 10_000 */
  readonly items?: number;
  /** How many properties one object in it may have, from 1 to 100_000. class-transformer takes the square of it. @default 1_000 */
  readonly properties?: number;
  /** How deep objects and lists may stand in each other, from 1 to 512. The server's `limits.jsonDepth`, 64, comes first. @default 512 */
  readonly depth?: number;
}

export type RefusalStatus = 400 | 422;

export interface ResolvedValidationLimits {
  readonly items: number;
  readonly properties: number;
  readonly depth: number;
}

export interface ResolvedValidationOptions {
  readonly unknown: 'strip' | 'refuse' | 'keep';
  readonly groups: readonly string[];
  readonly stopAtFirstError: boolean;
  readonly status: RefusalStatus;
  readonly limits: ResolvedValidationLimits;
}

export const defaultValidation: ResolvedValidationOptions = {
  unknown: 'strip',
  groups: [],
  stopAtFirstError: false,
  status: 400,
  limits: { items: 10_000, properties: 1_000, depth: 512 },
};

/** Option by option the last of the levels that says it, and the default where none does. Values that do not fit count as not said. */
export function resolveValidation(levels: readonly ValidationOptions[]): ResolvedValidationOptions {
  const said = levels.map((level) => fitting(level, validationRules));
  const limits = levels.map(({ limits: own }) => fitting(isPlainOptions(own) ? own : {}, limitRules));
  return {
    ...defaultValidation,
    ...Object.assign({}, ...said),
    limits: { ...defaultValidation.limits, ...Object.assign({}, ...limits) },
  } as ResolvedValidationOptions;
}

function fitting(given: object, rules: OptionRules): object {
  const entries = Object.entries(given).filter(([name, value]) => value !== undefined && rules[name]?.accepts(value));
  return Object.fromEntries(entries);
}

const limitRules: OptionRules = {
  items: integerOption(1, 1_000_000),
  properties: integerOption(1, 100_000),
  depth: integerOption(1, 512),
};

const validationRules: OptionRules = {
  unknown: oneOfOption('strip', 'refuse', 'keep'),
  groups: customOption(
    'a list of names of groups, of at least one',
    (value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string'),
  ),
  stopAtFirstError: booleanOption,
  status: customOption('400 or 422', (value) => value === 400 || value === 422),
  limits: nestedOption(limitRules),
};

/** What says the same here as an option of NestJS's ValidationPipe or of class-validator, behind "must be left out:". */
const foreign: ReadonlyMap<string, string> = new Map([
  ['whitelist', "unknown: 'strip' takes away what no rule names, and is the default"],
  ['forbidNonWhitelisted', "write unknown: 'refuse'"],
  ['forbidUnknownValues', 'what has no rules is always refused'],
  ['transform', 'a handler always gets an instance of the declared class'],
  [
    'transformOptions',
    'texts of query, path, headers and forms become what a class declares, a JSON body says what it means; @Type and @Transform do the rest',
  ],
  ['errorHttpStatusCode', 'write status: 422'],
  ['disableErrorMessages', 'bind an ErrorFormat that leaves out `errors`'],
  ['exceptionFactory', 'bind an ErrorFormat, or catch HttpError in an exception filter'],
  ['expectedType', 'name the class in the decorator, as in @Body(CreateOrder)'],
  ['validateCustomDecorators', 'what a decorator of your own gives is checked by a pipe beside it'],
  ['skipMissingProperties', 'put @IsOptional() on what may be missing'],
  ['skipUndefinedProperties', 'put @IsOptional() on what may be missing'],
  ['skipNullProperties', 'put @IsOptional() on what may be null'],
  ['dismissDefaultMessages', 'bind a MessageSource'],
  ['validationError', 'an answer never holds the value that was refused'],
  ['always', 'write { always: true } on the rules that every group asks'],
  ['strictGroups', 'a rule is asked for its groups, where groups are said'],
]);

/** Reports every option that is unknown, misspelt or out of range; `where` is as sentences call it. */
export function checkValidation(given: unknown, where: string, report: BootReport): void {
  if (!isPlainOptions(given)) {
    // A ValidationPipe in their place, as of NestJS, is an object as well.
    const expected = typeof given === 'object' && given !== null ? "options, as { unknown: 'refuse' }" : 'an object';
    report.add('BOW_OPTION_INVALID', { option: where, got: describeValue(given), expected });
    return;
  }
  const isForeign = (name: string): boolean => foreign.has(name);
  const own = Object.fromEntries(Object.entries(given).filter(([name]) => !isForeign(name)));
  checkOptions(report, where, own, validationRules);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || !isForeign(name)) continue;
    const facts = { option: optionName(where, name), got: describeValue(value) };
    report.add('BOW_OPTION_INVALID', { ...facts, expected: `left out: ${foreign.get(name)}` });
  }
}

/** The options of a rule as class-validator calls them. */
export interface RuleOptions {
  readonly whitelist: boolean;
  readonly forbidNonWhitelisted: boolean;
  readonly forbidUnknownValues: boolean;
  readonly stopAtFirstError: boolean;
  readonly groups?: string[];
}

export function toRuleOptions({
  unknown,
  groups,
  stopAtFirstError,
}: Pick<ResolvedValidationOptions, 'unknown' | 'groups' | 'stopAtFirstError'>): RuleOptions {
  return {
    whitelist: unknown !== 'keep',
    forbidNonWhitelisted: unknown === 'refuse',
    forbidUnknownValues: true,
    stopAtFirstError,
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
  };
}
