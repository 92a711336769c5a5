import type { ClassType } from '../../foundation/index.js';
import { hasMethod } from '../without-methods.js';
import { ruleCall } from './call-rule.js';
import { copyValue, odd, toDate, toNumber, toText, toTruth } from './copy-value.js';
import { fastChecks, type FastCheck } from './fast-checks.js';
import { plainToInstance, type LibraryMetadata, type Rule } from './library-metadata.js';
import { miss, type Miss } from './miss.js';
import type { ClassPlan, PropertyPlan } from './plan-class.js';
import type { Room } from './room.js';

/**
 * Makes an instance of a plain value of at most `depth` levels, or says that class-validator is to be asked. It may throw, which says
 * the same.
 */
export type Build = (plain: unknown, depth: number) => object | Miss;

/** Where the builder of another class will be: classes may hold each other. */
export interface BuildSlot {
  build: Build;
}

export interface BuilderContext {
  readonly metadata: LibraryMetadata;
  /** What is left for the value that is being built. */
  readonly room: Room;
  slotOf(type: ClassType): BuildSlot;
  /** Whether a rule is class-validator's own of its name. */
  isOwn(rule: Rule, check: FastCheck): boolean;
}

/** The options that class-transformer hands to functions which transform, when it is called without any. */
const transformOptions = Object.freeze({
  enableCircularCheck: false,
  enableImplicitConversion: false,
  excludeExtraneousValues: false,
  excludePrefixes: undefined,
  exposeDefaultValues: false,
  exposeUnsetFields: true,
  groups: undefined,
  ignoreDecorators: false,
  strategy: undefined,
  targetMaps: undefined,
  version: undefined,
});

const identifier = /^[A-Za-z_$][\w$]{0,99}$/;

/**
 * Writes a builder as code and compiles it. Property names come into the code only where they are plain identifiers, and
 * values only as numbers that were checked; everything else is handed to it in an array.
 */
export function writeBuilder(plan: ClassPlan, context: BuilderContext): Build {
  const values: unknown[] = [];
  const constant = (value: unknown): string => {
    // What copies a value, and counts, is the same for each property. Numbers are not: 0 would stand for -0.
    const known = typeof value === 'number' ? -1 : values.indexOf(value);
    return `K${known === -1 ? values.push(value) - 1 : known}`;
  };
  const type = constant(plan.type);
  const prototype = constant(plan.type.prototype);
  const missed = `return ${constant(miss)};`;
  const writer: Writer = { constant, missed, context };
  const properties = plan.properties.map((property, index) => new PropertyWriter(property, `v${index}`, writer));
  const body = [
    'return function build(x, d) {',
    `if (typeof x !== 'object' || x === null || d < 1) ${missed}`,
    'const p = Object.getPrototypeOf(x);',
    `if (p !== ${constant(Object.prototype)} && p !== null) ${missed}`,
    ...(context.metadata.strips ? [] : [unknownCheck(plan, constant, missed)]),
    `const o = new ${type}();`,
    `if (Object.getPrototypeOf(o) !== ${prototype}) ${missed}`,
    // class-validator strips what the constructor adds and no rule names; class-transformer replaces no method.
    `for (const k in o) switch (k) {`,
    ...plan.properties.map(({ name }) => `case ${quoted(name, constant)}:`),
    `if (typeof o[k] === 'function') ${missed} break; default: ${missed} }`,
    ...properties.flatMap((property) => property.assignment()),
    ...properties.flatMap((property) => property.checks()),
    'return o;',
    '}',
  ];
  const names = values.map((_, index) => `K${index} = K[${index}]`).join(', ');
  const source = `'use strict'; const ${names};\n${body.join('\n')}`;
  // oxlint-disable-next-line typescript/no-implied-eval -- No name or text of the user's stands in it that was not checked.
  return (new Function('K', source) as (values: readonly unknown[]) => Build)(values);
}

function unknownCheck({ properties }: ClassPlan, constant: (value: unknown) => string, missed: string): string {
  const sources = properties.flatMap(({ source }) => (source === undefined ? [] : [source]));
  const cases = sources.map((source) => `case ${quoted(source, constant)}:`).join(' ');
  return `for (const k in x) switch (k) { ${cases} break; default: ${missed} }`;
}

interface Writer {
  readonly constant: (value: unknown) => string;
  /** The statement that gives up. */
  readonly missed: string;
  readonly context: BuilderContext;
}

const conversions = { copy: copyValue, number: toNumber, text: toText, truth: toTruth, date: toDate } as const;

/** The code for one property. `x` is the plain value, `d` how deep it may be, `o` the instance. */
class PropertyWriter {
  readonly #plan: PropertyPlan;
  readonly #value: string;
  readonly #writer: Writer;
  readonly #target: string;

  constructor(plan: PropertyPlan, value: string, writer: Writer) {
    this.#plan = plan;
    this.#value = value;
    this.#writer = writer;
    this.#target = member('o', plan.name, writer.constant);
  }

  /** Reads, converts and assigns. What is not there keeps what the constructor gave it. */
  assignment(): string[] {
    const { name, source, exposed, conversion } = this.#plan;
    const { constant, missed } = this.#writer;
    const [v, target] = [this.#value, this.#target];
    const isNested = conversion.kind === 'instance';
    // Nobody has stripped nor checked it.
    const initial = isNested ? [`if (typeof ${v} === 'object' && ${v} !== null) ${missed}`] : [];
    if (source === undefined) return [`const ${v} = ${target};`, ...initial];
    const given = [...this.#conversion(), ...this.#transforms(), `${target} = ${v};`];
    return [
      `let ${v} = ${member('x', source, constant)};`,
      // Both names are taken, and the order of the keys decides.
      ...(source === name ? [] : [`if (${quoted(name, constant)} in x) ${missed}`]),
      `if (${v} === undefined) {`,
      `if (${quoted(source, constant)} in x) ${missed}`,
      ...(exposed ? [...this.#transforms(), `${target} = ${v};`] : [`${v} = ${target};`, ...initial]),
      '} else {',
      ...given,
      '}',
    ];
  }

  /** Asks the rules. All properties are assigned by then: a rule may look at others. */
  checks(): string[] {
    const { rules, conversion } = this.#plan;
    const v = this.#value;
    const isNested = conversion.kind === 'instance';
    const conditions = rules.filter(({ type }) => type === 'conditionalValidation');
    const checks = rules.flatMap((rule) => this.#check(rule));
    if (conditions.length === 0) return checks;
    const condition = conditions.map((rule) => this.#condition(rule)).join(' && ');
    // What is not validated is not stripped either, and here it has been.
    const otherwise = isNested ? [`else if (typeof ${v} === 'object' && ${v} !== null) ${this.#writer.missed}`] : [];
    return [`if (${condition}) {`, ...checks, '}', ...otherwise];
  }

  #conversion(): string[] {
    const { conversion } = this.#plan;
    const { constant, missed, context } = this.#writer;
    const v = this.#value;
    const room = constant(context.room);
    switch (conversion.kind) {
      case 'copy':
        return [
          `if (typeof ${v} === 'object' && ${v} !== null) {`,
          // What is not copied is not taken away in silence.
          ...(context.metadata.strips ? [] : [`if (${constant(hasMethod)}(${v})) ${missed}`]),
          `${v} = ${constant(copyValue)}(${v}, d - 1, ${room});`,
          '}',
        ];
      case 'number':
      case 'text':
      case 'truth':
      case 'date': {
        const convert = constant(conversions[conversion.kind]);
        if (conversion.container === 'map')
          return [`${v} = ${constant(convertMap)}(${v}, ${convert}, d - 1, ${room});`];
        const toSet = conversion.container === 'set' ? [`if (Array.isArray(${v})) ${v} = new Set(${v});`] : [];
        return [`${v} = ${convert}(${v}, d - 1, ${room});`, ...toSet];
      }
      case 'instance': {
        const { type, typeFunction, container, takenKeys } = conversion;
        const slot = constant(context.slotOf(type));
        // It may name another class by now.
        const same = `if (${constant(typeFunction)}() !== ${constant(type)}) ${missed}`;
        const built = (build: string): string => `{ ${v} = ${build}; if (${v} === undefined) ${missed} }`;
        const list = `${constant(buildList)}(${v}, ${slot}, d - 1, ${room})`;
        switch (container) {
          case 'set':
            return [
              same,
              `if (Array.isArray(${v})) ${built(list)} else if (${v} !== null) ${missed}`,
              `if (${v} !== null) ${v} = new Set(${v});`,
            ];
          case 'map':
            return [
              same,
              `if (${v} !== null) ${built(`${constant(buildMap)}(${v}, ${slot}, ${constant(takenKeys)}, d - 1, ${room})`)}`,
            ];
          case 'list':
          case 'none':
            return [
              same,
              `if (Array.isArray(${v})) ${container === 'list' ? built(list) : missed}`,
              `else if (${v} !== null) { ${v} = ${slot}.build(${v}, d - 1); if (${v} === ${constant(miss)}) ${missed} }`,
            ];
        }
      }
    }
  }

  #transforms(): string[] {
    if (this.#plan.transforms.length === 0) return [];
    const { constant } = this.#writer;
    const v = this.#value;
    const key = constant(this.#plan.name);
    return this.#plan.transforms.map((metadata) => {
      const call = `{ value: ${v}, key: ${key}, obj: x, type: ${plainToInstance}, options: ${constant(transformOptions)} }`;
      return `${v} = ${constant(metadata)}.transformFn(${call});`;
    });
  }

  #condition(rule: Rule): string {
    const v = this.#value;
    if (isOptional(rule, this.#plan.name)) return `${v} !== undefined && ${v} !== null`;
    return `${this.#writer.constant(rule)}.constraints[0](o, ${v})`;
  }

  #check(rule: Rule): string[] {
    const { missed, constant } = this.#writer;
    const v = this.#value;
    switch (rule.type) {
      case 'conditionalValidation':
      case 'whitelistValidation':
        return [];
      case 'nestedValidation':
        // An object has been built and checked.
        return [`if (${v} !== undefined && (typeof ${v} !== 'object' || ${v} === null)) ${missed}`];
      default: {
        const check = rule.each === true ? this.#checkEach(rule) : [`if (!(${this.#accepts(rule, v)})) ${missed}`];
        if (!rule.validateIf) return check;
        return [`if (${constant(rule)}.validateIf(o, ${v})) {`, ...check, '}'];
      }
    }
  }

  #checkEach(rule: Rule): string[] {
    const { missed } = this.#writer;
    const v = this.#value;
    return [
      `if (Array.isArray(${v})) {`,
      `for (let i = 0; i < ${v}.length; i++) { const e = ${v}[i]; if (!(${this.#accepts(rule, 'e')})) ${missed} }`,
      `} else if (${v} instanceof Set || ${v} instanceof Map) {`,
      `for (const e of ${v}.values()) if (!(${this.#accepts(rule, 'e')})) ${missed}`,
      `} else if (!(${this.#accepts(rule, v)})) ${missed}`,
    ];
  }

  /** A condition that holds only if the rule accepts the variable. */
  #accepts(rule: Rule, variable: string): string {
    const { constant, context } = this.#writer;
    const check = rule.name === undefined ? undefined : fastChecks.get(rule.name);
    const constraints = rule.constraints ?? [];
    const fast =
      check !== undefined && context.isOwn(rule, check) ? check.write(variable, constraints, constant) : undefined;
    if (fast !== undefined && check?.exact === true) return fast;
    const call = `${constant(ruleCall(rule, context.metadata.constraintsOf(rule)))}(o, ${this.#value}, ${variable})`;
    return fast === undefined ? call : `(${fast}) || ${call}`;
  }
}

/** Undefined where an element is left to class-validator. */
function buildList(list: readonly unknown[], slot: BuildSlot, depth: number, room: Room): object[] | undefined {
  if (depth < 1 || !room.take(list.length)) return undefined;
  const built: object[] = [];
  for (let index = 0; index < list.length; index++) {
    const instance = slot.build(list[index], depth - 1);
    if (instance === miss) return undefined;
    built.push(instance);
  }
  return built;
}

/** Undefined where it is no plain object, where class-transformer takes a key for something else, or where a value is left to class-validator. */
function buildMap(
  value: unknown,
  slot: BuildSlot,
  takenKeys: ReadonlySet<string>,
  depth: number,
  room: Room,
): Map<string, object> | undefined {
  if (depth < 1 || !isPlainObject(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length > room.properties) return undefined;
  const built = new Map<string, object>();
  for (const key of keys) {
    const instance = takenKeys.has(key) || key in Map.prototype ? miss : slot.build(value[key], depth - 1);
    if (instance === miss) return undefined;
    built.set(key, instance);
  }
  return built;
}

type Convert = (value: unknown, depth: number, room: Room) => unknown;

/** The same for values that are converted. Throws where class-transformer is to be asked. */
function convertMap(value: unknown, convert: Convert, depth: number, room: Room): Map<string, unknown> | null {
  if (value === null) return null;
  if (depth < 1 || !isPlainObject(value)) throw odd;
  const keys = Object.keys(value);
  if (keys.length > room.properties) throw odd;
  const converted = new Map<string, unknown>();
  for (const key of keys) {
    // It has never put what would hide a method.
    if (key in Map.prototype) throw odd;
    converted.set(key, convert(value[key], depth - 1, room));
  }
  return converted;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The condition of `@IsOptional`, seen by what it answers. */
function isOptional({ name, constraints }: Rule, property: string): boolean {
  const [condition] = constraints ?? [];
  if (name !== 'isOptional' || typeof condition !== 'function') return false;
  const answers = [undefined, null, 0, ''].map((value) =>
    (condition as (object: object) => unknown)({ [property]: value }),
  );
  return answers.join() === 'false,false,true,true';
}

function member(object: string, name: string, constant: (value: unknown) => string): string {
  return identifier.test(name) ? `${object}.${name}` : `${object}[${constant(name)}]`;
}

function quoted(name: string, constant: (value: unknown) => string): string {
  return identifier.test(name) ? `'${name}'` : constant(name);
}
