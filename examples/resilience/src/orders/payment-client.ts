import { Inject, Injectable, Signal, token, UsePolicy } from 'bowline';
import { HttpClient } from 'bowline/client';
import { IsInt, IsNumber, IsUUID } from 'class-validator';

/** Where the payment service is. */
export const paymentsUrl = token<string>('paymentsUrl');

export class Receipt {
  @IsUUID() receipt!: string;
  @IsInt() cents!: number;
}

export class UsdRate {
  @IsNumber() dollars!: number;
}

export interface Rate {
  /** For a euro. */
  readonly dollars: number;
  readonly from: 'the market' | 'the price list';
}

/** The payment service. What goes wrong with it is dealt with by the policies of the pipelines that are named here. */
@Injectable()
export class PaymentClient extends HttpClient {
  constructor(@Inject(paymentsUrl) baseUrl: string) {
    super({ baseUrl, name: 'payments' });
  }

  /**
   * Charges once, however often it is called with the same key: that makes it safe to try again. It takes no signal, so that a payment that has
   * begun is finished, within its time, when the client has left.
   */
  @UsePolicy('payments')
  charge(key: string, cents: number): Promise<Receipt> {
    const headers = { 'idempotency-key': key };
    return this.post('/charges', { as: Receipt, headers, body: { cents } });
  }

  /** Never fails: the pipeline has a fallback. Nobody needs the rate whose client has left, so it takes the signal. */
  @UsePolicy('rates')
  async rate(@Signal() signal?: AbortSignal): Promise<Rate> {
    const { dollars } = await this.get('/rates/usd', { as: UsdRate, ...(signal && { signal }) });
    return { dollars, from: 'the market' };
  }
}
