import { pointerStep, type TextConverter } from '../validation/index.js';
import { BadRequestError, type ParameterSource } from '../http/index.js';

/** Where in a request a value stood that does not fit. */
export interface ValuePlace {
  readonly source: ParameterSource;
  /** Undefined where the whole of the source is meant. */
  readonly name: string | undefined;
}

const places: Readonly<Partial<Record<ParameterSource, string>>> = {
  param: 'path parameter',
  query: 'query value',
  header: 'header',
  cookie: 'cookie',
  custom: 'value',
};

/** The 400 for a value that was not sent. */
export function missingValue(place: ValuePlace): BadRequestError {
  return refusal(place, 'required', 'is required');
}

/** What a text was to become: a clause as `a number`, and the same for programs. */
export type Expectation = Pick<TextConverter, 'expected' | 'params'>;

/** The 400 for a text that does not become what is wanted. */
export function unfitValue(place: ValuePlace, { expected, params }: Expectation, text: string): BadRequestError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return refusal(place, 'type', `must be ${expected}, not '${shown}'`, params);
}

function refusal(
  { source, name }: ValuePlace,
  code: string,
  message: string,
  params?: readonly unknown[],
): BadRequestError {
  const place = places[source] ?? source;
  const said = `${name === undefined ? place : `${place} '${name}'`} ${message}`;
  const path = name === undefined ? '' : pointerStep(name);
  return new BadRequestError(`The ${said}.`, {
    details: {
      errors: [{ path, in: source, code, ...(params === undefined ? {} : { params }), message: `the ${said}` }],
    },
  });
}
