import { IsInt, IsString, Length, Max, Min } from 'class-validator';

export class CreateOrder {
  @IsString()
  @Length(1, 100)
  item!: string;

  @IsInt()
  @Min(1)
  @Max(1_000_000)
  cents!: number;
}
