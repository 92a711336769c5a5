import { BadRequestError } from '../http/index.js';
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

/** The 400 that lists what was wrong with one part of a request: the first {@link maxFailures} of it, and that there is more. */
export function refusal(source: ValidatedSource, failures: readonly ValidationFailure[]): BadRequestError {
  const errors = failures.slice(0, maxFailures);
  const count = errors.length === 1 ? 'one error' : `${errors.length} errors`;
  const said = failures.length > maxFailures ? `more than ${maxFailures} errors, of which these are the first` : count;
  return new BadRequestError(`${names[source]} did not pass validation: ${said}.`, { details: { errors } });
}

/** One step of a JSON Pointer, escaped by RFC 6901. */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
