import { UnauthorizedError } from 'bowline';

/** A 401 that says how to come in (RFC 6750): with `invalid_token` where a token came that is not good. */
export function unauthorized(detail: string, error?: 'invalid_token', cause?: unknown): UnauthorizedError {
  const parts = ['realm="notes"', ...(error === undefined ? [] : [`error="${error}"`])];
  return new UnauthorizedError(detail, { headers: { 'www-authenticate': `Bearer ${parts.join(', ')}` }, cause });
}
