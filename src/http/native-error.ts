import { HttpError, isHttpError } from './http-error.js';

/** What errors of a native world say of themselves, by the names that http-errors has made usual. */
interface TellingError extends Error {
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly expose?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The answer to an error that native code has thrown: with the status that it carries, and with its message where it says
 * that clients may read it (`expose`). `exposed` is what counts where an error below 500 says nothing. What carries no
 * status is left as it is.
 */
export function answerOfNative(error: unknown, exposed: boolean): unknown {
  if (isHttpError(error) || !(error instanceof Error)) return error;
  const { statusCode, status = statusCode, headers, expose }: TellingError = error;
  if (!isErrorStatus(status)) return error;
  const isPublic = typeof expose === 'boolean' ? expose : exposed && status < 500;
  return new HttpError(status, isPublic ? error.message : undefined, {
    cause: error,
    ...(headers === undefined ? {} : { headers }),
  });
}

function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
}
