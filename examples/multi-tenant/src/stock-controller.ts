import { Body, Controller, Get, Post, Signal, UseGuards, UseInterceptors } from 'bowline';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsInt,
  IsObject,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { InTransaction } from './in-transaction.js';
import { StockRepository, type StockLevel } from './stock-repository.js';
import { TenantGuard } from './tenant-guard.js';

export class DeliveryLine {
  @IsString() @Length(1, 40) sku!: string;
  @IsInt() @Min(1) @Max(1_000) quantity!: number;
}

export class Delivery {
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => DeliveryLine)
  lines!: DeliveryLine[];
}

@Controller({ path: '/stock', scope: 'request' })
@UseGuards(TenantGuard)
export class StockController {
  constructor(private readonly stock: StockRepository) {}

  @Get()
  levels(): Promise<readonly StockLevel[]> {
    return this.stock.levels();
  }

  /** All lines or none: a client that leaves in the middle has delivered nothing. */
  @Post('/deliveries')
  @UseInterceptors(InTransaction)
  async deliver(@Body() { lines }: Delivery, @Signal() signal: AbortSignal) {
    for (const { sku, quantity } of lines) {
      signal.throwIfAborted();
      await this.stock.put(sku, quantity);
    }
    return { lines: lines.length };
  }
}
