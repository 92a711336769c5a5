import type { EnumValue } from '../../decorators/index.js';
import type { Pipe, PipeArgument } from '../../http/index.js';
import { enumConverter, enumValues, type EnumLike, type TextConverter } from '../../validation/index.js';
import type { Absent, ParseOptions } from './parse-options.js';
import { parseValue } from './parse-value.js';

/** Takes the values of an enum, or of a list, and nothing else. `@Query('status', { enum: Status })` does the same without a pipe. */
export class ParseEnumPipe<const E extends EnumLike, const O extends ParseOptions = {}> implements Pipe<unknown> {
  readonly #converter: TextConverter;
  readonly #options: ParseOptions;

  constructor(values: E, options = {} as O) {
    this.#converter = enumConverter(enumValues(values));
    this.#options = options;
  }

  transform(value: unknown, argument: PipeArgument): EnumValue<E> | Absent<O> {
    return parseValue(value, argument, this.#options, this.#converter) as EnumValue<E> | Absent<O>;
  }
}
