import { Controller, Get, UseInterceptors } from 'bowline';
import { FaultInterceptor } from './fault-interceptor.js';

@Controller('/rates')
@UseInterceptors(FaultInterceptor)
export class RateController {
  /** Dollars for a euro, which change all the time. */
  @Get('/usd')
  usd(): { dollars: number } {
    return { dollars: Math.round((1.08 + Math.random() / 50) * 10_000) / 10_000 };
  }
}
