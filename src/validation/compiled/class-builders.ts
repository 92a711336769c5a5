import { nameOf, type ClassType } from '../../foundation/index.js';
import type { ResolvedValidationLimits } from '../validation-options.js';
import type { FastCheck } from './fast-checks.js';
import type { LibraryMetadata, Rule } from './library-metadata.js';
import { miss, type Miss } from './miss.js';
import { NotCompiled, planClass, type ClassPlan } from './plan-class.js';
import { Room } from './room.js';
import { writeBuilder, type BuildSlot } from './write-builder.js';

/** Builds instances of one class, where it is sure what class-transformer and class-validator would make of a value. */
export interface ClassBuilder {
  /**
   * A valid instance, or {@link miss}: then both libraries are to be asked, and have not been. Never throws. `items` is how many elements
   * its lists may have together.
   */
  build(plain: unknown, items?: number): object | Miss;
  /** Why every value is a miss, as a clause; undefined for a class that was compiled. */
  readonly whyNotCompiled: string | undefined;
}

/** Whether a rule is class-validator's own, and not somebody's of the same name. */
export type IsOwnRule = (rule: Rule, check: FastCheck) => boolean;

class Slot implements BuildSlot {
  build: BuildSlot['build'] = () => miss;
  whyNot: string | undefined;
}

/**
 * The builders of all classes. Whether one can be compiled is known once it is asked for; its code is written when the first value
 * comes: of five hundred classes that takes more than everything else that is done to a route.
 */
export class ClassBuilders {
  readonly #metadata: LibraryMetadata;
  readonly #isOwn: IsOwnRule;
  readonly #slots = new WeakMap<ClassType, Slot>();
  readonly #limits: ResolvedValidationLimits;
  readonly #room: Room;

  constructor(metadata: LibraryMetadata, isOwn: IsOwnRule, limits: ResolvedValidationLimits) {
    this.#limits = limits;
    this.#room = new Room(limits.items, limits.properties);
    this.#metadata = metadata;
    this.#isOwn = isOwn;
  }

  /** How many elements the lists of the value that was built last could have had besides. */
  get itemsLeft(): number {
    return this.#room.items;
  }

  builderOf(type: ClassType): ClassBuilder {
    const slot = this.#slotOf(type);
    const empty = {};
    const room = this.#room;
    const { depth, items: allItems } = this.#limits;
    return {
      whyNotCompiled: slot.whyNot,
      build: (plain, items = allItems) => {
        // Whoever adds to the prototype of all objects gets what class-transformer makes of it.
        for (const _ in empty) return miss;
        room.items = items;
        try {
          return slot.build(plain, depth);
        } catch {
          // It throws again when both libraries are asked, and then it is theirs to say what comes of it.
          return miss;
        }
      },
    };
  }

  #slotOf(type: ClassType): Slot {
    const known = this.#slots.get(type);
    if (known !== undefined) return known;
    const slot = new Slot();
    this.#slots.set(type, slot);
    try {
      for (const held of heldBy(planClass(type, this.#metadata))) this.#checkHeld(held);
      slot.build = (plain, depth) => {
        slot.build = this.#write(type);
        return slot.build(plain, depth);
      };
    } catch (error) {
      slot.whyNot = error instanceof Error ? error.message : String(error);
    }
    return slot;
  }

  #checkHeld(type: ClassType): void {
    const { whyNot } = this.#slotOf(type);
    if (whyNot !== undefined) throw new NotCompiled(`it holds ${nameOf(type)}, of which ${whyNot}`);
  }

  /** Plans anew, since a plan takes more memory than what is compiled from it. */
  #write(type: ClassType): BuildSlot['build'] {
    try {
      return writeBuilder(planClass(type, this.#metadata), {
        metadata: this.#metadata,
        isOwn: this.#isOwn,
        room: this.#room,
        slotOf: (held) => this.#slotOf(held),
      });
    } catch {
      // A function of the user's that has answered before does so no more.
      return () => miss;
    }
  }
}

function heldBy({ properties }: ClassPlan): ClassType[] {
  return properties.flatMap(({ conversion }) => (conversion.kind === 'instance' ? [conversion.type] : []));
}
