import type { ClassType } from '../foundation/index.js';
import { miss, type Miss } from './compiled/miss.js';
import { textsConverter, type ConvertedTexts, type Texts } from './convert-texts.js';
import type { FailedProperty } from './class-libraries.js';
import { DiscriminatedLists } from './discriminated-lists.js';
import type { Libraries } from './libraries.js';
import { classOf, NestedInstances } from './nested-instances.js';
import { oversize } from './oversize.js';
import { maxFailures, pointerStep, pointerSteps, refusal } from './refusal.js';
import { paramsOfRule } from './rule-params.js';
import { SentNames } from './sent-names.js';
import type { ResolvedValidationOptions } from './validation-options.js';
import type { ValidatedSource, ValidationFailure, Validator } from './validator.js';
import { placesOfMethods, withoutMethods } from './without-methods.js';

export interface InstanceOptions {
  readonly source: ValidatedSource;
  /** A list of instances is expected. */
  readonly array: boolean;
  /** @default true for everything but a body */
  readonly texts?: boolean;
  readonly validation?: ResolvedValidationOptions;
}

/** What a builder takes over is there at once; class-validator is waited for. */
export function validateInstances(libraries: Libraries, type: new () => object, options: InstanceOptions): Validator {
  const { array, source, texts = source !== 'body', validation = libraries.options } = options;
  const { limits, status } = validation;
  const names = new SentNames(libraries.transforms);
  const convert = texts ? convertTexts(libraries, type, source, names) : undefined;
  const place = { source, names, convert };
  const build = instanceBuilder(libraries, type, place);
  const check = instanceValidator(libraries, type, place);
  const checkOne = async (value: unknown): Promise<object | undefined> => {
    const { instance, failures } = await check(value, '');
    if (failures.length > 0) throw refusal(source, failures, status);
    return instance;
  };
  if (!array) {
    return (value) => {
      const instance = build(value, limits.items);
      if (instance !== miss) return instance;
      refuseOversize(value, source, validation);
      return checkOne(value);
    };
  }
  const checkList = async (list: readonly unknown[], built: readonly object[]): Promise<unknown[]> => {
    const instances: unknown[] = [...built];
    const failures: ValidationFailure[] = [];
    // In turn: what comes after all that the answer lists need not be looked at.
    for (let index = built.length; index < list.length && failures.length <= maxFailures; index++) {
      const fast = build(list[index], limits.items);
      const { instance, failures: own } =
        fast === miss ? await check(list[index], `/${index}`) : { instance: fast, failures: [] };
      instances.push(instance);
      failures.push(...own);
    }
    if (failures.length > 0) throw refusal(source, failures, status);
    return instances;
  };
  return (value) => {
    if (!Array.isArray(value)) throw refusal(source, [notA('array', source, '')], status);
    const built: object[] = [];
    let itemsLeft = limits.items - value.length;
    for (const element of value as readonly unknown[]) {
      const instance = itemsLeft < 0 ? miss : build(element, itemsLeft);
      if (instance === miss) {
        refuseOversize(value, source, validation);
        return checkList(value, built);
      }
      itemsLeft = libraries.builders?.itemsLeft ?? itemsLeft;
      built.push(instance);
    }
    return built;
  };
}

function refuseOversize(value: unknown, source: ValidatedSource, { limits, status }: ResolvedValidationOptions): void {
  const failure = oversize(value, source, limits);
  if (failure !== undefined) throw refusal(source, [failure], status);
}

interface Place {
  readonly source: ValidatedSource;
  readonly names: SentNames;
  /** Undefined where values are no texts. */
  readonly convert: ((texts: Texts) => ConvertedTexts) | undefined;
}

function convertTexts(
  { rulesOf, transforms }: Libraries,
  type: new () => object,
  source: ValidatedSource,
  names: SentNames,
): NonNullable<Place['convert']> {
  const properties = [...new Set(rulesOf(type).map(({ propertyName }) => String(propertyName)))];
  return textsConverter(type, properties, { source, names, transforms });
}

type InstanceBuilder = (value: unknown, items: number) => object | Miss;

/** What can be had without class-validator: valid values of a class that was compiled. */
function instanceBuilder({ builders }: Libraries, type: new () => object, { convert }: Place): InstanceBuilder {
  const builder = builders?.builderOf(type);
  if (builder === undefined || builder.whyNotCompiled !== undefined) return () => miss;
  if (convert === undefined) return builder.build;
  return (given, items) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return miss;
    const { value, failures } = convert(given as Texts);
    return failures.length > 0 ? miss : builder.build(value, items);
  };
}

interface Verdict {
  readonly instance: object | undefined;
  readonly failures: readonly ValidationFailure[];
}

type InstanceValidator = (value: unknown, path: string) => Promise<Verdict>;

/** A JSON body means what it says; forms and the other parts of a request are texts, converted by the declared types first. */
function instanceValidator(libraries: Libraries, type: new () => object, place: Place): InstanceValidator {
  const { validator, transformer, transforms, rulesOf, ruleOptions } = libraries;
  const { source, names, convert } = place;
  const nested = new NestedInstances(rulesOf, names);
  const lists = transforms === undefined ? undefined : new DiscriminatedLists(transforms, source);
  const judge = async (value: unknown, path: string): Promise<Verdict> => {
    const failures: ValidationFailure[] = [];
    if (ruleOptions.forbidNonWhitelisted)
      failures.push(...placesOfMethods(value).map((step) => unknown(path + step, source)));
    const plain = withoutMethods(value) as object;
    const before = failures.length;
    lists?.check(type, plain, path, failures);
    if (failures.length > before) return { instance: undefined, failures };
    const instance = transformer.plainToInstance(type, plain);
    const errors = await validator.validate(instance, ruleOptions);
    for (const error of errors) collect(error, path, failures, { source, libraries, names });
    nested.check(instance, source, path, failures);
    return { instance, failures };
  };
  return async (given, path) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      return { instance: undefined, failures: [notA('object', source, path)] };
    }
    if (convert === undefined) return judge(given, path);
    const { value, failures: misfits } = convert(given as Texts);
    if (misfits.length === 0) return judge(value, path);
    return {
      instance: undefined,
      failures: [...misfits, ...(await failuresBeside(misfits, () => judge(value, path)))],
    };
  };
}

/** In the words of class-validator, which never sees such a member. */
function unknown(path: string, source: ValidatedSource): ValidationFailure {
  const message = `property ${pointerSteps(path).at(-1)} should not exist`;
  return { path, in: source, code: 'whitelistValidation', message };
}

/** What else is wrong, where some texts could not be converted. */
async function failuresBeside(
  misfits: readonly ValidationFailure[],
  judge: () => Promise<Verdict>,
): Promise<readonly ValidationFailure[]> {
  const told = new Set(misfits.map(({ path }) => pointerSteps(path)[0]));
  try {
    const { failures } = await judge();
    return failures.filter(({ path }) => !told.has(pointerSteps(path)[0]));
  } catch {
    // A function of the user's may need what could not be converted.
    return [];
  }
}

function notA(expected: 'array' | 'object', source: ValidatedSource, path: string): ValidationFailure {
  const what = path === '' ? `the ${source}` : `element ${path.slice(1)} of the ${source}`;
  const message = `${what} must be ${expected === 'array' ? 'a list' : 'an object'}`;
  return { path, in: source, code: 'type', params: [expected], message };
}

interface Collection {
  readonly source: ValidatedSource;
  readonly libraries: Libraries;
  readonly names: SentNames;
}

/** No more than one beyond what an answer lists. */
function collect(error: FailedProperty, parent: string, failures: ValidationFailure[], collection: Collection): void {
  const { source, libraries, names } = collection;
  const { property, target } = error;
  const type = target === undefined ? undefined : classOf(target);
  const path =
    property === undefined ? parent : parent + pointerStep(type === undefined ? property : names.of(type, property));
  for (const [code, message] of Object.entries(error.constraints ?? {})) {
    const params = type === undefined || property === undefined ? undefined : paramsOf(type, property, code, libraries);
    failures.push({ path, in: source, code, ...(params === undefined ? {} : { params }), message });
  }
  for (const child of error.children ?? []) {
    if (failures.length > maxFailures) return;
    collect(child, path, failures, collection);
  }
}

/** class-validator tells what failed by its name alone. */
function paramsOf(
  type: ClassType,
  property: string,
  code: string,
  { rulesOf, constraintsOf }: Libraries,
): readonly unknown[] | undefined {
  const rule = rulesOf(type).find(
    (each) => each.propertyName === property && constraintsOf(each).some(({ name }) => name === code),
  );
  return rule === undefined ? undefined : paramsOfRule(rule);
}
