import { isDeepStrictEqual } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { type ValidationFailure, type Validator } from '../../src/validation/index.js';
import type { ValidationOptions } from '../../src/validation/validation-options.js';
import type { ClassSpec, PropertySpec } from './arbitrary-classes.js';
import { defaultMetadataStorage, type AnyClass } from './declare-class.js';

/** What comes of a value. */
export type Verdict =
  | { readonly kind: 'valid'; readonly instance: unknown; readonly built: boolean }
  | { readonly kind: 'invalid'; readonly failures: readonly Failure[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** More than these are not listed in an answer. */
const listed = 100;

type Failure = Pick<ValidationFailure, 'path' | 'code' | 'message'>;

export async function askBowline(validator: Validator, value: unknown): Promise<Verdict> {
  try {
    const given = validator(value);
    if (!(given instanceof Promise)) return { kind: 'valid', instance: given, built: true };
    return { kind: 'valid', instance: await given, built: false };
  } catch (error) {
    const { details } = error as { readonly details?: { readonly errors: readonly ValidationFailure[] } };
    if (details === undefined) return { kind: 'failed', reason: String(error) };
    return { kind: 'invalid', failures: details.errors.map(({ path, code, message }) => ({ path, code, message })) };
  }
}

/** Both libraries with the options that Bowline documents. */
export async function askLibraries(
  type: AnyClass,
  value: unknown,
  { unknown = 'strip', groups, stopAtFirstError = false }: ValidationOptions,
): Promise<Verdict & { readonly instance?: unknown }> {
  try {
    const instance = plainToInstance(type, value as object);
    const errors = await validate(instance, {
      forbidUnknownValues: true,
      whitelist: unknown !== 'keep',
      forbidNonWhitelisted: unknown === 'refuse',
      stopAtFirstError,
      ...(groups === undefined ? {} : { groups: [...groups] }),
    });
    if (errors.length === 0) return { kind: 'valid', instance, built: false };
    return { kind: 'invalid', failures: errors.flatMap((error) => flatten(error, '')).slice(0, listed), instance };
  } catch (error) {
    return { kind: 'failed', reason: String(error) };
  }
}

function flatten({ property, target, constraints = {}, children = [] }: ValidationError, parent: string): Failure[] {
  const name = (property as string | undefined) === undefined ? undefined : sentName(target, property);
  const step = name?.replaceAll('~', '~0').replaceAll('/', '~1');
  const path = step === undefined ? parent : `${parent}/${step}`;
  return [
    ...Object.entries(constraints).map(([code, message]) => ({ path, code, message })),
    ...children.flatMap((child) => flatten(child, path)),
  ];
}

/** Bowline says where the value stood in the request, and class-validator in the instance. */
function sentName(holder: unknown, property: string): string {
  return exposedNames(holder).get(property) ?? property;
}

function exposedNames(holder: unknown): ReadonlyMap<string | undefined, string> {
  if (typeof holder !== 'object' || holder === null) return new Map();
  const { constructor } = Object.getPrototypeOf(holder) as { readonly constructor: unknown };
  const exposed = defaultMetadataStorage.getExposedMetadatas(constructor);
  return new Map(
    exposed.flatMap(({ propertyName, options }) => (options.name === undefined ? [] : [[propertyName, options.name]])),
  );
}

/** In what two verdicts differ, as a sentence; undefined where they do not. */
export function differenceOf(ours: Verdict, theirs: Verdict & { readonly instance?: unknown }): string | undefined {
  if (ours.kind === 'invalid' && theirs.kind !== 'failed') {
    const expected = theirs.kind === 'invalid' ? theirs.failures : [];
    const more = ours.failures.slice(expected.length);
    const isSame = isDeepStrictEqual(ours.failures.slice(0, expected.length), expected);
    // Bowline refuses lists where an instance or a map is declared, which class-validator looks through, and instances where a set is.
    if (
      isSame &&
      (more.length > 0 || theirs.kind === 'invalid') &&
      more.every((each) => isMisplaced(each, theirs.instance))
    )
      return undefined;
  }
  if (ours.kind !== theirs.kind) return `${ours.kind} in place of ${theirs.kind}`;
  if (ours.kind === 'invalid') return 'other failures';
  if (ours.kind === 'failed') return undefined;
  return isDeepStrictEqual(ours.instance, theirs.instance) ? undefined : 'another instance';
}

function isMisplaced({ path, code }: Failure, instance: unknown): boolean {
  if (code !== 'nestedValidation') return false;
  const steps = path.split('/').slice(1);
  return isMisplacedAt(
    steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
    instance,
  );
}

function isMisplacedAt([step, ...more]: readonly string[], holder: unknown): boolean {
  if (step === undefined || typeof holder !== 'object' || holder === null) return false;
  const properties = [...exposedNames(holder)].filter(([, sent]) => sent === step).map(([name = '']) => name);
  return [step, ...properties].some((name) => {
    const value = memberOf(holder, name);
    if (more.length > 0) return isMisplacedAt(more, value);
    return Array.isArray(value) || declaredType(holder, name) === Set;
  });
}

function memberOf(holder: unknown, name: string): unknown {
  if (holder instanceof Map) return holder.get(name);
  const members = holder instanceof Set ? [...holder] : holder;
  return (members as Readonly<Record<string, unknown>>)[name];
}

function declaredType(holder: unknown, name: string): unknown {
  return Reflect.getMetadata('design:type', Object.getPrototypeOf(holder) as object, name);
}

/** The value without whatever no property of the class is called, or with null in its place. */
export function withoutUnknown(
  type: ClassSpec,
  value: unknown,
  instead: 'nothing' | 'null',
  inGroups: boolean,
): unknown {
  if (Array.isArray(value)) return value.map((element) => withoutUnknown(type, element, instead, inGroups));
  if (typeof value !== 'object' || value === null) return value;
  const properties = [...type.properties, ...(type.base ?? [])].filter((each) => hasRule(each, inGroups));
  const members = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    if (key === 'self' && type.oddity === 'holds itself' && !inGroups)
      return [[key, withoutUnknown(type, member, instead, inGroups)]];
    const same = properties.filter((each) => namesOf(each).includes(key));
    // Of several the first that holds a class is declared as one.
    const property = same.find(({ nested }) => nested !== undefined) ?? same[0];
    if (property === undefined) return instead === 'null' ? [[key, null]] : [];
    const { nested, declared } = property;
    if (nested === undefined) return [[key, member]];
    const known = (each: unknown): unknown => withoutUnknown(nested, each, instead, inGroups);
    return [[key, declared === 'map' && isRecord(member) ? mapped(member, known) : known(member)]];
  });
  return Object.fromEntries(members);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapped(record: object, known: (value: unknown) => unknown): unknown {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, known(value)]));
}

/** Of what stands on a property, rules alone are put into groups. */
function hasRule({ rules, allowed, condition, custom, nested, promise }: PropertySpec, inGroups: boolean): boolean {
  if (inGroups) return rules.some(({ only }) => only === 'in a group');
  return rules.length > 0 || allowed || condition !== 'none' || custom !== 'none' || nested !== undefined || promise;
}

function namesOf({ name, exposed }: PropertySpec): string[] {
  return exposed === 'other name' ? [name, `${name}_other`] : exposed === 'name of another' ? [name, 'alpha'] : [name];
}
