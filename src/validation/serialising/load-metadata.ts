import { missingPackageOf, type ClassType } from '../../foundation/index.js';
import type { LibraryMetadata, Rule, TransformStorage } from '../compiled/library-metadata.js';

interface ValidatorLibrary {
  getMetadataStorage(): {
    getTargetValidationMetadatas(type: ClassType, schema: string, always: boolean, strict: boolean): readonly Rule[];
  };
}

export interface TransformerLibrary {
  instanceToPlain(instance: object, options: { readonly groups?: readonly string[] }): unknown;
}

/** What the two libraries know of classes. */
export interface ResponseLibraries {
  readonly metadata: LibraryMetadata;
  readonly transformer: TransformerLibrary;
}

/** Undefined where class-transformer is not installed, so that no class can have rules for its way out. Classes need no rules of class-validator. */
export async function loadResponseLibraries(): Promise<ResponseLibraries | undefined> {
  const transformer = await importIfThere<TransformerLibrary>('class-transformer');
  const storage = await importIfThere<{ readonly defaultMetadataStorage: TransformStorage }>(
    'class-transformer/cjs/storage.js',
  );
  if (transformer === undefined || storage === undefined) return undefined;
  const validator = await importIfThere<ValidatorLibrary>('class-validator');
  const metadata: LibraryMetadata = {
    rulesOf: (type) => validator?.getMetadataStorage().getTargetValidationMetadatas(type, '', true, false) ?? [],
    constraintsOf: () => [],
    transforms: storage.defaultMetadataStorage,
    strips: true,
  };
  return { metadata, transformer };
}

async function importIfThere<T>(name: string): Promise<T | undefined> {
  try {
    return (await import(name)) as T;
  } catch (error) {
    if (missingPackageOf(error) === undefined) throw error;
    return undefined;
  }
}
