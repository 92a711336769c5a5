import type { ClassType } from '../foundation/index.js';
import type { TransformStorage } from './compiled/library-metadata.js';

/** The names under which clients send the properties of classes, where `@Expose({ name })` says another. */
export class SentNames {
  readonly #transforms: TransformStorage | undefined;
  readonly #known = new Map<ClassType, ReadonlyMap<string, string>>();

  /** Without class-transformer's metadata every property is sent under its own name. */
  constructor(transforms: TransformStorage | undefined) {
    this.#transforms = transforms;
  }

  of(type: ClassType, property: string): string {
    let names = this.#known.get(type);
    if (names === undefined) {
      names = this.#namesOf(type);
      this.#known.set(type, names);
    }
    return names.get(property) ?? property;
  }

  #namesOf(type: ClassType): ReadonlyMap<string, string> {
    const names = new Map<string, string>();
    for (const { propertyName, options } of this.#transforms?.getExposedMetadatas(type) ?? []) {
      const isOfTheWayIn = options?.toPlainOnly !== true || options.toClassOnly === true;
      if (propertyName !== undefined && options?.name !== undefined && options.name !== '' && isOfTheWayIn)
        names.set(propertyName, options.name);
    }
    return names;
  }
}
