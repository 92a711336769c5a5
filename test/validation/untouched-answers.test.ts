import { Type } from 'class-transformer';
import { IsString, ValidateNested } from 'class-validator';
import { expect, test } from 'vitest';
import { BootReport } from '../../src/foundation/index.js';
import { ClassValidation, loadPlainOf } from '../../src/validation/index.js';

// In a file of its own: class-transformer keeps the rules of all classes of a process in one place.

class Address {
  @IsString()
  city!: string;
}

class Account {
  @ValidateNested()
  @Type(() => Address)
  address!: Address;
}

test('no answer is looked through where no class has rules for its way out', async () => {
  await new ClassValidation(new BootReport()).validatorOf(Account, { source: 'body', array: false, where: '@Body' });
  const plainOf = await loadPlainOf();
  const looked: string[] = [];
  const answer = {
    get id() {
      looked.push('id');
      return 1;
    },
  };

  expect(plainOf?.(answer)).toBe(answer);
  expect(looked).toEqual([]);
});
