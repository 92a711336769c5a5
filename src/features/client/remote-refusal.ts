import {
  BrokenCircuitError,
  BulkheadRejectedError,
  DeadlineExceededError,
  RateLimitedError,
  ShuttingDownError,
  type RefusalCode,
  type RefusalError,
} from '../../foundation/index.js';

interface Remote {
  /** With which a Bowline server answers it. */
  readonly status: number;
  make(policy: string, retryAfter: number | undefined): RefusalError;
}

const remotes: Readonly<Record<RefusalCode, Remote>> = {
  BOW_CIRCUIT_OPEN: {
    status: 503,
    make: (policy, retryAfter) => new BrokenCircuitError(policy, 'open', retryAfter ?? 1_000),
  },
  BOW_BULKHEAD_FULL: {
    status: 503,
    make: (policy, retryAfter) => new BulkheadRejectedError(policy, 'full', 'it has no place left', retryAfter),
  },
  BOW_RATE_LIMITED: {
    status: 429,
    make: (policy, retryAfter) => new RateLimitedError(policy, Number.NaN, Number.NaN, retryAfter ?? 1_000),
  },
  BOW_DEADLINE_EXCEEDED: {
    status: 504,
    make: (policy) => new DeadlineExceededError(policy, 'the time that it was given is over'),
  },
  BOW_SHUTTING_DOWN: { status: 503, make: (policy, retryAfter) => new ShuttingDownError(policy, retryAfter) },
};

/** The refusal that an answer tells of; undefined for any other answer. `policy` is who refused, as its error says it. */
export function readRefusal(
  status: number,
  code: unknown,
  policy: string,
  retryAfter: number | undefined,
): RefusalError | undefined {
  if (typeof code !== 'string' || !Object.hasOwn(remotes, code)) return undefined;
  const remote = remotes[code as RefusalCode];
  if (remote.status !== status) return undefined;
  const refusal = remote.make(policy, retryAfter);
  made.add(refusal);
  return refusal;
}

const made = new WeakSet<object>();

/** Whether it came from a service, and not from a policy here. */
export function isRemoteRefusal(error: RefusalError): boolean {
  return made.has(error);
}
