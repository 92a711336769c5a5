import type { PipelineDefinitions } from 'bowline';
import { isHttpFailure, isRetryableHttp } from 'bowline/client';
import type { Rate } from './payment-client.js';

/** Dollars for a euro by the price list, for when nobody knows better. */
const listRate: Rate = { dollars: 1.1, from: 'the price list' };

/**
 * How calls of the payment service are surrounded. Each pipeline is a dependency of its own: that nobody knows the rates does not keep
 * anybody from paying. Times are milliseconds; the page changes most of these numbers while it runs.
 */
export function policies({ openDuration }: { readonly openDuration: number }): PipelineDefinitions {
  return {
    payments: {
      // What a slow payment service may take of this process.
      bulkhead: { maxConcurrent: 20, maxQueue: 20, queueTimeout: 300 },
      // Within the deadline of the route, so that there is time left to say why.
      timeout: 1_500,
      retry: { maxAttempts: 3, backoff: { delay: 50 }, retryOn: isRetryableHttp },
      circuitBreaker: { minimumCalls: 10, slowCallDuration: 350, openDuration, handle: isHttpFailure },
      attemptTimeout: 400,
    },
    // Worth little time, and no second attempt: there is another answer.
    rates: {
      fallback: { value: listRate },
      circuitBreaker: { minimumCalls: 10, openDuration, handle: isHttpFailure },
      attemptTimeout: 150,
    },
  };
}
