import { Readable } from 'node:stream';
import {
  describeValue,
  emittedParameterTypes,
  isClass,
  nameOf,
  nearestName,
  type BootReport,
  type ClassType,
} from '../foundation/index.js';
import {
  type BodyKind,
  type FileRule,
  type ParameterDescription,
  type ResolvedMultipartLimits,
  type RouteFiles,
  type Uploads,
} from '../http/index.js';
import {
  converterOf,
  defaultValidation,
  enumConverter,
  enumValues,
  isStandardSchema,
  resolveValidation,
  schemaValidator,
  toldValidation,
  type ClassValidation,
  type ResolvedValidationOptions,
  type TextConverter,
  type ValidatedSource,
  type ValidationOptions,
  type Validator,
} from '../validation/index.js';
import { fieldsReader, fileReader, filesReader } from './file-readers.js';
import {
  bodyReader,
  namedReader,
  sourceReader,
  streamReader,
  wholeReader,
  type BodyValidators,
} from './argument-readers.js';
import type { ArgumentReader } from './run-stages.js';
import type { ParameterMetadata, ParameterOptions } from './metadata.js';
import type { DecoratedMethod } from './method-metadata.js';
import { describeFile, toFileRule } from './prepare-file.js';
import { reportContradiction, saidBy } from './validation-levels.js';

/** One parameter of a handler, ready to be read. */
export interface PreparedParameter {
  readonly description: ParameterDescription;
  readonly entry: ParameterMetadata;
  readonly read: ArgumentReader;
  readonly asynchronous: boolean;
  /** The kinds of body that it takes. */
  readonly body: readonly BodyKind[] | undefined;
}

export interface ParameterHost {
  readonly method: DecoratedMethod;
  /** `OrderController.find`. */
  readonly where: string;
  readonly report: BootReport;
  readonly validation: ClassValidation;
  /** What is said of the route beside the application, from the controller to the method. */
  readonly validationLevels: readonly ValidationOptions[];
  /** The forms of the route, where it takes files. */
  readonly files: RouteFiles | undefined;
  readonly uploads: Uploads;
  readonly limits: ResolvedMultipartLimits;
}

/** Makes a reader of a decorated parameter. Whatever cannot be read is reported, and undefined given back. */
export async function prepareParameter(
  written: ParameterMetadata,
  host: ParameterHost,
): Promise<PreparedParameter | undefined> {
  const { entry, validationPipes } = withoutValidationPipes(written);
  const where = `${entry.decorator}(${entry.name === undefined ? '' : `'${entry.name}'`}) of ${host.where} (parameter ${entry.index + 1})`;
  const own = saidBy(validationPipes, where, host.report);
  reportContradiction(own, where, host.report);
  const validation = validationFor(entry, own, host);
  const place: Place = { entry, where, host, validation, declared: declaredType(entry, host.method) };
  const parameter = await prepareSource(place);
  if (parameter === undefined || validationPipes.length === 0) return parameter;
  if (entry.source === 'header' && validation.unknown === 'refuse')
    return invalid(place, 'it refuses what is unknown, and every request has headers that no rule names');
  const idle = idleOptions(parameter, own);
  return idle === undefined ? parameter : invalid(place, idle);
}

function validationFor(
  { source }: ParameterMetadata,
  own: readonly ValidationOptions[],
  { validation, validationLevels }: ParameterHost,
): ResolvedValidationOptions {
  const levels = [validation.options, ...validationLevels];
  if (source === 'header') return resolveValidation([...levels.map(withoutUnknown), ...own]);
  // The same object for nearly all parameters: what is known of it is known already.
  return validationLevels.length + own.length === 0 ? validation.defaults : resolveValidation([...levels, ...own]);
}

/** Every request has headers that no rule names: only the parameter itself may say that it takes them. */
function withoutUnknown(level: ValidationOptions): ValidationOptions {
  const { unknown: _, ...rest } = level;
  return rest;
}

/** ValidationPipes say options, and work on no value. */
function withoutValidationPipes(written: ParameterMetadata): {
  readonly entry: ParameterMetadata;
  readonly validationPipes: readonly unknown[];
} {
  const { pipe, ...options } = written.options;
  // It may stand where a class would, as in @Body(new ValidationPipe({ unknown: 'refuse' })).
  const isAlone = toldValidation(written.schema) !== undefined;
  const pipes: readonly unknown[] = [
    ...(isAlone ? [written.schema] : []),
    ...(pipe === undefined ? [] : [pipe].flat()),
  ];
  const validationPipes = pipes.filter((each) => toldValidation(each) !== undefined);
  if (validationPipes.length === 0) return { entry: written, validationPipes };
  const rest = pipes.filter((each) => toldValidation(each) === undefined);
  const entry = {
    ...written,
    schema: isAlone ? undefined : written.schema,
    options: rest.length === 0 ? options : { ...options, pipe: rest },
  };
  return { entry, validationPipes };
}

/** Why options that stand beside a parameter would do nothing there, as a clause. */
function idleOptions(
  { description: { conversion } }: PreparedParameter,
  own: readonly ValidationOptions[],
): string | undefined {
  if (conversion === 'class') return undefined;
  if (conversion !== 'schema')
    return 'it has a ValidationPipe, and no class with rules and no schema validates it; take the pipe away';
  const idle = own.flatMap((each) => Object.keys(each)).filter((name) => !schemaOptions.includes(name));
  return idle.length === 0
    ? undefined
    : `its ValidationPipe says ${idle.join(', ')}, which is for the schema itself to say`;
}

async function prepareSource(place: Place): Promise<PreparedParameter | undefined> {
  const { entry } = place;
  switch (entry.source) {
    case 'param':
    case 'query':
    case 'header':
    case 'cookie':
      if (entry.name === '')
        return invalid(place, 'its name is empty; write what it reads, or nothing for all of them');
      return entry.name === undefined ? prepareWhole(place, entry.source) : prepareNamed(place, entry.name);
    case 'body':
      return prepareBody(place);
    case 'file':
      return prepareFileParameter(place);
    case 'ip':
    case 'context':
    case 'request':
    case 'response':
    case 'signal':
    case 'custom':
      return prepared(place, sourceReader(entry.source, entry.factory), { asynchronous: entry.source === 'custom' });
  }
}

interface Place {
  readonly entry: ParameterMetadata;
  readonly where: string;
  readonly host: ParameterHost;
  readonly validation: ResolvedValidationOptions;
  /** What the compiler wrote; `undefined` for nothing at all, and for a class that was not there yet. */
  readonly declared: Declared;
}

type Declared = { readonly kind: 'none' } | { readonly kind: 'type'; readonly type: unknown };

function declaredType(entry: ParameterMetadata, method: DecoratedMethod): Declared {
  const types = emittedParameterTypes(method.owner, entry.property);
  return types === undefined ? { kind: 'none' } : { kind: 'type', type: types[entry.index] };
}

interface DescribedBeside extends Partial<
  Pick<ParameterDescription, 'type' | 'conversion' | 'validation' | 'notCompiled'>
> {
  readonly file?: FileRule;
}

function prepared(
  place: Place,
  read: ArgumentReader,
  more: Partial<PreparedParameter> & DescribedBeside = {},
): PreparedParameter {
  const { entry } = place;
  const { name, options, source, index } = entry;
  const { type, file, conversion, validation, notCompiled, ...rest } = more;
  const description: ParameterDescription = {
    index,
    source,
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { type }),
    ...(options.array === true || file?.list === true ? { array: true } : {}),
    ...(options.enum === undefined ? {} : { enum: enumValues(options.enum) }),
    required: file?.required ?? (source === 'param' || options.required === true),
    ...(options.default === undefined ? {} : { default: options.default }),
    ...(conversion === undefined ? {} : { conversion }),
    ...(validation === undefined ? {} : { validation }),
    ...(notCompiled === undefined ? {} : { notCompiled }),
    ...(file === undefined ? {} : { file: describeFile(file) }),
  };
  return { description, entry, read, asynchronous: false, body: undefined, ...rest };
}

function prepareNamed(place: Place, name: string): PreparedParameter | undefined {
  const { entry } = place;
  const problem = optionProblem(entry);
  if (problem !== undefined) return invalid(place, problem);
  const converter =
    entry.options.enum === undefined ? typedConverter(place) : enumConverter(enumValues(entry.options.enum));
  if (converter === undefined) return undefined;
  const wrongDefault = defaultProblem(entry.options, converter);
  if (wrongDefault !== undefined) return invalid(place, wrongDefault);
  return prepared(place, namedReader(entry.source, name, entry.options, converter), {
    type: converter.type,
    ...(converter.type === 'string' && entry.options.enum === undefined ? {} : { conversion: 'text' }),
  });
}

const parameterOptions: readonly string[] = ['type', 'enum', 'array', 'required', 'default', 'pipe'];

function optionProblem(entry: ParameterMetadata): string | undefined {
  const { options } = entry;
  if (typeof (options as unknown) !== 'object')
    return `its second argument is ${describeValue(options)}; it takes a type such as Number, or options`;
  const unknown = Object.keys(options).find((key) => !parameterOptions.includes(key));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, parameterOptions);
    return `there is no option '${unknown}'; ${nearest === undefined ? `known are ${parameterOptions.join(', ')}` : `did you mean '${nearest}'?`}`;
  }
  if (options.required === true && options.default !== undefined) return 'a required value has no use for a default';
  for (const [name, value] of Object.entries(options)) {
    if ((name === 'array' || name === 'required') && typeof value !== 'boolean' && value !== undefined)
      return `its ${name} is ${describeValue(value)}; it must be true or false`;
    // A default may be undefined, as if it had not been written.
    if (value === undefined && (name === 'enum' || name === 'type'))
      return `its ${name} is undefined, which files that import each other see; move the ${name} into a file of its own`;
  }
  if (options.enum === undefined) return undefined;
  if (typeof (options.enum as unknown) !== 'object' || (options.enum as unknown) === null)
    return `its enum is ${describeValue(options.enum)}; it must be an enum or a list of values`;
  return enumValues(options.enum).length === 0 ? 'its enum has no values' : undefined;
}

/** It reaches the handler as it is, and what it is not would be noticed in there. `null` says that there is nothing. */
function defaultProblem(
  { default: value, enum: members, array }: ParameterOptions,
  converter: TextConverter,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (array === true && !Array.isArray(value))
    return `its default is ${describeValue(value)}; it must be a list, as array says`;
  const allowed: readonly unknown[] | undefined = members === undefined ? undefined : enumValues(members);
  const wrong = (array === true ? (value as unknown[]) : [value]).find((each) => {
    if (allowed !== undefined) return !allowed.includes(each);
    return converter.type === 'Date' ? !(each instanceof Date) : typeof each !== converter.type || Number.isNaN(each);
  });
  if (wrong === undefined) return undefined;
  const expected = converter.type === 'Date' ? 'a Date' : converter.expected;
  return `its default is ${describeValue(wrong)}; it must be ${expected}`;
}

function typedConverter(place: Place): TextConverter | undefined {
  const { entry, declared } = place;
  const given = entry.options.type;
  if (given !== undefined)
    return converterOf(given) ?? invalid(place, `no text becomes a ${nameOf(given)}; the types are ${readable}`);
  const example = `${entry.decorator}('${entry.name}', Number)`;
  if (declared.kind === 'none' && entry.options.pipe !== undefined) return converterOf(String);
  if (declared.kind === 'none') return lost(place, 'nothing', `Write the type into the decorator, as in ${example}.`);
  const { type } = declared;
  const direct = converterOf(type);
  if (direct !== undefined) return direct;
  // What the handler gets is what the pipe makes of the text.
  if (entry.options.pipe !== undefined) return converterOf(String);
  if (isEnumObject(type))
    return converterOf(enumValues(type).every((value) => typeof value === 'number') ? Number : String);
  if (type !== undefined && ![Object, Array, Function].includes(type as never))
    return invalid(
      place,
      `no text becomes a ${describeEmitted(type)}; take a string and convert it, or name another type, as in ${example}`,
    );
  return lost(place, describeEmitted(type), mendFor(type, example, entry));
}

const readable = 'String, Number, Boolean, BigInt and Date';

function mendFor(type: unknown, example: string, entry: ParameterMetadata): string {
  if (type === Array)
    return `A list needs the type of its elements: ${entry.decorator}('${entry.name}', { type: String, array: true }).`;
  if (type === undefined)
    return `It was not loaded yet, which files that import each other do; name the type, as in ${example}.`;
  return `A union with undefined or null, an interface, 'import type' and a default alone leave none: write 'x?: string' in place of 'x: string | undefined', 'x: number = 20' in place of 'x = 20', or name the type, as in ${example}.`;
}

function invalid(place: Place, reason: string): undefined {
  place.host.report.add('BOW_PARAMETER_INVALID', { where: place.where, reason });
  return undefined;
}

function lost(place: Place, emitted: string, mend: string): undefined {
  place.host.report.add('BOW_PARAMETER_TYPE_LOST', { where: place.where, emitted, mend });
  return undefined;
}

/** Compilers differ: some write an imported enum itself, others the type of its values. */
function isEnumObject(type: unknown): type is Readonly<Record<string, string | number>> {
  return typeof type === 'object' && type !== null;
}

function describeEmitted(type: unknown): string {
  return type === undefined ? 'undefined' : typeof type === 'object' ? 'an object' : nameOf(type);
}

async function prepareWhole(
  place: Place,
  source: 'param' | 'query' | 'header' | 'cookie',
): Promise<PreparedParameter | undefined> {
  if (source === 'cookie') return invalid(place, "name the cookie, as in @Cookies('session')");
  const type = dtoClass(place);
  const schema = place.entry.schema;
  if (type === undefined && !isStandardSchema(schema)) {
    const reason = reasonAgainstWhole(place, source);
    return reason === undefined ? prepared(place, wholeReader(source, undefined)) : invalid(place, reason);
  }
  const validator = await validatorFor(place, source, type, false);
  if (validator === undefined) return undefined;
  return prepared(place, wholeReader(source, validator), {
    asynchronous: true,
    ...(await checkedBy(place, type)),
  });
}

/** What a validator says of itself. */
async function checkedBy({ entry, host, validation }: Place, type: ClassType | undefined): Promise<DescribedBeside> {
  if (type === undefined && !isStandardSchema(entry.schema)) return {};
  const described = differencesOf(validation, type === undefined ? schemaOptions : undefined);
  const said = Object.keys(described).length === 0 ? {} : { validation: described };
  if (type === undefined) return { conversion: 'schema', ...said };
  const notCompiled = await host.validation.whyNotCompiled(type, validation);
  return {
    type: nameOf(type),
    conversion: 'class',
    ...said,
    ...(notCompiled === undefined ? {} : { notCompiled }),
  };
}

const schemaOptions: readonly string[] = ['status', 'stopAtFirstError'];

type Differences = NonNullable<ParameterDescription['validation']>;

const knownDifferences = new WeakMap<ResolvedValidationOptions, Differences>();

/** What is not as it is by default; of some options, where they are named. */
function differencesOf(validation: ResolvedValidationOptions, names: readonly string[] | undefined): Differences {
  const all = knownDifferences.get(validation) ?? findDifferences(validation);
  knownDifferences.set(validation, all);
  return names === undefined ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function findDifferences(validation: ResolvedValidationOptions): Differences {
  const { limits, ...options } = validation;
  const { limits: defaultLimits, ...defaults } = defaultValidation;
  const other = differing({ ...options }, { ...defaults });
  const otherLimits = differing({ ...limits }, { ...defaultLimits });
  return { ...other, ...(Object.keys(otherLimits).length === 0 ? {} : { limits: otherLimits }) };
}

function differing(
  given: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => String(value) !== String(defaults[name])));
}

const wholes = { param: 'id', query: 'limit', header: 'x-tenant' } as const;

/** A forgotten name would hand over a record in place of the one value that is meant. */
function reasonAgainstWhole({ entry, declared }: Place, source: 'param' | 'query' | 'header'): string | undefined {
  const named = `${entry.decorator}('${wholes[source]}')`;
  if (entry.schema !== undefined)
    return `it takes a name, a class with rules or a schema, not ${describeValue(entry.schema)}; write ${named}`;
  const type = declared.kind === 'type' ? declared.type : undefined;
  const isRecord = type !== Array && converterOf(type) === undefined && !isEnumObject(type);
  return isRecord
    ? undefined
    : `without a name it takes all values at once; name the one that is meant, as in ${named}`;
}

/** The class with rules that a parameter names, by decorator or declaration; undefined for plain records. */
function dtoClass(place: Place): ClassType | undefined {
  const { entry, declared } = place;
  const named: unknown = entry.schema ?? (declared.kind === 'type' ? declared.type : undefined);
  if (!isClass(named) || isStandardSchema(named) || converterOf(named) !== undefined) return undefined;
  return (named as unknown) === Object || (named as unknown) === Array ? undefined : named;
}

function validatorFor(
  place: Place,
  source: ValidatedSource,
  type: ClassType | undefined,
  array: boolean,
  texts = source !== 'body',
): Promise<Validator | undefined> | Validator | undefined {
  const { validation } = place;
  const { schema } = place.entry;
  if (isStandardSchema(schema)) return schemaValidator(schema, source, validation);
  if (type === undefined) return undefined;
  return place.host.validation.validatorOf(type, { source, array, texts, where: place.where, validation });
}

async function prepareFileParameter(place: Place): Promise<PreparedParameter | undefined> {
  const { entry, where, host } = place;
  const { files, uploads, limits } = host;
  if (files === undefined || entry.file === undefined) return undefined;
  const rule = toFileRule(entry.name, entry.file, limits);
  if (typeof rule === 'string') return invalid(place, rule);
  if (rule.types.length > 0) await uploads.loadDetector(where, host.report);
  files.rules.push(rule);
  const read = rule.list ? filesReader(files, rule) : fileReader(files, rule);
  return prepared(place, read, { asynchronous: true, file: rule });
}

async function prepareBody(place: Place): Promise<PreparedParameter | undefined> {
  const { entry, declared } = place;
  if (place.host.files !== undefined) return prepareFields(place, place.host.files);
  const plain = declared.kind === 'type' ? plainBody(declared.type) : undefined;
  const stream = declared.kind === 'type' ? streamForm(declared.type) : undefined;
  if (entry.schema === undefined && stream !== undefined)
    return prepared(place, streamReader(stream), { body: ['stream'] });
  if (entry.schema === undefined && plain !== undefined) return bodyParameter(place, plain, undefined);
  if (!entry.validate) return bodyParameter(place, structured, undefined);
  const element = listElement(entry.schema);
  if (element === 'not a list of one class')
    return invalid(place, 'a list of bodies names one class, as in @Body([CreateItem])');
  const type = element ?? dtoClass(place);
  if (typeof entry.schema === 'string')
    return invalid(
      place,
      `it takes the whole body, and no '${entry.schema}' alone; name a class that has it, as in @Body(CreateOrder) { ${entry.schema} }: CreateOrder`,
    );
  if (type === undefined && entry.schema !== undefined && !isStandardSchema(entry.schema))
    return invalid(place, `it takes a class, a list of one class or a schema, not ${describeValue(entry.schema)}`);
  const isLost = type === undefined && !isStandardSchema(entry.schema);
  // A pipe makes of it what the handler gets, and may take anything.
  if (isLost && entry.options.pipe !== undefined) return bodyParameter(place, structured, undefined);
  if (isLost) return lostBody(place);
  const json = await validatorFor(place, 'body', type, element !== undefined);
  if (json === undefined) return undefined;
  // No form is a list, and a schema converts texts by itself.
  const form = element === undefined && type !== undefined ? formValidator(place, type, json) : json;
  const mayTakeNothing = isStandardSchema(entry.schema);
  return bodyParameter(place, structured, { json, form, mayTakeNothing }, await checkedBy(place, type));
}

/** Validates the texts of forms. Made when the first comes, which most routes never see. */
function formValidator({ host, where, validation }: Place, type: ClassType, json: Validator): Validator {
  const classes = host.validation;
  let making: Promise<Validator | undefined> | undefined;
  return async (value, ctx) => {
    making ??= classes.validatorOf(type, { source: 'body', array: false, texts: true, where, validation });
    // What is wrong with the class was a problem of the boot.
    const validate = (await making) ?? json;
    return validate(value, ctx);
  };
}

/** The fields beside files. */
async function prepareFields(place: Place, files: RouteFiles): Promise<PreparedParameter | undefined> {
  const { entry, declared } = place;
  const isPlain = entry.schema === undefined && declared.kind === 'type' && plainBody(declared.type) !== undefined;
  if (isPlain || Array.isArray(entry.schema))
    return invalid(
      place,
      'beside files a body is the fields of a form: a class, a schema, or Record<string, unknown> with @Body({ validate: false })',
    );
  const type = dtoClass(place);
  if (entry.validate && type === undefined && !isStandardSchema(entry.schema)) return lostBody(place);
  const validator = entry.validate ? await validatorFor(place, 'body', type, false, true) : undefined;
  if (entry.validate && validator === undefined) return undefined;
  const more = entry.validate ? await checkedBy(place, type) : {};
  return prepared(place, fieldsReader(files, validator), { asynchronous: true, body: ['multipart'], ...more });
}

const structured: readonly BodyKind[] = ['json', 'form'];

function bodyParameter(
  place: Place,
  kinds: readonly BodyKind[],
  validators: BodyValidators | undefined,
  more: DescribedBeside = {},
): PreparedParameter {
  return prepared(place, bodyReader(validators), { asynchronous: true, body: kinds, ...more });
}

function streamForm(type: unknown): 'node' | 'web' | undefined {
  if (type === Readable) return 'node';
  return type === ReadableStream ? 'web' : undefined;
}

function plainBody(type: unknown): readonly BodyKind[] | undefined {
  if (type === String) return ['text'];
  return type === Buffer || type === Uint8Array ? ['bytes'] : undefined;
}

function listElement(schema: unknown): ClassType | undefined | 'not a list of one class' {
  if (!Array.isArray(schema)) return undefined;
  const [element] = schema as unknown[];
  return schema.length === 1 && isClass(element) ? element : 'not a list of one class';
}

function lostBody(place: Place): undefined {
  const { declared } = place;
  if (declared.kind === 'none')
    return lost(place, 'nothing', 'Write the class into the decorator, as in @Body(CreateOrder).');
  const { type } = declared;
  if (type === Array) return lost(place, 'Array', 'A list needs the class of its elements: @Body([CreateItem]).');
  if (type === undefined)
    return lost(
      place,
      'undefined',
      'It was not loaded yet, which files that import each other do: move the class into a file of its own.',
    );
  if (converterOf(type) !== undefined)
    return invalid(
      place,
      `no body becomes a ${describeEmitted(type)}; name a class or a schema, or take a text as string, bytes as Uint8Array and a stream as Readable`,
    );
  return lost(
    place,
    describeEmitted(type),
    "An interface, a union or 'import type' leaves no class: import the class itself, write @Body(CreateOrder) or @Body(schema), or take the body unchecked with @Body({ validate: false }).",
  );
}
