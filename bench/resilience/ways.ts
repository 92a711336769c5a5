import * as cockatiel from 'cockatiel';
import { createRequire } from 'node:module';
import {
  attemptTimeout,
  bulkhead,
  circuitBreaker,
  fallback,
  hedge,
  pipeline,
  rateLimit,
  retry,
  timeout,
  type AttemptContext,
  type Policy,
} from '../../src/entries/resilience.js';

/** Makes one call. */
export type Way = () => unknown;

interface OpossumBreaker {
  fire(): Promise<unknown>;
}

const Opossum = createRequire(import.meta.url)('opossum') as new (
  action: () => Promise<unknown>,
  options: object,
) => OpossumBreaker;

/** What is called: nothing could be cheaper and still be asynchronous. */
async function call(): Promise<number> {
  return 1;
}

function readSignal({ signal }: AttemptContext): Promise<unknown> {
  return signal.aborted ? Promise.reject(signal.reason) : call();
}

const caller = new AbortController().signal;

function through(...policies: readonly Policy<unknown>[]): Way {
  const composed = pipeline(...policies);
  return () => composed.execute(call);
}

/** None of them refuses anything here. */
function six(engine: 'ring' | 'opossum'): readonly Policy[] {
  return [wide(), bulkhead({ maxConcurrent: 1_000 }), ...timed(), retry(), circuitBreaker({ engine })];
}

function timed(): readonly Policy[] {
  return [timeout({ timeout: 60_000 }), attemptTimeout({ timeout: 30_000 })];
}

function wide(): Policy {
  return rateLimit({ limit: 100_000, window: 1 });
}

function withSignal(options: { readonly signal?: AbortSignal }): Way {
  const composed = pipeline(...six('ring'));
  return () => composed.execute(readSignal, options);
}

function cockatielBreaker(): cockatiel.IPolicy {
  const breaker = new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 1 });
  return cockatiel.circuitBreaker(cockatiel.handleAll, { halfOpenAfter: 5_000, breaker });
}

/** It has no rate limit. */
function cockatielWrap(): Way {
  const { Aggressive } = cockatiel.TimeoutStrategy;
  const wrapped = cockatiel.wrap(
    cockatiel.bulkhead(1_000, 0),
    cockatiel.timeout(60_000, Aggressive),
    cockatiel.retry(cockatiel.handleAll, { maxAttempts: 2, backoff: new cockatiel.ExponentialBackoff() }),
    cockatielBreaker(),
    cockatiel.timeout(30_000, Aggressive),
  );
  return () => wrapped.execute(call);
}

function opossumAlone(): Way {
  const breaker = new Opossum(call, { timeout: false, rollingPercentilesEnabled: false, enableSnapshots: false });
  return () => breaker.fire();
}

/** In the order of the table. The first is what all others are measured against. */
export function makeWays(): Readonly<Record<string, Way>> {
  const breaker = cockatielBreaker();
  return {
    'the call alone': call,
    'a pipeline without policies': through(),
    'rate limit': through(wide()),
    bulkhead: through(bulkhead({ maxConcurrent: 1_000 })),
    timeout: through(timeout({ timeout: 60_000 })),
    retry: through(retry()),
    hedge: through(hedge({ delay: 60_000 })),
    fallback: through(fallback({ value: undefined })),
    'circuit breaker': through(circuitBreaker()),
    'circuit breaker on opossum': through(circuitBreaker({ engine: 'opossum' })),
    'all six': through(...six('ring')),
    'all six, signal read': withSignal({}),
    "all six, signal read and caller's given": withSignal({ signal: caller }),
    'all six, breaker on opossum': through(...six('opossum')),
    'opossum alone': opossumAlone(),
    'cockatiel, circuit breaker': () => breaker.execute(call),
    'cockatiel, five wrapped': cockatielWrap(),
  };
}
