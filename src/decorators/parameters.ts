import type { StandardSchemaV1 } from '@standard-schema/spec';
import { appendMetadata, describeValue, isClass, type ClassType, type ContextKey } from '../foundation/index.js';
import type {
  DiskFile,
  FilePipe,
  FileTarget,
  HttpContext,
  ParameterSource,
  Pipe,
  UploadedFileOptions,
  UploadedFilesOptions,
} from '../http/index.js';
import {
  methodKey,
  type BodyOptions,
  type FileDecoration,
  type ParameterMetadata,
  type ParameterOptions,
} from '../routing/index.js';
import type { ValidationPipe, ValueType } from '../validation/index.js';
import {
  areOptions,
  isUsedWithoutCall,
  placementOf,
  recordMisuse,
  recordWrongOptions,
  type Placement,
} from './misuse.js';
import type {
  AnyParameterDecorator,
  ConvertingParameterDecorator,
  FileFor,
  Given,
  ParameterDecoratorFor,
  PipeOutput,
  PipeUse,
  PipeUses,
  UntypedOptions,
  ValueOf,
  WholeParameterDecorator,
} from './parameter-types.js';

/** A class whose instances a request's values become. */
export type DtoClass<T> = new () => T;

/** What says how a parameter is validated. */
export type ValidationUse = ValidationPipe | typeof ValidationPipe;

/** A named text of the request, or all of them; `Missing` is what an absent one gives. */
export interface TextParameter<Missing> {
  /** One value, converted by the declared type of the parameter. */
  (name: string): ConvertingParameterDecorator<Missing>;
  /** One value of the given type. */
  <T extends ValueType>(name: string, type: T): ParameterDecoratorFor<ValueOf<T> | Missing>;
  /** One value, as a pipe or several make it: of the text, or of what it becomes by a `type`. */
  <const P extends PipeUses>(
    name: string,
    options: Omit<ParameterOptions, 'pipe'> & { readonly pipe: P },
  ): ParameterDecoratorFor<PipeOutput<P>>;
  /** The same, with the pipes as they stand: `@Query('page', new DefaultValuePipe(1), ParseIntPipe)`. */
  <const P extends readonly [PipeUse, ...PipeUse[]]>(name: string, ...pipes: P): ParameterDecoratorFor<PipeOutput<P>>;
  (name: string, options: UntypedOptions & { readonly required: true }): ConvertingParameterDecorator<never>;
  <D extends {} | null>(
    name: string,
    options: UntypedOptions & { readonly default: D },
  ): ConvertingParameterDecorator<D>;
  (name: string, options: UntypedOptions): ConvertingParameterDecorator<Missing>;
  <const O extends ParameterOptions>(name: string, options: O): ParameterDecoratorFor<Given<O, Missing>>;
  /** All values, validated and converted by the rules of a class. */
  <T>(type: DtoClass<T>, validation?: ValidationUse): ParameterDecoratorFor<T>;
  /** All values, validated by a Standard Schema. */
  <S extends StandardSchemaV1>(
    schema: S,
    validation?: ValidationUse,
  ): ParameterDecoratorFor<StandardSchemaV1.InferOutput<S>>;
  /** All values, by the declared type where that is a class with rules. */
  (validation?: ValidationUse): WholeParameterDecorator;
}

/** A parameter of the path. One that the path may lack has to be optional. */
export const Param: TextParameter<never> = textParameter('@Param', 'param');
/** A value of the query string; undefined where it is missing. */
export const Query: TextParameter<undefined> = textParameter('@Query', 'query');
/** A header; undefined where it is missing. */
export const Headers: TextParameter<undefined> = textParameter('@Headers', 'header');
/** A cookie, decoded; undefined where it is missing. */
export const Cookies: TextParameter<undefined> = textParameter('@Cookies', 'cookie');

/** The body, by a Standard Schema: validated, and what the schema makes of it. */
export function Body<S extends StandardSchemaV1>(
  schema: S,
  validation?: ValidationUse,
): ParameterDecoratorFor<StandardSchemaV1.InferOutput<S>>;
/** The body as an instance of a class, validated by its rules. */
export function Body<T>(type: DtoClass<T>, validation?: ValidationUse): ParameterDecoratorFor<T>;
/** The body as a list of such instances. */
export function Body<T>(type: readonly [DtoClass<T>], validation?: ValidationUse): ParameterDecoratorFor<T[]>;
/** The body by the declared type, validated as the pipe says. */
export function Body(validation: ValidationUse): AnyParameterDecorator;
/** The body, validated where its type has rules, as a pipe or several make it. */
export function Body<const P extends PipeUses>(
  options: Omit<BodyOptions, 'pipe'> & { readonly pipe: P },
): ParameterDecoratorFor<PipeOutput<P>>;
/** The body by the declared type: a class with rules, `string` for text, `Uint8Array` or `Buffer` for bytes. */
export function Body(options?: BodyOptions): AnyParameterDecorator;
export function Body(...args: readonly unknown[]): AnyParameterDecorator {
  if (isUsedWithoutCall('@Body', args)) return notCalled;
  const [given, ...pipes] = args;
  // A ValidationPipe may stand there alone.
  const isOptions = isRecord(given) && !('~standard' in given) && !isInstance(given);
  return record(
    '@Body',
    'body',
    {
      schema: isOptions ? undefined : given,
      validate: isOptions ? (given as BodyOptions).validate !== false : true,
      options: isOptions ? { pipe: (given as BodyOptions).pipe } : behind(pipes),
    },
    isOptions
      ? (placement) => recordWrongOptions('@Body', placement, given, { validate: [true, false], pipe: undefined })
      : undefined,
  );
}

/**
 * One file of a multipart form: a {@link DiskFile}, which is removed after the request unless it is moved, a
 * {@link MemoryFile}, or an {@link UploadedStream}, at whose first bytes the handler starts.
 */
export function UploadedFile<const To extends FileTarget = 'disk', const Required extends boolean = true>(
  name: string,
  options?: UploadedFileOptions<To, Required>,
): ParameterDecoratorFor<FileFor<To> | MissingFile<Required>>;
/** The same by a `ParseFilePipe`, which says what the file may be. */
export function UploadedFile<const Required extends boolean>(
  name: string,
  pipe: FilePipe<Required>,
): ParameterDecoratorFor<DiskFile | MissingFile<Required>>;
/** The same where the file goes somewhere else. */
export function UploadedFile<const To extends FileTarget, const Required extends boolean>(
  name: string,
  options: Pick<UploadedFileOptions<To>, 'to'>,
  pipe: FilePipe<Required>,
): ParameterDecoratorFor<FileFor<To> | MissingFile<Required>>;
export function UploadedFile(...args: readonly unknown[]): AnyParameterDecorator {
  if (isUsedWithoutCall('@UploadedFile', args)) return notCalled;
  const [name, ...given] = args;
  return recordFile('@UploadedFile', name as string | undefined, given);
}

/** The files of one field of a multipart form, or of all fields that have no parameter of their own; at least one unless told. */
export function UploadedFiles<const To extends ListTarget = 'disk'>(
  name: string,
  options?: UploadedFilesOptions<To>,
): ParameterDecoratorFor<FileFor<To>[]>;
export function UploadedFiles<const To extends ListTarget = 'disk'>(
  options?: UploadedFilesOptions<To>,
): ParameterDecoratorFor<FileFor<To>[]>;
/** The same by a `ParseFilePipe`, which says what each file may be. */
export function UploadedFiles(
  ...pipe: readonly [name: string, FilePipe] | readonly [FilePipe]
): ParameterDecoratorFor<DiskFile[]>;
/** The same where the files go somewhere else, or are counted. */
export function UploadedFiles<const To extends ListTarget = 'disk'>(
  ...args:
    | readonly [name: string, options: Pick<UploadedFilesOptions<To>, 'to' | 'maxCount'>, pipe: FilePipe]
    | readonly [options: Pick<UploadedFilesOptions<To>, 'to' | 'maxCount'>, pipe: FilePipe]
): ParameterDecoratorFor<FileFor<To>[]>;
export function UploadedFiles(...args: readonly unknown[]): AnyParameterDecorator {
  if (isUsedWithoutCall('@UploadedFiles', args)) return notCalled;
  const [first, ...rest] = args;
  return typeof first === 'string'
    ? recordFile('@UploadedFiles', first, rest)
    : recordFile('@UploadedFiles', undefined, args);
}

type ListTarget = Exclude<FileTarget, 'stream'>;
type MissingFile<Required extends boolean> = Required extends true ? never : undefined;

/** What the decorator is given and what its pipes say of the file are one; the pipes themselves work on what has arrived. */
function recordFile(
  decorator: '@UploadedFile' | '@UploadedFiles',
  name: string | undefined,
  given: readonly unknown[],
): AnyParameterDecorator {
  const [first = {}] = given;
  const isOptions = given.length > 0 && !isPipe(first);
  const pipes = isOptions ? given.slice(1) : given;
  const said = [
    ...(isOptions ? [first] : []),
    ...pipes.map((pipe) => (pipe as Partial<FilePipe> | undefined)?.fileOptions ?? {}),
  ] as (object | null)[];
  const options = Object.assign({}, ...said) as UploadedFileOptions & UploadedFilesOptions;
  const list = decorator === '@UploadedFiles';
  return record(
    decorator,
    'file',
    { name, file: { list, options } as FileDecoration, ...(pipes.length === 0 ? {} : { options: { pipe: pipes } }) },
    (placement) => {
      const names = said.flatMap((each) => Object.keys(each ?? {}));
      const twice = names.find((each, index) => names.indexOf(each) !== index);
      if (twice !== undefined)
        recordMisuse(decorator, placement, `says ${twice} twice, beside its pipe and in it; keep one`);
    },
  );
}

/** The address of the peer. */
export function Ip(): ParameterDecoratorFor<string>;
export function Ip(...args: readonly unknown[]): AnyParameterDecorator {
  return isUsedWithoutCall('@Ip', args) ? notCalled : bare('@Ip', 'ip', args);
}

/** The context of the request, or the value that an earlier stage put under a key. */
export function Ctx(): ParameterDecoratorFor<HttpContext>;
export function Ctx<T>(key: ContextKey<T>): ParameterDecoratorFor<T>;
export function Ctx(...args: readonly unknown[]): AnyParameterDecorator {
  if (isUsedWithoutCall('@Ctx', args)) return notCalled;
  if (args.length === 0) return record('@Ctx', 'context', {});
  const key = args[0] as ContextKey<unknown>;
  return record('@Ctx', 'context', { factory: (ctx) => ctx.read(key) }, (placement) => {
    if (typeof key !== 'symbol')
      recordMisuse('@Ctx', placement, `has ${describeValue(key)} in place of a key; make one with contextKey('user')`);
  });
}

/** One that takes nothing: a pipe would never be called. */
function bare(decorator: string, source: 'ip' | 'request' | 'signal', args: readonly unknown[]): AnyParameterDecorator {
  return record(decorator, source, {}, (placement) => {
    if (args.length > 0)
      recordMisuse(decorator, placement, `takes nothing, and has ${describeValue(args[0])}; take it away`);
  });
}

/** The provider's own request, typed by the parameter. */
export function Req(): AnyParameterDecorator;
export function Req(...args: readonly unknown[]): AnyParameterDecorator {
  return isUsedWithoutCall('@Req', args) ? notCalled : bare('@Req', 'request', args);
}

/**
 * The provider's own response, typed by the parameter. The handler then answers itself; with `passthrough` what it returns
 * is still sent.
 */
export function Res(options?: { readonly passthrough?: boolean }): AnyParameterDecorator;
export function Res(...args: readonly unknown[]): AnyParameterDecorator {
  if (isUsedWithoutCall('@Res', args)) return notCalled;
  const [given = {}] = args;
  const { passthrough } = (isRecord(given) ? given : {}) as { readonly passthrough?: unknown };
  return record('@Res', 'response', { passthrough: passthrough === true }, (placement) => {
    if (areOptions('@Res', placement, given, 'options'))
      recordWrongOptions('@Res', placement, given as object, { passthrough: [true, false] });
  });
}

/** Aborts when the client leaves before the answer was finished, and never otherwise. */
export function Signal(): ParameterDecoratorFor<AbortSignal>;
export function Signal(...args: readonly unknown[]): AnyParameterDecorator {
  return isUsedWithoutCall('@Signal', args) ? notCalled : bare('@Signal', 'signal', args);
}

/**
 * A parameter decorator of your own: `factory` gets what the decorator was called with and the context of the request.
 * What it throws is answered like an error of the handler; a promise is awaited.
 */
export function createParamDecorator<Data = undefined, Value = unknown>(
  factory: (data: Data, ctx: HttpContext) => Value | Promise<Value>,
): (...data: undefined extends Data ? [data?: Data] : [data: Data]) => ParameterDecoratorFor<Value> {
  return (...data) =>
    isUsedWithoutCall('A custom decorator', data)
      ? notCalled
      : record('A custom decorator', 'custom', { factory: (ctx) => factory(data[0] as Data, ctx) });
}

function textParameter<Missing>(decorator: string, source: ParameterSource): TextParameter<Missing> {
  return ((...args: readonly unknown[]) => {
    if (isUsedWithoutCall(decorator, args)) return undefined;
    const [first, ...rest] = args;
    if (typeof first !== 'string') return record(decorator, source, { schema: first, options: behind(rest) });
    return record(decorator, source, { name: first, options: optionsOf(rest) });
  }) as TextParameter<Missing>;
}

/** What stands behind a class or a schema. */
function behind(pipes: readonly unknown[]): ParameterOptions {
  return pipes.length === 0 ? {} : { pipe: pipes };
}

function optionsOf(given: readonly unknown[]): ParameterOptions {
  const [first] = given;
  if (isPipe(first)) return { pipe: given };
  return typeof first === 'function' ? { type: first as ValueType } : ((first as ParameterOptions | undefined) ?? {});
}

/** Types are the constructors of the language and classes that have no `transform`, of which boot says that no text becomes one. */
function isPipe(given: unknown): boolean {
  if (typeof given === 'function') return !isClass(given) || isPlainFunction(given) || hasTransform(given.prototype);
  if (!isRecord(given)) return false;
  // Options are written as they stand; an instance of a class is no pipe at worst, and boot says so.
  return hasTransform(given) || isInstance(given);
}

function isInstance(given: object): boolean {
  return ![Object.prototype, null].includes(Object.getPrototypeOf(given) as object | null);
}

/** It has a prototype, as a class does. */
function isPlainFunction(given: ClassType): boolean {
  const source = Function.prototype.toString.call(given);
  return !source.startsWith('class') && !source.endsWith('{ [native code] }');
}

function hasTransform(given: unknown): boolean {
  return typeof (given as Partial<Pipe>).transform === 'function';
}

/** What a decorator returns that was not called: nothing, since its own result is nobody's decorator. */
const notCalled = undefined as unknown as AnyParameterDecorator;

type Recorded = Partial<Omit<ParameterMetadata, 'kind' | 'property' | 'index' | 'decorator' | 'source'>>;

function record(
  decorator: string,
  source: ParameterSource,
  given: Recorded,
  check?: (placement: Placement) => void,
): AnyParameterDecorator {
  return (target: object, key: string | undefined, index: number) => {
    const placement = placementOf(target, key, index);
    if (placement.on !== 'parameter') {
      recordMisuse(
        decorator,
        placement,
        'belongs on a parameter of a method; a constructor is not called for a request',
      );
      return;
    }
    check?.(placement);
    appendMetadata(methodKey, placement.target, {
      kind: 'parameter',
      property: placement.property,
      index: placement.index,
      decorator,
      source,
      name: given.name,
      schema: given.schema,
      options: given.options ?? {},
      validate: given.validate ?? true,
      passthrough: given.passthrough ?? false,
      factory: given.factory,
      file: given.file,
    });
  };
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
