import { nameOf, type BootReport, type ClassType } from '../foundation/index.js';
import { pointerStep, refusal } from './refusal.js';
import type { ValidatedSource, ValidationFailure, Validator } from './validator.js';

type ClassValidator = typeof import('class-validator');
type ClassTransformer = typeof import('class-transformer');

interface Libraries {
  readonly validator: ClassValidator;
  readonly transformer: ClassTransformer;
}

export interface ClassValidatorOptions {
  readonly source: ValidatedSource;
  /** A list of instances is expected. */
  readonly array: boolean;
  /** Who needs it, for messages: `@Body of OrderController.create`. */
  readonly where: string;
}

/**
 * Makes validators of classes with the rules of class-validator. Both libraries are loaded when the first class asks; one
 * that is missing, and a class without a rule, is a boot problem.
 */
export class ClassValidation {
  readonly #report: BootReport;
  #loading: Promise<Libraries | undefined> | undefined;

  constructor(report: BootReport) {
    this.#report = report;
  }

  /** Undefined where a problem was reported. */
  async validatorOf(type: ClassType, options: ClassValidatorOptions): Promise<Validator | undefined> {
    const libraries = await (this.#loading ??= this.#load(options.where));
    if (libraries === undefined) return undefined;
    const rules = libraries.validator.getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
    if (rules.length === 0) {
      this.#report.add('BOW_DTO_WITHOUT_RULES', { where: options.where, name: nameOf(type) });
      return undefined;
    }
    return makeValidator(libraries, type as new () => object, options);
  }

  async #load(neededBy: string): Promise<Libraries | undefined> {
    const validator = await this.#import(() => import('class-validator'), 'class-validator', neededBy);
    const transformer = await this.#import(() => import('class-transformer'), 'class-transformer', neededBy);
    return validator === undefined || transformer === undefined ? undefined : { validator, transformer };
  }

  async #import<T>(load: () => Promise<T>, name: string, neededBy: string): Promise<T | undefined> {
    try {
      return await load();
    } catch (error) {
      this.#report.add('BOW_PACKAGE_MISSING', { package: name, neededBy }, error);
      return undefined;
    }
  }
}

function makeValidator(libraries: Libraries, type: new () => object, options: ClassValidatorOptions): Validator {
  const { source, array } = options;
  const one = instanceValidator(libraries, type, source);
  if (!array) {
    return async (value) => {
      const { instance, failures } = await one(value, '');
      if (failures.length > 0) throw refusal(source, failures);
      return instance;
    };
  }
  return async (value) => {
    if (!Array.isArray(value)) throw refusal(source, [notA('a list', source, '')]);
    const results = await Promise.all(value.map((element, index) => one(element, `/${index}`)));
    const failures = results.flatMap((result) => result.failures);
    if (failures.length > 0) throw refusal(source, failures);
    return results.map(({ instance }) => instance);
  };
}

interface Verdict {
  readonly instance: object | undefined;
  readonly failures: readonly ValidationFailure[];
}

type InstanceValidator = (value: unknown, path: string) => Promise<Verdict>;

/** Texts are converted to the declared types only where a request has nothing but texts; a JSON body means what it says. */
function instanceValidator(libraries: Libraries, type: new () => object, source: ValidatedSource): InstanceValidator {
  const { validator, transformer } = libraries;
  const transform = { enableImplicitConversion: source !== 'body' };
  return async (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { instance: undefined, failures: [notA('an object', source, path)] };
    }
    const instance = transformer.plainToInstance(type, value, transform);
    const errors = await validator.validate(instance, { whitelist: true, forbidUnknownValues: true });
    return { instance, failures: errors.flatMap((error) => flatten(error, source, path)) };
  };
}

function notA(expected: string, source: ValidatedSource, path: string): ValidationFailure {
  return { path, in: source, code: 'type', message: `must be ${expected}` };
}

function flatten(error: import('class-validator').ValidationError, source: ValidatedSource, parent: string): ValidationFailure[] {
  const path = parent + pointerStep(error.property);
  const own = Object.entries(error.constraints ?? {}).map(([code, message]) => ({ path, in: source, code, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, source, path))];
}
