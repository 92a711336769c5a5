import {
  BadRequestError,
  ContentTooLargeError,
  UnprocessableContentError,
  UnsupportedMediaTypeError,
  type HttpError,
} from '../http/index.js';
import type { RefusalStatus } from './validation-options.js';
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

/** What values and files are refused with. */
const refusals = [BadRequestError, UnprocessableContentError, ContentTooLargeError, UnsupportedMediaTypeError] as const;

/** The class of a refusal; undefined for what extends one, whose constructor nobody knows. */
function refusalClass(error: unknown): (typeof refusals)[number] | undefined {
  return refusals.find((each) => error instanceof each && error.constructor === each);
}

/** The failures that an error lists; undefined for any other error than a refusal of values. */
export function failuresOf(error: unknown): readonly ValidationFailure[] | undefined {
  if (refusalClass(error) === undefined) return undefined;
  const { errors } = (error as HttpError).details;
  return Array.isArray(errors) && errors.every(isFailure) ? errors : undefined;
}

function isFailure(value: unknown): value is ValidationFailure {
  if (typeof value !== 'object' || value === null) return false;
  const { path, code, message, in: place } = value as Readonly<Record<string, unknown>>;
  return [path, code, message, place].every((each) => typeof each === 'string');
}

/** The same refusal in other words. */
export function retold(
  refused: unknown,
  { message, errors }: { readonly message?: string; readonly errors?: readonly ValidationFailure[] },
): HttpError {
  const error = refused as HttpError;
  const Refusal = refusalClass(error) ?? BadRequestError;
  return new Refusal(message ?? error.message, {
    details: errors === undefined ? error.details : { ...error.details, errors },
    headers: error.headers,
    cause: error,
  });
}

/** One step of a JSON Pointer, escaped by RFC 6901. */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The steps of a JSON Pointer. */
export function pointerSteps(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
