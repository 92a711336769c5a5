import { BadRequestError, UnprocessableContentError, type HttpError } from '../http/index.js';
import type { RefusalStatus } from './validation-settings.js';
import type { ValidatedSource, ValidationFailure } from './validator.js';

const names: Readonly<Record<ValidatedSource, string>> = {
  body: 'The body',
  query: 'The query string',
  param: 'The path',
  header: 'The headers',
  cookie: 'The cookies',
};

/** How many failures an answer lists. A body of a megabyte may have hundreds of thousands, of a hundred bytes each. */
export const maxFailures = 100;

/** The 400, or 422, that lists what was wrong with one part of a request: the first {@link maxFailures} of it, and that there is more. */
export function refusal(
  source: ValidatedSource,
  failures: readonly ValidationFailure[],
  status: RefusalStatus = 400,
): HttpError {
  const errors = failures.slice(0, maxFailures);
  const count = errors.length === 1 ? 'one error' : `${errors.length} errors`;
  const said = failures.length > maxFailures ? `more than ${maxFailures} errors, of which these are the first` : count;
  const Refusal = status === 422 ? UnprocessableContentError : BadRequestError;
  return new Refusal(`${names[source]} did not pass validation: ${said}.`, { details: { errors } });
}

/** One step of a JSON Pointer, escaped by RFC 6901. */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
