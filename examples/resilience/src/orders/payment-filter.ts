import { BadGatewayError, Catch, type ExceptionFilter } from 'bowline';
import { HttpClientError } from 'bowline/client';

/**
 * Makes a 502 of what the payment service has answered, or not answered, when all attempts were made. What a policy refuses needs no filter:
 * that is a 503, 429 or 504 with `Retry-After` already.
 */
@Catch(HttpClientError)
export class PaymentFilter implements ExceptionFilter {
  catch(error: HttpClientError): never {
    throw new BadGatewayError('The payment service does not work at the moment. Nothing was ordered.', {
      cause: error,
    });
  }
}
