import { nameOf, type BootReport, type ClassType } from '../foundation/index.js';
import {
  loadStorageOf,
  loadTransformer,
  loadValidator,
  type FailedProperty,
  type TransformerLibrary,
  type ValidatorLibrary,
} from './class-libraries.js';
import type { ClassBuilders } from './compiled/class-builders.js';
import type { Rule, TransformStorage } from './compiled/library-metadata.js';
import { makeBuilders, rulesReader } from './compiled/make-builders.js';
import { miss, type Miss } from './compiled/miss.js';
import { textsConverter, type Texts } from './convert-texts.js';
import { NestedInstances } from './nested-instances.js';
import { maxFailures, pointerStep, refusal } from './refusal.js';
import { uncheckedFields, type UncheckedField } from './unchecked-fields.js';
import { toRuleOptions, type RefusalStatus, type RuleOptions, type ValidationSettings } from './validation-settings.js';
import type { ValidatedSource, ValidationFailure, Validator } from './validator.js';

interface Libraries {
  readonly validator: ValidatorLibrary;
  readonly transformer: TransformerLibrary;
  /** Undefined where class-transformer does not show its metadata, as a bundled one does not. */
  readonly transforms: TransformStorage | undefined;
  readonly builders: ClassBuilders | undefined;
  readonly options: RuleOptions;
  readonly rulesOf: (type: ClassType) => readonly Rule[];
}

export interface ClassValidatorOptions {
  readonly source: ValidatedSource;
  /** A list of instances is expected. */
  readonly array: boolean;
  /** Whether its values are texts, as those of a form with files are. @default true for everything but a body */
  readonly texts?: boolean;
  /** Who needs it, for messages: `@Body of OrderController.create`. */
  readonly where: string;
}

/**
 * Makes validators of classes with the rules of class-validator. Both libraries are loaded when the first class asks; one
 * that is missing, and a class without a rule, is a boot problem.
 */
export class ClassValidation {
  readonly #report: BootReport;
  readonly #options: RuleOptions;
  readonly #status: RefusalStatus;
  readonly #unchecked = new Map<string, UncheckedField>();
  #loading: Promise<Libraries | undefined> | undefined;

  constructor(report: BootReport, settings: ValidationSettings = {}) {
    this.#report = report;
    this.#options = toRuleOptions(settings);
    this.#status = settings.status ?? 400;
  }

  /** Undefined where a problem was reported. */
  async validatorOf(type: ClassType, options: ClassValidatorOptions): Promise<Validator | undefined> {
    const libraries = await (this.#loading ??= this.#load(options.where));
    if (libraries === undefined) return undefined;
    if (rulesReader(libraries.validator)(type).length === 0) {
      const wayOut =
        options.source === 'body'
          ? 'write @Body({ validate: false })'
          : 'declare the parameter as Record<string, unknown>';
      this.#report.add('BOW_DTO_WITHOUT_RULES', { where: options.where, name: nameOf(type), wayOut });
      return undefined;
    }
    if (libraries.transforms !== undefined) {
      for (const each of uncheckedFields(type, libraries.rulesOf, libraries.transforms))
        this.#unchecked.set(each.field, each);
    }
    return makeValidator(libraries, type as new () => object, options, this.#status);
  }

  /** What the classes that were asked for hold, and do not have validated. */
  get unchecked(): readonly UncheckedField[] {
    return [...this.#unchecked.values()];
  }

  /**
   * Why every value of a class goes to class-validator, as a clause; undefined for a class of which valid values are built by
   * code that was compiled, and before any class has asked.
   */
  async whyNotCompiled(type: ClassType): Promise<string | undefined> {
    const libraries = await this.#loading;
    if (libraries === undefined) return undefined;
    if (libraries.builders === undefined) return 'class-transformer does not show its metadata';
    return libraries.builders.builderOf(type).whyNotCompiled;
  }

  async #load(neededBy: string): Promise<Libraries | undefined> {
    const missing = (name: string) => (error: unknown) => {
      this.#report.add('BOW_PACKAGE_MISSING', { package: name, neededBy }, error);
    };
    const validator = await loadValidator(missing('class-validator'));
    const transformer = await loadTransformer(missing('class-transformer'));
    if (validator === undefined || transformer === undefined) return undefined;
    const options = this.#options;
    const transforms = await loadStorageOf(transformer);
    const builders = transforms === undefined ? undefined : makeBuilders(validator, transforms, options);
    return { validator, transformer, builders, transforms, options, rulesOf: rulesReader(validator, options) };
  }
}

/** What a builder takes over is there at once; class-validator is waited for. */
function makeValidator(
  libraries: Libraries,
  type: new () => object,
  options: ClassValidatorOptions,
  status: RefusalStatus,
): Validator {
  const { source, array, texts = source !== 'body' } = options;
  const build = instanceBuilder(libraries, type, source, texts);
  const check = instanceValidator(libraries, type, source, texts);
  const checkOne = async (value: unknown): Promise<object | undefined> => {
    const { instance, failures } = await check(value, '');
    if (failures.length > 0) throw refusal(source, failures, status);
    return instance;
  };
  if (!array) {
    return (value) => {
      const instance = build(value);
      return instance === miss ? checkOne(value) : instance;
    };
  }
  const checkList = async (list: readonly unknown[], built: readonly object[]): Promise<unknown[]> => {
    const instances: unknown[] = [...built];
    const failures: ValidationFailure[] = [];
    // In turn: what comes after all that the answer lists need not be looked at.
    for (let index = built.length; index < list.length && failures.length <= maxFailures; index++) {
      const fast = build(list[index]);
      const { instance, failures: own } =
        fast === miss ? await check(list[index], `/${index}`) : { instance: fast, failures: [] };
      instances.push(instance);
      failures.push(...own);
    }
    if (failures.length > 0) throw refusal(source, failures, status);
    return instances;
  };
  return (value) => {
    if (!Array.isArray(value)) throw refusal(source, [notA('a list', source, '')], status);
    const built: object[] = [];
    for (const element of value as readonly unknown[]) {
      const instance = build(element);
      if (instance === miss) return checkList(value, built);
      built.push(instance);
    }
    return built;
  };
}

type InstanceBuilder = (value: unknown) => object | Miss;

/** What can be had without class-validator: valid values of a class that was compiled. */
function instanceBuilder(
  { rulesOf, builders }: Libraries,
  type: new () => object,
  source: ValidatedSource,
  texts: boolean,
): InstanceBuilder {
  const builder = builders?.builderOf(type);
  if (builder === undefined || builder.whyNotCompiled !== undefined) return () => miss;
  if (!texts) return builder.build;
  const convert = textsConverter(type, propertiesOf(rulesOf(type)), source);
  return (given) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return miss;
    const { value, failures } = convert(given as Texts);
    return failures.length > 0 ? miss : builder.build(value);
  };
}

interface Verdict {
  readonly instance: object | undefined;
  readonly failures: readonly ValidationFailure[];
}

type InstanceValidator = (value: unknown, path: string) => Promise<Verdict>;

/** A JSON body means what it says; forms and the other parts of a request are texts, converted by the declared types first. */
function instanceValidator(
  libraries: Libraries,
  type: new () => object,
  source: ValidatedSource,
  texts: boolean,
): InstanceValidator {
  const { validator, transformer, rulesOf, options } = libraries;
  const nested = new NestedInstances(rulesOf);
  const convert = !texts ? undefined : textsConverter(type, propertiesOf(rulesOf(type)), source);
  return async (given, path) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      return { instance: undefined, failures: [notA('an object', source, path)] };
    }
    const { value, failures: misfits } = convert?.(given as Texts) ?? { value: given, failures: [] };
    if (misfits.length > 0) return { instance: undefined, failures: misfits };
    const instance = transformer.plainToInstance(type, value);
    const errors = await validator.validate(instance, options);
    const failures: ValidationFailure[] = [];
    for (const error of errors) collect(error, source, path, failures);
    nested.check(instance, source, path, failures);
    return { instance, failures };
  };
}

function propertiesOf(rules: readonly Rule[]): string[] {
  return [...new Set(rules.map(({ propertyName }) => String(propertyName)))];
}

function notA(expected: string, source: ValidatedSource, path: string): ValidationFailure {
  const what = path === '' ? `the ${source}` : `element ${path.slice(1)} of the ${source}`;
  return { path, in: source, code: 'type', message: `${what} must be ${expected}` };
}

/** No more than one beyond what an answer lists. */
function collect(error: FailedProperty, source: ValidatedSource, parent: string, failures: ValidationFailure[]): void {
  const path = error.property === undefined ? parent : parent + pointerStep(error.property);
  for (const [code, message] of Object.entries(error.constraints ?? {}))
    failures.push({ path, in: source, code, message });
  for (const child of error.children ?? []) {
    if (failures.length > maxFailures) return;
    collect(child, source, path, failures);
  }
}
