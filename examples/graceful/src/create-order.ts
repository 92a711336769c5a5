import { IsInt, Max, Min } from 'class-validator';

export class CreateOrder {
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  cents!: number;
}
