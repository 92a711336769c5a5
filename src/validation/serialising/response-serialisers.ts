import type { StandardSchemaV1 } from '@standard-schema/spec';
import { BowlineError, isClass, logSafely, nameOf, type BootReport, type ClassType } from '../../foundation/index.js';
import { jsonText, type Answerable, type PlainOf } from '../../http/index.js';
import { loadStorageOf, loadTransformer, loadValidator, type TransformerLibrary } from '../class-libraries.js';
import { rulesReader } from '../compiled/rules-reader.js';
import { isStandardSchema, pointerOf } from '../standard-schema.js';
import { findMisfit, type Misfit } from './find-misfit.js';
import { pickLoosely } from './pick-loosely.js';
import { planResponse, type ResponseMetadata, type ResponsePlan } from './plan-response.js';
import type { ResponseSettings } from './response-settings.js';
import { listPicker, writePicker, type Pick, type PickerSlot } from './write-picker.js';

/** JSON of what a handler returned. Throws BOW_RESPONSE_MISFIT for what was not promised, unless settings say otherwise. A promise where a schema takes its time. */
export type Serialiser = (value: unknown, ctx: Answerable) => string | Promise<string>;

export interface SerialiserOptions {
  /** Groups of `@Expose` whose properties are sent. */
  readonly groups: readonly string[];
  /** `OrderController.find`, for messages. */
  readonly where: string;
}

export interface ResponseParts extends ResponseSettings {
  /** What is sent in place of what a schema gives. @default that itself */
  readonly plainOf?: PlainOf | undefined;
}

/** What is known of the classes of answers. */
interface ResponseLibraries {
  readonly transformer: TransformerLibrary;
  /** Undefined where class-transformer does not show its metadata. */
  readonly metadata: ResponseMetadata | undefined;
}

/** Compiles what `@Returns` names, once for each class and set of groups. */
export class ResponseSerialisers {
  readonly #report: BootReport;
  readonly #misfits: NonNullable<ResponseSettings['misfits']>;
  readonly #plainOf: PlainOf;
  readonly #families = new Map<string, Family>();
  #loading: Promise<ResponseLibraries | undefined> | undefined;

  constructor(report: BootReport, { misfits = 'refuse', plainOf = (value) => value }: ResponseParts = {}) {
    this.#report = report;
    this.#misfits = misfits;
    this.#plainOf = plainOf;
  }

  /** `returned` is a class, a list of one class, or a Standard Schema. Undefined where a problem was reported. */
  async serialiserOf(returned: unknown, { groups, where }: SerialiserOptions): Promise<Serialiser | undefined> {
    if (isStandardSchema(returned)) return schemaSerialiser(returned, where, this.#plainOf);
    const [element, ...more] = Array.isArray(returned) ? (returned as unknown[]) : [returned];
    if (!isClass(element) || more.length > 0)
      return this.#refuse(where, 'it takes a class, a list of one class, or a schema');
    const libraries = await (this.#loading ??= loadLibraries());
    if (libraries === undefined) {
      this.#report.add('BOW_PACKAGE_MISSING', { package: 'class-transformer', neededBy: `@Returns of ${where}` });
      return undefined;
    }
    const family = this.#familyOf(libraries, groups);
    const plan = family.planOf(element);
    if (plan === undefined) return family.plainSerialiser(element);
    if (plan.properties.length === 0)
      return this.#refuse(
        where,
        `no decorator names a property of ${nameOf(element)}; put @Expose() of class-transformer on what is to be sent`,
      );
    const slot = family.slotOf(element);
    const isList = Array.isArray(returned);
    const pick: Pick = isList ? listPicker(slot) : (value) => slot.pick(value);
    return (value, ctx) => {
      const picked = pick(value);
      if (picked !== undefined) return jsonText(ctx, picked);
      if (this.#misfits !== 'ignore') {
        const misfit = findMisfit(value, plan, isList, (type) => family.planOf(type));
        this.#tell(misfitError(where, misfit), ctx);
      }
      return jsonText(ctx, pickLoosely(value, plan, family));
    };
  }

  /** Throws it where it is to be refused. */
  #tell(error: BowlineError, ctx: Answerable): void {
    if (this.#misfits === 'refuse') throw error;
    logSafely(ctx.services.log, 'warn', error.message, { ...ctx.describe(), error });
  }

  #familyOf(libraries: ResponseLibraries, groups: readonly string[]): Family {
    const key = JSON.stringify(groups);
    const family = this.#families.get(key) ?? new Family(libraries, groups);
    this.#families.set(key, family);
    return family;
  }

  #refuse(where: string, reason: string): undefined {
    this.#report.add('BOW_RETURNS_INVALID', { where, reason });
    return undefined;
  }
}

/** Undefined where class-transformer is not installed, so that no class can have rules for its way out. Classes need no rules of class-validator. */
async function loadLibraries(): Promise<ResponseLibraries | undefined> {
  const transformer = await loadTransformer();
  if (transformer === undefined) return undefined;
  const transforms = await loadStorageOf(transformer);
  const validator = await loadValidator();
  const rulesOf = validator === undefined ? () => [] : rulesReader(validator);
  return { transformer, metadata: transforms === undefined ? undefined : { rulesOf, transforms } };
}

/** The classes that are sent with the same groups, and all that they lead to. */
class Family {
  readonly groups: readonly string[];
  readonly #libraries: ResponseLibraries;
  readonly #plans = new Map<ClassType, ResponsePlan | undefined>();
  readonly #slots = new Map<ClassType, PickerSlot>();

  constructor(libraries: ResponseLibraries, groups: readonly string[]) {
    this.#libraries = libraries;
    this.groups = groups;
  }

  /** Undefined for a class that class-transformer has to be asked for. */
  planOf(type: ClassType): ResponsePlan | undefined {
    const { metadata } = this.#libraries;
    if (metadata !== undefined && !this.#plans.has(type)) {
      const plan = planResponse(type, metadata, this.groups);
      this.#plans.set(type, typeof plan === 'string' ? undefined : plan);
    }
    return this.#plans.get(type);
  }

  slotOf(type: ClassType): PickerSlot {
    const known = this.#slots.get(type);
    if (known !== undefined) return known;
    const slot: PickerSlot = { pick: () => undefined };
    this.#slots.set(type, slot);
    const plan = this.planOf(type);
    const toPlain = (value: unknown): unknown => this.toPlain(value);
    slot.pick =
      plan === undefined || plan.properties.length === 0
        ? toPlain
        : writePicker(plan, { slotOf: (each) => this.slotOf(each), toPlain, groups: this.groups });
    return slot;
  }

  plainSerialiser(type: ClassType): Serialiser {
    return (value, ctx) => jsonText(ctx, this.toPlain(ofClass(value, type)));
  }

  toPlain(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return this.#libraries.transformer.instanceToPlain(value, { groups: this.groups });
  }
}

/** What class-transformer knows of a class counts for objects that are none of its instances, too. */
function ofClass(value: unknown, type: ClassType): unknown {
  if (Array.isArray(value)) return value.map((each) => ofClass(each, type));
  if (typeof value !== 'object' || value === null || value instanceof type) return value;
  return Object.assign(Object.create(type.prototype as object) as object, value);
}

function misfitError(where: string, misfit: Misfit | undefined): BowlineError {
  const { path, expected, got } = misfit ?? { path: '', expected: 'what @Returns says', got: 'something else' };
  return new BowlineError('BOW_RESPONSE_MISFIT', { route: where, path, expected, got });
}

function schemaSerialiser(schema: StandardSchemaV1, where: string, plainOf: PlainOf): Serialiser {
  const misfit = (path: string, expected: string, got: string): BowlineError =>
    new BowlineError('BOW_RESPONSE_MISFIT', { route: where, path, expected, got });
  const toText = (result: StandardSchemaV1.Result<unknown>, ctx: Answerable): string => {
    if (result.issues !== undefined) {
      const [first] = result.issues;
      const expected = `what the schema says (${first?.message ?? ''})`;
      throw misfit(pointerOf(first?.path), expected, 'something else');
    }
    // What was returned must not go out in its place.
    if (result.value === undefined) throw misfit('', 'something', 'undefined by its schema');
    return jsonText(ctx, plainOf(result.value));
  };
  return (value, ctx) => {
    const result = schema['~standard'].validate(value);
    return result instanceof Promise ? result.then((settled) => toText(settled, ctx)) : toText(result, ctx);
  };
}
