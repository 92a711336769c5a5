import type { IncomingHttpHeaders } from 'node:http';
import { describeValue, nearestName, type Deadline } from '../../foundation/index.js';
import type { AnswerType } from './answer-readers.js';
import type { HeaderValues } from './client-options.js';
import { HttpClientError, type RequestName } from './http-client-error.js';
import type { PathParams, QueryInput } from './request-target.js';

/** How one request is made. */
export interface RequestOptions<A extends AnswerType | undefined = AnswerType | undefined> {
  /** What `:name` in the path stands for; encoded. */
  readonly params?: PathParams;
  /** Behind the path; encoded. */
  readonly query?: QueryInput;
  /** Those of the client besides; these win, and `undefined` takes one away. */
  readonly headers?: HeaderValues;
  /** JSON, unless it is a text, bytes, a stream, `URLSearchParams`, `FormData` or a `Blob`. A stream is sent once, never tried again, and destroyed where it was not sent to its end; one that was read before is refused. @default none */
  readonly body?: unknown;
  /** What the body of the answer becomes. @default by its type: JSON as what it says, texts as text, else bytes; undefined where it is empty */
  readonly as?: A;
  /** Ends the call, and a body that is taken as a stream. That of the current call is not taken by itself: what it has begun, as a payment, is finished when its caller leaves. */
  readonly signal?: AbortSignal | undefined;
  /** How long the caller waits at most, retries included: milliseconds, or what is left of a deadline, whose signal counts as well. Ends a body that is taken as a stream, too. The time of the current call counts by itself. */
  readonly deadline?: Deadline | number;
  /** One of the names that a bulkhead keeps a share for. */
  readonly priority?: string;
  /** Whether trying twice does no harm. @default true for GET, HEAD, OPTIONS, TRACE, PUT and DELETE, and with an `idempotency-key` */
  readonly idempotent?: boolean;
  /** Whether a status that is no success (2xx) is an error; where not, the body is read by `as` whatever the status. @default that of the client */
  readonly throwOnError?: boolean;
}

/** An answer with its body as it was asked for. */
export interface HttpResponse<B = unknown> {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: IncomingHttpHeaders;
  readonly body: B;
}

const known: ReadonlySet<string> = new Set<keyof RequestOptions>([
  'params',
  'query',
  'headers',
  'body',
  'as',
  'signal',
  'deadline',
  'priority',
  'idempotent',
  'throwOnError',
]);

/**
 * Throws BOW_CLIENT_REQUEST_INVALID for an option that is unknown, as one that was misspelt, and for a deadline that is none. Asked of
 * every request, so the rest is left to what takes it.
 */
export function requireRequestOptions(options: RequestOptions, name: RequestName): void {
  for (const key of Object.keys(options)) {
    if (!known.has(key)) throw invalid(name, unknownOption(key));
  }
  const { deadline } = options;
  if (deadline === undefined || isDeadline(deadline)) return;
  const got = describeValue(deadline);
  throw invalid(name, `its deadline is ${got}; it must be a number of milliseconds of at least 0, or a Deadline`);
}

function isDeadline(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0;
  const { remaining, signal } = (value ?? {}) as Partial<Deadline>;
  return typeof remaining === 'number' && signal instanceof AbortSignal;
}

function unknownOption(key: string): string {
  const nearest = nearestName(key, [...known]);
  const hint = nearest === undefined ? `it knows ${[...known].join(', ')}` : `did you mean '${nearest}'?`;
  return `it has no option '${key}'; ${hint}`;
}

function invalid(name: RequestName, reason: string): HttpClientError {
  return new HttpClientError('BOW_CLIENT_REQUEST_INVALID', name, { reason });
}
