import 'reflect-metadata';
import { Expose, Type } from 'class-transformer';
import { Allow, IsEmail, IsOptional, IsString, MinLength, ValidateNested, ValidatePromise } from 'class-validator';
import { expect, test } from 'vitest';
import { BootReport } from '../../src/foundation/index.js';
import type { HttpError } from '../../src/http/index.js';
import { ClassValidation } from '../../src/validation/index.js';
import type { ValidationOptions } from '../../src/validation/validation-options.js';

class Person {
  @IsString()
  @MinLength(2)
  name!: string;

  @IsEmail({}, { groups: ['mailed'] })
  email!: string;
}

async function verdict(settings: ValidationOptions, value: unknown): Promise<unknown> {
  const validation = new ClassValidation(new BootReport(), settings);
  const validate = await validation.validatorOf(Person, { source: 'body', array: false, where: 'a test' });
  try {
    return await validate?.(value);
  } catch (error) {
    const { errors } = (error as HttpError).details as { readonly errors: readonly { path: string; code: string }[] };
    return errors.map(({ path, code }) => `${path} ${code}`);
  }
}

const ada = { name: 'Ada', email: 'ada@example.com' };

test('takes away what no rule names, unless it is to be refused or kept', async () => {
  const value = { ...ada, more: 1 };
  expect(await verdict({}, value)).toStrictEqual(Object.assign(new Person(), ada));
  expect(await verdict({ unknown: 'refuse' }, value)).toEqual(['/more whitelistValidation']);
  expect(await verdict({ unknown: 'refuse' }, ada)).toStrictEqual(Object.assign(new Person(), ada));
  expect(await verdict({ unknown: 'keep' }, value)).toStrictEqual(Object.assign(new Person(), value));
});

test('asks the rules of some groups alone', async () => {
  expect(await verdict({ groups: ['mailed'] }, { name: 1, email: 'ada' })).toEqual(['/email isEmail']);
  expect(await verdict({ groups: ['mailed'] }, ada)).toStrictEqual(Object.assign(new Person(), { email: ada.email }));
});

test('refuses what class-transformer adds and no rule that is asked names', async () => {
  class Exposed extends Person {
    @Expose()
    @IsString({ groups: ['other'] })
    added!: string;
  }
  const validation = new ClassValidation(new BootReport(), { unknown: 'refuse', groups: ['mailed'] });
  const validate = await validation.validatorOf(Exposed, { source: 'body', array: false, where: 'a test' });
  await expect(validate?.({ email: ada.email })).rejects.toMatchObject({
    details: { errors: [{ path: '/added', code: 'whitelistValidation' }] },
  });
});

test('tells the first failure of a property alone where that is asked for', async () => {
  expect(await verdict({}, { ...ada, name: 1 })).toHaveLength(2);
  expect(await verdict({ stopAtFirstError: true }, { ...ada, name: 1 })).toHaveLength(1);
});

test('refuses with the status that is asked for', async () => {
  const validation = new ClassValidation(new BootReport(), { status: 422 });
  const validate = await validation.validatorOf(Person, { source: 'body', array: true, where: 'a test' });
  expect(() => validate?.('no list')).toThrow(expect.objectContaining({ status: 422 }));
  await expect(validate?.([ada, {}])).rejects.toMatchObject({ status: 422, details: { errors: { length: 3 } } });
});

test('knows what a class holds and does not have validated', async () => {
  class Letter {
    @IsOptional()
    to!: Person;

    @Allow()
    @Type(() => Person)
    copies!: Person[];

    @ValidateNested()
    @Type(() => Letter)
    answer!: Letter;

    @IsString()
    text!: string;
  }
  const validation = new ClassValidation(new BootReport());
  await validation.validatorOf(Letter, { source: 'body', array: false, where: 'a test' });
  expect(validation.unchecked).toEqual([
    { field: 'Letter.to', holds: 'Person', list: false },
    { field: 'Letter.copies', holds: 'Person', list: true },
  ]);
});

test('says why a class is left to class-validator', async () => {
  class Waiting {
    @ValidatePromise()
    later!: Promise<string>;
  }
  const validation = new ClassValidation(new BootReport());
  await validation.validatorOf(Person, { source: 'body', array: false, where: 'a test' });
  expect(await validation.whyNotCompiled(Person)).toBeUndefined();
  expect(await validation.whyNotCompiled(Waiting)).toBe('later has a rule of the kind promiseValidation');
});
