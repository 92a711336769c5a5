import { nameOf, type ClassType } from '../../foundation/index.js';
import { takesList } from '../nested-instances.js';
import {
  plainToInstance,
  type CustomTransform,
  type LibraryMetadata,
  type Rule,
  type TransformMetadata,
  type TransformStorage,
} from './library-metadata.js';

/** What becomes of the value of one property before its rules are asked. */
export type Conversion =
  | { readonly kind: 'copy' }
  | { readonly kind: 'number' | 'text' | 'truth' | 'date'; readonly container: 'list' | 'set' | 'map' }
  | {
      readonly kind: 'instance';
      readonly type: ClassType;
      readonly typeFunction: () => unknown;
      /** What several are put into; `none` where there is one. */
      readonly container: 'none' | 'list' | 'set' | 'map';
      /** Keys of a map that class-transformer takes for properties of the class. */
      readonly takenKeys: ReadonlySet<string>;
    };

export interface PropertyPlan {
  readonly name: string;
  /** Its name in the plain value; undefined where it is not read from there. */
  readonly source: string | undefined;
  /** It is assigned even where the plain value does not have it. */
  readonly exposed: boolean;
  readonly conversion: Conversion;
  readonly transforms: readonly CustomTransform[];
  readonly rules: readonly Rule[];
}

export interface ClassPlan {
  readonly type: ClassType;
  readonly properties: readonly PropertyPlan[];
}

/** Why a class is left to class-validator, as a clause. */
export class NotCompiled extends Error {}

const known: readonly string[] = [
  'customValidation',
  'nestedValidation',
  'conditionalValidation',
  'isDefined',
  'whitelistValidation',
];

/** Everything that both libraries know of a class, in one place. Throws {@link NotCompiled}. */
export function planClass(type: ClassType, metadata: LibraryMetadata): ClassPlan {
  const rules = metadata.rulesOf(type);
  if (rules.length === 0) throw new NotCompiled(`${nameOf(type)} has no rules`);
  const strategy = metadata.transforms.getStrategy(type);
  if (strategy === 'excludeAll') throw new NotCompiled('@Exclude stands on the class');
  const byName = Map.groupBy(rules, ({ propertyName }) => propertyName);
  checkPrototype(type);
  checkTransforms(type, byName, metadata.transforms);
  const exposed = groupExposed(type, metadata.transforms, byName);
  const assigned = [...exposed].find(([name, { options }]) => !byName.has(name) && appliesToClass(options));
  // It is assigned where it was not sent, and nothing takes it away again.
  if (assigned !== undefined && !metadata.strips) throw new NotCompiled(`${assigned[0]} has @Expose and no rule`);
  const properties = [...byName].map(([name, own]) => planProperty(type, String(name), own, exposed, metadata));
  return { type, properties };
}

/** What class-transformer assigns runs a setter, of unknown properties too. */
function checkPrototype(type: ClassType): void {
  for (const prototype of prototypesOf(type)) {
    for (const [name, { set }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (set !== undefined) throw new NotCompiled(`${name} has a setter`);
    }
  }
}

function prototypesOf(type: ClassType): object[] {
  const chain: object[] = [];
  let prototype: unknown = type.prototype;
  while (typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype) {
    chain.push(prototype);
    prototype = Object.getPrototypeOf(prototype);
  }
  return chain;
}

/** A function that transforms is called, and may refuse, where there is no rule as well. */
function checkTransforms(type: ClassType, byName: ReadonlyMap<unknown, unknown>, storage: TransformStorage): void {
  const all = storage._transformMetadatas;
  if (!(all instanceof Map)) throw new NotCompiled('class-transformer keeps its metadata in an unknown way');
  for (const [target, own] of all as Map<unknown, unknown>) {
    if (target !== type && !(typeof target === 'function' && type.prototype instanceof target)) continue;
    for (const name of (own as ReadonlyMap<unknown, unknown>).keys()) {
      if (!byName.has(name)) throw new NotCompiled(`${String(name)} has @Transform and no rule`);
    }
  }
}

type Exposed = ReadonlyMap<string, TransformMetadata>;

function groupExposed(type: ClassType, storage: TransformStorage, byName: ReadonlyMap<unknown, unknown>): Exposed {
  const exposed = new Map<string, TransformMetadata>();
  const names = new Set<string>();
  for (const metadata of storage.getExposedMetadatas(type)) {
    const { propertyName = '', options = {} } = metadata;
    const { name } = options;
    checkConditions(metadata);
    if (exposed.has(propertyName)) throw new NotCompiled(`${propertyName} has @Expose twice`);
    exposed.set(propertyName, metadata);
    if (name === undefined || name === '') continue;
    if (name !== propertyName && (byName.has(name) || names.has(name)))
      throw new NotCompiled(`two properties are exposed as ${name}`);
    if (options.toPlainOnly === true) throw new NotCompiled(`${propertyName} has another name in one direction`);
    names.add(name);
  }
  for (const name of names) {
    if (exposed.has(name) && exposed.get(name)?.options?.name !== name)
      throw new NotCompiled(`two properties are exposed as ${name}`);
  }
  return exposed;
}

/** Groups and versions. */
function checkConditions({ propertyName, options = {} }: TransformMetadata): void {
  const { groups, since, until } = options;
  if ((groups !== undefined && groups.length > 0) || since !== undefined || until !== undefined)
    throw new NotCompiled(`${propertyName} depends on a group or a version`);
}

function planProperty(
  type: ClassType,
  name: string,
  rules: readonly Rule[],
  exposed: Exposed,
  metadata: LibraryMetadata,
): PropertyPlan {
  checkName(type, name);
  for (const rule of rules) checkRule(name, rule, metadata);
  const expose = exposed.get(name);
  const transforms = metadata.transforms.findTransformMetadatas(type, name, plainToInstance);
  for (const each of transforms) checkConditions(each);
  const allExcluded = metadata.transforms.getExcludedMetadatas(type).filter(({ options }) => appliesToClass(options));
  const isExcluded = (key: string): boolean => allExcluded.some(({ propertyName }) => propertyName === key);
  const other = expose?.options?.name;
  const excluded = isExcluded(name);
  if (other !== undefined && (excluded || isExcluded(other)))
    throw new NotCompiled(`${name} is excluded, and exposed under another name`);
  const conversion = planConversion(type, name, rules, metadata);
  if (conversion.kind === 'instance' && transforms.length > 0)
    throw new NotCompiled(`${name} has @Transform beside the class in @Type`);
  return {
    name,
    source: excluded ? undefined : other === undefined || other === '' ? name : other,
    exposed: !excluded && expose !== undefined && appliesToClass(expose.options),
    conversion,
    transforms,
    rules,
  };
}

function appliesToClass({ toClassOnly, toPlainOnly }: TransformMetadata['options'] & object = {}): boolean {
  return toPlainOnly !== true || toClassOnly === true;
}

function checkName(type: ClassType, name: string): void {
  if (name in Object.prototype) throw new NotCompiled(`every object has ${name}`);
  if (name in (type.prototype as object)) throw new NotCompiled(`${name} is a method or an accessor too`);
}

function checkRule(name: string, rule: Rule, metadata: LibraryMetadata): void {
  if (typeof rule.propertyName !== 'string') throw new NotCompiled('a property is named by a symbol');
  if (!known.includes(rule.type)) throw new NotCompiled(`${name} has a rule of the kind ${rule.type}`);
  if (metadata.constraintsOf(rule).some(({ async }) => async))
    throw new NotCompiled(`${name} has an asynchronous rule`);
}

const simple = new Map<unknown, 'number' | 'text' | 'truth' | 'date'>([
  [Number, 'number'],
  [String, 'text'],
  [Boolean, 'truth'],
  [Date, 'date'],
]);

function planConversion(type: ClassType, name: string, rules: readonly Rule[], metadata: LibraryMetadata): Conversion {
  const declared = metadata.transforms.findTypeMetadata(type, name);
  const isNested = rules.some((rule) => rule.type === 'nestedValidation');
  if (declared === undefined) {
    if (isNested) throw new NotCompiled(`${name} has @ValidateNested and no @Type`);
    return { kind: 'copy' };
  }
  const { typeFunction, reflectedType, options } = declared;
  if (options?.discriminator !== undefined) throw new NotCompiled(`the type of ${name} depends on a property`);
  if (typeFunction === undefined || dependsOnValue(typeFunction))
    throw new NotCompiled(`the type of ${name} depends on the value`);
  const given = typeFunction();
  const ofScalar = simple.get(given);
  const container = containerOf(reflectedType);
  if (ofScalar !== undefined && container === 'none')
    throw new NotCompiled(`${name} is declared as ${nameOfType(reflectedType)}`);
  if (ofScalar !== undefined && container !== 'none' && !isNested) return { kind: ofScalar, container };
  if (typeof given !== 'function' || ofScalar !== undefined || native.includes(given))
    throw new NotCompiled(`the type of ${name} is ${nameOfType(given)}`);
  if (!isNested) throw new NotCompiled(`${name} has a class in @Type and no @ValidateNested`);
  const held = given as ClassType;
  return {
    kind: 'instance',
    type: held,
    typeFunction,
    container: container === 'list' && !takesList(type, name) ? 'none' : container,
    takenKeys: container === 'map' ? takenKeys(held, metadata) : new Set(),
  };
}

/** What class-transformer makes of a list, or of an object where the property is declared as a Map. Of a list it makes other things for other classes. */
function containerOf(reflectedType: unknown): 'none' | 'list' | 'set' | 'map' {
  if (reflectedType === Map) return 'map';
  if (reflectedType === Set) return 'set';
  const isPlain = reflectedType === undefined || [Array, Object, ...simple.keys()].includes(reflectedType as never);
  return isPlain ? 'list' : 'none';
}

/** It looks up a key of a map as if the map were the instance. */
function takenKeys(type: ClassType, { rulesOf, transforms }: LibraryMetadata): ReadonlySet<string> {
  const names = rulesOf(type).map(({ propertyName }) => String(propertyName));
  const transformed = names.filter((name) => transforms.findTransformMetadatas(type, name, plainToInstance).length > 0);
  const exposed = transforms.getExposedMetadatas(type).flatMap(({ options }) => options?.name ?? []);
  return new Set([...transformed, ...exposed]);
}

const native: readonly unknown[] = [Object, Array, Map, Set, Buffer, Promise, Function, Symbol, BigInt];

function nameOfType(type: unknown): string {
  return typeof type === 'function' ? nameOf(type as ClassType) : String(type);
}

/** A function without parameters may still read what it is called with. */
function dependsOnValue(typeFunction: () => unknown): boolean {
  const source = String(typeFunction);
  return (
    typeFunction.length > 0 ||
    !/^(?:\(\s*\)\s*=>|function\s*[\w$]*\s*\(\s*\))/.test(source) ||
    source.includes('arguments')
  );
}
