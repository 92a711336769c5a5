import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, PaymentRequiredError } from 'bowline';

/** The outside world that takes the money. */
export abstract class PaymentClient {
  /** Resolves with a reference. Rejects with 402 where the payment is declined, and when `signal` aborts. */
  abstract charge(amount: number, signal: AbortSignal): Promise<string>;
}

/** Stands in for a payment provider: as slow as one, and it declines what is more than 1,000.00. */
@Injectable()
export class SandboxPaymentClient extends PaymentClient {
  #count = 0;

  async charge(amount: number, signal: AbortSignal): Promise<string> {
    await wait(50, undefined, { signal });
    if (amount > 100_000) throw new PaymentRequiredError('The payment was declined: the amount is above the limit.');
    return `sandbox-${++this.#count}`;
  }
}
