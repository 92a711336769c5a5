import { DeadlineExceededError, isRefusal } from '../../foundation/index.js';
import { HttpClientError } from './http-client-error.js';
import { isRemoteRefusal } from './remote-refusal.js';

/** What another attempt may find otherwise: the server was busy or behind, or what stands in front of it was. */
const passing: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/**
 * Whether an error says that the service is not well, for `circuitBreaker({ handle: isHttpFailure })`: an answer of 5xx, one that
 * cannot be used, no answer, or a timeout. A 4xx is the caller's doing, a refusal and an abort are nobody's.
 */
export function isHttpFailure(error: unknown): boolean {
  if (!(error instanceof HttpClientError)) return !isRefusal(error) && !isAbort(error);
  if (error.code === 'BOW_CLIENT_STATUS') return (error.status ?? 0) >= 500;
  return error.code !== 'BOW_CLIENT_REQUEST_INVALID';
}

/**
 * Whether another attempt may succeed, for `retry({ retryOn: isRetryableHttp })`: no connection, a lost one, a timeout, or an answer of 408,
 * 425, 429, 500, 502, 503 or 504. Whether another attempt does harm is not asked here: a client says so to its pipeline, and
 * with that a POST is tried again only where no byte of it was sent.
 *
 * A retry asks of refusals only where it is told `retryRefusals`. Then those of the service are worth another attempt, which may reach
 * another instance of it; those of policies here, and what ran out of the caller's time, are not.
 */
export function isRetryableHttp(error: unknown): boolean {
  if (isRefusal(error)) return isRemoteRefusal(error) && !(error instanceof DeadlineExceededError);
  if (!(error instanceof HttpClientError)) return !isAbort(error);
  switch (error.code) {
    case 'BOW_CLIENT_STATUS':
      return passing.includes(error.status ?? 0);
    case 'BOW_CLIENT_UNREACHABLE':
    case 'BOW_CLIENT_CONNECTION_LOST':
    case 'BOW_CLIENT_TIMED_OUT':
      return true;
    default:
      return false;
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
