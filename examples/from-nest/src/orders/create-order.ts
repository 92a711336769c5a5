import { Type } from 'class-transformer';
import { ArrayMinSize, IsArray, IsDate, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';

export class OrderItem {
  @IsString() sku!: string;
  @IsInt() @Min(1) @Max(100) quantity!: number;
}

export class CreateOrder {
  @IsArray() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => OrderItem) items!: OrderItem[];
  @IsOptional() @IsDate() @Type(() => Date) placedAt?: Date;
  @IsOptional() @IsString({ each: true }) tags?: string[];
}
