import type { ClassType } from '../foundation/index.js';
import type { Rule } from './compiled/library-metadata.js';
import { miss, type Miss } from './compiled/miss.js';
import { textsConverter, type Texts } from './convert-texts.js';
import type { FailedProperty } from './class-libraries.js';
import type { Libraries } from './libraries.js';
import { NestedInstances } from './nested-instances.js';
import { oversize } from './oversize.js';
import { maxFailures, pointerStep, refusal } from './refusal.js';
import { paramsOfRule } from './rule-params.js';
import type { ResolvedValidationOptions } from './validation-options.js';
import type { ValidatedSource, ValidationFailure, Validator } from './validator.js';

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
  const place = { source, texts };
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
  readonly texts: boolean;
}

type InstanceBuilder = (value: unknown, items: number) => object | Miss;

/** What can be had without class-validator: valid values of a class that was compiled. */
function instanceBuilder(
  { rulesOf, builders }: Libraries,
  type: new () => object,
  { source, texts }: Place,
): InstanceBuilder {
  const builder = builders?.builderOf(type);
  if (builder === undefined || builder.whyNotCompiled !== undefined) return () => miss;
  if (!texts) return builder.build;
  const convert = textsConverter(type, propertiesOf(rulesOf(type)), source);
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
function instanceValidator(libraries: Libraries, type: new () => object, { source, texts }: Place): InstanceValidator {
  const { validator, transformer, rulesOf, ruleOptions } = libraries;
  const nested = new NestedInstances(rulesOf);
  const convert = !texts ? undefined : textsConverter(type, propertiesOf(rulesOf(type)), source);
  return async (given, path) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      return { instance: undefined, failures: [notA('object', source, path)] };
    }
    const { value, failures: misfits } = convert?.(given as Texts) ?? { value: given, failures: [] };
    if (misfits.length > 0) return { instance: undefined, failures: misfits };
    const instance = transformer.plainToInstance(type, value);
    const errors = await validator.validate(instance, ruleOptions);
    const failures: ValidationFailure[] = [];
    for (const error of errors) collect(error, path, failures, { source, libraries });
    nested.check(instance, source, path, failures);
    return { instance, failures };
  };
}

function propertiesOf(rules: readonly Rule[]): string[] {
  return [...new Set(rules.map(({ propertyName }) => String(propertyName)))];
}

function notA(expected: 'array' | 'object', source: ValidatedSource, path: string): ValidationFailure {
  const what = path === '' ? `the ${source}` : `element ${path.slice(1)} of the ${source}`;
  const message = `${what} must be ${expected === 'array' ? 'a list' : 'an object'}`;
  return { path, in: source, code: 'type', params: [expected], message };
}

interface Collection {
  readonly source: ValidatedSource;
  readonly libraries: Libraries;
}

/** No more than one beyond what an answer lists. */
function collect(error: FailedProperty, parent: string, failures: ValidationFailure[], collection: Collection): void {
  const { source, libraries } = collection;
  const { property, target } = error;
  const path = property === undefined ? parent : parent + pointerStep(property);
  for (const [code, message] of Object.entries(error.constraints ?? {})) {
    const params =
      target === undefined || property === undefined ? undefined : paramsOf(target, property, code, libraries);
    failures.push({ path, in: source, code, ...(params === undefined ? {} : { params }), message });
  }
  for (const child of error.children ?? []) {
    if (failures.length > maxFailures) return;
    collect(child, path, failures, collection);
  }
}

/** class-validator tells what failed by its name alone. */
function paramsOf(
  target: object,
  property: string,
  code: string,
  { rulesOf, constraintsOf }: Libraries,
): readonly unknown[] | undefined {
  // Not by its own `constructor`, which a client may send.
  const { constructor } = Object.getPrototypeOf(target) as { readonly constructor?: ClassType };
  if (constructor === undefined || Array.isArray(target)) return undefined;
  const rule = rulesOf(constructor).find(
    (each) => each.propertyName === property && constraintsOf(each).some(({ name }) => name === code),
  );
  return rule === undefined ? undefined : paramsOfRule(rule);
}
