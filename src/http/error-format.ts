import type { HttpError } from './http-error.js';

/** What is known of the call that failed; nothing but the server's name where no request could be parsed. */
export interface FailedCall {
  readonly server: string;
  readonly id?: string;
  readonly method?: string;
  readonly path?: string;
}

/** An error as it goes over the wire. */
export interface FormattedError {
  readonly contentType: string;
  readonly body: string;
}

/**
 * Turns every error that is answered, those of routing and parsing included, into a body. Status and headers are the
 * error's own. Bind another one to change the shape of all errors at once; it must not throw.
 */
export abstract class ErrorFormat {
  abstract format(error: HttpError, call: FailedCall): FormattedError;
}

/** `application/problem+json` of RFC 9457: `title`, `status`, `detail`, and the error's details beside them. */
export const problemFormat: ErrorFormat = {
  format(error) {
    const { title, status, message } = error;
    const detail = message === title ? undefined : message;
    return {
      contentType: 'application/problem+json; charset=utf-8',
      body: JSON.stringify({ title, status, detail, ...withoutReserved(error.details) }),
    };
  },
};

const reserved = ['title', 'status', 'detail', 'toJSON'];

/** Details stand beside the standard members and never in place of them. */
function withoutReserved(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).filter(([name]) => !reserved.includes(name)));
}

/** The shape that clients of NestJS parse: `{ statusCode, message, error }`, `message` a list where a body was refused. */
export const nestFormat: ErrorFormat = {
  format(error) {
    const { status: statusCode, title, message, details } = error;
    const errors = Array.isArray(details['errors']) ? (details['errors'] as readonly Failure[]) : undefined;
    const texts = errors?.map((failure) => textOf(failure) ?? message);
    const body = message === title ? { message, statusCode } : { message: texts ?? message, error: title, statusCode };
    return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) };
  },
};

interface Failure {
  readonly message?: string;
  readonly path?: string;
  readonly code?: string;
  readonly in?: string;
}

/** NestJS puts what holds the property before the text, which names the property itself; a schema's text names nothing. */
function textOf({ message, path = '', code, in: place }: Failure): string | undefined {
  // What is said of a file does not name it; the error itself does.
  if (message === undefined || place === 'file') return undefined;
  // A user's own details may be of any form.
  const steps = typeof path === 'string' ? path.split('/').slice(1).map(unescaped) : [];
  if (code === 'schema') return steps.length === 0 ? message : `${steps.join('.')}: ${message}`;
  return [...steps.slice(0, -1), message].join('.');
}

/** A step of a JSON Pointer as RFC 6901 says it. */
function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
