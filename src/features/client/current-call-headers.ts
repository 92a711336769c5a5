import type { IncomingHttpHeaders } from 'node:http';
import { isOfAttempt, type CallContext, type Deadline } from '../../foundation/index.js';

/** What the W3C has for traces, and for what belongs to them. */
const traceHeaders = ['traceparent', 'tracestate', 'baggage'] as const;

export const timeLeftHeader = 'x-request-timeout-ms';

/** Adds the id and the trace of `call` to `headers`, as they came with it. What is there already stays. */
export function tellCall(call: CallContext, headers: Record<string, string | readonly string[]>): void {
  headers['x-request-id'] ??= call.id;
  // One that was set by hand, or by an instrumentation, is another step of the trace: nothing of ours goes with it.
  if (headers['traceparent'] !== undefined) return;
  const { headers: came } = call as CallContext & { readonly headers?: IncomingHttpHeaders };
  if (came === undefined) return;
  for (const name of traceHeaders) {
    const value = came[name];
    if (value !== undefined) headers[name] ??= value;
  }
}

/**
 * How long the caller itself waits: by the deadline that it gives, unless that is one of an attempt, which policies set, and by that of
 * the request or job that it works for. Milliseconds; Infinity without any.
 */
export function callersTime(given: Deadline | number | undefined, origin: CallContext | undefined): number {
  const own = typeof given === 'object' && isOfAttempt(given.signal) ? undefined : given;
  const left = typeof own === 'object' ? own.remaining : (own ?? Infinity);
  return Math.min(left, origin?.deadline?.remaining ?? Infinity);
}
