import { classChain, isClass, type ClassType } from '../../foundation/index.js';
import type { TransformMetadata, TransformStorage, TypeMetadata } from '../compiled/library-metadata.js';

type ByClass = ReadonlyMap<unknown, ReadonlyMap<unknown, unknown>>;

/** Which classes have rules of class-transformer that say something of their way out. */
export class OutgoingRules {
  readonly #says: readonly [exposed: ByClass, excluded: ByClass, transformed: ByClass];
  readonly #types: ByClass;
  readonly #known = new WeakMap<ClassType, boolean>();
  #any = false;
  /** How many classes had any rule when it was last looked. */
  #seen = 0;

  constructor(storage: TransformStorage) {
    this.#says = [
      byClass(storage._exposeMetadatas),
      byClass(storage._excludeMetadatas),
      byClass(storage._transformMetadatas),
    ];
    this.#types = byClass(storage._typeMetadatas);
  }

  /** Whether any class has. A module that is imported late may bring the first along, so it is asked for each answer. */
  get any(): boolean {
    if (this.#any) return true;
    const [exposed, excluded, transformed] = this.#says;
    const count = exposed.size + excluded.size + transformed.size + this.#types.size;
    if (count === this.#seen) return false;
    this.#seen = count;
    this.#any = [...this.#says, this.#types].some((each) =>
      [...each.keys()].some((type) => isClass(type) && this.has(type)),
    );
    return this.#any;
  }

  /** Whether a class has, or inherits some, or holds a class that has by `@Type`. */
  has(type: ClassType): boolean {
    let has = this.#known.get(type);
    if (has === undefined) {
      has = this.#reaches(type, new Set());
      this.#known.set(type, has);
    }
    return has;
  }

  #reaches(type: ClassType, seen: Set<ClassType>): boolean {
    if (seen.has(type)) return false;
    seen.add(type);
    return classChain(type).some((each) => {
      const own = this.#says.flatMap((says) => [...(says.get(each)?.values() ?? [])].flat());
      if ((own as TransformMetadata[]).some(isOnTheWayOut)) return true;
      const types = [...(this.#types.get(each)?.values() ?? [])] as TypeMetadata[];
      return types.some((metadata) => {
        const held = heldBy(metadata);
        return held === undefined || this.#reaches(held, seen);
      });
    });
  }
}

/** What only concerns the way in does not count. */
function isOnTheWayOut({ options }: TransformMetadata): boolean {
  return options?.toClassOnly !== true || options.toPlainOnly === true;
}

/** The class of the user's that `@Type` names; undefined where it says more than that, as a type that values are converted to. */
function heldBy({ typeFunction, options }: TypeMetadata): ClassType | undefined {
  if (typeFunction === undefined || typeFunction.length > 0 || options?.discriminator !== undefined) return undefined;
  try {
    const type: unknown = typeFunction();
    return isClass(type) && !isOfLanguage(type) ? type : undefined;
  } catch {
    return undefined;
  }
}

function isOfLanguage(type: ClassType): boolean {
  return Function.prototype.toString.call(type).endsWith('{ [native code] }');
}

function byClass(metadata: unknown): ByClass {
  return metadata instanceof Map ? (metadata as ByClass) : new Map();
}
