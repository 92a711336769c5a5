import { isBowlineError, isRefusal, type RefusalCode, type RefusalError } from '../foundation/index.js';
import { HttpError } from './http-error.js';

/** A server that refuses is unavailable; 429 is the client's own doing, 504 says that time is over. */
const statuses: Readonly<Record<RefusalCode, number>> = {
  BOW_CIRCUIT_OPEN: 503,
  BOW_BULKHEAD_FULL: 503,
  BOW_RATE_LIMITED: 429,
  BOW_DEADLINE_EXCEEDED: 504,
  BOW_SHUTTING_DOWN: 503,
};

/** The status that a refusal of this code is answered with. */
export function statusOfRefusal(code: RefusalCode): number {
  return statuses[code];
}

/**
 * The answer to a call that was refused by a policy, or ended by its timeout; undefined for any other error. It tells the
 * code, and by `Retry-After` (RFC 9110, section 10.2.3) when to come back, but not what was called within.
 */
export function answerOfRefusal(error: unknown): HttpError | undefined {
  if (isRefusal(error)) {
    const status = statuses[error.code] ?? 503;
    return new HttpError(status, undefined, {
      cause: error,
      headers: retryAfter(error, status),
      details: { code: error.code },
    });
  }
  if (!isBowlineError(error) || error.code !== 'BOW_TIMED_OUT') return undefined;
  return new HttpError(504, undefined, { cause: error, details: { code: error.code } });
}

/** Whole seconds, and at least one: what is unavailable now is not worth asking at once, whatever was said. */
function retryAfter({ retryAfter: delay = 1_000 }: RefusalError, status: number): Readonly<Record<string, string>> {
  if (status === 504) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(Math.min(delay, 3_600_000) / 1_000))) };
}
