/** The constructors that stand for the types which a text can be converted to. */
export type ValueType =
  | StringConstructor
  | NumberConstructor
  | BooleanConstructor
  | BigIntConstructor
  | DateConstructor;

/** A TypeScript enum, or a list of the values that are allowed. */
export type EnumLike = Readonly<Record<string, string | number>> | readonly (string | number)[];

/** Turns one text into a value, or tells what was expected by returning undefined. */
export interface TextConverter {
  /** `string`, `number`, `boolean`, `bigint` or `Date`. */
  readonly type: string;
  /** A clause for people: `a number`. */
  readonly expected: string;
  /** The same for programs: the type, and the values that are allowed where these are listed. */
  readonly params: readonly unknown[];
  convert(text: string): unknown;
}

const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const integer = /^-?(?:0|[1-9]\d{0,999})$/;
const isoDate = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

const converters = new Map<unknown, TextConverter>([
  [String, { type: 'string', params: ['string'], expected: 'a string', convert: (text: string) => text }],
  [Number, { type: 'number', params: ['number'], expected: 'a number', convert: toNumber }],
  [Boolean, { type: 'boolean', params: ['boolean'], expected: 'true or false', convert: toBoolean }],
  [
    BigInt,
    {
      type: 'bigint',
      params: ['bigint'],
      expected: 'a whole number',
      convert: (text: string) => (integer.test(text) ? BigInt(text) : undefined),
    },
  ],
  [
    Date,
    {
      type: 'Date',
      params: ['Date'],
      expected: 'a date, or a date and time with Z or an offset, by ISO 8601',
      convert: toDate,
    },
  ],
]);

/** The converter for a type; undefined for types that no text becomes. */
export function converterOf(type: unknown): TextConverter | undefined {
  return converters.get(type as ValueType);
}

/** A converter that lets only the listed values pass. */
export function enumConverter(values: readonly (string | number)[]): TextConverter {
  const byText = new Map(values.map((value) => [String(value), value]));
  const type = values.every((value) => typeof value === 'number') ? 'number' : 'string';
  const params = [type, [...values]];
  return { type, params, expected: `one of ${values.join(', ')}`, convert: (text) => byText.get(text) };
}

/** The values of an enum. A numeric TypeScript enum holds its names as values too, which do not count. */
export function enumValues(given: EnumLike): readonly (string | number)[] {
  if (Array.isArray(given)) return given as readonly (string | number)[];
  const members = given as Readonly<Record<string, string | number>>;
  return Object.entries(members)
    .filter(([name]) => !/^-?\d/.test(name))
    .map(([, value]) => value);
}

/** Neither Infinity nor an integer that a double cannot hold exactly. */
function toNumber(text: string): number | undefined {
  if (!decimal.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value;
}

function toBoolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** A local time would mean another moment on another machine, and the language makes other days of 30 February and day 0. */
function toDate(text: string): Date | undefined {
  const day = isoDate.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
