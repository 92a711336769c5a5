import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsInt,
  IsNotEmpty,
  IsObject,
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

  /** In cents. Without an upper limit 1e300 would be a whole number, too. */
  @IsInt()
  @IsPositive()
  @Max(100_000_000)
  unitPrice!: number;
}

export class CreateOrder {
  @IsInt()
  @IsPositive()
  customerId!: number;

  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => CreateOrderLine)
  lines!: CreateOrderLine[];
}
