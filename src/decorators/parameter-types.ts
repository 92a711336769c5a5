import type { ConfiguredStage } from '../container/index.js';
import type { ClassType } from '../foundation/index.js';
import type { DiskFile, FileTarget, MemoryFile, Pipe, PipeFunction, UploadedStream } from '../http/index.js';
import type { ParameterOptions } from '../routing/index.js';
import type { EnumLike, ValueType } from '../validation/index.js';

/** The declared type of one parameter; unknown where the method is not public. */
export type ParameterAt<T, K, I extends number> = K extends keyof T
  ? T[K] extends (...args: infer A) => unknown
    ? A[I]
    : unknown
  : unknown;

/** `unknown` where a value of type Given may be passed to a parameter of type Declared, else a type that says why not. */
export type Fits<Given, Declared> = [Given] extends [Declared]
  ? unknown
  : undefined extends Given
    ? [Exclude<Given, undefined>] extends [Declared]
      ? {
          readonly 'the value may be missing: make the parameter optional, give it a default, or say { required: true }': Declared;
        }
      : { readonly 'the decorator gives': Given; readonly 'but the parameter is': Declared }
    : { readonly 'the decorator gives': Given; readonly 'but the parameter is': Declared };

/** What a text of the request can become by the declared type alone. */
export type Convertible = string | number | boolean | bigint | Date | undefined;

export type IsConvertible<Declared> = [Declared] extends [Convertible]
  ? unknown
  : { readonly 'no text becomes a value of this type: name a type in the decorator, or take a string': Declared };

/** A decorator for a parameter to which a `Given` may be passed. */
export type ParameterDecoratorFor<Given> = <T extends object, K extends string, I extends number>(
  target: T & Fits<Given, ParameterAt<T, K, I>>,
  key: K,
  index: I,
) => void;

/** A decorator for a parameter whose declared type tells how to convert; `Missing` is what it gets without a value. */
export type ConvertingParameterDecorator<Missing> = <T extends object, K extends string, I extends number>(
  target: T &
    IsConvertible<ParameterAt<T, K, I>> &
    Fits<Missing | Exclude<ParameterAt<T, K, I>, undefined>, ParameterAt<T, K, I>>,
  key: K,
  index: I,
) => void;

type IsRecord<Declared> = unknown extends Declared
  ? unknown
  : [Extract<Declared, string | number | boolean | bigint | symbol | null | Date | readonly unknown[]>] extends [never]
    ? unknown
    : { readonly 'without a name it takes all values at once: name the one that is meant': Declared };

/** A decorator for a parameter that takes the whole of a source: a record, or an instance of a class. */
export type WholeParameterDecorator = <T extends object, K extends string, I extends number>(
  target: T & IsRecord<ParameterAt<T, K, I>>,
  key: K,
  index: I,
) => void;

/** A decorator for any parameter of a method. */
export type AnyParameterDecorator = <T extends object, K extends string>(target: T, key: K, index: number) => void;

/** What a file becomes by where it goes. */
export type FileFor<To extends FileTarget> = To extends 'disk'
  ? DiskFile
  : To extends 'memory'
    ? MemoryFile
    : UploadedStream;

/** What the constructor of a type makes. */
export type ValueOf<T> = T extends StringConstructor
  ? string
  : T extends NumberConstructor
    ? number
    : T extends BooleanConstructor
      ? boolean
      : T extends BigIntConstructor
        ? bigint
        : T extends DateConstructor
          ? Date
          : never;

/** By its names, since the reverse mapping of a numeric enum would let its names through as values. */
export type EnumValue<E> = E extends readonly (infer V)[] ? V : E[keyof E];

type Single<O extends ParameterOptions> = O extends { readonly enum: infer E extends EnumLike }
  ? EnumValue<E>
  : O extends { readonly type: infer T extends ValueType }
    ? ValueOf<T>
    : Exclude<Convertible, undefined>;

type Whole<O extends ParameterOptions> = O extends { readonly array: true } ? Single<O>[] : Single<O>;

/** What stands for a missing value. A list is mutable, as that of the request is. */
type Absent<O extends ParameterOptions, Missing> = O extends { readonly required: true }
  ? never
  : O extends { readonly default: infer D extends {} | null }
    ? D extends readonly (infer E)[]
      ? E[]
      : D
    : Missing;

/** What a parameter with these options receives; `Missing` where the value may be absent. */
export type Given<O extends ParameterOptions, Missing> = Whole<O> | Absent<O, Missing>;

// oxlint-disable-next-line typescript/no-explicit-any -- what comes in is typed by whoever writes the pipe
type AnyPipe = Pipe<any, any>;

/** A pipe as a parameter takes it: its class, one that is made, a function, or what a configured factory gives. */
export type PipeUse = ClassType<AnyPipe> | AnyPipe | PipeFunction | ConfiguredStage<'pipe'>;

/** One pipe, or several that work one after the other. */
export type PipeUses = PipeUse | readonly PipeUse[];

type LastOf<P> = P extends readonly [...unknown[], infer L] ? L : P;

type MadeBy<P> =
  P extends ClassType<infer S>
    ? MadeBy<S>
    : P extends { transform(...args: never[]): infer R }
      ? Awaited<R>
      : P extends (...args: never[]) => infer R
        ? Awaited<R>
        : unknown;

/** What a parameter gets; any type where a pipe does not say what it makes. */
// oxlint-disable-next-line typescript/no-explicit-any -- nothing is known
export type PipeOutput<P> = unknown extends MadeBy<LastOf<P>> ? any : MadeBy<LastOf<P>>;

/** Options that leave the type to the declaration of the parameter. */
export type UntypedOptions = ParameterOptions & {
  readonly type?: never;
  readonly enum?: never;
  readonly array?: never;
  readonly pipe?: never;
};
