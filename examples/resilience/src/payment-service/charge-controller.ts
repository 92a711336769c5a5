import { Body, Controller, Headers, Post, UseInterceptors } from 'bowline';
import { IsInt, Max, Min } from 'class-validator';
import { FaultInterceptor } from './fault-interceptor.js';
import { Ledger, type Charge } from './ledger.js';

export class CreateCharge {
  @IsInt() @Min(1) @Max(1_000_000) cents!: number;
}

@Controller('/charges')
@UseInterceptors(FaultInterceptor)
export class ChargeController {
  constructor(private readonly ledger: Ledger) {}

  @Post()
  charge(@Headers('idempotency-key', { required: true }) key: string, @Body() { cents }: CreateCharge): Charge {
    return this.ledger.charge(key, cents);
  }
}
