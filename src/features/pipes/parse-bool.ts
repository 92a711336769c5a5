import type { Pipe, PipeArgument } from '../../http/index.js';
import { converterOf, type TextConverter } from '../../validation/index.js';
import type { Absent, ParseOptions } from './parse-options.js';
import { parseValue } from './parse-value.js';

const converter = converterOf(Boolean) as TextConverter;

/** Takes `true` and `false`, and nothing else. A declared `boolean` does the same without a pipe. */
export class ParseBoolPipe<const O extends ParseOptions = {}> implements Pipe<unknown, boolean | undefined> {
  readonly #options: ParseOptions;

  constructor(options = {} as O) {
    this.#options = options;
  }

  transform(value: unknown, argument: PipeArgument): boolean | Absent<O> {
    return parseValue(value, argument, this.#options, converter) as boolean | Absent<O>;
  }
}
