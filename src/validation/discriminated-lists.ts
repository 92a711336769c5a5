import { isClass, type ClassType } from '../foundation/index.js';
import type { TransformStorage, TypeMetadata } from './compiled/library-metadata.js';
import { maxFailures, pointerStep } from './refusal.js';
import { toldClass } from './unchecked-fields.js';
import type { ValidatedSource, ValidationFailure } from './validator.js';

interface Discriminator {
  readonly property: string;
  readonly subTypes: readonly { readonly name: string; readonly value: ClassType }[];
}

/**
 * Finds null in lists whose `@Type` chooses a class by a property of each element: class-transformer reads that property before it looks
 * at the element, and throws.
 */
export class DiscriminatedLists {
  readonly #transforms: TransformStorage;
  readonly #source: ValidatedSource;
  /** Properties by the names under which they are sent, of the classes that rename some. */
  readonly #renamed = new Map<ClassType, ReadonlyMap<string, string>>();

  constructor(transforms: TransformStorage, source: ValidatedSource) {
    this.#transforms = transforms;
    this.#source = source;
  }

  /** Adds what it finds in a plain value and in what it holds. */
  check(type: ClassType, value: unknown, path: string, failures: ValidationFailure[]): void {
    if (typeof value !== 'object' || value === null || failures.length > maxFailures) return;
    if (Array.isArray(value)) {
      for (const [index, element] of value.entries()) this.check(type, element, `${path}/${index}`, failures);
      return;
    }
    for (const [key, member] of Object.entries(value)) {
      if (typeof member !== 'object' || member === null) continue;
      const name = this.#propertyOf(type, key);
      const metadata = this.#transforms.findTypeMetadata(type, name);
      if (metadata !== undefined) this.#checkMember(metadata, name, member, path + pointerStep(key), failures);
    }
  }

  #checkMember(
    metadata: TypeMetadata,
    name: string,
    member: object,
    path: string,
    failures: ValidationFailure[],
  ): void {
    const told = toldClass(metadata.typeFunction);
    const discriminator = discriminatorOf(metadata);
    if (discriminator === undefined) {
      if (isClass(told)) this.check(told, member, path, failures);
      return;
    }
    for (const [step, element] of Array.isArray(member) ? member.entries() : [[undefined, member] as const]) {
      const own = step === undefined ? path : `${path}/${step}`;
      if (element === null) failures.push(this.#failure(own, name));
      else {
        const type = chosenClass(discriminator, element) ?? told;
        if (isClass(type)) this.check(type, element, own, failures);
      }
    }
  }

  #failure(path: string, name: string): ValidationFailure {
    const message = `each value in ${name} must be an object`;
    return { path, in: this.#source, code: 'nestedValidation', message };
  }

  #propertyOf(type: ClassType, key: string): string {
    let renamed = this.#renamed.get(type);
    if (renamed === undefined) {
      const exposed = this.#transforms.getExposedMetadatas(type);
      renamed = new Map(exposed.map(({ propertyName = '', options }) => [options?.name ?? propertyName, propertyName]));
      this.#renamed.set(type, renamed);
    }
    return renamed.get(key) ?? key;
  }
}

/** Undefined where it lacks what class-transformer chooses by. */
function discriminatorOf({ options }: TypeMetadata): Discriminator | undefined {
  const { property, subTypes } = (options?.discriminator ?? {}) as Partial<Discriminator>;
  return property === undefined || property === '' || subTypes === undefined ? undefined : { property, subTypes };
}

function chosenClass({ property, subTypes }: Discriminator, element: unknown): ClassType | undefined {
  const name: unknown = (element as Readonly<Record<string, unknown>>)[property];
  return subTypes.find((each) => each.name === name)?.value;
}
