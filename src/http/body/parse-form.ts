import { parse } from 'fast-querystring';
import { BadRequestError, ContentTooLargeError } from '../http-errors-by-status.js';

/** The fields of an urlencoded body; a repeated one is a list. Brackets in names have no meaning. */
export function parseForm(text: string, maxFields: number): Record<string, string | string[]> {
  if (countFields(text) > maxFields) {
    throw new ContentTooLargeError(`The form has more than the ${maxFields} fields that are taken here.`);
  }
  const fields = parse(text) as Record<string, string | string[]>;
  if (Object.hasOwn(fields, '__proto__')) {
    throw new BadRequestError('The form has a field that is refused (__proto__).');
  }
  return fields;
}

function countFields(text: string): number {
  let count = text === '' ? 0 : 1;
  for (let index = text.indexOf('&'); index !== -1; index = text.indexOf('&', index + 1)) count++;
  return count;
}
