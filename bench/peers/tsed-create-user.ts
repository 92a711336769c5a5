import {
  CollectionOf,
  Email,
  Integer,
  Maximum,
  MaxItems,
  MaxLength,
  Minimum,
  MinLength,
  Pattern,
  Required,
} from '@tsed/schema';

export class Address {
  @Required()
  @MinLength(1)
  @MaxLength(100)
  street!: string;

  @Required()
  @MinLength(1)
  @MaxLength(60)
  city!: string;

  @Required()
  @Pattern(/^\d{5}$/)
  postcode!: string;
}

/** The rules of `create-user.ts`, as Ts.ED has them: they become a schema for ajv. */
export class CreateUser {
  @Required()
  @MinLength(1)
  @MaxLength(50)
  name!: string;

  @Required()
  @Email()
  email!: string;

  @Required()
  @Integer()
  @Minimum(0)
  @Maximum(150)
  age!: number;

  @Required()
  subscribed!: boolean;

  @Required()
  @CollectionOf(String)
  @MaxItems(10)
  tags!: string[];

  @Required()
  address!: Address;
}
