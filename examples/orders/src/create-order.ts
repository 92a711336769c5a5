import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsInt,
  IsNotEmpty,
  IsPositive,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

export class CreateOrderLine {
  @IsString()
  @IsNotEmpty()
  @MaxLength(40)
  sku!: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  quantity!: number;

  /** In cents. */
  @IsInt()
  @IsPositive()
  unitPrice!: number;
}

export class CreateOrder {
  @IsInt()
  @IsPositive()
  customerId!: number;

  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => CreateOrderLine)
  lines!: CreateOrderLine[];
}
