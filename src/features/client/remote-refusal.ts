import {
  BrokenCircuitError,
  BulkheadRejectedError,
  DeadlineExceededError,
  RateLimitedError,
  ShuttingDownError,
  type RefusalCode,
  type RefusalError,
} from '../../foundation/index.js';
import { statusOfRefusal } from '../../http/index.js';

type Remake = (policy: string, retryAfter: number | undefined) => RefusalError;

const remakes: Readonly<Record<RefusalCode, Remake>> = {
  BOW_CIRCUIT_OPEN: (policy, retryAfter) => new BrokenCircuitError(policy, 'open', retryAfter ?? 1_000),
  BOW_BULKHEAD_FULL: (policy, retryAfter) =>
    new BulkheadRejectedError(policy, 'full', 'it has no place left', retryAfter),
  BOW_RATE_LIMITED: (policy, retryAfter) => new RateLimitedError(policy, Number.NaN, Number.NaN, retryAfter ?? 1_000),
  BOW_DEADLINE_EXCEEDED: (policy) => new DeadlineExceededError(policy, 'the time that it was given is over'),
  BOW_SHUTTING_DOWN: (policy, retryAfter) => new ShuttingDownError(policy, retryAfter),
};

/** The refusal that an answer tells of; undefined for any other answer. `policy` is who refused, as its error says it. */
export function readRefusal(
  status: number,
  code: unknown,
  policy: string,
  retryAfter: number | undefined,
): RefusalError | undefined {
  if (typeof code !== 'string' || !Object.hasOwn(remakes, code)) return undefined;
  const known = code as RefusalCode;
  if (statusOfRefusal(known) !== status) return undefined;
  const refusal = remakes[known](policy, retryAfter);
  made.add(refusal);
  return refusal;
}

const made = new WeakSet<object>();

/** Whether it came from a service, and not from a policy here. */
export function isRemoteRefusal(error: RefusalError): boolean {
  return made.has(error);
}
