import { Catch, type ExceptionFilter } from 'bowline';
import { errors } from 'jose';
import { unauthorized } from './unauthorized.js';

/**
 * Makes a 401 of what jose says of a token. What else may go wrong there, as a key that cannot be fetched, is no fault of the client
 * and stays a 500.
 */
@Catch(
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
)
export class TokenFilter implements ExceptionFilter {
  catch(error: Error): never {
    const detail = error instanceof errors.JWTExpired ? 'The token has expired.' : 'The token is not valid.';
    // Thrown and not returned, so that it gets the shape that every other error has.
    throw unauthorized(detail, 'invalid_token', error);
  }
}
