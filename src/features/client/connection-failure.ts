import { reasonOf } from '../../foundation/index.js';
import { HttpClientError, type FailedAnswer, type RequestName } from './http-client-error.js';

/** What an exchange is ended by, as errors say it. */
export interface FailureLimits {
  /** Bytes. */
  readonly maxBodySize: number;
  /** Milliseconds. */
  readonly headersTimeout: number;
  /** Milliseconds. */
  readonly bodyTimeout: number;
}

/** What has nothing to do with the connection: the request itself cannot be written. */
const ofRequest = ['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'];

/** What came is no HTTP, or more of it than is taken. */
const ofAnswer = ['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'];

/** The error of undici or a socket as one of ours. `wasSent` says whether a byte of the request can have been written. */
export function toClientError(
  name: RequestName,
  cause: Error,
  wasSent: boolean,
  limits: FailureLimits,
  answer: FailedAnswer | undefined,
): Error {
  const code = codeOf(cause);
  const options = answer === undefined ? { cause } : { cause, answer };
  const reason = describe(cause);
  // What a body of the caller's was destroyed with, and what a client was closed with, are not ours to change.
  if (cause.name === 'AbortError' && !code.startsWith('UND_ERR')) return cause;
  if (ofRequest.includes(code)) return new HttpClientError('BOW_CLIENT_REQUEST_INVALID', name, { reason }, { cause });
  if (!wasSent) return new HttpClientError('BOW_CLIENT_UNREACHABLE', name, { reason }, { cause });
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return new HttpClientError('BOW_CLIENT_TIMED_OUT', name, { part: 'head', timeout: limits.headersTimeout }, options);
  }
  if (code === 'UND_ERR_BODY_TIMEOUT') {
    return new HttpClientError('BOW_CLIENT_TIMED_OUT', name, { part: 'body', timeout: limits.bodyTimeout }, options);
  }
  if (ofAnswer.includes(code) || cause.name === 'HTTPParserError') {
    return new HttpClientError(
      'BOW_CLIENT_ANSWER_INVALID',
      name,
      { reason: `it is no HTTP that can be read (${reason})` },
      options,
    );
  }
  return new HttpClientError('BOW_CLIENT_CONNECTION_LOST', name, { reason }, options);
}

/** For a body that failed while it was sent, whose error is that of its owner. */
export function ofRequestBody(name: RequestName, cause: Error): HttpClientError {
  const reason = `its body failed (${reasonOf(cause)})`;
  return new HttpClientError('BOW_CLIENT_REQUEST_INVALID', name, { reason }, { cause });
}

export function tooLong(name: RequestName, { maxBodySize }: FailureLimits, answer: FailedAnswer): HttpClientError {
  const reason = `its body is longer than ${maxBodySize} bytes. Raise maxBodySize, or take it as: 'stream'`;
  return new HttpClientError('BOW_CLIENT_ANSWER_INVALID', name, { reason }, { answer });
}

/** Node puts the reasons of all addresses of a host into one error that has no text. */
function describe(cause: Error): string {
  const reasons = cause instanceof AggregateError ? cause.errors.map(reasonOf) : [reasonOf(cause)];
  return reasons.join(', ') || codeOf(cause) || cause.name;
}

/** That of a DOMException is a number. */
function codeOf({ code }: NodeJS.ErrnoException): string {
  return typeof code === 'string' ? code : '';
}
