import 'reflect-metadata';
import { classChain, type ClassType } from './class-type.js';

/**
 * Decorators write through this file and nowhere else. Each class owns a list of entries per key, in the order in
 * which its decorators ran; base classes keep lists of their own, and readers decide how the two combine.
 */
export interface MetadataKey<T> {
  readonly symbol: symbol;
  /** Carries the type of an entry and has no value. */
  readonly entry?: T;
}

interface Held {
  readonly copy: object;
  readonly entries: unknown[];
}

/** Stands for this loaded copy of the package, so that a second one can be named instead of half working. */
const thisCopy: object = Object.freeze({});
const keys: symbol[] = [];

/** Equal names give equal keys in every copy of the package. */
export function metadataKey<T>(name: string): MetadataKey<T> {
  const symbol = Symbol.for(`bowline:${name}`);
  if (!keys.includes(symbol)) keys.push(symbol);
  return { symbol };
}

export function appendMetadata<T>(key: MetadataKey<T>, target: ClassType, entry: T): void {
  const held = Reflect.getOwnMetadata(key.symbol, target) as Held | undefined;
  if (held === undefined) Reflect.defineMetadata(key.symbol, { copy: thisCopy, entries: [entry] }, target);
  else held.entries.push(entry);
}

/** What the class itself owns under `key`; nothing of its bases. */
export function ownMetadata<T>(key: MetadataKey<T>, target: ClassType): readonly T[] {
  const held = Reflect.getOwnMetadata(key.symbol, target) as Held | undefined;
  return (held?.entries as T[] | undefined) ?? [];
}

/** Whether the class, or one of its bases, owns an entry under `key`. */
export function carriesMetadata(key: MetadataKey<unknown>, target: ClassType): boolean {
  return classChain(target).some((type) => ownMetadata(key, type).length > 0);
}

/** Whether another loaded copy of this package decorated the class. */
export function isDecoratedElsewhere(target: ClassType): boolean {
  return keys.some((key) => {
    const held = Reflect.getOwnMetadata(key, target) as Held | undefined;
    return held !== undefined && held.copy !== thisCopy;
  });
}

/** The types that the compiler wrote for a constructor (no `property`) or a method; undefined where it wrote none. */
export function emittedParameterTypes(target: ClassType, property?: string | symbol): readonly unknown[] | undefined {
  const types: unknown =
    property === undefined
      ? Reflect.getOwnMetadata('design:paramtypes', target)
      : Reflect.getOwnMetadata('design:paramtypes', target.prototype as object, property);
  return Array.isArray(types) ? types : undefined;
}

/** A decorator in a place where it has no meaning. It is reported at boot, because throwing while a file loads hides the rest. */
export interface Misuse {
  /** As the user wrote it: `@Get`. */
  readonly decorator: string;
  /** `OrderController.find` or `OrderController`. */
  readonly where: string;
  /** A clause that follows the two: `was put on a field; it belongs on a method`. */
  readonly problem: string;
  /** The parameter on which it stands, counted from 0: of the constructor, or of `method`. */
  readonly parameter?: number;
  readonly method?: string;
}

export const misuseKey: MetadataKey<Misuse> = metadataKey('misuse');
