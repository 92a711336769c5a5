import { createRequire } from 'node:module';
import { missingPackageOf, type ClassType } from '../foundation/index.js';
import type { Constraint, Rule, TransformStorage } from './compiled/library-metadata.js';
import type { RuleOptions } from './validation-options.js';

/** What is used of class-validator, written down here because the package is optional, its types included. */
export interface ValidatorLibrary {
  validate(instance: object, options: RuleOptions): Promise<FailedProperty[]>;
  getMetadataStorage(): {
    getTargetValidationMetadatas(
      type: ClassType,
      schema: string,
      always: boolean,
      strictGroups: boolean,
      groups?: string[],
    ): readonly Rule[];
    getTargetValidatorConstraints(type: unknown): readonly Constraint[];
  };
}

export interface FailedProperty {
  /** What has the property: an instance, or a list. */
  readonly target?: object;
  /** Undefined for an object that has no rules at all. */
  readonly property: string | undefined;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly FailedProperty[];
}

/** What is used of class-transformer. */
export interface TransformerLibrary {
  Type(typeFunction: () => ClassType): PropertyDecorator;
  plainToInstance(type: new () => object, value: object): object;
  instanceToPlain(instance: object, options?: { readonly groups?: readonly string[] }): unknown;
}

/** Undefined where class-validator is not installed, which `onMissing` is told. */
export function loadValidator(onMissing?: (error: unknown) => void): Promise<ValidatorLibrary | undefined> {
  return importIfThere('class-validator', onMissing);
}

/** Undefined where class-transformer is not installed, which `onMissing` is told. */
export function loadTransformer(onMissing?: (error: unknown) => void): Promise<TransformerLibrary | undefined> {
  return importIfThere('class-transformer', onMissing);
}

/** The same for whom it cannot be missing, since its metadata is there. */
export function requireTransformer(): TransformerLibrary {
  return createRequire(import.meta.url)('class-transformer') as TransformerLibrary;
}

/** Where class-transformer keeps what its decorators say; it does not export that. Undefined where it is not to be had. */
export async function loadStorage(): Promise<TransformStorage | undefined> {
  const path = 'class-transformer/cjs/storage.js';
  try {
    const { defaultMetadataStorage } = (await import(path)) as { readonly defaultMetadataStorage?: TransformStorage };
    return defaultMetadataStorage;
  } catch {
    return undefined;
  }
}

/**
 * The storage that the decorators of a class-transformer write to. Undefined where it is not to be had, as with one that is bundled: then
 * the libraries are asked for every value.
 */
export async function loadStorageOf(transformer: TransformerLibrary): Promise<TransformStorage | undefined> {
  const storage = await loadStorage();
  class Probe {}
  // A class without a rule: with any other, some class has one, and each answer is looked through for its instances.
  transformer.Type(() => Probe)(Probe.prototype, 'seen');
  return storage?.findTypeMetadata(Probe, 'seen') === undefined ? undefined : storage;
}

async function importIfThere<T>(name: string, onMissing?: (error: unknown) => void): Promise<T | undefined> {
  try {
    return (await import(name)) as T;
  } catch (error) {
    if (missingPackageOf(error) === undefined) throw error;
    onMissing?.(error);
    return undefined;
  }
}
