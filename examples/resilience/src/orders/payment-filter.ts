import { BadGatewayError, Catch, GatewayTimeoutError, type ExceptionFilter } from 'bowline';
import { HttpClientError } from 'bowline/client';

/**
 * Makes a 502 of what the payment service has answered, or not answered, when all attempts were made, and a 504 of what took too long. What a
 * policy refuses needs no filter: that is a 503, 429 or 504 with `Retry-After` already. None of them says that nothing was paid: an answer that
 * was lost may have been a receipt.
 */
@Catch(HttpClientError)
export class PaymentFilter implements ExceptionFilter {
  catch(error: HttpClientError): never {
    if (error.code === 'BOW_CLIENT_TIMED_OUT') {
      throw new GatewayTimeoutError(`The payment service takes too long. ${sameKeyAgain}`, { cause: error });
    }
    throw new BadGatewayError(`The payment service does not work at the moment. ${sameKeyAgain}`, { cause: error });
  }
}

const sameKeyAgain = 'It may have been paid all the same: try again with the same Idempotency-Key.';
