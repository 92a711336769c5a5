import { nameOf, type BootReport, type ClassType } from '../foundation/index.js';
import { loadStorageOf, loadTransformer, loadValidator } from './class-libraries.js';
import type { Rule, TransformStorage } from './compiled/library-metadata.js';
import { makeBuilders } from './compiled/make-builders.js';
import { rulesReader } from './compiled/rules-reader.js';
import type { Libraries } from './libraries.js';
import { uncheckedFields, type UncheckedField } from './unchecked-fields.js';
import { validateInstances } from './validate-instances.js';
import {
  resolveValidation,
  toRuleOptions,
  type ResolvedValidationOptions,
  type ValidationOptions,
} from './validation-options.js';
import type { ValidatedSource, Validator } from './validator.js';
import { warningOfUnknown } from './warn-of-unknown.js';

export interface ClassValidatorOptions {
  readonly source: ValidatedSource;
  /** A list of instances is expected. */
  readonly array: boolean;
  /** Whether its values are texts, as those of a form with files are. @default true for everything but a body */
  readonly texts?: boolean;
  /** Who needs it, for messages: `@Body of OrderController.create`. */
  readonly where: string;
  /** What to write in place of rules, for the message about a class without one. @default what a decorator can say */
  readonly wayOut?: string;
  /** @default those of the application */
  readonly validation?: ResolvedValidationOptions;
}

export interface ClassValidationSettings {
  /** Whether the log names what is taken away because no rule names it. @default false */
  readonly warnsOfUnknown?: boolean;
}

interface Loaded extends Pick<Libraries, 'validator' | 'transformer' | 'transforms'> {
  /** The rules of all groups. */
  readonly allRulesOf: (type: ClassType) => readonly Rule[];
  /** By the options that make a difference, as JSON. */
  readonly byContent: Map<string, Libraries>;
  /** The same by the options themselves, which are those of the application for nearly every class. */
  readonly byOptions: WeakMap<ResolvedValidationOptions, Libraries>;
}

/**
 * Makes validators of classes with the rules of class-validator. Both libraries are loaded when the first class asks; one
 * that is missing, and a class without a rule, is a boot problem.
 */
export class ClassValidation {
  /** Those of the application. */
  readonly options: ValidationOptions;
  /** The same with what they do not say. */
  readonly defaults: ResolvedValidationOptions;
  readonly #report: BootReport;
  readonly #warnsOfUnknown: boolean;
  readonly #unchecked = new Map<string, UncheckedField>();
  #loading: Promise<Loaded | undefined> | undefined;

  constructor(report: BootReport, options: ValidationOptions = {}, settings: ClassValidationSettings = {}) {
    this.options = options;
    this.#report = report;
    this.defaults = resolveValidation([options]);
    this.#warnsOfUnknown = settings.warnsOfUnknown === true;
  }

  /** Undefined where a problem was reported. */
  async validatorOf(type: ClassType, options: ClassValidatorOptions): Promise<Validator | undefined> {
    const { validation = this.defaults } = options;
    const loaded = await (this.#loading ??= this.#load(options.where));
    if (loaded === undefined) return undefined;
    const libraries = librariesFor(loaded, validation);
    if (libraries.rulesOf(type).length === 0) {
      this.#reportRuleless(type, options, loaded.allRulesOf(type), validation);
      return undefined;
    }
    if (loaded.transforms !== undefined) this.#noteUnchecked(type, libraries, loaded.transforms);
    const validate = validateInstances(libraries, type as new () => object, options);
    // Every request has headers that no rule names.
    const warns = this.#warnsOfUnknown && validation.unknown === 'strip' && options.source !== 'header';
    if (!warns) return validate;
    return warningOfUnknown(validate, libraries, type, options.where);
  }

  /** What the classes that were asked for hold, and do not have validated. */
  get unchecked(): readonly UncheckedField[] {
    return [...this.#unchecked.values()];
  }

  /**
   * Why every value of a class goes to class-validator, as a clause; undefined for a class of which valid values are built by
   * code that was compiled, and before any class has asked.
   */
  async whyNotCompiled(type: ClassType, validation = this.defaults): Promise<string | undefined> {
    const loaded = await this.#loading;
    if (loaded === undefined) return undefined;
    const { builders } = librariesFor(loaded, validation);
    if (builders === undefined) return 'class-transformer does not show its metadata';
    return builders.builderOf(type).whyNotCompiled;
  }

  #noteUnchecked(type: ClassType, { rulesOf }: Libraries, transforms: TransformStorage): void {
    for (const each of uncheckedFields(type, rulesOf, transforms)) this.#unchecked.set(each.field, each);
  }

  #reportRuleless(
    type: ClassType,
    { source, where, wayOut = wayOutOf(source) }: ClassValidatorOptions,
    rules: readonly Rule[],
    { groups }: ResolvedValidationOptions,
  ): void {
    const name = nameOf(type);
    if (rules.length > 0) {
      const known = [...new Set(rules.flatMap((rule) => rule.groups ?? []))];
      this.#report.add('BOW_GROUPS_WITHOUT_RULES', { where, name, groups, known });
      return;
    }
    this.#report.add('BOW_DTO_WITHOUT_RULES', { where, name, wayOut });
  }

  async #load(neededBy: string): Promise<Loaded | undefined> {
    const missing = (name: string) => (error: unknown) => {
      this.#report.add('BOW_PACKAGE_MISSING', { package: name, neededBy }, error);
    };
    const validator = await loadValidator(missing('class-validator'));
    const transformer = await loadTransformer(missing('class-transformer'));
    if (validator === undefined || transformer === undefined) return undefined;
    const transforms = await loadStorageOf(transformer);
    const allRulesOf = rulesReader(validator);
    return { validator, transformer, transforms, allRulesOf, byContent: new Map(), byOptions: new WeakMap() };
  }
}

function wayOutOf(source: ValidatedSource): string {
  return source === 'body' ? 'write @Body({ validate: false })' : 'declare the parameter as Record<string, unknown>';
}

/** A class is compiled once for all that is told the same, whatever the status of its refusals. */
function librariesFor(loaded: Loaded, options: ResolvedValidationOptions): Libraries {
  const libraries = loaded.byOptions.get(options) ?? findLibraries(loaded, options);
  loaded.byOptions.set(options, libraries);
  return libraries;
}

function findLibraries(loaded: Loaded, options: ResolvedValidationOptions): Libraries {
  const { validator, transformer, transforms, allRulesOf, byContent } = loaded;
  const { unknown, groups, stopAtFirstError, limits } = options;
  const key = JSON.stringify([
    unknown,
    groups.toSorted(),
    stopAtFirstError,
    limits.items,
    limits.properties,
    limits.depth,
  ]);
  const known = byContent.get(key);
  if (known !== undefined) return known;
  const ruleOptions = toRuleOptions(options);
  const rulesOf = groups.length === 0 ? allRulesOf : rulesReader(validator, ruleOptions);
  const storage = validator.getMetadataStorage();
  const libraries: Libraries = {
    validator,
    transformer,
    transforms,
    builders: transforms === undefined ? undefined : makeBuilders(validator, transforms, options, rulesOf),
    options,
    ruleOptions,
    rulesOf,
    constraintsOf: (rule) => storage.getTargetValidatorConstraints(rule.constraintCls),
  };
  byContent.set(key, libraries);
  return libraries;
}
