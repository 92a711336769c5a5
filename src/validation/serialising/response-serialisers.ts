import type { StandardSchemaV1 } from '@standard-schema/spec';
import { BowlineError, isClass, nameOf, type BootReport, type ClassType } from '../../foundation/index.js';
import { isStandardSchema } from '../standard-schema.js';
import { findMisfit, type Misfit } from './find-misfit.js';
import { loadResponseLibraries, type ResponseLibraries } from './load-metadata.js';
import { planResponse, type ResponsePlan } from './plan-response.js';
import { listPicker, writePicker, type Pick, type PickerSlot } from './write-picker.js';

/** JSON of what a handler returned. Throws BOW_RESPONSE_MISFIT for what was not promised. A promise where a schema takes its time. */
export type Serialiser = (value: unknown) => string | Promise<string>;

export interface SerialiserOptions {
  /** Groups of `@Expose` whose properties are sent. */
  readonly groups: readonly string[];
  /** `OrderController.find`, for messages. */
  readonly where: string;
}

/** Compiles what `@Returns` names, once for each class and set of groups. */
export class ResponseSerialisers {
  readonly #report: BootReport;
  readonly #families = new Map<string, Family>();
  #loading: Promise<ResponseLibraries | undefined> | undefined;

  constructor(report: BootReport) {
    this.#report = report;
  }

  /** `returned` is a class, a list of one class, or a Standard Schema. Undefined where a problem was reported. */
  async serialiserOf(returned: unknown, { groups, where }: SerialiserOptions): Promise<Serialiser | undefined> {
    if (isStandardSchema(returned)) return schemaSerialiser(returned, where);
    const [element, ...more] = Array.isArray(returned) ? (returned as unknown[]) : [returned];
    if (!isClass(element) || more.length > 0)
      return this.#refuse(where, 'it takes a class, a list of one class, or a schema');
    const libraries = await (this.#loading ??= loadResponseLibraries());
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
    return (value) => {
      const picked = pick(value);
      if (picked !== undefined) return JSON.stringify(picked);
      throw misfitError(
        where,
        findMisfit(value, plan, isList, (type) => family.planOf(type)),
      );
    };
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

/** The classes that are sent with the same groups, and all that they lead to. */
class Family {
  readonly #libraries: ResponseLibraries;
  readonly #groups: readonly string[];
  readonly #plans = new Map<ClassType, ResponsePlan | undefined>();
  readonly #slots = new Map<ClassType, PickerSlot>();

  constructor(libraries: ResponseLibraries, groups: readonly string[]) {
    this.#libraries = libraries;
    this.#groups = groups;
  }

  /** Undefined for a class that class-transformer has to be asked for. */
  planOf(type: ClassType): ResponsePlan | undefined {
    if (!this.#plans.has(type)) {
      const plan = planResponse(type, this.#libraries.metadata, this.#groups);
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
    const toPlain = (value: unknown): unknown => this.#toPlain(value);
    slot.pick =
      plan === undefined || plan.properties.length === 0
        ? toPlain
        : writePicker(plan, { slotOf: (each) => this.slotOf(each), toPlain, groups: this.#groups });
    return slot;
  }

  plainSerialiser(type: ClassType): Serialiser {
    return (value) => JSON.stringify(this.#toPlain(ofClass(value, type)));
  }

  #toPlain(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return this.#libraries.transformer.instanceToPlain(value, { groups: this.#groups });
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

function schemaSerialiser(schema: StandardSchemaV1, where: string): Serialiser {
  return (value) => {
    const result = schema['~standard'].validate(value);
    return result instanceof Promise ? result.then((settled) => textOf(settled, where)) : textOf(result, where);
  };
}

function textOf(result: StandardSchemaV1.Result<unknown>, where: string): string {
  if (result.issues === undefined) return JSON.stringify(result.value);
  const [first] = result.issues;
  const steps = (first?.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  const path = steps.map((step) => `/${step}`).join('');
  throw new BowlineError('BOW_RESPONSE_MISFIT', {
    route: where,
    path,
    expected: `what the schema says (${first?.message ?? ''})`,
    got: 'something else',
  });
}
