import { BadRequestError } from '../http/index.js';
import type { ValidatedSource, ValidationFailure } from './validator.js';

const names: Readonly<Record<ValidatedSource, string>> = {
  body: 'The body',
  query: 'The query string',
  param: 'The path',
  header: 'The headers',
  cookie: 'The cookies',
};

/** The 400 that lists what was wrong with one part of a request. */
export function refusal(source: ValidatedSource, errors: readonly ValidationFailure[]): BadRequestError {
  const count = errors.length === 1 ? 'one error' : `${errors.length} errors`;
  return new BadRequestError(`${names[source]} did not pass validation: ${count}.`, { details: { errors } });
}

/** One step of a JSON Pointer, escaped by RFC 6901. */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
