import { IsEmail, IsEnum, IsString, Length } from 'class-validator';
import { Role } from '../auth/roles.js';
import { PartialType } from './partial-type.js';

export class CreateUser {
  @IsString() @Length(2, 40) name!: string;
  @IsEmail() email!: string;
  @IsEnum(Role) role!: Role;
  @IsString() @Length(8, 100) password!: string;
}

export class UpdateUser extends PartialType(CreateUser) {}
