import 'reflect-metadata';
import * as validator from 'class-validator';
import { IsInt, IsOptional, IsString, Length, Min, registerDecorator } from 'class-validator';
import { expect, test } from 'vitest';
import type { ClassType } from '../../src/foundation/index.js';
import type { ValidatorLibrary } from '../../src/validation/class-libraries.js';
import { rulesReader } from '../../src/validation/compiled/rules-reader.js';

const library = validator as unknown as ValidatorLibrary;

function askedOfLibrary(type: ClassType, groups?: string[]): unknown {
  return library.getMetadataStorage().getTargetValidationMetadatas(type, '', false, false, groups);
}

class Named {
  @IsString()
  @Length(1, 10, { groups: ['strict'] })
  name!: string;
}

class Plain extends Named {}

class Sized extends Plain {
  @IsInt()
  @Min(1, { groups: ['strict'], always: true })
  size!: number;
}

class Special extends Sized {
  @IsOptional()
  @Length(2, 5)
  override name!: string;
}

test('reads the rules of a class and of all its bases in the order of class-validator', () => {
  // A base that was given its first rule after those who extend it.
  class Late {}
  class Early extends Late {
    @IsInt()
    count!: number;
  }
  class Last extends Early {
    @IsString()
    text!: string;
  }
  registerDecorator({ target: Late, propertyName: 'late', validator: { validate: () => true } });
  const rulesOf = rulesReader(library);

  for (const type of [Named, Plain, Sized, Special, Late, Early, Last]) {
    expect(rulesOf(type), type.name).toEqual(askedOfLibrary(type));
  }
  expect(rulesOf(Last).map(({ propertyName }) => propertyName)).toEqual(['text', 'count', 'late']);
});

test('reads the rules of some groups as class-validator does', () => {
  const rulesOf = rulesReader(library, { groups: ['strict'] });

  for (const type of [Named, Sized, Special])
    expect(rulesOf(type), type.name).toEqual(askedOfLibrary(type, ['strict']));
  expect(rulesOf(Sized).map(({ name }) => name)).toEqual(['min', 'isLength']);
});

test('finds the rules of a class that was loaded later', () => {
  const rulesOf = rulesReader(library);
  expect(rulesOf(Sized)).toHaveLength(4);

  class Later extends Sized {
    @IsString()
    colour!: string;
  }

  expect(rulesOf(Later)).toEqual(askedOfLibrary(Later));
  expect(rulesOf(Later)).toHaveLength(5);
});

test('leaves it to class-validator to find the bases where a class says itself what is an instance of it', () => {
  class Anybody {
    @IsString()
    anything!: string;

    static [Symbol.hasInstance](): boolean {
      return true;
    }
  }

  class Stranger {
    @IsInt()
    count!: number;
  }

  expect(rulesReader(library)(Stranger)).toEqual(askedOfLibrary(Stranger));
  validator.getMetadataStorage()['validationMetadatas'].delete(Anybody);
});
