import * as rules from 'class-validator';
import type { ValidationOptions } from 'class-validator';

/** One decorator of class-validator with arguments, and values of JSON beside its border. */
export interface RuleSample {
  readonly decorator: string;
  readonly decorate: (options: ValidationOptions) => PropertyDecorator;
  /** Values that it accepts. */
  readonly good: readonly unknown[];
  /** Values of the same kind, of which it refuses most. */
  readonly near: readonly unknown[];
}

enum Colour {
  Red = 'red',
  Blue = 'blue',
}
enum Level {
  Low,
  High = 7,
}

const texts = [
  '',
  ' ',
  'a',
  'é',
  '\u{1f600}',
  'a\u{fe0f}',
  '\u{fe0f}',
  '\u{d800}',
  'abc',
  'ABC',
  '12',
  '0x1f',
  'a'.repeat(60),
];
const numbers = [0, -0, 1, -1, 0.5, 1.005, 1e-7, 1e21, 150, 151, 2 ** 53 + 2];
const lists = [[], [1], ['a'], ['a', 'a'], ['a', 'b', 'c'], [null], [[]], [{}]];

type Make = (options: ValidationOptions) => PropertyDecorator;

function of(decorator: string, good: readonly unknown[], near: readonly unknown[], decorate: Make): RuleSample {
  return { decorator, decorate, good, near };
}

function text(decorator: string, good: readonly string[], decorate: Make, near: readonly unknown[] = []): RuleSample {
  return of(decorator, good, [...texts, ...near, ...good.map((each) => `${each}\n`)], decorate);
}

const uuid4 = '936da01f-9abd-4d9d-80c7-02af85c822a8';
const uuid1 = 'a2ac8150-6d38-11ee-b962-0242ac120002';
const days = [
  '2024-01-31',
  '2024-02-30',
  '2024-13-01',
  '2024-01-01T10:00:00Z',
  '2024-01-01T24:00:00Z',
  '2024-01-01T10:00',
  '2024-W05',
];
const mails = ['ada@example.com', 'a.b@c.de', 'a+b@example.co.uk', 'A@B.CD', 'ü@example.com', '"a b"@example.com'];
const wrongMails = [
  'a..b@example.com',
  '.a@example.com',
  'a@b',
  'a@-b.com',
  'a@b_c.com',
  'a@b.c',
  'a@1.2.3.4',
  'a@b.com.',
  '@b.com',
];

/** Everything that class-validator exports for one property, but what stands in `structural`. */
export const ruleSamples: readonly RuleSample[] = [
  of('IsDefined', ['a', 0, false, {}], [null], (o) => rules.IsDefined(o)),
  of('IsNotEmpty', ['a', 0, []], ['', null], (o) => rules.IsNotEmpty(o)),
  of('IsEmpty', ['', null], ['a', [], 0], (o) => rules.IsEmpty(o)),
  of('Equals', ['a'], ['b', null], (o) => rules.Equals('a', o)),
  of('Equals', [-0, 0], [1, '0'], (o) => rules.Equals(0, o)),
  of('NotEquals', ['b', null], ['a'], (o) => rules.NotEquals('a', o)),
  of('IsIn', ['a', 1, null], ['b', '1'], (o) => rules.IsIn(['a', 1, null], o)),
  of('IsIn', [], ['a', 'length'], (o) => rules.IsIn({ length: 0 } as never, o)),
  of('IsNotIn', ['b', '1'], ['a', 1], (o) => rules.IsNotIn(['a', 1], o)),
  of('IsBoolean', [true, false], [0, 'true', null], (o) => rules.IsBoolean(o)),
  of('IsDate', [], ['2024-01-01', 0], (o) => rules.IsDate(o)),
  of('IsNumber', numbers, ['1', null], (o) => rules.IsNumber({}, o)),
  of('IsNumber', [1, 1.25], numbers, (o) => rules.IsNumber({ maxDecimalPlaces: 2 }, o)),
  of('IsNumber', [0, 5], numbers, (o) =>
    rules.IsNumber({ allowNaN: true, allowInfinity: true, maxDecimalPlaces: -1 }, o),
  ),
  of('IsInt', [0, -1, 1e21], numbers, (o) => rules.IsInt(o)),
  of('IsString', texts, [1, null], (o) => rules.IsString(o)),
  of('IsEnum', ['red', 'blue'], ['Red', 'toString'], (o) => rules.IsEnum(Colour, o)),
  of('IsEnum', [0, 7, 'Low'], [1, '0'], (o) => rules.IsEnum(Level, o)),
  of('IsArray', lists, ['a', { length: 1 }], (o) => rules.IsArray(o)),
  of('IsObject', [{}, { a: 1 }, { a: { b: [1, { c: 2 }] } }], [[], null, 'a'], (o) => rules.IsObject(o)),
  of('IsNotEmptyObject', [{ a: 1 }], [{}, { a: null }, []], (o) => rules.IsNotEmptyObject({ nullable: false }, o)),
  of('IsInstance', [], [{}, []], (o) => rules.IsInstance(Date, o)),
  of('IsDivisibleBy', [4, 0], numbers, (o) => rules.IsDivisibleBy(2, o)),
  of('IsPositive', [1, 0.1], numbers, (o) => rules.IsPositive(o)),
  of('IsNegative', [-1], numbers, (o) => rules.IsNegative(o)),
  of('Min', [1, 5], numbers, (o) => rules.Min(1, o)),
  of('Min', [-1, 0], numbers, (o) => rules.Min(-1.5, o)),
  of('Min', [], numbers, (o) => rules.Min('0' as never, o)),
  of('Max', [150, 0], numbers, (o) => rules.Max(150, o)),
  of('Max', [-1], [...numbers], (o) => rules.Max(-0, o)),
  of('MinDate', [], ['2024-01-01', 0], (o) => rules.MinDate(new Date(0), o)),
  of('MaxDate', [], ['2024-01-01', 0], (o) => rules.MaxDate(() => new Date(1e12), o)),
  of('Length', ['a', 'abc', '\u{1f600}a'], texts, (o) => rules.Length(1, 3, o)),
  of('Length', ['', 'abc'], texts, (o) => rules.Length(undefined as never, 3, o)),
  of('Length', ['abcd'], texts, (o) => rules.Length(3, undefined, o)),
  of('Length', [], texts, (o) => rules.Length(0, null as never, o)),
  of('MinLength', ['ab', '\u{1f600}\u{1f600}'], texts, (o) => rules.MinLength(2, o)),
  of('MinLength', ['', 'a'], texts, (o) => rules.MinLength(0, o)),
  of('MaxLength', ['', 'abc', '\u{1f600}\u{1f600}\u{1f600}'], texts, (o) => rules.MaxLength(3, o)),
  of('MaxLength', [], texts, (o) => rules.MaxLength(Number.NaN, o)),
  of('Matches', ['abc', 'b'], texts, (o) => rules.Matches(/^[a-c]+$/, o)),
  of('Matches', ['abc'], texts, (o) => rules.Matches(/b/g, o)),
  of('Matches', ['ABC'], texts, (o) => rules.Matches('b', 'i', o)),
  of('Contains', ['abc'], texts, (o) => rules.Contains('b', o)),
  of('NotContains', ['ac'], texts, (o) => rules.NotContains('b', o)),
  of('ArrayContains', [['a', 'b']], lists, (o) => rules.ArrayContains(['a'], o)),
  of('ArrayNotContains', [['b'], []], lists, (o) => rules.ArrayNotContains(['a'], o)),
  of('ArrayNotEmpty', [['a']], lists, (o) => rules.ArrayNotEmpty(o)),
  of('ArrayMinSize', [['a'], ['a', 'b']], lists, (o) => rules.ArrayMinSize(1, o)),
  of('ArrayMaxSize', [[], ['a']], lists, (o) => rules.ArrayMaxSize(1, o)),
  of('ArrayUnique', [['a', 'b'], []], lists, (o) => rules.ArrayUnique(o)),
  of('ArrayUnique', [['a', 'b']], lists, (o) => rules.ArrayUnique((each: unknown) => each, o)),
  text('IsEmail', mails, (o) => rules.IsEmail({}, o), wrongMails),
  text('IsEmail', mails, (o) => rules.IsEmail(undefined, o), wrongMails),
  text('IsEmail', ['a@example.com'], (o) => rules.IsEmail({ host_whitelist: ['example.com'] }, o), [
    ...mails,
    ...wrongMails,
  ]),
  text(
    'IsDateString',
    ['2024-01-01', '2024-02-30', '2024-01-01T10:00:00.123Z'],
    (o) => rules.IsDateString({}, o),
    days,
  ),
  text('IsDateString', ['2024-01-01'], (o) => rules.IsDateString(undefined, o), days),
  text('IsISO8601', ['2024-01-01', '2024-01-01T10:00:00+02:00'], (o) => rules.IsISO8601(undefined, o), days),
  text('IsISO8601', ['2024-01-01'], (o) => rules.IsISO8601({ strict: true }, o), days),
  text('IsUUID', [uuid4, uuid1, uuid4.toUpperCase()], (o) => rules.IsUUID(undefined, o), [
    '00000000-0000-0000-0000-000000000000',
  ]),
  text('IsUUID', [uuid4], (o) => rules.IsUUID('4', o), [uuid1]),
  text('IsUUID', [uuid1], (o) => rules.IsUUID(1 as never, o), [uuid4]),
  text('IsUUID', [uuid4, '00000000-0000-0000-0000-000000000000'], (o) => rules.IsUUID('loose' as never, o)),
  text('IsLatLong', ['1.5,2.5', '-90,180'], (o) => rules.IsLatLong(o), ['91,0']),
  of('IsLatitude', ['45', 45], [91, ...texts], (o) => rules.IsLatitude(o)),
  of('IsLongitude', ['145', 145], [181, ...texts], (o) => rules.IsLongitude(o)),
  text('IsAlpha', ['abc'], (o) => rules.IsAlpha('en-US', o)),
  text('IsAlphanumeric', ['abc1'], (o) => rules.IsAlphanumeric('en-US', o)),
  text('IsDecimal', ['1.5', '-2'], (o) => rules.IsDecimal({}, o)),
  text('IsAscii', ['abc'], (o) => rules.IsAscii(o)),
  text('IsBase64', ['YWJj'], (o) => rules.IsBase64({}, o)),
  text('IsByteLength', ['abc', 'é'], (o) => rules.IsByteLength(1, 3, o)),
  text('IsCreditCard', ['4111111111111111'], (o) => rules.IsCreditCard(o)),
  text('IsCurrency', ['$1.50', '12'], (o) => rules.IsCurrency({}, o)),
  text('IsFQDN', ['example.com'], (o) => rules.IsFQDN({}, o)),
  text('IsFullWidth', ['ひらがな'], (o) => rules.IsFullWidth(o)),
  text('IsHalfWidth', ['abc'], (o) => rules.IsHalfWidth(o)),
  text('IsVariableWidth', ['ひa'], (o) => rules.IsVariableWidth(o)),
  text('IsHexColor', ['#ff0000'], (o) => rules.IsHexColor(o)),
  text('IsHexadecimal', ['ff'], (o) => rules.IsHexadecimal(o)),
  text('IsMACAddress', ['01:02:03:04:05:ab'], (o) => rules.IsMACAddress({}, o)),
  text('IsIP', ['127.0.0.1', '::1'], (o) => rules.IsIP(undefined, o)),
  text('IsIP', ['127.0.0.1'], (o) => rules.IsIP(4, o), ['::1']),
  text('IsPort', ['8080'], (o) => rules.IsPort(o), ['65536']),
  text('IsISBN', ['978-3-16-148410-0'], (o) => rules.IsISBN(undefined, o)),
  text('IsISIN', ['AU0000XVGZA3'], (o) => rules.IsISIN(o)),
  text('IsJSON', ['{"a":1}'], (o) => rules.IsJSON(o)),
  text('IsJWT', ['eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln'], (o) => rules.IsJWT(o)),
  text('IsLowercase', ['abc'], (o) => rules.IsLowercase(o)),
  text('IsUppercase', ['ABC'], (o) => rules.IsUppercase(o)),
  text('IsMobilePhone', ['+491701234567'], (o) => rules.IsMobilePhone('de-DE', {}, o)),
  text('IsISO31661Alpha2', ['DE'], (o) => rules.IsISO31661Alpha2(o)),
  text('IsISO31661Alpha3', ['DEU'], (o) => rules.IsISO31661Alpha3(o)),
  text('IsISO31661Numeric', ['276'], (o) => rules.IsISO31661Numeric(o)),
  text('IsMongoId', ['507f1f77bcf86cd799439011'], (o) => rules.IsMongoId(o)),
  text('IsMultibyte', ['é'], (o) => rules.IsMultibyte(o)),
  text('IsSurrogatePair', ['\u{1f600}'], (o) => rules.IsSurrogatePair(o)),
  text('IsUrl', ['https://example.com/a?b=c'], (o) => rules.IsUrl({}, o)),
  text('IsFirebasePushId', ['-M-Jh_1KAH5rYJF_7-kY'], (o) => rules.IsFirebasePushId(o)),
  text('IsPhoneNumber', ['+4930901820'], (o) => rules.IsPhoneNumber('DE', o)),
  text('IsMilitaryTime', ['13:45'], (o) => rules.IsMilitaryTime(o)),
  text('IsHash', ['d41d8cd98f00b204e9800998ecf8427e'], (o) => rules.IsHash('md5', o)),
  text('IsISSN', ['0378-5955'], (o) => rules.IsISSN(undefined, o)),
  text('IsBooleanString', ['true', '0'], (o) => rules.IsBooleanString(o)),
  text('IsNumberString', ['12', '-1.5'], (o) => rules.IsNumberString({}, o)),
  text('IsBase32', ['MFRGG==='], (o) => rules.IsBase32(o)),
  text('IsBIC', ['DEUTDEFF'], (o) => rules.IsBIC(o)),
  text('IsBtcAddress', ['1BoatSLRHtKNngkdXEeobR76b53LETtpyT'], (o) => rules.IsBtcAddress(o)),
  text('IsDataURI', ['data:text/plain,hi'], (o) => rules.IsDataURI(o)),
  text('IsEAN', ['4006381333931'], (o) => rules.IsEAN(o)),
  text('IsEthereumAddress', [`0x${'a'.repeat(40)}`], (o) => rules.IsEthereumAddress(o)),
  text('IsHSL', ['hsl(1,2%,3%)'], (o) => rules.IsHSL(o)),
  text('IsIBAN', ['DE89370400440532013000'], (o) => rules.IsIBAN({}, o)),
  text('IsIdentityCard', ['12345678Z', 'X1234567L'], (o) => rules.IsIdentityCard('ES', o)),
  text('IsISRC', ['USAT29900609'], (o) => rules.IsISRC(o)),
  text('IsLocale', ['de_DE'], (o) => rules.IsLocale(o)),
  text('IsMagnetURI', [`magnet:?xt=urn:btih:${'a'.repeat(40)}`], (o) => rules.IsMagnetURI(o)),
  text('IsMimeType', ['text/plain'], (o) => rules.IsMimeType(o)),
  text('IsOctal', ['0o17', '17'], (o) => rules.IsOctal(o)),
  text('IsPassportNumber', ['C01X00T47'], (o) => rules.IsPassportNumber('DE', o)),
  text('IsPostalCode', ['12345'], (o) => rules.IsPostalCode('DE', o)),
  text('IsRFC3339', ['2024-01-01T10:00:00Z'], (o) => rules.IsRFC3339(o), days),
  text('IsRgbColor', ['rgb(1,2,3)'], (o) => rules.IsRgbColor(undefined, o)),
  text('IsSemVer', ['1.2.3'], (o) => rules.IsSemVer(o)),
  text('IsStrongPassword', ['Abcdef1!'], (o) => rules.IsStrongPassword({}, o)),
  text('IsTimeZone', ['Europe/Berlin'], (o) => rules.IsTimeZone(o)),
  text('IsBase58', ['abc'], (o) => rules.IsBase58(o)),
  text('IsTaxId', ['123456789'], (o) => rules.IsTaxId('en-US', o)),
  text('IsISO4217CurrencyCode', ['EUR'], (o) => rules.IsISO4217CurrencyCode(o)),
  text('IsISO6391', ['de'], (o) => rules.IsISO6391(o)),
];

/** Decorators that are laid over others, by `declare-class.ts`. */
export const structural: readonly string[] = [
  'Allow',
  'IsOptional',
  'Validate',
  'ValidateBy',
  'ValidateIf',
  'ValidateNested',
  'ValidatePromise',
];

/** The decorators for a property that the package exports. */
export function exportedDecorators(): string[] {
  const others = ['ValidationError', 'ValidationTypes', 'Validator', 'ValidatorConstraint', 'MetadataStorage'];
  return Object.keys(rules).filter((name) => /^[A-Z][a-z]/.test(name) && !others.includes(name));
}
