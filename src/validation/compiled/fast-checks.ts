/** Makes a name for a value that generated code needs. */
export type Constants = (value: unknown) => string;

/**
 * A check written by hand for a rule of class-validator. It never accepts what the rule refuses; `exact` says that it
 * refuses nothing that the rule accepts either, so that nobody needs to be asked after it.
 */
export interface FastCheck {
  readonly exact: boolean;
  /** A condition on the variable that is named; undefined where the constraints of the rule are not among those it knows. */
  write(value: string, constraints: readonly unknown[], constant: Constants): string | undefined;
  /** The decorator that gives the rule its name, and something to call it with: a rule of that name may be someone else's. */
  readonly decorator: string;
  readonly sample: readonly unknown[];
}

type Write = FastCheck['write'];

function exactly(decorator: string, sample: readonly unknown[], write: Write): FastCheck {
  return { exact: true, decorator, sample, write };
}

function partly(decorator: string, sample: readonly unknown[], write: Write): FastCheck {
  return { exact: false, decorator, sample, write };
}

// Subsets of what the rules accept, each without a quantifier that could be tried in two ways.
const plainEmail = /^[a-z\d_+-]{1,32}(?:\.[a-z\d_+-]{1,30})?@[a-z\d]{1,40}(?:\.[a-z\d]{1,40}){0,2}\.[a-z]{2,20}$/i;
const plainDate =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)?)?$/;
const uuids = new Map<unknown, RegExp>([
  [undefined, uuidOf('[1-8]')],
  ['all', uuidOf('[1-8]')],
  ...['1', '2', '3', '4', '5', '6', '7', '8'].flatMap((version) => [
    [version, uuidOf(version)] as const,
    [Number(version), uuidOf(version)] as const,
  ]),
]);

function uuidOf(version: string): RegExp {
  return new RegExp(`^[\\da-f]{8}-[\\da-f]{4}-${version}[\\da-f]{3}-[89ab][\\da-f]{3}-[\\da-f]{12}$`, 'i');
}

/** By the names that class-validator gives its rules. */
export const fastChecks: ReadonlyMap<string, FastCheck> = new Map(
  Object.entries({
    isDefined: exactly('IsDefined', [], (v) => `${v} !== undefined && ${v} !== null`),
    isNotEmpty: exactly('IsNotEmpty', [], (v) => `${v} !== '' && ${v} !== undefined && ${v} !== null`),
    isEmpty: exactly('IsEmpty', [], (v) => `(${v} === '' || ${v} === undefined || ${v} === null)`),
    isString: exactly('IsString', [], (v) => `typeof ${v} === 'string'`),
    isBoolean: exactly('IsBoolean', [], (v) => `typeof ${v} === 'boolean'`),
    isInt: exactly('IsInt', [], (v) => `Number.isInteger(${v})`),
    isNumber: partly('IsNumber', [], writeNumber),
    isPositive: exactly('IsPositive', [], (v) => `typeof ${v} === 'number' && ${v} > 0`),
    isNegative: exactly('IsNegative', [], (v) => `typeof ${v} === 'number' && ${v} < 0`),
    min: exactly('Min', [0], (v, [limit]) => compare(v, '>=', limit)),
    max: exactly('Max', [0], (v, [limit]) => compare(v, '<=', limit)),
    isDate: exactly('IsDate', [], (v) => `${v} instanceof Date && !Number.isNaN(${v}.getTime())`),
    isArray: exactly('IsArray', [], (v) => `Array.isArray(${v})`),
    arrayNotEmpty: exactly('ArrayNotEmpty', [], (v) => `Array.isArray(${v}) && ${v}.length > 0`),
    arrayMinSize: exactly('ArrayMinSize', [0], (v, [size]) => compareSize(v, '>=', size)),
    arrayMaxSize: exactly('ArrayMaxSize', [0], (v, [size]) => compareSize(v, '<=', size)),
    isObject: partly('IsObject', [], (v) => `typeof ${v} === 'object' && ${v} !== null && !Array.isArray(${v})`),
    minLength: partly('MinLength', [0], (v, [min], constant) => writeLength(v, min, undefined, constant)),
    maxLength: partly('MaxLength', [0], (v, [max], constant) => writeLength(v, 0, max, constant)),
    isLength: partly('Length', [0, 1], (v, [min, max], constant) => writeLength(v, min, max, constant)),
    equals: exactly('Equals', [0], (v, [other], constant) => `${v} === ${constant(other)}`),
    // Not Array.includes: that finds NaN, and the rule does not. The list itself, since it may change.
    isIn: exactly('IsIn', [[]], (v, [values], constant) =>
      Array.isArray(values) ? `${constant(values)}.indexOf(${v}) !== -1` : undefined,
    ),
    isEnum: partly('IsEnum', [{}], writeEnum),
    isEmail: partly('IsEmail', [], (v, [options], constant) => writePattern(v, options, plainEmail, constant)),
    isDateString: partly('IsDateString', [], (v, [options], constant) => writePattern(v, options, plainDate, constant)),
    isIso8601: partly('IsISO8601', [], (v, [options], constant) => writePattern(v, options, plainDate, constant)),
    isUuid: partly('IsUUID', [], (v, [version], constant) => {
      const pattern = uuids.get(version);
      return pattern === undefined ? undefined : writePattern(v, undefined, pattern, constant);
    }),
    matches: exactly('Matches', [/./], writeMatches),
  }),
);

function writeNumber(v: string, [options]: readonly unknown[]): string | undefined {
  if (typeof options !== 'object' || options === null) return undefined;
  const { maxDecimalPlaces: places } = options as { readonly maxDecimalPlaces?: unknown };
  if (places === undefined) return `Number.isFinite(${v})`;
  return typeof places === 'number' && places >= 0 ? `Number.isInteger(${v})` : undefined;
}

function compare(v: string, operator: string, limit: unknown): string | undefined {
  return isFiniteNumber(limit) ? `typeof ${v} === 'number' && ${v} ${operator} ${limit}` : undefined;
}

function compareSize(v: string, operator: string, size: unknown): string | undefined {
  return isFiniteNumber(size) ? `Array.isArray(${v}) && ${v}.length ${operator} ${size}` : undefined;
}

/**
 * class-validator counts a surrogate pair, and a character with its variation selector, as one. So a text is never longer
 * than its length, and never shorter than the number of its plain characters.
 */
function writeLength(v: string, min: unknown, max: unknown, constant: Constants): string | undefined {
  const isKnown = isFiniteNumber(min) && (max === undefined || isFiniteNumber(max));
  if (!isKnown) return undefined;
  const longEnough = min <= 0 ? '' : ` && ${constant(hasPlainCharacters)}(${v}, ${min})`;
  return `typeof ${v} === 'string'${longEnough}${max === undefined ? '' : ` && ${v}.length <= ${max}`}`;
}

function hasPlainCharacters(text: string, min: number): boolean {
  let plain = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const isPlain = code < 0xd8_00 || (code > 0xdf_ff && code !== 0xfe_0e && code !== 0xfe_0f);
    if (isPlain && ++plain >= min) return true;
  }
  return false;
}

function writeEnum(v: string, [members]: readonly unknown[], constant: Constants): string | undefined {
  if (typeof members !== 'object' || members === null) return undefined;
  const known: unknown[] = Object.values(members);
  const isPrimitive = known.every((each) => typeof each === 'string' || typeof each === 'number');
  return isPrimitive ? `${constant(new Set(known))}.has(${v})` : undefined;
}

function writePattern(v: string, options: unknown, pattern: RegExp, constant: Constants): string | undefined {
  return options === undefined ? `typeof ${v} === 'string' && ${constant(pattern)}.test(${v})` : undefined;
}

/** A pattern that remembers where it was is asked in the way of class-validator. */
function writeMatches(v: string, [pattern]: readonly unknown[], constant: Constants): string | undefined {
  if (!(pattern instanceof RegExp) || pattern.global || pattern.sticky) return undefined;
  return `typeof ${v} === 'string' && ${constant(pattern)}.test(${v})`;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
