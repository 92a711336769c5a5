import { Controller, Injectable } from '@tsed/di';
import { BodyParams, PathParams } from '@tsed/platform-params';
import {
  CollectionOf,
  Delete,
  Email,
  Get,
  Integer,
  Maximum,
  MaxItems,
  MaxLength,
  Minimum,
  MinLength,
  Pattern,
  Post,
  Required,
  Status,
} from '@tsed/schema';

class AccountAddress {
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

class CreateAccount {
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
  address!: AccountAddress;
}

interface Account {
  readonly id: number;
  readonly name: string;
  readonly city: string;
}

@Injectable()
class AccountService {
  readonly #accounts = new Map<number, Account>();

  list(): Account[] {
    return [...this.#accounts.values()];
  }

  find(id: number): Account | undefined {
    return this.#accounts.get(id);
  }

  create({ name, address }: CreateAccount): Account {
    const account = { id: this.#accounts.size + 1, name, city: address.city };
    this.#accounts.set(account.id, account);
    return account;
  }

  remove(id: number): void {
    this.#accounts.delete(id);
  }
}

@Controller('/accounts')
class AccountController {
  constructor(private readonly accounts: AccountService) {}

  @Get('/')
  list(): Account[] {
    return this.accounts.list();
  }

  @Get('/:id')
  find(@PathParams('id') id: number): Account | undefined {
    return this.accounts.find(id);
  }

  @Post('/')
  @Status(201)
  create(@BodyParams() account: CreateAccount): Account {
    return this.accounts.create(account);
  }

  @Delete('/:id')
  @Status(204)
  remove(@PathParams('id') id: number): void {
    this.accounts.remove(id);
  }
}

export const account = { controller: AccountController };
