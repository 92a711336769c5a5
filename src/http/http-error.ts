import { nodeHttp } from './node-http.js';

const brand = Symbol.for('bowline:http-error');

export interface HttpErrorOptions {
  /** What led to it; logged, never sent. */
  readonly cause?: unknown;
  /** Headers of the answer, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the answer's body. Public: the client reads them. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error that is an answer: its status, message, headers and details are sent to the client. Throw it from any
 * handler or service; errors of every other class are answered as a 500 that tells nothing.
 */
export class HttpError extends Error {
  override readonly name: string = 'HttpError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: Readonly<Record<string, unknown>>;

  /** `status` is a whole number from 400 to 599; anything else is a RangeError. */
  constructor(status: number, message?: string, options: HttpErrorOptions = {}) {
    super(message ?? titleOf(status), options.cause === undefined ? undefined : { cause: options.cause });
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`An HttpError has a status from 400 to 599, not ${status}.`);
    }
    this.status = status;
    this.headers = options.headers ?? {};
    this.details = options.details ?? {};
  }

  /** Recognises an error of any loaded copy of this package. */
  get [brand](): true {
    return true;
  }

  /** The reason phrase of the status: `Not Found`. */
  get title(): string {
    return titleOf(this.status);
  }
}

/** True for an {@link HttpError} of every loaded copy of this package. */
export function isHttpError(value: unknown): value is HttpError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** As RFC 9110 has them; Node's are of its predecessor, and go out behind the number, where nobody reads them. */
const titles: Readonly<Record<number, string>> = { 413: 'Content Too Large', 422: 'Unprocessable Content' };

function titleOf(status: number): string {
  return titles[status] ?? nodeHttp.STATUS_CODES[status] ?? (status < 500 ? 'Client Error' : 'Server Error');
}
