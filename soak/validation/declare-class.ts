import { createRequire } from 'node:module';
import { Exclude as Excluded, Expose, Transform, Type } from 'class-transformer';
import {
  Allow,
  getMetadataStorage,
  IsOptional,
  registerDecorator,
  useContainer,
  Validate,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  ValidatePromise,
  ValidatorConstraint,
  type ValidationArguments,
  type ValidationOptions,
} from 'class-validator';
import type { ClassSpec, PropertySpec, RuleSpec } from './arbitrary-classes.js';
import { ruleSamples } from './rule-samples.js';

interface RuleStorage {
  readonly validationMetadatas: Map<unknown, unknown>;
  readonly constraintMetadatas: Map<unknown, unknown>;
}

interface TransformStorage {
  readonly _transformMetadatas: Map<unknown, unknown>;
  getExposedMetadatas(
    type: unknown,
  ): readonly { readonly propertyName?: string; readonly options: { readonly name?: string } }[];
  clear(): void;
}

/** Where class-transformer keeps what its decorators say. */
export const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  readonly defaultMetadataStorage: TransformStorage;
};

export type AnyClass = new () => object;

// class-validator's own container looks through all constraints that there ever were.
const constraints = new WeakMap<object, unknown>();
useContainer({
  get: (type: AnyClass) => {
    const known = constraints.get(type) ?? new type();
    constraints.set(type, known);
    return known;
  },
} as never);

@ValidatorConstraint({ name: 'notLong' })
class NotLong {
  validate(value: unknown, args: ValidationArguments): boolean {
    return String(JSON.stringify(value)).length < 40 && args.property in args.object;
  }
  defaultMessage(): string {
    return '$property is long in $target';
  }
}

@ValidatorConstraint({ name: 'later', async: true })
class Later {
  validate(value: unknown): Promise<boolean> {
    return Promise.resolve(value !== null);
  }
}

class Undecorated {
  validate(): boolean {
    return false;
  }
}

/** What the decorators registered, to be forgotten: both libraries look through all classes that there ever were. */
export function forgetClasses(): void {
  const storage = getMetadataStorage() as unknown as RuleStorage;
  storage.validationMetadatas.clear();
  for (const type of storage.constraintMetadatas.keys())
    if (type !== NotLong && type !== Later) storage.constraintMetadatas.delete(type);
  defaultMetadataStorage.clear();
  (
    defaultMetadataStorage as unknown as { readonly _transformMetadatas: Map<unknown, unknown> }
  )._transformMetadatas.clear();
}

/** Declares a class as a user would with decorators. */
export function declareClass(spec: ClassSpec, used: Map<string, number>): AnyClass {
  const { base: inherited, properties, oddity } = spec;
  const fields = initialValues(properties);
  const Base = inherited === undefined ? class {} : declareClass({ properties: inherited, oddity: 'none' }, used);
  const Declared = class Declared extends Base {
    constructor() {
      super();
      Object.assign(this, fields());
      if (oddity === 'field without a rule') Object.assign(this, { unruled: 1 });
      if (oddity === 'frozen') Object.freeze(this);
      if (oddity === 'throws') throw new Error('no instance');
      if (oddity === 'another object') return { alpha: 'a' } as never;
    }
  };
  addOddity(Declared, oddity);
  for (const [index, property] of properties.entries()) {
    // With the rule twice, class-validator takes a time that is exponential in the depth of lists.
    const isSecond = properties
      .slice(0, index)
      .some(({ name, nested }) => name === property.name && nested !== undefined);
    decorate(Declared, isSecond ? { ...property, nested: undefined } : property, used);
  }
  return Declared;
}

const initialFunction = (): number => 1;

function initialValues(properties: readonly PropertySpec[]): () => object {
  return () =>
    Object.fromEntries(
      properties.flatMap(({ name, initial }) => {
        // Whoever awaits the instance would wait for a method of that name.
        if (initial === 'none' || name === '__proto__' || (name === 'then' && initial === 'function')) return [];
        const value = { value: 'a', undefined: undefined, function: initialFunction, object: { a: 1 } }[initial];
        return [[name, value]];
      }),
    );
}

function addOddity(type: AnyClass, oddity: ClassSpec['oddity']): void {
  const prototype = type.prototype as object;
  const set = function (this: Record<string, unknown>, value: unknown): void {
    this['alpha'] = value;
  };
  if (oddity === 'method')
    Object.defineProperty(prototype, 'alpha', { value: () => 1, writable: true, configurable: true });
  if (oddity === 'getter') Object.defineProperty(prototype, 'beta', { get: () => 'a', configurable: true });
  if (oddity === 'setter') Object.defineProperty(prototype, 'extra', { set, configurable: true });
  if (oddity === 'exposed') Expose()(type);
  if (oddity === 'excluded') Excluded()(type);
  if (oddity === 'transform without a rule') Transform(({ value }) => (value as string).trim())(prototype, 'extra');
  if (oddity === 'holds itself') {
    IsOptional()(prototype, 'self');
    ValidateNested()(prototype, 'self');
    Type(() => type)(prototype, 'self');
  }
}

function decorate(type: AnyClass, property: PropertySpec, used: Map<string, number>): void {
  const { name } = property;
  const use = (decorator: string, apply: PropertyDecorator): void => {
    used.set(decorator, (used.get(decorator) ?? 0) + 1);
    apply(type.prototype as object, name);
  };
  const nested = property.nested === undefined ? undefined : declareClass(property.nested, used);
  declareType(type, property, nested);
  for (const rule of property.rules) {
    const sample = ruleSamples[rule.sample];
    if (sample !== undefined) use(sample.decorator, sample.decorate(optionsOf(rule)));
  }
  if (property.allowed) use('Allow', Allow());
  if (property.promise) use('ValidatePromise', ValidatePromise());
  if (nested !== undefined)
    use('ValidateNested', ValidateNested({ each: ['list', 'set'].includes(property.declared) }));
  addCondition(property, use);
  addCustom(type, property, use);
  addTransforms(type, property, nested);
}

/** What the compiler would write. */
function declareType(type: AnyClass, { name, declared, type: kind }: PropertySpec, nested: AnyClass | undefined): void {
  const itself =
    nested ??
    { number: Number, text: String, truth: Boolean, date: Date, none: String, object: Object, 'of the value': Object }[
      kind
    ];
  const emitted = { nothing: undefined, list: Array, object: Object, itself, set: Set, map: Map }[declared];
  if (declared !== 'nothing') Reflect.defineMetadata('design:type', emitted, type.prototype as object, name);
}

function optionsOf({ each, only }: RuleSpec): ValidationOptions {
  switch (only) {
    case 'always':
      return each ? { each } : {};
    case 'in a group':
      return { each, groups: ['some'] };
    case 'always by option':
      return { each, always: false };
    case 'if it holds':
      return { each, validateIf: (_object, value) => value !== 'a' };
    case 'if it does not hold':
      return { each, validateIf: () => false };
    case 'with a message':
      return { each, message: 'no, $value', context: { code: 1 } };
  }
}

type Use = (decorator: string, apply: PropertyDecorator) => void;

function addCondition({ condition }: PropertySpec, use: Use): void {
  if (condition.startsWith('optional')) use('IsOptional', IsOptional());
  if (condition === 'holds' || condition === 'optional and holds')
    use(
      'ValidateIf',
      ValidateIf(() => true),
    );
  if (condition === 'does not hold')
    use(
      'ValidateIf',
      ValidateIf(() => false),
    );
  if (condition === 'looks at the value')
    use(
      'ValidateIf',
      ValidateIf((object: Record<string, unknown>, value) => value !== 0 && object['beta'] !== ''),
    );
}

function addCustom(type: AnyClass, { custom, name }: PropertySpec, use: Use): void {
  switch (custom) {
    case 'none':
      return;
    case 'by a class':
      return use('Validate', Validate(NotLong, ['given'], { message: '$constraint1 it is long' }));
    case 'without a decorator':
      return use('Validate', Validate(Undecorated));
    case 'asynchronous':
      return use('Validate', Validate(Later));
    case 'by a function':
      return use('ValidateBy', ValidateBy({ name: 'notB', validator: { validate: (value) => value !== 'b' } }));
    case 'sometimes a promise': {
      const validate = (value: unknown): boolean | Promise<boolean> =>
        typeof value === 'string' ? Promise.resolve(value !== 'a') : true;
      return use(
        'ValidateBy',
        ValidateBy({ name: 'promised', validator: { validate, defaultMessage: () => 'promised' } }),
      );
    }
    case 'with a famous name':
      return registerDecorator({
        name: 'isString',
        target: type,
        propertyName: name,
        options: {},
        validator: { validate: (value) => value === 'a', defaultMessage: () => 'not the famous one' },
      });
  }
}

function addTransforms(type: AnyClass, property: PropertySpec, nested: AnyClass | undefined): void {
  const { name, type: kind, transform, exposed, excluded } = property;
  const apply = (decorator: PropertyDecorator): void => decorator(type.prototype as object, name);
  const classes = { number: Number, text: String, truth: Boolean, date: Date } as const;
  if (nested !== undefined) apply(Type(() => nested));
  else if (kind === 'of the value') apply(Type((given) => (given?.object['alpha'] === 'a' ? Number : String)));
  else if (kind !== 'none' && kind !== 'object') apply(Type(() => classes[kind]));
  const transforms: Record<PropertySpec['transform'], PropertyDecorator | undefined> = {
    none: undefined,
    trim: Transform(({ value }) => (typeof value === 'string' ? value.trim() : (value as unknown))),
    nothing: Transform(() => undefined),
    throws: Transform(({ value }) => (value as string).trim()),
    'to plain': Transform(() => 'plain', { toPlainOnly: true }),
    'in a group': Transform(() => 'grouped', { groups: ['some'] }),
    'makes a list': Transform(({ value }) => [value as unknown]),
    'reads another': Transform(({ obj, key, value }) => ('alpha' in (obj as object) ? (value as unknown) : key)),
    'makes a number of a text': Transform(({ value }) => Number(value)),
  };
  const transformer = transforms[transform];
  if (transformer !== undefined) apply(transformer);
  if (exposed !== 'no') apply(Expose(exposeOptions(exposed, name)));
  if (excluded !== 'no')
    apply(Excluded({ toPlainOnly: excluded === 'to plain', toClassOnly: excluded === 'to class' }));
}

function exposeOptions(exposed: Exclude<PropertySpec['exposed'], 'no'>, name: string): object {
  switch (exposed) {
    case 'yes':
      return {};
    case 'other name':
      return { name: `${name}_other` };
    case 'name of another':
      return { name: 'alpha' };
    case 'to plain':
      return { toPlainOnly: true };
    case 'to class':
      return { toClassOnly: true };
    case 'in a group':
      return { groups: ['some'] };
    case 'since':
      return { since: 2 };
  }
}
