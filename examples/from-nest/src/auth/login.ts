import { IsNotEmpty, IsString } from 'class-validator';

export class Login {
  @IsString() @IsNotEmpty() name!: string;
  @IsString() @IsNotEmpty() password!: string;
}
