import 'reflect-metadata';
import { Body, Controller, Delete, Get, HttpCode, Injectable, Param, ParseIntPipe, Post } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

class AccountAddress {
  @IsString()
  @Length(1, 100)
  street!: string;

  @IsString()
  @Length(1, 60)
  city!: string;

  @Matches(/^\d{5}$/)
  postcode!: string;
}

class CreateAccount {
  @IsString()
  @Length(1, 50)
  name!: string;

  @IsEmail()
  email!: string;

  @IsInt()
  @Min(0)
  @Max(150)
  age!: number;

  @IsBoolean()
  subscribed!: boolean;

  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  tags!: string[];

  @ValidateNested()
  @Type(() => AccountAddress)
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

  @Get()
  list(): Account[] {
    return this.accounts.list();
  }

  @Get('/:id')
  find(@Param('id', ParseIntPipe) id: number): Account | undefined {
    return this.accounts.find(id);
  }

  @Post()
  create(@Body() account: CreateAccount): Account {
    return this.accounts.create(account);
  }

  @Delete('/:id')
  @HttpCode(204)
  remove(@Param('id', ParseIntPipe) id: number): void {
    this.accounts.remove(id);
  }
}

export const account = { controller: AccountController, service: AccountService };
