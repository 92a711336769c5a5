import 'reflect-metadata';
import * as transformer from 'class-transformer';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import * as validator from 'class-validator';
import {
  Allow,
  IsDate,
  IsInt,
  IsOptional,
  IsString,
  registerDecorator,
  Validate,
  ValidateNested,
  ValidatePromise,
  ValidatorConstraint,
} from 'class-validator';
import { expect, test } from 'vitest';
import type { ClassBuilder } from '../../src/validation/compiled/class-builders.js';
import { loadStorageOf, type ValidatorLibrary } from '../../src/validation/class-libraries.js';
import { makeBuilders } from '../../src/validation/compiled/make-builders.js';
import { miss } from '../../src/validation/compiled/miss.js';

type AnyClass = new () => object;

async function builderOf(type: AnyClass): Promise<ClassBuilder> {
  const transforms = await loadStorageOf(transformer as never);
  if (transforms === undefined) throw new Error('class-transformer shows no metadata');
  return makeBuilders(validator as unknown as ValidatorLibrary, transforms).builderOf(type);
}

class Leaf {
  @IsInt()
  size!: number;
}

class Tree {
  @IsString()
  name!: string;

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Tree)
  branches?: Tree[];

  @IsOptional()
  @ValidateNested()
  @Type(() => Leaf)
  leaf?: Leaf;

  @IsOptional()
  @Type(() => Date)
  @IsDate()
  planted?: Date;
}

test('builds instances of a class that holds itself, without what no rule names', async () => {
  const { build, whyNotCompiled } = await builderOf(Tree);

  const text =
    '{"name":"a","__proto__":{"isAdmin":true},"branches":[{"name":"b","leaf":{"size":1,"x":2}}],"planted":0}';
  const built = build(JSON.parse(text)) as Tree;

  expect(whyNotCompiled).toBeUndefined();
  const leaf = Object.assign(new Leaf(), { size: 1 });
  const branch = Object.assign(new Tree(), { name: 'b', leaf });
  expect(built).toStrictEqual(Object.assign(new Tree(), { name: 'a', branches: [branch], planted: new Date(0) }));
  expect('isAdmin' in built).toBe(false);
});

test.each([
  ['a value that a rule refuses', { name: 1 }],
  ['a nested value that a rule refuses', { name: 'a', leaf: { size: 'x' } }],
  ['a list in place of an instance', { name: 'a', leaf: [] }],
  ['what is no plain object', new Map([['name', 'a']])],
  ['a list', [{ name: 'a' }]],
  ['nothing', undefined],
])('takes over nothing of %s', async (_what, value) => {
  expect((await builderOf(Tree)).build(value)).toBe(miss);
});

class Stock {
  @ValidateNested({ each: true })
  @Type(() => Leaf)
  byName!: Map<string, Leaf>;

  @ValidateNested({ each: true })
  @Type(() => Leaf)
  all!: Set<Leaf>;

  @IsInt({ each: true })
  @Type(() => Number)
  counts!: Map<string, number>;

  @IsInt({ each: true })
  @Type(() => Number)
  sizes!: Set<number>;
}

const stock = { byName: { a: { size: 1, more: 2 } }, all: [{ size: 2 }], counts: { a: '3' }, sizes: ['4', 4] };

test('builds Maps of objects and Sets of lists, and what they hold', async () => {
  const { build, whyNotCompiled } = await builderOf(Stock);
  const leaf = (size: number): Leaf => Object.assign(new Leaf(), { size });

  expect(whyNotCompiled).toBeUndefined();
  expect(build(stock)).toStrictEqual(
    Object.assign(new Stock(), {
      byName: new Map([['a', leaf(1)]]),
      all: new Set([leaf(2)]),
      counts: new Map([['a', 3]]),
      sizes: new Set([4]),
    }),
  );
});

test.each([
  ['an element of a Map that a rule refuses', { byName: { a: { size: 'x' } } }],
  ['a Map key that class-transformer loses', { byName: { size: { size: 1 } } }],
  ['a list in place of a Map', { byName: [{ size: 1 }] }],
  ['a list within a Map', { byName: { a: [{ size: 1 }] } }],
  ['an element of a Set that a rule refuses', { all: [{ size: 1 }, { size: 'x' }] }],
  ['an object in place of a Set', { all: { size: 1 } }],
  ['a value of a Map that a rule refuses', { counts: { a: 3, b: 0.5 } }],
  ['a value of a Set that a rule refuses', { sizes: [1, 0.5] }],
])('takes over nothing of %s', async (_what, part) => {
  expect((await builderOf(Stock)).build({ ...stock, ...part })).toBe(miss);
});

test('leaves a Map key that is the name of a transformed property to class-transformer', async () => {
  class Trimmed {
    @Transform(({ value }) => value as string)
    @IsString()
    name!: string;
  }
  class Holder {
    @ValidateNested()
    @Type(() => Trimmed)
    held!: Map<string, Trimmed>;
  }
  const { build } = await builderOf(Holder);
  expect(build({ held: { other: { name: 'a' } } })).toBeInstanceOf(Holder);
  expect(build({ held: { name: { name: 'a' } } })).toBe(miss);
});

test('takes over nothing while somebody has added to the prototype of all objects', async () => {
  const { build } = await builderOf(Tree);
  expect(build({ name: 'a' })).toBeInstanceOf(Tree);
  const prototype = Object.prototype as Record<string, unknown>;
  try {
    prototype['leaf'] = { size: 1 };
    expect(build({ name: 'a' })).toBe(miss);
  } finally {
    delete prototype['leaf'];
  }
});

test('takes over nothing where a rule or a transformation throws', async () => {
  class Throwing {
    @Transform(({ value }) => (value as string).trim())
    @IsString()
    name!: string;
  }
  const { build } = await builderOf(Throwing);
  expect(build({ name: ' a ' })).toEqual({ name: 'a' });
  expect(build({ name: 1 })).toBe(miss);
});

test('asks for a constraint of a class whenever class-validator would, and not before', async () => {
  let made = 0;
  @ValidatorConstraint()
  class Counted {
    constructor() {
      made++;
    }
    validate(value: unknown): boolean {
      return value === 'a';
    }
  }
  class Held {
    @Validate(Counted)
    name!: string;
  }
  const { build } = await builderOf(Held);
  expect(made).toBe(0);
  expect(build({ name: 'a' })).toBeInstanceOf(Held);
  expect(build({ name: 'b' })).toBe(miss);
  expect(made).toBe(1);
});

test("does not take somebody's rule for class-validator's own of the same name", async () => {
  class Own {
    name!: string;
  }
  registerDecorator({
    name: 'isString',
    target: Own,
    propertyName: 'name',
    validator: { validate: (value) => value === 'a', defaultMessage: () => '$property must be a' },
  });
  const { build } = await builderOf(Own);
  expect(build({ name: 'a' })).toEqual({ name: 'a' });
  expect(build({ name: 'b' })).toBe(miss);
});

test('writes no name into code that is no identifier', async () => {
  const name = "a'];globalThis.broken=true;//";
  class Odd {}
  for (const each of [name, 'x-tenant', '0', 'class', '\u2028']) IsString()(Odd.prototype, each);
  const { build, whyNotCompiled } = await builderOf(Odd);
  const value = { [name]: 'a', 'x-tenant': 'b', 0: 'c', class: 'd', '\u2028': 'e' };
  expect(whyNotCompiled).toBeUndefined();
  expect(build({ ...value, more: 1 })).toStrictEqual(Object.assign(new Odd(), value));
  expect(globalThis).not.toHaveProperty('broken');
});

class WithSetter {
  @IsString()
  name!: string;
  set other(value: unknown) {
    this.name = String(value);
  }
}

@ValidatorConstraint({ async: true })
class Later {
  validate(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

test.each<[reason: string, decorate: (type: AnyClass, property: string) => void]>([
  ['Made has no rules', () => undefined],
  ['a has an asynchronous rule', (type, a) => Validate(Later)(type.prototype as object, a)],
  ['a has a rule of the kind promiseValidation', (type, a) => ValidatePromise()(type.prototype as object, a)],
  ['every object has toString', (type) => Allow()(type.prototype as object, 'toString')],
  ['a has @ValidateNested and no @Type', (type, a) => ValidateNested()(type.prototype as object, a)],
  [
    'a has a class in @Type and no @ValidateNested',
    (type, a) => {
      Allow()(type.prototype as object, a);
      Type(() => Leaf)(type.prototype as object, a);
    },
  ],
  [
    'it holds WithSetter, of which other has a setter',
    (type, a) => {
      ValidateNested()(type.prototype as object, a);
      Type(() => WithSetter)(type.prototype as object, a);
    },
  ],
  [
    'the type of a depends on the value',
    (type, a) => {
      Allow()(type.prototype as object, a);
      Type((given) => (given === undefined ? Number : String))(type.prototype as object, a);
    },
  ],
  [
    'a depends on a group or a version',
    (type, a) => {
      Allow()(type.prototype as object, a);
      Expose({ groups: ['some'] })(type.prototype as object, a);
    },
  ],
  [
    '@Exclude stands on the class',
    (type, a) => {
      Allow()(type.prototype as object, a);
      Exclude()(type);
    },
  ],
  [
    'b has @Transform and no rule',
    (type, a) => {
      Allow()(type.prototype as object, a);
      Transform(() => 1)(type.prototype as object, 'b');
    },
  ],
])('says that %s', async (reason, decorate) => {
  class Made {}
  decorate(Made, 'a');
  const { build, whyNotCompiled } = await builderOf(Made);
  expect(whyNotCompiled).toBe(reason);
  expect(build({})).toBe(miss);
});
