import type { IncomingHttpHeaders } from 'node:http';
import { BowlineError, type ErrorFacts } from '../../foundation/index.js';

/** The codes of what can become of a request, beside a refusal. */
export type HttpClientErrorCode =
  | 'BOW_CLIENT_STATUS'
  | 'BOW_CLIENT_UNREACHABLE'
  | 'BOW_CLIENT_CONNECTION_LOST'
  | 'BOW_CLIENT_TIMED_OUT'
  | 'BOW_CLIENT_ANSWER_INVALID'
  | 'BOW_CLIENT_REQUEST_INVALID';

/** A request, as errors name it: without a query string, which may hold what nobody else is to know. */
export interface RequestName {
  readonly method: string;
  /** Without user, password, query string and fragment. */
  readonly url: string;
}

/** What is known of the answer that an error is about. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The text of its body; the first 64 KiB of it. */
  readonly body?: string;
  /** Its `application/problem+json` (RFC 9457), where it is one. */
  readonly problem?: Readonly<Record<string, unknown>>;
}

/**
 * A request that did not end as its caller wanted; `code` says how. What came is in reach by getters, so that a log which
 * prints the error shows neither headers nor body.
 */
export class HttpClientError<C extends HttpClientErrorCode = HttpClientErrorCode> extends BowlineError<C> {
  override readonly name = 'HttpClientError';
  readonly method: string;
  /** Without user, password, query string and fragment. */
  readonly url: string;
  /** That of the answer; undefined where none began. */
  readonly status: number | undefined;
  readonly #answer: FailedAnswer | undefined;

  constructor(
    code: C,
    { method, url }: RequestName,
    facts: Omit<ErrorFacts<C>, 'request'>,
    options: ErrorOptions & { readonly answer?: FailedAnswer } = {},
  ) {
    const { answer, ...rest } = options;
    super(code, { ...facts, request: `${method} ${url}` } as ErrorFacts<C>, rest);
    this.method = method;
    this.url = url;
    this.status = answer?.status;
    this.#answer = answer;
  }

  /** Those of the answer, by lower-case name; undefined where none began. */
  get headers(): IncomingHttpHeaders | undefined {
    return this.#answer?.headers;
  }

  /** The text of an answer whose status was no success; the first 64 KiB of it. */
  get body(): string | undefined {
    return this.#answer?.body;
  }

  /** The problem document (RFC 9457) of an answer whose status was no success. */
  get problem(): Readonly<Record<string, unknown>> | undefined {
    return this.#answer?.problem;
  }
}
