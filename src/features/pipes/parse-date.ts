import type { Pipe, PipeArgument } from '../../http/index.js';
import { converterOf, type TextConverter } from '../../validation/index.js';
import type { Absent, ParseOptions } from './parse-options.js';
import { parseValue } from './parse-value.js';

const converter = converterOf(Date) as TextConverter;

/** Takes dates, and times with `Z` or an offset, by ISO 8601. A declared `Date` does the same without a pipe. */
export class ParseDatePipe<const O extends ParseOptions = {}> implements Pipe<unknown, Date | undefined> {
  readonly #options: ParseOptions;

  constructor(options = {} as O) {
    this.#options = options;
  }

  transform(value: unknown, argument: PipeArgument): Date | Absent<O> {
    return parseValue(value, argument, this.#options, converter) as Date | Absent<O>;
  }
}
